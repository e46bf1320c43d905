//! The story of reference data: written whole, replaced whole, found by key, scanned.

use std::ops::ControlFlow;
use std::sync::Arc;

use reprise_model::{Reference, ReferenceKind, entity_key};

use crate::{Store, StoreError, WriteOutcome};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    every_kind_is_read_as_it_was_written(open().as_ref());
    a_row_is_replaced_whole(open().as_ref());
    a_scan_comes_in_order(open().as_ref());
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
    ]
    .map(reference)
    .into();
    assert_eq!(write(store, &rows), [WriteOutcome::Inserted; 13]);
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
