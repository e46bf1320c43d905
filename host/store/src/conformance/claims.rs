//! The story of claims: written, refused, replaced, read one by one, scanned, followed by change.

use std::ops::ControlFlow;
use std::sync::Arc;

use reprise_model::{AttachedPendReason, Claim};

use crate::{ClaimScan, ClaimToWrite, ExistingClaims, Store, StoreError, WriteOutcome};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    nothing_is_there_at_first(open().as_ref());
    a_claim_is_read_as_it_was_written(open().as_ref());
    outcomes_tell_what_became_of_each_claim(open().as_ref());
    an_id_is_kept_where_it_is_free(open().as_ref());
    changes_are_numbered_by_transaction(open().as_ref());
    what_is_not_committed_is_not_kept(open().as_ref());
    scans_come_in_order(open().as_ref());
    a_scan_sees_one_moment(open().as_ref());
    numbers_of_pend_reasons_stay_where_a_claim_is_replaced(open().as_ref());
}

/// A claim with a line, in the import format; `content` tells it from another of the same code.
pub(crate) fn claim(payer: &str, code: &str, content: &str) -> Claim {
    serde_json::from_value(serde_json::json!({
        "kind": "claim", "payer": payer, "code": code, "processType": "CLAIM", "status": "FINALIZED",
        "entryDate": "2009-07-03", "currency": "USD", "messages": [content],
        "lines": [{"code": format!("{code}-1"), "allowedAmount": "120.00", "attributes": {"tooth": "14", "age": 7}}],
    }))
    .expect("a claim")
}

fn with_id(id: i64, claim: Claim) -> Claim {
    Claim { id: Some(id), ..claim }
}

/// Writes claims in one transaction.
pub(crate) fn write(store: &dyn Store, claims: Vec<Claim>, existing: ExistingClaims) -> Vec<WriteOutcome> {
    let claims: Vec<_> = claims
        .into_iter()
        .map(|claim| ClaimToWrite::encode(claim).expect("encodable"))
        .collect();
    store
        .write(|transaction| transaction.write_claims(&claims, existing))
        .expect("written")
}

/// The ids, payers and codes that a scan delivers, in its order.
fn scanned(store: &dyn Store, scan: ClaimScan<'_>) -> Vec<(i64, String, String)> {
    let mut rows = Vec::new();
    store
        .scan_claims(scan, &mut |chunk| {
            for row in chunk {
                let claim = row.decode().expect("readable");
                assert_eq!((claim.id, claim.payer.as_str()), (Some(row.id), &*row.payer));
                rows.push((row.id, claim.payer, claim.code));
            }
            ControlFlow::Continue(())
        })
        .expect("scanned");
    rows
}

fn scanned_codes(store: &dyn Store, scan: ClaimScan<'_>) -> Vec<String> {
    scanned(store, scan).into_iter().map(|(_, _, code)| code).collect()
}

fn nothing_is_there_at_first(store: &dyn Store) {
    assert_eq!(store.payers(), Ok(Vec::new()));
    assert_eq!((store.change_sequence(), store.claim_count(None)), (Ok(0), Ok(0)));
    assert_eq!(store.claim_by_code("ACME", "C001"), Ok(None));
    assert_eq!(store.claim_by_id("ACME", 1), Ok(None));
    for scan in [
        ClaimScan::All,
        ClaimScan::ChangedAfter(0),
        ClaimScan::ByCode { payer: Some("ACME") },
    ] {
        assert_eq!(scanned(store, scan), [], "{scan:?}");
    }
}

fn a_claim_is_read_as_it_was_written(store: &dyn Store) {
    let full: Claim = serde_json::from_str(include_str!("../../golden/claim.json")).expect("a claim");
    let intake: Claim = serde_json::from_str(include_str!("../../golden/claim-with-intake.json")).expect("a claim");
    write(
        store,
        vec![full.clone(), intake.clone(), claim("OTHER", "C001", "")],
        ExistingClaims::Refuse,
    );
    for (id, code, mut claim) in [(77, "C001", full), (78, "C002", intake)] {
        claim.number_pend_reasons(None);
        assert_eq!(store.claim_by_code("ACME", code).expect("read"), Some(claim.clone()));
        assert_eq!(store.claim_by_id("ACME", id).expect("read"), Some(claim));
    }
    for (payer, code) in [
        ("ACME", "c001"),
        ("ACME", "C001 "),
        ("acme", "C001"),
        ("NOBODY", "C001"),
    ] {
        assert_eq!(store.claim_by_code(payer, code), Ok(None), "{payer} {code}");
    }
    assert_eq!(store.claim_by_id("OTHER", 77), Ok(None), "the claim of another payer");
    assert_eq!(store.payers(), Ok(vec!["ACME".to_owned(), "OTHER".to_owned()]));
    assert_eq!(
        (
            store.claim_count(None),
            store.claim_count(Some("ACME")),
            store.claim_count(Some("NOBODY"))
        ),
        (Ok(3), Ok(2), Ok(0))
    );
}

fn outcomes_tell_what_became_of_each_claim(store: &dyn Store) {
    use ExistingClaims::{Refuse, Replace};
    use WriteOutcome::{Conflict, Inserted, Replaced, Unchanged};
    for (what, claims, existing, outcomes, content) in [
        (
            "a new claim",
            vec![claim("ACME", "C1", "a")],
            Refuse,
            vec![Inserted],
            "a",
        ),
        (
            "the same again",
            vec![claim("ACME", "C1", "a")],
            Refuse,
            vec![Unchanged],
            "a",
        ),
        (
            "the same with another id",
            vec![with_id(50, claim("ACME", "C1", "a"))],
            Replace,
            vec![Unchanged],
            "a",
        ),
        (
            "other content",
            vec![claim("ACME", "C1", "b")],
            Refuse,
            vec![Conflict],
            "a",
        ),
        (
            "other content, wanted",
            vec![claim("ACME", "C1", "b")],
            Replace,
            vec![Replaced],
            "b",
        ),
        (
            "another payer's",
            vec![claim("OTHER", "C1", "c")],
            Refuse,
            vec![Inserted],
            "b",
        ),
        (
            "one code three times at once",
            vec![
                claim("ACME", "C2", "a"),
                claim("ACME", "C2", "a"),
                claim("ACME", "C2", "b"),
            ],
            Refuse,
            vec![Inserted, Unchanged, Conflict],
            "b",
        ),
    ] {
        assert_eq!(write(store, claims, existing), outcomes, "{what}");
        let kept = store.claim_by_code("ACME", "C1").expect("read").expect("there");
        assert_eq!((kept.id, kept.messages), (Some(1), vec![content.to_owned()]), "{what}");
    }
}

fn an_id_is_kept_where_it_is_free(store: &dyn Store) {
    for (what, asked, given) in [
        ("none asked for", None, 1),
        ("a free one", Some(40), 40),
        ("a lower free one", Some(7), 7),
        ("one that is taken", Some(40), 41),
        ("none asked for again", None, 42),
        ("one that JSON cannot hold", Some(i64::MAX), 43),
        ("one that is not positive", Some(0), 44),
    ] {
        let code = format!("C {what}");
        write(
            store,
            vec![Claim {
                id: asked,
                ..claim("ACME", &code, "")
            }],
            ExistingClaims::Refuse,
        );
        let written = store.claim_by_code("ACME", &code).expect("read").expect("there");
        assert_eq!(written.id, Some(given), "{what}");
    }
}

fn changes_are_numbered_by_transaction(store: &dyn Store) {
    use ExistingClaims::{Refuse, Replace};
    for (what, claims, existing, sequence, changed) in [
        (
            "two at once",
            vec![claim("A", "C1", "a"), claim("B", "C2", "a")],
            Refuse,
            1,
            vec!["C1", "C2"],
        ),
        ("one more", vec![claim("A", "C0", "a")], Refuse, 2, vec!["C0"]),
        ("one unchanged", vec![claim("A", "C1", "a")], Refuse, 2, vec![]),
        ("one refused", vec![claim("A", "C1", "b")], Refuse, 2, vec![]),
        (
            "one replaced, one new",
            vec![claim("A", "C3", "a"), claim("A", "C1", "b")],
            Replace,
            3,
            vec!["C1", "C3"],
        ),
    ] {
        let before = store.change_sequence().expect("read");
        write(store, claims, existing);
        assert_eq!(store.change_sequence(), Ok(sequence), "{what}");
        assert_eq!(scanned_codes(store, ClaimScan::ChangedAfter(before)), changed, "{what}");
    }
    assert_eq!(
        scanned_codes(store, ClaimScan::ChangedAfter(0)),
        ["C2", "C0", "C1", "C3"],
        "by change, then by id"
    );
    assert_eq!(
        store.scan_claims(ClaimScan::ChangedAfter(1), &mut |_| ControlFlow::Break(())),
        Ok(3)
    );
}

fn what_is_not_committed_is_not_kept(store: &dyn Store) {
    let claims = [ClaimToWrite::encode(claim("ACME", "C1", "a")).expect("encodable")];
    let mut transaction = store.begin_write().expect("begun");
    assert_eq!(
        transaction.write_claims(&claims, ExistingClaims::Refuse),
        Ok(vec![WriteOutcome::Inserted])
    );
    assert_eq!(
        store.claim_by_code("ACME", "C1"),
        Ok(None),
        "seen before it was committed"
    );
    drop(transaction);
    let failed: Result<(), _> = store.write(|transaction| {
        transaction.write_claims(&claims, ExistingClaims::Refuse)?;
        Err(StoreError::other("no"))
    });
    assert_eq!(failed, Err(StoreError::other("no")));
    assert_eq!(
        (store.claim_count(None), store.change_sequence(), store.payers()),
        (Ok(0), Ok(0), Ok(Vec::new()))
    );
    assert_eq!(
        write(store, vec![claim("ACME", "C1", "a")], ExistingClaims::Refuse),
        [WriteOutcome::Inserted]
    );
}

fn scans_come_in_order(store: &dyn Store) {
    // More than one chunk, and codes whose byte order is neither that of numbers nor that of any language.
    let mut claims: Vec<_> = (0..1500)
        .rev()
        .map(|number| claim("ACME", &format!("C{number}"), ""))
        .collect();
    claims.extend(["é", "Z", "a"].map(|code| claim("BETA", code, "")));
    claims.push(claim("AAA", "C5", ""));
    let mut codes: Vec<String> = claims[..1500].iter().map(|claim| claim.code.clone()).collect();
    codes.sort_unstable();
    write(store, claims, ExistingClaims::Refuse);

    let ids: Vec<i64> = scanned(store, ClaimScan::All)
        .into_iter()
        .map(|(id, _, _)| id)
        .collect();
    assert_eq!(ids, (1..=1504).collect::<Vec<_>>());
    assert_eq!(scanned_codes(store, ClaimScan::ByCode { payer: Some("ACME") }), codes);
    assert_eq!(
        scanned_codes(store, ClaimScan::ByCode { payer: Some("BETA") }),
        ["Z", "a", "é"]
    );
    assert_eq!(
        scanned_codes(store, ClaimScan::ByCode { payer: Some("NOBODY") }),
        [""; 0]
    );
    let mut payers: Vec<_> = scanned(store, ClaimScan::ByCode { payer: None })
        .into_iter()
        .map(|(_, payer, _)| payer)
        .collect();
    assert_eq!(payers.len(), 1504);
    payers.dedup();
    assert_eq!(payers, ["AAA", "ACME", "BETA"]);

    for scan in [
        ClaimScan::All,
        ClaimScan::ChangedAfter(0),
        ClaimScan::ByCode { payer: None },
    ] {
        let mut chunks = 0;
        let broken_off = store.scan_claims(scan, &mut |chunk| {
            assert!(chunk.len() < 1504);
            chunks += 1;
            ControlFlow::Break(())
        });
        assert_eq!((broken_off, chunks), (Ok(1), 1), "{scan:?}");
    }
}

fn a_scan_sees_one_moment(store: &dyn Store) {
    write(
        store,
        (0..2000)
            .map(|number| claim("ACME", &format!("C{number}"), ""))
            .collect(),
        ExistingClaims::Refuse,
    );
    let (mut seen, mut written) = (0, false);
    let sequence = store.scan_claims(ClaimScan::All, &mut |chunk| {
        seen += chunk.len();
        if !written {
            write(
                store,
                vec![claim("ACME", "C1999", "later"), claim("NEW", "C", "later")],
                ExistingClaims::Replace,
            );
            written = true;
        }
        assert!(chunk.iter().all(|row| row.change_sequence == 1));
        ControlFlow::Continue(())
    });
    assert_eq!((sequence, seen), (Ok(1), 2000));
    assert_eq!(scanned_codes(store, ClaimScan::ChangedAfter(1)), ["C1999", "C"]);
}

/// The claim `C1` with these pend reasons on its header.
fn pended(codes: &[&str]) -> Claim {
    let attached = codes.iter().map(|code| AttachedPendReason::unresolved(*code));
    Claim {
        pend_reasons: attached.collect(),
        ..claim("ACME", "C1", "")
    }
}

fn numbers_of_pend_reasons_stay_where_a_claim_is_replaced(store: &dyn Store) {
    let attached = || {
        let claim = store.claim_by_code("ACME", "C1").expect("read").expect("there");
        let attached = claim.pend_reasons.into_iter();
        let attached: Vec<_> = attached.map(|reason| (reason.code, reason.number)).collect();
        (attached, claim.pend_numbers_given)
    };
    let of = |expected: &[(&str, u32)]| -> Vec<(String, u32)> {
        expected
            .iter()
            .map(|(code, number)| ((*code).to_owned(), *number))
            .collect()
    };
    // Twice in one transaction, with another claim that is replaced as soon as it is there.
    let outcomes = write(
        store,
        vec![pended(&["A", "B"]), pended(&["B"])],
        ExistingClaims::Replace,
    );
    assert_eq!(outcomes, [WriteOutcome::Inserted, WriteOutcome::Replaced]);
    assert_eq!(attached(), (of(&[("B", 2)]), 2));
    let outcomes = write(
        store,
        vec![pended(&["A"]), pended(&["C", "A"])],
        ExistingClaims::Replace,
    );
    assert_eq!(outcomes, [WriteOutcome::Replaced; 2]);
    assert_eq!(attached(), (of(&[("C", 4), ("A", 3)]), 4));
    // Content is what it was imported with, whatever the numbers are.
    for existing in [ExistingClaims::Refuse, ExistingClaims::Replace] {
        assert_eq!(
            write(store, vec![pended(&["C", "A"])], existing),
            [WriteOutcome::Unchanged]
        );
    }
    assert_eq!(attached(), (of(&[("C", 4), ("A", 3)]), 4));
    assert_eq!(
        write(store, vec![pended(&[])], ExistingClaims::Replace),
        [WriteOutcome::Replaced]
    );
    assert_eq!(attached(), (Vec::new(), 4));
    assert_eq!(
        write(store, vec![pended(&["A"])], ExistingClaims::Replace),
        [WriteOutcome::Replaced]
    );
    assert_eq!(attached(), (of(&[("A", 5)]), 5));
}
