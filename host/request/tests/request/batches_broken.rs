//! Batch files with something wrong in the middle: it costs the entry that it is in.

use std::io::Read;

use reprise_request::{BatchReader, ENTRY_BYTES_MAX, NameMap};

use crate::batches::{listed, rest};

/// The file has these entries and this end; of what is said, each begins with what is expected.
fn check(file: &[u8], expected: &[&str]) {
    let found = listed(file);
    let is_right = found.len() == expected.len()
        && found.iter().zip(expected).all(|(found, expected)| {
            // A code is expected whole.
            if expected.contains(' ') {
                found.starts_with(expected)
            } else {
                found == expected
            }
        });
    assert!(
        is_right,
        "{}\nexpected {expected:#?}\nfound    {found:#?}",
        String::from_utf8_lossy(file)
    );
}

#[test]
fn a_claim_that_is_not_well_formed_in_xml_costs_that_claim() {
    for (broken, expected) in [
        (
            "<claim code=\"X\"><claimPendReasonList></claim>",
            "Entry 2, line 3, column 1, cannot be read: line 3, column 38: expected `</claimPendReasonList>`",
        ),
        (
            "<claim code=\"X\">",
            "Entry 2, line 3, column 1, cannot be read: its end tag `</claim>` is missing before line 4, column 1",
        ),
        (
            "<claim code=\"X/>",
            "Entry 2, line 3, column 1, cannot be read: line 4, column 1: `<` stands in a tag",
        ),
        (
            "<claim code=\"X><claimPendReasonList/></claim>",
            "Entry 2, line 3, column 1, cannot be read: line 3, column 16: `<` stands in a tag; a quote or `>` is missing, or `&lt;` is meant",
        ),
        (
            "<claim code='a<b'/>",
            "Entry 2, line 3, column 1, cannot be read: line 3, column 15: `<` stands in a tag",
        ),
        (
            "<claim code='X'",
            "Entry 2, line 3, column 1, cannot be read: line 4, column 1: `<` stands in a tag",
        ),
        (
            "<claim code=X/>",
            "Entry 2, line 3, column 1, cannot be read: line 3, column 1: the attributes of `claim` cannot be read",
        ),
        (
            "<claim code='&x;'/>",
            "Entry 2, line 3, column 1, cannot be read: line 3, column 8: the value of `code` cannot be read",
        ),
        (
            "<claim code='X'>words</claim>",
            "Entry 2, line 3, column 1, cannot be read: `claim` (line 3, column 17) has a value that it cannot have: it holds the text `words`",
        ),
        (
            "<claim code='X'><!DOCTYPE x [<!ENTITY y 'z'>]></claim>",
            "Entry 2, line 3, column 1, cannot be read:",
        ),
        (
            "<claim code='X'></claim",
            "Entry 2, line 3, column 1, cannot be read: line 4, column 1: `<` stands in a tag",
        ),
        (
            "<claim code='X'></claims></claim>",
            "Entry 2, line 3, column 1, cannot be read: line 3, column 17: expected `</claim>`, but `</claims>` was found",
        ),
        (
            "words <b/>",
            "Entry 2, line 3, column 1, cannot be read: `words <b/>` stands where a `claim` element can stand",
        ),
        (
            "<Claim code='X'/>",
            "Entry 2, line 3, column 1, cannot be read: `<Claim code='X'/>` stands where",
        ),
        (
            "</claim>",
            "Entry 2, line 3, column 1, cannot be read: `</claim>` stands where",
        ),
        (
            "<![CDATA[<claim code='NOT'/>]]>",
            "Entry 2, line 3, column 1, cannot be read: `<![CDATA[<claim code='NOT'/>]]>` stands where",
        ),
        (
            "<!DOCTYPE x>",
            "Entry 2, line 3, column 1, cannot be read: `<!DOCTYPE x>` stands where",
        ),
        (
            "<claim><claimTagActionList/></claim>",
            "Entry 2, line 3, column 1, cannot be read: `code` is missing; it is mandatory",
        ),
        (
            "<claim code='' colour='red'/>",
            "Entry 2, line 3, column 1, cannot be read: `colour` (line 3, column 16) is not known here",
        ),
    ] {
        let file = format!(
            "<claimsReprocessRequests>\n<claim code=\"C1\"/>\n{broken}\n<claim code=\"C2\"/></claimsReprocessRequests>"
        );
        check(file.as_bytes(), &["C1", expected, "C2"]);
    }
}

#[test]
fn a_claim_that_is_not_well_formed_in_json_costs_that_claim() {
    for (broken, expected) in [
        (r#"{"code": "X"#, "Entry 2, line 3, column 1, cannot be read: "),
        (r#"{"code": "X}"#, "Entry 2, line 3, column 1, cannot be read: "),
        (
            r#"{"code": "X", "claimPendReasonList": [{"code": "P}]}"#,
            "Entry 2, line 3, column 1, cannot be read: ",
        ),
        (
            r#"{"code": "X", "claimPendReasonList": [{"code": "P"]}"#,
            "Entry 2, line 3, column 1, cannot be read: line 3, column ",
        ),
        (
            r#"{"code": "X", "claimPendReasonList": [{"code": "P"}}"#,
            "Entry 2, line 3, column 1, cannot be read: line 3, column ",
        ),
        (
            r#"{"code" "X"}"#,
            "Entry 2, line 3, column 1, cannot be read: line 3, column 9: expected `:`",
        ),
        (
            r#"{"code": "X" "pricingDone": true}"#,
            "Entry 2, line 3, column 1, cannot be read: line 3, column 14: expected `,` or `}`",
        ),
        (
            r#"{"code": X}"#,
            "Entry 2, line 3, column 1, cannot be read: line 3, column 10: expected value",
        ),
        (
            r#"{"code": "X "Y" Z"}"#,
            "Entry 2, line 3, column 1, cannot be read: line 3, column 14: expected `,` or `}`",
        ),
        (
            r#"{"code": "X",}"#,
            "Entry 2, line 3, column 1, cannot be read: line 3, column 14: trailing comma",
        ),
        (
            "null",
            "Entry 2, line 3, column 1, cannot be read: The root null is not expected here; expected is claim",
        ),
        (
            "\"a,b\"",
            "Entry 2, line 3, column 1, cannot be read: The root the text `a,b` is not expected here",
        ),
        (
            "17 words",
            "Entry 2, line 3, column 1, cannot be read: line 3, column 4: trailing characters",
        ),
        (
            "",
            "Entry 2, line 3, column 1, cannot be read: no entry stands before the comma",
        ),
        (
            "[{\"code\": \"X\"}]",
            "Entry 2, line 3, column 1, cannot be read: The root a list is not expected here",
        ),
        (
            "[}]",
            "Entry 2, line 3, column 1, cannot be read: line 3, column 2: expected value",
        ),
        (
            "}",
            "Entry 2, line 3, column 1, cannot be read: line 3, column 1: expected value",
        ),
        (
            r#"{"claims": {"code": "X"}}"#,
            "Entry 2, line 3, column 1, cannot be read: `claims` is not known here",
        ),
    ] {
        // An empty entry ends at the comma behind it, wherever that is.
        let file = format!("[\n{{\"code\": \"C1\"}},\n{broken},\n{{\"code\": \"C2\"}},\n{{\"code\": \"C3\"}}]");
        check(file.as_bytes(), &["C1", expected, "C2", "C3"]);
    }
}

#[test]
fn in_json_on_one_line_the_next_entry_is_found_too() {
    for broken in [
        r#"{"code":"X"#,
        r#"{"code":"X}"#,
        r#"{"code":"X""#,
        r#"{"code":"X "Y" Z"}"#,
        r#"{"code":"X,"pricingDone":true}"#,
        r#"{"code":"X","claimPendReasonList":[{"code":"P}]}"#,
        r#"{"code":"X","claimPendReasonList":[{"code":"P},{"code":"Q"}]}"#,
        r#"{"code":"X","claimPendReasonList":[{"code":"P"]}"#,
        r#"{"code":"X","claimPendReasonList":[{"code":"P"}}"#,
        r#"{"code":X}"#,
        r#"{"code":"X"]}"#,
    ] {
        let file = format!(r#"[{{"code":"C1"}},{broken},{{"code":"C2"}},{{"code":"C3"}}]"#);
        let found = listed(file.as_bytes());
        assert!(
            found.len() == 4
                && found[1].starts_with("Entry 2, line 1, column 16, cannot be read: ")
                && found[2..] == ["C2", "C3"],
            "{file}\n{found:#?}"
        );
    }
}

#[test]
fn commas_that_are_missing_or_too_many_are_said() {
    check(
        br#"[{"code": "C1"} {"code": "C2"}, {"code": "C3"}]"#,
        &[
            "C1",
            "Entry 2, line 1, column 17, cannot be read: a comma is missing before it",
            "C3",
        ],
    );
    check(
        br#"[,{"code": "C1"},]"#,
        &[
            "Entry 1, line 1, column 2, cannot be read: no entry stands before the comma",
            "C1",
            "Entry 3, line 1, column 18, cannot be read: no entry stands between the last comma and `]`",
        ],
    );
    check(
        br#"[{"code": "C1", {"code": "C2"}]"#,
        &[
            "Entry 1, line 1, column 2, cannot be read: it is not closed before line 1, column 17",
            "C2",
        ],
    );
}

#[test]
fn a_claim_that_is_well_formed_and_wrong_keeps_its_code_and_its_findings() {
    check(
        b"<claims><claim code='C1' overrideSkip='x' colour='red'/><claim code='C2'/></claims>",
        &["C1 with 2 findings", "C2"],
    );
    let file = b"<claims>\n  <claim code='C1'\n overrideSkip='x'/></claims>";
    let (entries, _) = rest(BatchReader::new(&file[..], NameMap::standard()).unwrap());
    let (_, findings) = entries[0].0.content.as_ref().unwrap();
    assert!(
        findings[0]
            .text()
            .starts_with("`overrideSkip` (line 3, column 2) is `x`"),
        "{findings:?}"
    );
}

#[test]
fn bytes_that_are_not_utf_8_cost_their_entry() {
    check(
        b"<claims><claim code='\xE4'/>\n<claim code='\xC3\xA4'/>\xFF</claims>",
        &[
            "Entry 1, line 1, column 9, cannot be read: line 1, column 22: these bytes are not UTF-8",
            "ä",
            "Entry 3, line 2, column 18, cannot be read: ",
        ],
    );
    check(
        b"[{\"code\": \"\xE4\"}, {\"code\": \"C2\"}]",
        &[
            "Entry 1, line 1, column 2, cannot be read: line 1, column 12: these bytes are not UTF-8",
            "C2",
        ],
    );
}

#[test]
fn a_file_that_ends_in_the_middle_is_reported_behind_what_is_complete() {
    let cut = "The file ends in the middle; 1 entries before that were processed: ";
    for (file, reason) in [
        ("<claims><claim code='C1'/>", "the end tag `</claims>` is missing"),
        ("<claims><claim code='C1'/><!--", "the end tag `</claims>` is missing"),
        (
            "<claims><claim code='C1'/></claims",
            "the end tag `</claims>` is missing",
        ),
        (
            "<claims><claim code='C1'/>\n<claim code='C2",
            "entry 2, line 2, column 1, is not complete",
        ),
        (
            "<claims><claim code='C1'/>\n<claim code='C2'><claimPendReasonList/>",
            "entry 2, line 2, column 1, is not complete",
        ),
        (
            "<claims><claim code='C1'/><claim code='C2'><!-- </claim></claims>",
            "entry 2, line 1, column 27, is not complete",
        ),
        (
            "<claims><claim code='C1'/></claim></clai",
            "entry 2, line 1, column 27, is not complete",
        ),
        ("[{\"code\": \"C1\"}", "the `]` of the list is missing"),
        ("[{\"code\": \"C1\"},", "the `]` of the list is missing"),
        (
            "[{\"code\": \"C1\"}, {\"code\": \"C2",
            "entry 2, line 1, column 18, is not complete",
        ),
        (
            "[{\"code\": \"C1\"}, {\"code\": [",
            "entry 2, line 1, column 18, is not complete",
        ),
        ("[{\"code\": \"C1\"}, 17", "entry 2, line 1, column 18, is not complete"),
    ] {
        check(file.as_bytes(), &["C1", &format!("{cut}{reason}")]);
    }
}

#[test]
fn what_stands_behind_the_end_is_said_and_not_read() {
    check(
        b"<claims><claim code='C1'/></claims>\n<claims><claim code='C2'/></claims>",
        &[
            "C1",
            "Entry 2, line 2, column 1, cannot be read: `<claims><claim code='C2'/></claims>` stands behind the end of `claims`; nothing from there on is read",
        ],
    );
    check(
        b"<claims/>x",
        &["Entry 1, line 1, column 10, cannot be read: `x` stands behind the end of `claims`"],
    );
    check(
        b"[{\"code\": \"C1\"}]\n, {}",
        &[
            "C1",
            "Entry 2, line 2, column 1, cannot be read: `, {}` stands behind the end of the list",
        ],
    );
}

#[test]
fn an_entry_of_one_mebibyte_is_read_and_a_longer_one_is_passed_over() {
    let entry = |code: &str, length: usize| {
        let start = format!("{{\"code\": \"{code}\"");
        format!("{start}{}}}", " ".repeat(length - start.len() - 1))
    };
    let file = format!(
        "[{},{},{}]",
        entry("C1", ENTRY_BYTES_MAX),
        entry("C2", ENTRY_BYTES_MAX + 1),
        entry("C3", 99)
    );
    check(
        file.as_bytes(),
        &[
            "C1",
            "Entry 2, line 1, column 1048579, cannot be read: it is larger than 1048576 bytes",
            "C3",
        ],
    );
    let claim = |code: &str, length: usize| format!("<claim code='{code}'{}/>", " ".repeat(length - 18));
    let file = format!(
        "<claims>{}{}{}</claims>",
        claim("C1", ENTRY_BYTES_MAX),
        claim("C2", ENTRY_BYTES_MAX + 1),
        claim("C3", 99)
    );
    check(
        file.as_bytes(),
        &[
            "C1",
            "Entry 2, line 1, column 1048585, cannot be read: it is larger than 1048576 bytes",
            "C3",
        ],
    );
}

#[test]
fn an_object_that_is_never_closed_costs_what_is_passed_over_and_not_the_file() {
    let mut file = String::from("[\n{\"code\": \"X\", \"claimPendReasonList\": [\n");
    while file.len() < ENTRY_BYTES_MAX + 1_000 {
        file.push_str("{\"code\": \"C\"},\n");
    }
    file.push_str("{\"code\": \"LAST\"}\n]");
    let found = listed(file.as_bytes());
    assert!(
        found[0].starts_with("Entry 1, line 2, column 1, cannot be read: it is not closed before line"),
        "{}",
        found[0]
    );
    assert_eq!(found.last().unwrap(), "LAST");
}

#[test]
fn brackets_without_end_are_passed_over() {
    let deep = b"["
        .chain(std::io::repeat(b'[').take(20 << 20))
        .chain(std::io::repeat(b']').take(20 << 20));
    let reader = BatchReader::new(deep.chain(&b",{\"code\":\"C2\"}]"[..]), NameMap::standard()).unwrap();
    let (entries, cut) = rest(reader);
    let contents: Vec<_> = entries.into_iter().map(|(entry, _)| entry.content).collect();
    assert!(
        contents[0]
            .as_ref()
            .unwrap_err()
            .text()
            .ends_with("it is larger than 1048576 bytes")
    );
    assert_eq!(contents[1].as_ref().unwrap().0.code, "C2");
    assert_eq!((contents.len(), cut), (2, None));
}
