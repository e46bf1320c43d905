//! Batch files that are right, and what is wrong with one as a whole.

use std::io::{self, Read};
use std::ops::Deref;

use proptest::prelude::{ProptestConfig, any, prop, proptest};
use proptest::strategy::Strategy;
use reprise_request::{BatchEntry, BatchError, BatchReader, BatchStep, ENTRY_BYTES_MAX, NameMap, ResumePoint};

/// Gives a file in portions of these sizes, again and again.
struct Portions<'f> {
    file: &'f [u8],
    sizes: std::iter::Cycle<std::slice::Iter<'f, usize>>,
}

impl Read for Portions<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let size = self
            .sizes
            .next()
            .copied()
            .unwrap_or(1)
            .min(room.len())
            .min(self.file.len());
        let (portion, rest) = self.file.split_at(size);
        room[..size].copy_from_slice(portion);
        self.file = rest;
        Ok(size)
    }
}

/// Every entry from here on, with the point behind it, and what is said of the end if it comes too early.
pub(crate) fn rest(
    mut reader: BatchReader<impl Deref<Target = NameMap>, impl Read>,
) -> (Vec<(BatchEntry, ResumePoint)>, Option<String>) {
    let mut entries = Vec::new();
    loop {
        match reader.step().unwrap() {
            BatchStep::Entry(entry) => {
                assert!(entries.len() < 10_000, "no end of entries");
                entries.push((*entry, reader.resume_point()));
            }
            BatchStep::End => {
                assert_eq!(reader.step().unwrap(), BatchStep::End);
                return (entries, None);
            }
            BatchStep::Truncated(message) => {
                assert_eq!(reader.step().unwrap(), BatchStep::Truncated(message.clone()));
                return (entries, Some(message.text()));
            }
        }
    }
}

/// What a file holds, a line for each entry: the claim's code, with the number of findings if there are any, or what
/// is said in its place; and last what is said of the end if it comes too early.
pub(crate) fn listed(file: &[u8]) -> Vec<String> {
    let (entries, cut) = rest(BatchReader::new(file, NameMap::standard()).unwrap());
    let mut lines: Vec<_> = entries
        .into_iter()
        .map(|(entry, _)| match entry.content {
            Ok((request, findings)) if findings.is_empty() => request.code,
            Ok((request, findings)) => format!("{} with {} findings", request.code, findings.len()),
            Err(message) => message.text(),
        })
        .collect();
    lines.extend(cut);
    lines
}

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- <claim code="NOT"/> -->
<claimsReprocessRequests xmlns:xsi="urn:x">
  <claim code="C1"/>
  <claim code='C&lt;2>' setToHighPriority="true">
    <claimPendReasonList><claimPendReason code="/>"/><!-- </claim> --></claimPendReasonList>
  </claim>
  <!-- <claim code="NOT"/> --><?pi <claim code="NOT"/> ?>
  <p:claim code="Ä3"></p:claim><claim
    code="C4"><![CDATA[ ]]></claim >
</claimsReprocessRequests >
<!-- behind -->
"#;

const JSON: &str = r#" [
  {"code": "C1"},
  {"claim": {"code": "C]}\"2", "claimPendReasonList": [{"code": "P,1"}]}} , {"code":"Ä3"},
{"code":
  "C4", "setToHighPriority": "Y"}
]
"#;

#[test]
fn entries_are_read_one_by_one() {
    assert_eq!(listed(XML.as_bytes()), ["C1", "C<2>", "Ä3", "C4"]);
    assert_eq!(listed(JSON.as_bytes()), ["C1", "C]}\"2", "Ä3", "C4"]);
    for (file, media_type) in [(XML, "application/xml"), (JSON, "application/json")] {
        let reader = BatchReader::new(file.as_bytes(), NameMap::standard()).unwrap();
        assert_eq!(reader.media_type().as_str(), media_type);
    }
}

#[test]
fn an_entry_says_which_it_is_and_where() {
    for (file, expected) in [
        (XML, ["4:3", "5:3", "9:3", "9:32"]),
        (JSON, ["2:3", "3:3", "3:77", "4:1"]),
    ] {
        let (entries, _) = rest(BatchReader::new(file.as_bytes(), NameMap::standard()).unwrap());
        let places: Vec<_> = entries
            .iter()
            .map(|(entry, _)| format!("{}:{}", entry.place.line, entry.place.column))
            .collect();
        assert_eq!(places, expected);
        let numbers: Vec<_> = entries.iter().map(|(entry, _)| entry.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4]);
        for (entry, point) in &entries {
            assert_eq!((entry.end_offset, entry.number), (point.offset(), point.entries()));
            let end = usize::try_from(entry.end_offset).unwrap();
            assert!(file[..end].ends_with(['>', '}']), "{}", &file[..end]);
        }
    }
}

#[test]
fn a_file_without_entries_is_a_batch_file() {
    for file in [
        "<claims/>",
        "<claims></claims>",
        "<r:claims xmlns:r='urn:r'>\n</r:claims>",
        "[]",
        " [ \n ] ",
        "\u{FEFF}[]",
        "\u{FEFF}<?xml version='1.0'?><claims/>",
    ] {
        assert_eq!(listed(file.as_bytes()), [""; 0], "{file}");
    }
}

#[test]
fn a_mark_at_the_start_counts_as_bytes_of_the_file_and_has_no_place() {
    let file = "\u{FEFF}[{\"code\":\"C1\"}]".as_bytes();
    let (entries, _) = rest(BatchReader::new(file, NameMap::standard()).unwrap());
    assert_eq!((entries[0].0.place.column, entries[0].0.end_offset), (2, 17));
}

#[test]
fn what_is_no_batch_file_is_refused_at_once() {
    for (file, expected) in [
        (
            &b"<claim code='C1'/>"[..],
            "The root `claim` is not expected here; expected is claimsReprocessRequests or claims, or in JSON a list",
        ),
        (
            b"<r:other xmlns:r='x'><claim code='C1'/>",
            "The root `other` is not expected here",
        ),
        (b"{\"claims\": []}", "The root an object is not expected here"),
        (b"code;action\nC1;R\n", "The root `code;action` is not expected here"),
        (
            b"<claims version='2'>",
            "`version` (line 1, column 9) is not known here; known are: no attributes",
        ),
        (
            b"<!DOCTYPE claims><claims/>",
            "A document type or entity declaration is not accepted",
        ),
        (
            b"<?xml version='1.0' encoding='latin1'?><claims/>",
            "The body is not well-formed XML: line 1, column 1: it declares the encoding `latin1`",
        ),
        (
            b"\n <?xml version='1.0'?> words <claims/>",
            "The body is not well-formed XML: line 2, column 24: `words <claims/>` stands before the root element",
        ),
        (
            b"<claims <claim code='C1'/>",
            "The body is not well-formed XML: line 1, column 1: the tag is not closed",
        ),
        (b"</claims>", "The body is not well-formed XML: line 1, column 1"),
        (b"<![CDATA[x]]><claims/>", "The body is not well-formed XML"),
        (
            b"\xFF\xFE<\0c\0",
            "The body is not well-formed XML: line 1, column 1: it is in UTF-16; send it in UTF-8",
        ),
        (
            b"<claims\xE4>",
            "The body is not well-formed XML: line 1, column 8: these bytes are not UTF-8",
        ),
        (
            b"<clai",
            "The file ends in the middle; 0 entries before that were processed: its root element is not complete",
        ),
        (b"<?xml version='1.0'?>\n", "The file ends in the middle; 0 entries"),
        (b"<!-- <claims>", "The file ends in the middle; 0 entries"),
    ] {
        let refused = BatchReader::new(file, NameMap::standard()).err().unwrap();
        assert!(
            matches!(refused, BatchError::Refused(_)) && refused.to_string().starts_with(expected),
            "expected {expected}\nfound    {refused}"
        );
    }
    let long = format!("<!--{}--><claims/>", "x".repeat(ENTRY_BYTES_MAX));
    let refused = BatchReader::new(long.as_bytes(), NameMap::standard())
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains("up to the root's tag 1048576 bytes are accepted"),
        "{refused}"
    );
}

#[test]
fn an_empty_file_is_told_apart() {
    for file in ["", " \r\n\t", "\u{FEFF}", "\u{FEFF}\n"] {
        let refused = BatchReader::new(file.as_bytes(), NameMap::standard());
        assert!(matches!(refused, Err(BatchError::Empty)), "{file:?}");
    }
}

#[test]
fn a_reader_that_fails_is_an_error_and_stays_one() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let refused = BatchReader::new(Failing, NameMap::standard()).err().unwrap();
    assert_eq!(
        refused.to_string(),
        "the batch file could not be read: the disk is gone"
    );
    let mut reader = BatchReader::new(b"[{\"code\": \"C1\"}, {".chain(Failing), NameMap::standard()).unwrap();
    assert!(matches!(reader.step(), Ok(BatchStep::Entry(_))));
    let point = reader.resume_point();
    assert!(reader.step().is_err());
    assert!(reader.step().is_err());
    let resumed = BatchReader::resume(&b", {\"code\": \"C2\"}]"[..], point, NameMap::standard());
    assert_eq!(rest(resumed).0[0].0.number, 2);
}

/// Pieces of which files come about that are partly right.
const PIECES: &[&str] = &[
    "<claim code='C1'/>",
    "<claim code=\"C2\"><claimPendReasonList><claimPendReason code='P'/></claimPendReasonList></claim>\n",
    "<x:claim code='Ä'></x:claim>",
    "<claim code='C4>",
    "<claim>",
    "</claim>",
    "<claim ",
    "<claim code='C5' <",
    "<Claim code='C6'/>",
    "<!-- <claim code='C7'/> -->",
    "<!--",
    "<![CDATA[<claim code='C8'/>]]>",
    "<?x <claim code='C9'/> ?>",
    "words",
    "\n",
    "</claims>",
    "<!DOCTYPE x>",
    "{\"code\": \"C1\"},",
    "{\"code\": \"C2\", \"claimPendReasonList\": [{\"code\": \"P\"}]},\n",
    "{\"code\": \"Ä",
    "{\"code\": \"C4\"",
    "}",
    "]",
    "{",
    "[",
    ",",
    ":",
    "\"",
    "\\",
    "7",
    "null",
];

/// A file of pieces, in either format, cut or not.
fn files() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..30);
    (pieces, any::<(bool, bool)>()).prop_map(|(pieces, (is_xml, is_whole))| {
        let (start, end) = if is_xml { ("<claims>", "</claims>") } else { ("[", "]") };
        let end = if is_whole { end } else { "" };
        format!("{start}{}{end}", pieces.concat()).into_bytes()
    })
}

/// The same file in portions has the same entries, and from each point on the same rest.
fn check_portions_and_points(file: &[u8], sizes: &[usize]) {
    let names = NameMap::standard();
    let portions = |file| Portions {
        file,
        sizes: sizes.iter().cycle(),
    };
    let Ok(reader) = BatchReader::new(file, names) else {
        assert!(BatchReader::new(portions(file), names).is_err());
        return;
    };
    let start = reader.resume_point();
    let (entries, cut) = rest(reader);
    let behind = &file[usize::try_from(start.offset()).unwrap()..];
    let resumed = rest(BatchReader::resume(behind, start, names));
    assert_eq!(resumed, (entries.clone(), cut.clone()));
    let in_portions = rest(BatchReader::new(portions(file), names).unwrap());
    assert_eq!(in_portions, (entries.clone(), cut.clone()));
    for (position, (_, point)) in entries.iter().enumerate() {
        let stored = serde_json::to_string(point).unwrap();
        assert!(stored.len() < 300, "{stored}");
        let point: ResumePoint = serde_json::from_str(&stored).unwrap();
        let behind = &file[usize::try_from(point.offset()).unwrap()..];
        let resumed = rest(BatchReader::resume(behind, point, names));
        assert_eq!(resumed, (entries[position + 1..].to_vec(), cut.clone()));
    }
}

#[test]
fn reading_on_from_the_end_of_any_entry_gives_the_same_rest() {
    check_portions_and_points(XML.as_bytes(), &[1]);
    check_portions_and_points(JSON.as_bytes(), &[1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn files_of_any_pieces_are_the_same_in_portions_and_from_any_point(
        file in files(),
        sizes in prop::collection::vec(1..50_usize, 1..5),
    ) {
        check_portions_and_points(&file, &sizes);
    }

    #[test]
    fn files_of_any_bytes_are_read_to_an_end(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        start in prop::sample::select(&["", "[", "<claims>", "[{\"", "<claims><claim "][..]),
    ) {
        check_portions_and_points(&[start.as_bytes(), &bytes].concat(), &[7]);
    }
}
