//! `reprise import`, `export` and `generate`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::json;

use super::command::{REPRISE, reprise_given};
use super::reprise;
use crate::support::{Place, SAMPLE, claim_line};

/// How many claims there are now, told by counting those that a request reaches.
fn claims_in(place: &Place) -> u64 {
    place.file("everything.json", r#"{"processType":"CLAIM"}"#);
    let answer = reprise(place, &["match", "everything.json", "--count", "--payer", "ACME"])
        .well()
        .output;
    let count: serde_json::Value = serde_json::from_str(&answer).expect("a count in JSON");
    count["count"].as_u64().expect("a count")
}

/// The bytes, compressed by the machine's own gzip.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new("gzip")
        .arg("-c")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gzip is on this machine");
    let mut stdin = child.stdin.take().expect("standard input");
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(bytes));
        child.wait_with_output().expect("gzip ends").stdout
    })
}

#[test]
fn lines_are_imported_from_files_and_from_standard_input() {
    for (file, content, input) in [
        (Some("sample.ndjson"), SAMPLE.as_bytes().to_vec(), Vec::new()),
        (Some("sample.ndjson.gz"), gzip(SAMPLE.as_bytes()), Vec::new()),
        (None, Vec::new(), SAMPLE.as_bytes().to_vec()),
        (None, Vec::new(), gzip(SAMPLE.as_bytes())),
    ] {
        let place = Place::new();
        if let Some(file) = file {
            place.file(file, &content);
        }
        let done = reprise_given(&place, &["import", file.unwrap_or("-")], &input).well();
        assert!(done.said.contains("claim: 12 new\n"), "{}", done.said);
        assert!(
            done.said.contains("39 lines in ") && done.said.ends_with(", 0 refused\n"),
            "{}",
            done.said
        );
        assert_eq!(claims_in(&place), 8);
    }
}

#[test]
fn a_bad_line_costs_itself_and_is_named_with_its_place() {
    let place = Place::new();
    let lines = [
        claim_line("A", &json!({})),
        claim_line("B", &json!({ "status": "LOST" })),
        "{\"kind\":\"claim\"\n".to_owned(),
        claim_line("C", &json!({ "currency": null })),
        claim_line("D", &json!({})),
    ];
    place.file("mixed.ndjson", lines.concat());
    let done = reprise(&place, &["import", "mixed.ndjson"]);
    assert_eq!(done.code, 1);
    for words in [
        "refused: mixed.ndjson:2: `LOST` is not a processing status; it is one of: ENTRY, ",
        "refused: mixed.ndjson:3: ",
        "refused: mixed.ndjson:4: ",
        "claim: 2 new\n",
        "5 lines in ",
        ", 3 refused\n",
    ] {
        assert!(done.said.contains(words), "`{words}` is not said in: {}", done.said);
    }
    assert_eq!(claims_in(&place), 2);
}

#[test]
fn a_strict_import_with_a_bad_line_imports_nothing() {
    let place = Place::with(&claim_line("A", &json!({})));
    let lines = [
        claim_line("B", &json!({})),
        claim_line("C", &json!({ "status": "LOST" })),
    ];
    place.file("mixed.ndjson", lines.concat());
    reprise(&place, &["import", "--strict", "mixed.ndjson"]).failed(
        1,
        &[
            "refused: mixed.ndjson:2: `LOST`",
            "error: 1 of 2 lines were refused, so nothing was imported",
        ],
    );
    assert_eq!(claims_in(&place), 1);
}

#[test]
fn a_claim_with_other_content_is_refused_or_replaced() {
    let place = Place::new();
    place.file(
        "first.ndjson",
        [claim_line("A", &json!({})), claim_line("B", &json!({}))].concat(),
    );
    place.file(
        "second.ndjson",
        [
            claim_line("A", &json!({})),
            claim_line("B", &json!({ "lockedBy": "x" })),
        ]
        .concat(),
    );
    reprise(&place, &["import", "first.ndjson"]).well();
    let done = reprise(&place, &["import", "second.ndjson"]);
    assert_eq!(done.code, 1);
    assert!(done.said.contains("refused: second.ndjson:2: "), "{}", done.said);
    assert!(
        done.said.contains("1 unchanged, 1 there already with other content"),
        "{}",
        done.said
    );
    assert_eq!(claims_in(&place), 2);
    let done = reprise(&place, &["import", "--replace", "second.ndjson"]).well();
    assert!(done.said.contains("claim: 1 replaced, 1 unchanged\n"), "{}", done.said);
    assert_eq!(claims_in(&place), 1);
}

#[test]
fn lines_of_another_payer_are_refused_where_one_is_named() {
    let place = Place::new();
    place.file(
        "two.ndjson",
        [
            claim_line("A", &json!({})),
            claim_line("B", &json!({ "payer": "ZENITH" })),
        ]
        .concat(),
    );
    let done = reprise(&place, &["import", "--payer", "ACME", "two.ndjson"]);
    assert_eq!(done.code, 1);
    assert!(
        done.said.contains("refused: two.ndjson:2: ") && done.said.contains("ZENITH"),
        "{}",
        done.said
    );
}

#[test]
fn what_cannot_be_imported_is_said_in_a_sentence() {
    let place = Place::with(SAMPLE);
    place.file("sample.ndjson", SAMPLE);
    place.file("cut.gz", &gzip(SAMPLE.as_bytes())[..1_000]);
    place.file("not-a-database", "something else entirely\n".repeat(1_000));
    for (arguments, words) in [
        (
            vec!["import", "absent.ndjson"],
            "error: `absent.ndjson` cannot be opened: No such file or directory",
        ),
        (vec!["import", "."], "error: `.` cannot be opened: it is a directory"),
        (vec!["import", "cut.gz"], "the compressed data ends in the middle"),
        (
            vec!["import", "sample.ndjson", "--database", "sqlite:absent/reprise.db"],
            "error: database `sqlite:absent/reprise.db`: ",
        ),
        (
            vec!["import", "sample.ndjson", "--database", "sqlite:not-a-database"],
            "error: database `sqlite:not-a-database`: ",
        ),
        (
            vec!["import", "sample.ndjson", "--database", "reprise.db"],
            "write `sqlite:PATH`",
        ),
        (
            vec!["import", "sample.ndjson", "--database", "postgres://a"],
            "names no database",
        ),
        (
            vec!["export", "--output", "absent/export.ndjson"],
            "`absent/export.ndjson` cannot be written",
        ),
        (
            vec!["generate", "--claims", "1", "--output", "absent/a.ndjson"],
            "`absent/a.ndjson` cannot be written",
        ),
    ] {
        reprise(&place, &arguments).failed(1, &[words]);
    }
}

#[test]
fn a_population_depends_on_its_seed_alone() {
    let place = Place::new();
    let generated = |seed: &str| {
        reprise(&place, &["generate", "--claims", "300", "--seed", seed])
            .well()
            .output
    };
    let first = generated("7");
    assert_eq!(generated("7"), first);
    assert_ne!(generated("8"), first);
    reprise(
        &place,
        &[
            "generate",
            "--claims",
            "300",
            "--seed",
            "7",
            "--output",
            "population.ndjson",
        ],
    )
    .well();
    assert_eq!(
        std::fs::read_to_string(place.path("population.ndjson")).expect("a population"),
        first
    );
    assert_eq!(
        first.lines().filter(|line| line.contains("\"kind\":\"claim\"")).count(),
        300
    );
    reprise(&place, &["import", "--strict", "population.ndjson"]).well();
}

#[test]
fn patients_come_where_they_are_asked_for_and_change_nothing_else() {
    let place = Place::new();
    let generated = |arguments: &[&str]| {
        let arguments = [&["generate", "--claims", "20", "--seed", "7"], arguments].concat();
        reprise(&place, &arguments).well().output
    };
    let without = generated(&[]);
    assert_eq!(generated(&["--patients", "0"]), without);
    let with = generated(&["--patients", "50"]);
    assert_eq!(generated(&["--patients", "50"]), with);
    let known: Vec<&str> = without.lines().collect();
    assert_eq!(with.lines().filter(|line| known.contains(line)).count(), known.len());
    for (kind, count) in [("patient", 50..=50), ("procedure", 50..=300), ("insPlan", 17..=17)] {
        let start = format!(r#"{{"kind":"{kind}","#);
        let lines = with.lines().filter(|line| line.starts_with(&start)).count();
        assert!(count.contains(&lines), "{kind}: {lines}");
    }
    let done = reprise_given(&place, &["import", "--strict", "-"], with.as_bytes()).well();
    assert!(done.said.contains("patient: 50 new\n"), "{}", done.said);
    reprise(&place, &["generate", "--claims", "1", "--patients", "many"])
        .failed(2, &["'many' for '--patients <COUNT>'"]);
    reprise(&place, &["generate", "--claims", "1", "--patients", "10000000"]).failed(
        1,
        &["error: 10000000 patients cannot be generated; 9999999 is the most"],
    );
}

#[test]
fn what_is_exported_is_imported_as_it_was() {
    let place = Place::with(SAMPLE);
    let population = reprise(
        &place,
        &["generate", "--claims", "200", "--patients", "40", "--payer", "ZENITH"],
    )
    .well()
    .output;
    place.import(&population);
    place.import(&claim_line(
        "BORN-HERE",
        &json!({
            "payer": "ZENITH", "patient": "100000000", "claimType": "S", "claimStatus": "H", "insSub": "300000000",
            "procedures": ["500000000"], "intake": { "rank": 2, "settlesIn": "H", "editedAtMs": 1_767_225_600_000_i64 },
        }),
    ));
    let exported = reprise(&place, &["export"]).well().output;
    let second = Place::new();
    let done = reprise_given(&second, &["import", "--strict", "-"], exported.as_bytes()).well();
    assert!(done.said.contains("claim: 213 new\n"), "{}", done.said);
    reprise(&second, &["export", "--output", "export.ndjson"]).well();
    assert_eq!(
        std::fs::read_to_string(second.path("export.ndjson")).expect("an export"),
        exported
    );
    let one = reprise(&second, &["export", "--payer", "ACME"]).well().output;
    assert_eq!(one.lines().count(), 39);
    assert!(one.lines().all(|line| line.contains("\"payer\":\"ACME\"")));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    let line = format!("'{REPRISE}' generate --claims 5000 | head -n 1; echo ended ${{PIPESTATUS[0]}}");
    let output = Command::new("bash")
        .arg("-c")
        .arg(line)
        .current_dir(place.directory())
        .output()
        .expect("bash");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.ends_with("ended 0\n"), "{text}");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(!said.contains("error"), "{said}");
}
