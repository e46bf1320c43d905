//! What becomes of lines whose code is there already, and of an import that is strict.

use std::io::Read;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use reprise_interchange::{ImportError, ImportOptions, NoProgress, OutcomeCounts, RecordKind, Source, import};
use reprise_model::ReferenceKind;

use crate::{Scratch, claim, population, source};

const STRICT: ImportOptions = ImportOptions {
    strict: true,
    replace: false,
    payer: None,
    user: String::new(),
    line_bytes_max: 1024 * 1024,
};

#[test]
fn the_same_content_again_is_unchanged() {
    let scratch = Scratch::new();
    let text = population(700, 3);
    let first = scratch.import(&ImportOptions::default(), &*text).expect("an import");
    let again = scratch.import(&ImportOptions::default(), text).expect("an import");
    for (kind, counts) in &first.kinds {
        let unchanged = OutcomeCounts {
            unchanged: counts.inserted,
            ..OutcomeCounts::default()
        };
        assert_eq!(again.kinds.get(kind), Some(&unchanged), "{kind}");
    }
    assert_eq!(again.refused, 0);
}

#[test]
fn other_content_of_a_claim_needs_replace() {
    let scratch = Scratch::new();
    scratch
        .import(&ImportOptions::default(), claim("C001", "ENTRY"))
        .expect("an import");
    let changed = format!("{}\n{}", claim("C002", "ENTRY"), claim("C001", "INITIAL"));

    let report = scratch.import(&ImportOptions::default(), &*changed).expect("an import");
    assert_eq!(
        report.claims(),
        OutcomeCounts {
            inserted: 1,
            conflict: 1,
            ..OutcomeCounts::default()
        }
    );
    assert_eq!(
        report.refused_lines[0].to_string(),
        "test.ndjson:2: claim `C001` is there already with other content; `--replace` would replace it"
    );
    assert_eq!(report.refused, 1);

    let replace = ImportOptions {
        replace: true,
        ..ImportOptions::default()
    };
    let report = scratch.import(&replace, changed).expect("an import");
    assert_eq!(
        report.claims(),
        OutcomeCounts {
            unchanged: 1,
            replaced: 1,
            ..OutcomeCounts::default()
        }
    );
    let claim = scratch
        .store
        .claim_by_code("ACME", "C001")
        .expect("a look-up")
        .expect("a claim");
    assert_eq!(claim.status.as_str(), "INITIAL");
}

#[test]
fn reference_data_is_replaced_whole() {
    let scratch = Scratch::new();
    let row = |text: &str| format!(r#"{{"kind":"message","payer":"ACME","code":"CUST1"{text}}}"#);
    let kind = RecordKind::Reference(ReferenceKind::Message);
    for (line, counts) in [
        (
            row(r#","text":"one","severity":"fatal""#),
            OutcomeCounts {
                inserted: 1,
                ..OutcomeCounts::default()
            },
        ),
        (
            row(r#","text":"two""#),
            OutcomeCounts {
                replaced: 1,
                ..OutcomeCounts::default()
            },
        ),
        (
            row(r#","text":"two""#),
            OutcomeCounts {
                unchanged: 1,
                ..OutcomeCounts::default()
            },
        ),
    ] {
        let report = scratch.import(&ImportOptions::default(), line).expect("an import");
        assert_eq!(report.kinds.get(&kind), Some(&counts));
    }
    assert_eq!(scratch.export(), row(r#","text":"two""#) + "\n");
}

#[test]
fn a_strict_import_of_good_lines_is_kept() {
    let scratch = Scratch::new();
    let report = scratch.import(&STRICT, population(700, 3)).expect("an import");
    assert_eq!(
        (
            report.claims().inserted,
            scratch.store.claim_count(None).expect("a count")
        ),
        (700, 700)
    );
}

#[test]
fn a_strict_import_with_a_refused_line_keeps_nothing() {
    let good = population(1_500, 3);
    let lines = good.lines().count();
    let conflicting = claim("C00000001", "ENTRY").replace("ACME", "DEMO");
    for (place, text) in [
        ("first", format!("bad\n{good}")),
        ("last", format!("{good}bad\n")),
        ("a conflict with a line before", format!("{good}{conflicting}\n")),
    ] {
        let scratch = Scratch::new();
        let error = scratch.import(&STRICT, text).expect_err(place);
        let ImportError::Refused(report) = &error else {
            panic!("{place}: {error:?}")
        };
        assert_eq!(
            (report.refused, report.kinds.len(), report.lines),
            (1, 0, lines as u64 + 1),
            "{place}"
        );
        assert_eq!(
            error.to_string(),
            format!(
                "1 of {} lines were refused, so nothing was imported; correct them, or import without `--strict`",
                lines + 1
            )
        );
        assert_eq!(scratch.export(), "", "{place}");
    }
}

#[test]
fn a_strict_import_of_a_source_that_cannot_be_read_keeps_nothing() {
    let scratch = Scratch::new();
    let compressed = zstd::stream::encode_all(population(1_500, 3).as_bytes(), 1).expect("room");
    let error = scratch
        .import(&STRICT, &compressed[..compressed.len() - 9])
        .expect_err("half a file");
    assert!(
        error.to_string().ends_with("ends in the middle; nothing was imported"),
        "{error}"
    );
    assert_eq!(scratch.export(), "");
}

/// A pipe that nobody writes to until it is closed.
struct IdlePipe(Receiver<()>);

impl Read for IdlePipe {
    fn read(&mut self, _buffer: &mut [u8]) -> std::io::Result<usize> {
        // An error says that it is closed.
        let _ = self.0.recv();
        Ok(0)
    }
}

#[test]
fn an_import_that_waits_for_its_source_lets_others_write() {
    let scratch = Scratch::new();
    let (pipe, idle) = channel();
    let sources = vec![
        source(claim("C001", "ENTRY")),
        Source::new("pipe", None, IdlePipe(idle)),
    ];
    thread::scope(|scope| {
        let store = &*scratch.store;
        let waiting = scope.spawn(move || import(store, sources, &ImportOptions::default(), &mut NoProgress));
        // It is there as soon as the import has nothing to do, though the import goes on.
        while scratch.store.claim_count(None).expect("a count") == 0 && !waiting.is_finished() {
            thread::sleep(Duration::from_millis(5));
        }
        let other = scratch
            .import(&ImportOptions::default(), claim("C002", "ENTRY"))
            .expect("another import");
        assert_eq!((other.claims().inserted, waiting.is_finished()), (1, false));
        drop(pipe);
        let report = waiting.join().expect("no panic").expect("an import");
        assert_eq!(report.claims().inserted, 1);
    });
}

#[test]
fn pend_reasons_are_attached_once_at_each_place_and_keep_their_numbers() {
    let scratch = Scratch::new();
    let replace = ImportOptions {
        replace: true,
        ..ImportOptions::default()
    };
    let pended = |pend_reasons: &str| {
        let attached = format!(r#""pendReasons":[{pend_reasons}],"lines":[]"#);
        claim("C001", "CHANGE").replace(r#""lines":[]"#, &attached)
    };
    let held = || {
        let claim = scratch.store.claim_by_code("ACME", "C001").expect("a look-up");
        let attached = claim.expect("a claim").pend_reasons.into_iter();
        attached
            .map(|reason| (reason.code, reason.resolved, reason.number))
            .collect::<Vec<_>>()
    };
    let of = |code: &str, resolved: bool, number: u32| (code.to_owned(), resolved, number);
    let twice = pended(r#"{"code":"A","resolved":true},{"code":"B"},{"code":"A"},{"code":"B"}"#);
    let report = scratch.import(&replace, &*twice).expect("an import");
    assert_eq!((report.claims().inserted, report.refused), (1, 0));
    assert_eq!(held(), [of("A", false, 1), of("B", false, 2)]);

    // What is exported and comes back is what it was, whatever the numbers are.
    let changed = pended(r#"{"code":"C"},{"code":"B","resolved":true}"#);
    scratch.import(&replace, changed).expect("an import");
    assert_eq!(held(), [of("C", false, 3), of("B", true, 2)]);
    let exported = scratch.export();
    assert!(!exported.contains("number"), "{exported}");
    let report = scratch.import(&replace, exported).expect("an import");
    assert_eq!(report.claims().unchanged, 1);
    assert_eq!(held(), [of("C", false, 3), of("B", true, 2)]);

    let numbered = pended(r#"{"code":"A","number":1}"#);
    let report = scratch.import(&replace, numbered).expect("an import");
    let refused = report.refused_lines[0].to_string();
    assert!(refused.contains("the field `number` is unknown here"), "{refused}");
}
