//! The story of claims that are changed one by one: read, changed if they are still what was read, followed by change.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;

use reprise_model::Claim;

use super::claims::{claim, write};
use super::{done, dropped};
use crate::{ClaimChange, ClaimScan, ClaimToWrite, EncodedClaim, ExistingClaims, Store};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    claims_are_read_in_the_order_asked_for(open().as_ref());
    a_claim_is_changed_if_it_is_what_was_seen(open().as_ref());
    the_claim_of_another_payer_is_not_changed(open().as_ref());
    changes_are_numbered_like_writes(open().as_ref());
    a_dropped_change_leaves_nothing(open().as_ref());
    no_change_is_lost(open().as_ref());
}

/// Gives ACME claims C1, C2, … and answers them.
fn create(store: &dyn Store, count: usize) -> Vec<EncodedClaim> {
    let claims = (1..=count)
        .map(|number| claim("ACME", &format!("C{number}"), "a"))
        .collect();
    write(store, claims, ExistingClaims::Refuse);
    let ids: Vec<i64> = (1..).take(count).collect();
    store.claims_by_id("ACME", &ids).expect("read")
}

/// The claim with one more message, if it is still what it was.
fn with_message(row: &EncodedClaim, message: &str) -> ClaimChange {
    let mut claim = row.decode().expect("readable");
    claim.messages.push(message.to_owned());
    ClaimChange {
        id: row.id,
        seen: row.change_sequence,
        claim: ClaimToWrite::encode(claim).expect("encodable"),
    }
}

fn change(store: &dyn Store, changes: &[ClaimChange]) -> Vec<bool> {
    done(store, |transaction| transaction.change_claims(changes))
}

fn messages(store: &dyn Store, id: i64) -> Vec<String> {
    store.claim_by_id("ACME", id).expect("read").expect("there").messages
}

fn changed_after(store: &dyn Store, sequence: u64) -> Vec<i64> {
    let mut ids = Vec::new();
    store
        .scan_claims(ClaimScan::ChangedAfter(sequence), &mut |chunk| {
            ids.extend(chunk.iter().map(|row| row.id));
            ControlFlow::Continue(())
        })
        .expect("scanned");
    ids
}

fn claims_are_read_in_the_order_asked_for(store: &dyn Store) {
    create(store, 3);
    write(store, vec![claim("OTHER", "C1", "b")], ExistingClaims::Refuse);
    let read = |rows: Vec<EncodedClaim>| -> Vec<(i64, String)> {
        rows.iter()
            .map(|row| {
                let claim = row.decode().expect("readable");
                assert_eq!((row.payer.as_ref(), claim.id), (claim.payer.as_str(), Some(row.id)));
                (row.id, claim.code)
            })
            .collect()
    };
    let by_id = |payer: &str, ids: &[i64]| read(store.claims_by_id(payer, ids).expect("read"));
    let by_code = |payer: &str, codes: &[&str]| read(store.claims_by_code(payer, codes).expect("read"));
    let claims = |numbers: &[i64]| -> Vec<(i64, String)> {
        numbers.iter().map(|number| (*number, format!("C{number}"))).collect()
    };
    assert_eq!(by_id("ACME", &[3, 1, 99, 2, 4]), claims(&[3, 1, 2]));
    assert_eq!(by_code("ACME", &["C2", "C9", "c1", "C3", "C1"]), claims(&[2, 3, 1]));
    assert_eq!(by_id("OTHER", &[1, 4]), [(4, "C1".to_owned())]);
    assert_eq!(by_code("OTHER", &["C1", "C2"]), [(4, "C1".to_owned())]);
    assert_eq!((by_id("NOBODY", &[1]), by_code("NOBODY", &["C1"])), (vec![], vec![]));
    assert_eq!((by_id("ACME", &[]), by_code("ACME", &[])), (vec![], vec![]));
}

fn a_claim_is_changed_if_it_is_what_was_seen(store: &dyn Store) {
    let seen = create(store, 3);
    assert_eq!(change(store, &[with_message(&seen[1], "b")]), [true]);
    let changes: Vec<_> = seen.iter().map(|row| with_message(row, "c")).collect();
    assert_eq!(
        change(store, &changes),
        [true, false, true],
        "the second was changed meanwhile"
    );
    assert_eq!([1, 2, 3].map(|id| messages(store, id).join(" ")), ["a c", "a b", "a c"]);
    let absent = ClaimChange {
        id: 99,
        ..with_message(&seen[0], "d")
    };
    let again = store.claims_by_id("ACME", &[2]).expect("read");
    let twice = with_message(&again[0], "d");
    assert_eq!(
        change(store, &[absent, twice.clone(), twice]),
        [false, true, false],
        "absent, changed, changed already"
    );
    assert_eq!(change(store, &[]), [false; 0]);
    let claim = store.claim_by_code("ACME", "C2").expect("read").expect("there");
    assert_eq!((claim.id, claim.messages.join(" ").as_str()), (Some(2), "a b d"));
}

fn the_claim_of_another_payer_is_not_changed(store: &dyn Store) {
    let seen = create(store, 1);
    for payer in ["OTHER", "NOBODY"] {
        write(store, vec![claim("OTHER", "X", "a")], ExistingClaims::Refuse);
        let claim = Claim {
            payer: payer.to_owned(),
            ..seen[0].decode().expect("readable")
        };
        let attempt = ClaimChange {
            id: 1,
            seen: seen[0].change_sequence,
            claim: ClaimToWrite::encode(claim).expect("encodable"),
        };
        assert_eq!(change(store, &[attempt]), [false], "{payer}");
    }
    assert_eq!(store.claims_by_id("ACME", &[1]), Ok(seen));
    assert_eq!(store.payers(), Ok(vec!["ACME".to_owned(), "OTHER".to_owned()]));
}

fn changes_are_numbered_like_writes(store: &dyn Store) {
    let seen = create(store, 3);
    assert_eq!(store.change_sequence(), Ok(1));
    let changed = done(store, |transaction| {
        let first = transaction.change_claims(&[with_message(&seen[2], "b")])?;
        let claims = [ClaimToWrite::encode(claim("ACME", "C4", "a"))?];
        transaction.write_claims(&claims, ExistingClaims::Refuse)?;
        let second = transaction.change_claims(&[with_message(&seen[0], "b")])?;
        Ok([first, second].concat())
    });
    assert_eq!(changed, [true, true]);
    assert_eq!(store.change_sequence(), Ok(2), "one number for the transaction");
    assert_eq!(changed_after(store, 1), [1, 3, 4]);
    let rows = store.claims_by_id("ACME", &[1, 2, 3, 4]).expect("read");
    let numbers: Vec<u64> = rows.iter().map(|row| row.change_sequence).collect();
    assert_eq!(numbers, [2, 1, 2, 2]);

    assert_eq!(change(store, &[with_message(&seen[0], "c")]), [false]);
    assert_eq!(store.change_sequence(), Ok(2), "nothing was changed");
}

fn a_dropped_change_leaves_nothing(store: &dyn Store) {
    let seen = create(store, 1);
    dropped(store, |transaction| {
        assert_eq!(transaction.change_claims(&[with_message(&seen[0], "b")])?, [true]);
        assert_eq!(store.claims_by_id("ACME", &[1])?, seen, "seen before it was committed");
        Ok(())
    });
    assert_eq!(
        (store.claims_by_id("ACME", &[1]), store.change_sequence()),
        (Ok(seen.clone()), Ok(1))
    );
    assert_eq!(change(store, &[with_message(&seen[0], "c")]), [true]);
    assert_eq!(
        (messages(store, 1).join(" ").as_str(), store.change_sequence()),
        ("a c", Ok(2))
    );
}

fn no_change_is_lost(store: &dyn Store) {
    const WRITERS: usize = 3;
    const CHANGES: usize = 20;
    create(store, 4);
    // Each reads before it begins to write, as one who did not know of the others would.
    let add = |writer: usize| {
        for number in 0..CHANGES {
            let mut missing = vec![1, 2, 3, 4];
            while !missing.is_empty() {
                let rows = store.claims_by_id("ACME", &missing).expect("read");
                let changes: Vec<_> = rows
                    .iter()
                    .map(|row| with_message(row, &format!("{writer}-{number}")))
                    .collect();
                let changed = change(store, &changes);
                let mut changed = changed.into_iter();
                missing.retain(|_| changed.next() == Some(false));
            }
        }
    };
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let add = &add;
            scope.spawn(move || add(writer));
        }
    });
    let mut expected: Vec<String> = (0..WRITERS)
        .flat_map(|writer| (0..CHANGES).map(move |number| format!("{writer}-{number}")))
        .chain(["a".to_owned()])
        .collect();
    expected.sort_unstable();
    for id in 1..=4 {
        let mut kept = messages(store, id);
        kept.sort_unstable();
        assert_eq!(kept, expected, "claim {id}");
    }
}
