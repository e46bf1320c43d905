//! The story of reference data: written whole, replaced whole, found by key, scanned.

use std::ops::ControlFlow;
use std::sync::Arc;

use reprise_model::{Reference, ReferenceKind, entity_key};

use crate::{Store, StoreError, WriteOutcome};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    every_kind_is_read_as_it_was_written(open().as_ref());
    a_row_is_replaced_whole(open().as_ref());
    a_scan_comes_in_order(open().as_ref());
    rows_are_read_in_the_order_asked_for(open().as_ref());
    rows_are_found_by_their_patient(open().as_ref());
    rows_of_a_kind_are_read_on_from_a_key(open().as_ref());
}

fn reference(text: &str) -> Reference {
    serde_json::from_str(text).expect("a row of reference data")
}

fn write(store: &dyn Store, rows: &[Reference]) -> Vec<WriteOutcome> {
    store
        .write(|transaction| transaction.write_references(rows))
        .expect("written")
}

fn every_kind_is_read_as_it_was_written(store: &dyn Store) {
    let rows: Vec<Reference> = [
        r#"{"kind":"procedureGroup","payer":"ACME","code":"G","members":[{"code":"G0438","from":"2009-01-01"},{"code":"G0438"}]}"#,
        r#"{"kind":"diagnosisGroup","payer":"ACME","code":"G","members":[{"code":"E119","through":"2009-12-31"}]}"#,
        r#"{"kind":"providerGroup","payer":"ACME","code":"G","members":[]}"#,
        r#"{"kind":"messageGroup","payer":"ACME","code":"G","members":[{"code":"AUTH1"}]}"#,
        r#"{"kind":"message","payer":"ACME","code":"G","text":"Zürich","severity":"informative"}"#,
        r#"{"kind":"pendReason","payer":"ACME","code":"G","publishMessage":true,"priority":1}"#,
        r#"{"kind":"unfinalizeReason","payer":"ACME","code":"G","dynamicFields":["requestedBy"]}"#,
        r#"{"kind":"skipTag","payer":"ACME","code":"G"}"#,
        r#"{"kind":"claimForm","payer":"ACME","code":"G"}"#,
        r#"{"kind":"product","payer":"ACME","code":"G","description":"gold"}"#,
        r#"{"kind":"coverageRegime","payer":"ACME","code":"G"}"#,
        r#"{"kind":"feeSchedule","payer":"ACME","code":"G"}"#,
        r#"{"kind":"servicedEntity","payer":"ACME","code":"G","type":"PERSON"}"#,
        r#"{"kind":"patient","payer":"ACME","code":"1337","birthDate":"1980-05-01","primaryProvider":"P-1"}"#,
        r#"{"kind":"insPlan","payer":"ACME","code":"1","planType":"c","isMedical":true}"#,
        r#"{"kind":"insSub","payer":"ACME","code":"1","plan":"1","subscriber":"1337"}"#,
        r#"{"kind":"patPlan","payer":"ACME","code":"1","patient":"1337","insSub":"1","ordinal":1,"relationship":"Self"}"#,
        r#"{"kind":"procedure","payer":"ACME","code":"12857","patient":"1337","procedureCode":"T0120","date":"2026-01-10",
            "fee":"50.00","status":"complete","provider":"P-1","clinic":null,"placeOfService":"office",
            "diagnoses":[{"code":"K021","sequence":1}],"noBillInsSubs":["1"],"inProcess":true}"#,
        r#"{"kind":"officeFlag","payer":"ACME","code":"hold-primary-for-medical","value":false}"#,
    ]
    .map(reference)
    .into();
    assert_eq!(write(store, &rows), [WriteOutcome::Inserted; 19]);
    assert_eq!(rows.len(), ReferenceKind::ALL.len());
    for row in &rows {
        let (kind, key) = (row.kind(), row.key());
        assert_eq!(store.reference("ACME", kind, &key).expect("read").as_ref(), Some(row));
        assert_eq!(store.reference_exists("ACME", kind, &key), Ok(true), "{kind}");
        for (payer, key) in [("OTHER", &*key), ("ACME", "g"), ("ACME", "")] {
            assert_eq!(store.reference(payer, kind, key), Ok(None), "{payer} {kind} {key}");
            assert_eq!(
                store.reference_exists(payer, kind, key),
                Ok(false),
                "{payer} {kind} {key}"
            );
        }
    }
    let of_another_type = entity_key("G", "PET");
    assert_eq!(
        store.reference_exists("ACME", ReferenceKind::ServicedEntity, &of_another_type),
        Ok(false)
    );
    assert_eq!(store.payers(), Ok(vec!["ACME".to_owned()]));
    assert_eq!(store.change_sequence(), Ok(0), "no claim has changed");
}

fn a_row_is_replaced_whole(store: &dyn Store) {
    let gold = reference(r#"{"kind":"product","payer":"ACME","code":"P","description":"gold"}"#);
    let plain = reference(r#"{"kind":"product","payer":"ACME","code":"P"}"#);
    let other = reference(r#"{"kind":"product","payer":"ACME","code":"Q"}"#);
    for (what, rows, outcomes, sequence) in [
        ("new", vec![gold.clone()], vec![WriteOutcome::Inserted], 1),
        ("the same", vec![gold.clone()], vec![WriteOutcome::Unchanged], 1),
        (
            "another content",
            vec![plain.clone(), other],
            vec![WriteOutcome::Replaced, WriteOutcome::Inserted],
            2,
        ),
        (
            "twice at once",
            vec![gold, plain.clone()],
            vec![WriteOutcome::Replaced; 2],
            3,
        ),
    ] {
        assert_eq!(write(store, &rows), outcomes, "{what}");
        assert_eq!(store.reference_sequence(), Ok(sequence), "{what}");
    }
    assert_eq!(
        store.reference("ACME", ReferenceKind::Product, "P"),
        Ok(Some(plain.clone()))
    );
    let failed: Result<(), _> = store.write(|transaction| {
        transaction.write_references(&[reference(r#"{"kind":"product","payer":"LOST","code":"P"}"#)])?;
        Err(StoreError::other("no"))
    });
    assert!(failed.is_err());
    assert_eq!(
        (store.payers(), store.reference_sequence()),
        (Ok(vec!["ACME".to_owned()]), Ok(3))
    );
}

fn a_scan_comes_in_order(store: &dyn Store) {
    let rows = [
        r#"{"kind":"skipTag","payer":"B","code":"T"}"#,
        r#"{"kind":"claimForm","payer":"B","code":"b"}"#,
        r#"{"kind":"claimForm","payer":"B","code":"A"}"#,
        r#"{"kind":"product","payer":"A","code":"P"}"#,
    ];
    write(store, &rows.map(reference));
    for (payer, expected) in [
        (None, vec![("A", "P"), ("B", "A"), ("B", "b"), ("B", "T")]),
        (Some("B"), vec![("B", "A"), ("B", "b"), ("B", "T")]),
        (Some("C"), vec![]),
    ] {
        let mut found = Vec::new();
        let sequence = store.scan_references(payer, &mut |row| {
            found.push((row.payer().to_owned(), row.key()));
            ControlFlow::Continue(())
        });
        assert_eq!(sequence, Ok(1));
        let found: Vec<_> = found
            .iter()
            .map(|(payer, key)| (payer.as_str(), key.as_str()))
            .collect();
        assert_eq!(found, expected, "{payer:?}");
    }
    let mut count = 0;
    let broken_off = store.scan_references(None, &mut |_| {
        count += 1;
        ControlFlow::Break(())
    });
    assert_eq!((broken_off, count), (Ok(1), 1));
}

fn keys(rows: Result<Vec<Reference>, StoreError>) -> Vec<String> {
    rows.expect("read").iter().map(Reference::key).collect()
}

fn ins_sub(payer: &str, code: &str) -> Reference {
    reference(&format!(
        r#"{{"kind":"insSub","payer":"{payer}","code":"{code}","plan":"1"}}"#
    ))
}

fn pat_plan(payer: &str, code: &str, patient: &str) -> Reference {
    reference(&format!(
        r#"{{"kind":"patPlan","payer":"{payer}","code":"{code}","patient":"{patient}","insSub":"1","ordinal":1}}"#
    ))
}

fn procedure(payer: &str, code: &str, patient: &str) -> Reference {
    reference(&format!(
        r#"{{"kind":"procedure","payer":"{payer}","code":"{code}","patient":"{patient}","procedureCode":"T0120"}}"#
    ))
}

fn rows_are_read_in_the_order_asked_for(store: &dyn Store) {
    let product = reference(r#"{"kind":"product","payer":"ACME","code":"4"}"#);
    let rows = [
        ins_sub("ACME", "1"),
        ins_sub("ACME", "20"),
        ins_sub("ACME", "3"),
        ins_sub("OTHER", "5"),
        product,
    ];
    write(store, &rows);
    let read = |payer: &str, wanted: &[&str]| keys(store.references(payer, ReferenceKind::InsSub, wanted));
    assert_eq!(
        read("ACME", &["3", "4", "1", "5", "2", "1\u{0}", "20"]),
        ["3", "1", "20"]
    );
    assert_eq!(read("OTHER", &["1", "5"]), ["5"]);
    assert_eq!((read("NOBODY", &["1"]), read("ACME", &[])), (vec![], vec![]));
}

fn rows_are_found_by_their_patient(store: &dyn Store) {
    let of = |payer: &str, kind, patients: &[&str]| keys(store.references_of_patients(payer, kind, patients));
    let rows = [
        pat_plan("ACME", "1", "7"),
        pat_plan("ACME", "10", "8"),
        pat_plan("ACME", "2", "7"),
        pat_plan("ACME", "11", "7"),
        pat_plan("OTHER", "1", "7"),
        procedure("ACME", "1", "7"),
        reference(r#"{"kind":"patient","payer":"ACME","code":"7"}"#),
    ];
    write(store, &rows);
    for (payer, kind, patients, expected) in [
        ("ACME", ReferenceKind::PatPlan, vec!["7"], vec!["1", "11", "2"]),
        (
            "ACME",
            ReferenceKind::PatPlan,
            vec!["8", "9", "7\u{0}", "7"],
            vec!["10", "1", "11", "2"],
        ),
        ("ACME", ReferenceKind::Procedure, vec!["7", "8"], vec!["1"]),
        ("ACME", ReferenceKind::Patient, vec!["7"], vec![]),
        ("ACME", ReferenceKind::PatPlan, vec![], vec![]),
        ("OTHER", ReferenceKind::PatPlan, vec!["8", "7"], vec!["1"]),
        ("NOBODY", ReferenceKind::PatPlan, vec!["7"], vec![]),
    ] {
        assert_eq!(of(payer, kind, &patients), expected, "{payer} {kind} {patients:?}");
    }
    assert_eq!(write(store, &[pat_plan("ACME", "2", "8")]), [WriteOutcome::Replaced]);
    assert_eq!(of("ACME", ReferenceKind::PatPlan, &["7"]), ["1", "11"]);
    assert_eq!(of("ACME", ReferenceKind::PatPlan, &["8"]), ["10", "2"]);
}

fn rows_of_a_kind_are_read_on_from_a_key(store: &dyn Store) {
    let mut rows = ["10", "9", "2", "100"].map(|code| ins_sub("ACME", code)).to_vec();
    rows.extend([ins_sub("OTHER", "3"), pat_plan("ACME", "4", "1")]);
    write(store, &rows);
    let kind = ReferenceKind::InsSub;
    for (payer, after, limit, expected) in [
        ("ACME", "", 10, vec!["10", "100", "2", "9"]),
        ("ACME", "", 2, vec!["10", "100"]),
        ("ACME", "100", 10, vec!["2", "9"]),
        ("ACME", "10\u{0}", 1, vec!["100"]),
        ("ACME", "9", 10, vec![]),
        ("ACME", "", 0, vec![]),
        ("OTHER", "", 10, vec!["3"]),
        ("NOBODY", "", 10, vec![]),
    ] {
        let read = keys(store.references_of_kind(payer, kind, after, limit));
        assert_eq!(read, expected, "{payer} {after:?} {limit}");
    }
}
