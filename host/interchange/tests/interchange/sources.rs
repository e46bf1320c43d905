//! Plain, gzip and zstd sources, whole and broken.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use reprise_interchange::{ImportError, ImportOptions, NoProgress, Source, import};

use crate::{Scratch, claim, population, source};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("room");
    encoder.finish().expect("room")
}

fn zstd(text: &str) -> Vec<u8> {
    zstd::stream::encode_all(text.as_bytes(), 1).expect("room")
}

#[test]
fn are_told_apart_by_how_they_begin() {
    let text = population(300, 7);
    let (first, second) = text.split_at(text.find("\n{\"kind\":\"claim\"").expect("claims") + 1);
    for (form, bytes) in [
        ("plain", text.clone().into_bytes()),
        ("gzip", gzip(&text)),
        ("zstd", zstd(&text)),
        ("two gzip members", [gzip(first), gzip(second)].concat()),
        ("two zstd frames", [zstd(first), zstd(second)].concat()),
        (
            "zstd after a skippable frame",
            [&b"\x51\x2a\x4d\x18\x03\0\0\0abc"[..], &zstd(&text)].concat(),
        ),
        ("windows line ends, a byte order mark and blank lines", {
            format!("\u{feff}{}  \r\n\r\n", text.replace('\n', "\r\n")).into_bytes()
        }),
        ("no last line end", text.trim_end().to_owned().into_bytes()),
    ] {
        let scratch = Scratch::new();
        let length = bytes.len() as u64;
        let report = scratch.import(&ImportOptions::default(), bytes).expect(form);
        assert_eq!(
            (report.refused_lines.as_slice(), report.claims().inserted),
            (&[][..], 300),
            "{form}"
        );
        assert_eq!(report.lines, text.lines().count() as u64, "{form}");
        assert_eq!(report.bytes, length, "{form}");
    }
}

#[test]
fn without_anything_in_them_are_no_error() {
    for bytes in [Vec::new(), b"\n\n  \n".to_vec(), gzip(""), zstd("")] {
        let report = Scratch::new()
            .import(&ImportOptions::default(), bytes)
            .expect("an import");
        assert_eq!((report.lines, report.refused), (0, 0));
    }
}

#[test]
fn that_end_in_the_middle_leave_what_came_before() {
    let text = population(2_000, 7);
    for whole in [gzip(&text), zstd(&text)] {
        let scratch = Scratch::new();
        let error = scratch
            .import(&ImportOptions::default(), &whole[..whole.len() / 2])
            .expect_err("half a file");
        let ImportError::Unreadable { line, report, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(
            error.to_string(),
            format!(
                "`test.ndjson` cannot be read from line {line} on: the compressed data ends in the middle; the lines before were imported"
            )
        );
        // Half a line is no refused line.
        assert_eq!((report.lines, report.refused), (line - 1, 0));
        let inserted = report.claims().inserted;
        assert!((200..2_000).contains(&inserted), "{inserted}");
        assert_eq!(scratch.store.claim_count(None).expect("a count"), inserted);
    }
}

#[test]
fn that_are_damaged_are_reported_as_such() {
    let mut bytes = gzip(&population(300, 7));
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].fill(0xff);
    let error = Scratch::new()
        .import(&ImportOptions::default(), bytes)
        .expect_err("a damaged file")
        .to_string();
    assert!(error.contains("the compressed data is damaged: "), "{error}");
}

#[test]
fn are_read_one_after_the_other() {
    let scratch = Scratch::new();
    let sources = ["a", "b", "c"].map(|name| {
        let text = format!("{}\nbad {name}", claim(&format!("C-{name}"), "ENTRY"));
        Source::new(name, None, Cursor::new(text.into_bytes()))
    });
    let report = import(
        &*scratch.store,
        sources.into(),
        &ImportOptions::default(),
        &mut NoProgress,
    )
    .expect("an import");
    let refused: Vec<_> = report
        .refused_lines
        .iter()
        .map(|refused| (&*refused.source, refused.line))
        .collect();
    assert_eq!(refused, [("a", 2), ("b", 2), ("c", 2)]);
    assert_eq!(report.claims().inserted, 3);
}

#[test]
fn a_directory_is_none() {
    let directory = tempfile::tempdir().expect("a directory");
    assert_eq!(
        Source::open(directory.path()).expect_err("a directory").to_string(),
        "it is a directory"
    );
    assert_eq!(source(Vec::new()).name(), "test.ndjson");
}
