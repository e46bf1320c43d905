//! What is exported is what was imported.

use reprise_interchange::{ImportOptions, NoProgress, export};

use crate::{Scratch, claim, population};

#[test]
fn an_export_imported_elsewhere_and_exported_again_is_the_same_bytes() {
    let first = Scratch::new();
    let text = population(1_200, 11);
    first.import(&ImportOptions::default(), &*text).expect("an import");
    let exported = first.export();
    assert_eq!(exported.lines().count(), text.lines().count());

    let second = Scratch::new();
    let report = second.import(&ImportOptions::default(), &*exported).expect("an import");
    assert_eq!(report.refused, 0);
    assert!(second.export() == exported, "the second export differs");
}

#[test]
fn reference_data_comes_first_and_claims_by_code() {
    let scratch = Scratch::new();
    let message = r#"{"kind":"message","payer":"ACME","code":"CUST1"}"#;
    let text = [
        &*claim("C10", "ENTRY"),
        &claim("C9", "ENTRY"),
        message,
        &claim("C1", "ENTRY"),
    ]
    .join("\n");
    scratch.import(&ImportOptions::default(), text).expect("an import");
    let exported = scratch.export();
    let codes: Vec<_> = exported.lines().map(|line| line.split('"').nth(9)).collect();
    assert_eq!(codes.len(), 4);
    let order: Vec<_> = ["CUST1", "\"C1\"", "\"C10\"", "\"C9\""]
        .iter()
        .map(|code| exported.find(code))
        .collect();
    assert!(order.is_sorted() && order[0].is_some(), "{exported}");
}

#[test]
fn one_payer_s_export_holds_nothing_of_another() {
    let scratch = Scratch::new();
    let acme = claim("C001", "ENTRY");
    scratch
        .import(
            &ImportOptions::default(),
            format!("{acme}\n{}", acme.replace("ACME", "DEMO")),
        )
        .expect("an import");
    let mut bytes = Vec::new();
    let report = export(&*scratch.store, Some("ACME"), &mut bytes, &mut NoProgress).expect("an export");
    let text = String::from_utf8(bytes).expect("text");
    assert_eq!(
        (report.claims, report.references, report.bytes),
        (1, 0, text.len() as u64)
    );
    assert!(text.contains("ACME") && !text.contains("DEMO"), "{text}");

    let error = export(&*scratch.store, Some("NOBODY"), &mut Vec::new(), &mut NoProgress).expect_err("no such payer");
    assert_eq!(
        error.to_string(),
        "payer `NOBODY` has nothing in this database; the payers in it are ACME, DEMO"
    );
}
