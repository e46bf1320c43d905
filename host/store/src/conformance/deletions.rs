//! The story of claims that are deleted: gone from every read, but not from what has changed, nor from the record.

use std::ops::ControlFlow;
use std::sync::Arc;

use reprise_model::{Claim, SubmissionStatus};

use super::claims::{claim, write};
use super::intake::{ALL, asked, found, intake_claim, with};
use super::{LONG, done, dropped};
use crate::{
    ClaimChange, ClaimDeletion, ClaimScan, ClaimToWrite, ExistingClaims, NewEvent, NewHistoryEntry, Store, WriteOutcome,
};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    a_claim_is_deleted_if_it_is_what_was_seen(open().as_ref());
    a_deleted_claim_is_in_no_read(open().as_ref());
    a_deleted_claim_is_among_what_has_changed(open().as_ref());
    a_code_is_free_again_and_an_id_never(open().as_ref());
    the_record_stays_and_locks_end(open().as_ref());
    a_deletion_that_is_not_committed_is_none(open().as_ref());
    many_are_deleted_like_one(open().as_ref());
}

/// Gives ACME the claims C1, C2, … that began at intake, all for procedure 7.
fn create(store: &dyn Store, count: usize) {
    let claims = (1..=count)
        .map(|number| intake_claim(&format!("C{number}"), "1", "W", &["7"]))
        .collect();
    write(store, claims, ExistingClaims::Refuse);
}

fn deletion(payer: &str, id: i64, seen: u64) -> ClaimDeletion {
    ClaimDeletion {
        payer: payer.to_owned(),
        id,
        seen,
    }
}

fn delete(store: &dyn Store, deletions: &[ClaimDeletion]) -> Vec<bool> {
    done(store, |transaction| transaction.delete_claims(deletions))
}

/// What a scan delivers: the id of each claim, and its code if it is not deleted.
fn scanned(store: &dyn Store, scan: ClaimScan<'_>) -> Vec<(i64, Option<String>)> {
    let mut rows = Vec::new();
    store
        .scan_claims(scan, &mut |chunk| {
            rows.extend(chunk.iter().map(|row| {
                let claim = (!row.is_deleted()).then(|| row.decode().expect("readable"));
                (row.id, claim.map(|claim| claim.code))
            }));
            ControlFlow::Continue(())
        })
        .expect("scanned");
    rows
}

fn named(rows: &[(i64, &str)]) -> Vec<(i64, Option<String>)> {
    rows.iter().map(|(id, code)| (*id, Some((*code).to_owned()))).collect()
}

fn a_claim_is_deleted_if_it_is_what_was_seen(store: &dyn Store) {
    create(store, 3);
    write(store, vec![claim("OTHER", "C1", "")], ExistingClaims::Refuse);
    for (what, deletions, deleted) in [
        ("none", vec![], vec![]),
        (
            "not as it was seen, of another payer, of nobody, absent",
            vec![
                deletion("ACME", 1, 2),
                deletion("OTHER", 1, 1),
                deletion("NOBODY", 1, 1),
                deletion("ACME", 99, 1),
            ],
            vec![false; 4],
        ),
        (
            "twice, once not as it was seen, and another",
            vec![
                deletion("ACME", 1, 2),
                deletion("ACME", 1, 1),
                deletion("ACME", 2, 1),
                deletion("ACME", 1, 1),
            ],
            vec![false, true, true, false],
        ),
        (
            "again, and as it is now",
            vec![deletion("ACME", 1, 1), deletion("ACME", 1, 3)],
            vec![false, false],
        ),
    ] {
        assert_eq!(delete(store, &deletions), deleted, "{what}");
    }
    assert_eq!(store.claim_count(Some("ACME")), Ok(1));
    assert_eq!(store.payers(), Ok(vec!["ACME".to_owned(), "OTHER".to_owned()]));
    let seen = store.claims_by_id("ACME", &[3]).expect("read")[0].change_sequence;
    assert_eq!(seen, 1, "the one that stays is as it was");
}

fn a_deleted_claim_is_in_no_read(store: &dyn Store) {
    create(store, 3);
    write(store, vec![claim("OTHER", "C1", "")], ExistingClaims::Refuse);
    assert_eq!(delete(store, &[deletion("ACME", 2, 1)]), [true]);
    assert_eq!(store.claim_by_id("ACME", 2), Ok(None));
    assert_eq!(store.claim_by_code("ACME", "C2"), Ok(None));
    // Under the code that such a row has, too.
    for code in ["\u{1}2", "\u{1}", ""] {
        assert_eq!(store.claim_by_code("ACME", code), Ok(None), "{code:?}");
        assert_eq!(store.claims_by_code("ACME", &[code]), Ok(Vec::new()), "{code:?}");
    }
    let ids = |rows: Vec<crate::EncodedClaim>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(store.claims_by_id("ACME", &[3, 2, 1]).expect("read")), [3, 1]);
    assert_eq!(
        ids(store.claims_by_code("ACME", &["C3", "C2", "C1"]).expect("read")),
        [3, 1]
    );
    assert_eq!(
        [None, Some("ACME"), Some("OTHER"), Some("NOBODY")].map(|payer| store.claim_count(payer)),
        [Ok(3), Ok(2), Ok(1), Ok(0)]
    );
    let waiting = Some(SubmissionStatus::Waiting);
    for query in [ALL, asked(Some("1"), None, None), asked(None, waiting, None)] {
        assert_eq!(found(store, "ACME", query), [1, 3], "{query:?}");
    }
    assert_eq!(with(store, "ACME", &["7"]), [1, 3]);
    assert_eq!(
        scanned(store, ClaimScan::All),
        named(&[(1, "C1"), (3, "C3"), (4, "C1")])
    );
    assert_eq!(
        scanned(store, ClaimScan::ByCode { payer: Some("ACME") }),
        named(&[(1, "C1"), (3, "C3")])
    );
    assert_eq!(
        scanned(store, ClaimScan::ByCode { payer: None }),
        named(&[(1, "C1"), (3, "C3"), (4, "C1")])
    );
    let change = ClaimChange {
        id: 2,
        seen: 3,
        claim: ClaimToWrite::encode(intake_claim("C2", "1", "W", &["7"])).expect("encodable"),
    };
    assert_eq!(done(store, |transaction| transaction.change_claims(&[change])), [false]);
}

fn a_deleted_claim_is_among_what_has_changed(store: &dyn Store) {
    create(store, 2);
    assert_eq!(store.change_sequence(), Ok(1));
    delete(store, &[deletion("ACME", 2, 9)]);
    assert_eq!(store.change_sequence(), Ok(1), "nothing was deleted");
    done(store, |transaction| {
        transaction.delete_claims(&[deletion("ACME", 2, 1)])?;
        let claims = [ClaimToWrite::encode(claim("ACME", "C3", ""))?];
        transaction.write_claims(&claims, ExistingClaims::Refuse)
    });
    assert_eq!(store.change_sequence(), Ok(2), "one number for the transaction");
    let changed = [vec![(2, None)], named(&[(3, "C3")])].concat();
    assert_eq!(scanned(store, ClaimScan::ChangedAfter(1)), changed);
    assert_eq!(
        scanned(store, ClaimScan::ChangedAfter(0)),
        [named(&[(1, "C1")]), changed].concat()
    );
    assert_eq!(scanned(store, ClaimScan::ChangedAfter(2)), []);
}

fn a_code_is_free_again_and_an_id_never(store: &dyn Store) {
    use ExistingClaims::{Refuse, Replace};
    create(store, 3);
    // The highest, and one below it.
    assert_eq!(
        delete(store, &[deletion("ACME", 3, 1), deletion("ACME", 1, 1)]),
        [true, true]
    );
    assert_eq!(done(store, |transaction| transaction.next_claim_id()), 4);
    for (what, code, id, existing, given) in [
        ("the code again", "C1", None, Refuse, 4),
        ("the code and the id again", "C3", Some(3), Replace, 5),
        ("another code under the id", "C9", Some(1), Refuse, 6),
    ] {
        let again = Claim {
            id,
            ..intake_claim(code, "2", "H", &["7"])
        };
        assert_eq!(write(store, vec![again], existing), [WriteOutcome::Inserted], "{what}");
        let written = store.claim_by_code("ACME", code).expect("read").expect("there");
        assert_eq!(written.id, Some(given), "{what}");
    }
    assert_eq!(with(store, "ACME", &["7"]), [2, 4, 5, 6]);
    // Deleted once more, under the same code: each leaves a row of its own.
    assert_eq!(delete(store, &[deletion("ACME", 4, 3)]), [true]);
    assert_eq!(
        write(store, vec![claim("ACME", "C1", "")], Refuse),
        [WriteOutcome::Inserted]
    );
    assert_eq!(
        scanned(store, ClaimScan::All),
        named(&[(2, "C2"), (5, "C3"), (6, "C9"), (7, "C1")])
    );
}

fn the_record_stays_and_locks_end(store: &dyn Store) {
    create(store, 2);
    let event = |kind| NewEvent {
        payer: "ACME".to_owned(),
        kind,
        claim: 1,
        details: "{}".to_owned(),
    };
    let entry = |operation| NewHistoryEntry {
        claim: 1,
        operation,
        user: "jane".to_owned(),
        activity: None,
        details: "{}".to_owned(),
    };
    done(store, |transaction| {
        transaction.lock_claims(&[1, 2], "jane", LONG)?;
        transaction.append_history(&[entry("create")])?;
        transaction.append_events(&[event("claim.created")])
    });
    done(store, |transaction| {
        transaction.delete_claims(&[deletion("ACME", 1, 1)])?;
        transaction.append_history(&[entry("delete")])?;
        transaction.append_events(&[event("claim.deleted")])
    });
    let history = store.claim_history("ACME", 1, 0, 10).expect("read");
    let operations: Vec<_> = history.iter().map(|entry| entry.operation.as_str()).collect();
    assert_eq!(operations, ["create", "delete"]);
    let events = store.events("ACME", 0, 10).expect("read");
    let kinds: Vec<_> = events.iter().map(|event| (event.kind.as_str(), event.claim)).collect();
    assert_eq!(kinds, [("claim.created", 1), ("claim.deleted", 1)]);
    let locks = store.claim_locks(&[1, 2]).expect("read");
    assert_eq!(locks.iter().map(|lock| lock.claim).collect::<Vec<_>>(), [2]);
}

fn a_deletion_that_is_not_committed_is_none(store: &dyn Store) {
    create(store, 1);
    dropped(store, |transaction| {
        assert_eq!(transaction.delete_claims(&[deletion("ACME", 1, 1)])?, [true]);
        assert_eq!(store.claim_count(None)?, 1, "seen before it was committed");
        Ok(())
    });
    assert_eq!((store.claim_count(None), store.change_sequence()), (Ok(1), Ok(1)));
    assert_eq!(with(store, "ACME", &["7"]), [1]);
    assert_eq!(delete(store, &[deletion("ACME", 1, 1)]), [true]);
    assert_eq!((store.claim_count(None), store.change_sequence()), (Ok(0), Ok(2)));
}

fn many_are_deleted_like_one(store: &dyn Store) {
    create(store, 2500);
    let deletions: Vec<_> = (1..=2500)
        .filter(|id| id % 5 != 0)
        .map(|id| deletion("ACME", id, 1))
        .collect();
    assert_eq!(delete(store, &deletions), vec![true; 2000]);
    let rest: Vec<i64> = (1..=500).map(|number| number * 5).collect();
    assert_eq!(with(store, "ACME", &["7"]), rest);
    assert_eq!(store.claim_count(Some("ACME")), Ok(500));
}
