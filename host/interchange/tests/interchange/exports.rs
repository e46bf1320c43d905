//! What is exported is what was imported.

use reprise_interchange::{ImportOptions, NoProgress, export};
use reprise_store::ClaimDeletion;

use crate::{Scratch, claim, patients, population};

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

/// A claim of ACME's that began at intake; `rest` is the rest of its fields.
fn intake_claim(code: &str, rest: &str) -> String {
    claim(code, "ENTRY").replace(
        r#""lines":[]"#,
        &format!(r#""lines":[],"patient":"1337","claimType":"S","claimStatus":"H","insSub":"2",{rest}"#),
    )
}

const INTAKE_DETAILS: &str = r#""intake":{"plan":"31","plan2":"32","relationship":"Self","relationship2":"Child","dateService":"2026-01-10","dateReceived":"2026-02-01","treatingProvider":"P-7","note":"the upper left one","fee":"130.50","rank":2,"settlesIn":"H","editedAtMs":1767225600123}"#;

#[test]
fn what_intake_knows_is_exported_in_full_and_imported_in_any_order() {
    let population = patients(300);
    let mut lines: Vec<String> = population.lines().map(str::to_owned).collect();
    let of_intake = [
        intake_claim(
            "C1",
            &format!(r#""insSub2":"1","procedures":["12857","12859"],{INTAKE_DETAILS}"#),
        ),
        intake_claim("C2", r#""dateSent":"2026-01-12","procedures":[]"#),
        intake_claim("C3", r#""intake":{}"#),
    ];
    lines.extend(of_intake);
    // Claims before the patients that they are for, procedures before theirs, patient plans before plans.
    lines.reverse();
    let first = Scratch::new();
    let report = first
        .import(&ImportOptions::default(), lines.join("\n"))
        .expect("an import");
    assert_eq!((report.refused, report.claims().inserted), (0, 3));
    let exported = first.export();
    let mut sorted: Vec<&str> = exported.lines().collect();
    assert_eq!(sorted.len(), lines.len());
    assert!(exported.contains(INTAKE_DETAILS), "{}", sorted[sorted.len() - 3]);
    // Rows of reference data are exported in the bytes that they were generated in.
    sorted.sort_unstable();
    assert!(
        population.lines().all(|line| sorted.binary_search(&line).is_ok()),
        "a row is not as it was"
    );

    let second = Scratch::new();
    let report = second.import(&ImportOptions::default(), &*exported).expect("an import");
    assert_eq!(report.refused, 0);
    assert!(second.export() == exported, "the second export differs");
    let claims = second.store.claims_with_procedures("ACME", &["12859"]).expect("read");
    assert_eq!(claims.len(), 1);
}

#[test]
fn a_deleted_claim_is_not_exported() {
    let scratch = Scratch::new();
    let text = [intake_claim("C1", r#""procedures":["7"]"#), claim("C2", "ENTRY")].join("\n");
    scratch.import(&ImportOptions::default(), &*text).expect("an import");
    let seen = scratch.store.claims_by_code("ACME", &["C1"]).expect("read");
    let deletion = ClaimDeletion {
        payer: "ACME".to_owned(),
        id: seen[0].id,
        seen: seen[0].change_sequence,
    };
    let deleted = scratch
        .store
        .write(|transaction| transaction.delete_claims(&[deletion]));
    assert_eq!(deleted, Ok(vec![true]));
    let exported = scratch.export();
    assert_eq!(exported.lines().count(), 1);
    assert!(exported.contains("\"C2\""), "{exported}");
    // The code is free again.
    let report = scratch.import(&ImportOptions::default(), text).expect("an import");
    assert_eq!((report.claims().inserted, report.claims().unchanged), (1, 1));
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
