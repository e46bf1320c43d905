//! The story of a claim's history: what was done to it, in order.

use std::sync::Arc;

use serde_json::json;

use super::claims::{claim, write};
use super::{create_activity, done, dropped};
use crate::{ExistingClaims, HistoryEntry, NewHistoryEntry, Store};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    a_history_is_read_in_order(open().as_ref());
    the_last_reprocessing_is_found(open().as_ref());
    an_entry_that_is_not_committed_is_none(open().as_ref());
}

/// Gives ACME the claims 1 and 2, and OTHER the claim 3.
fn create(store: &dyn Store) {
    let claims = [("ACME", "C1"), ("ACME", "C2"), ("OTHER", "C3")];
    let claims = claims.map(|(payer, code)| claim(payer, code, "")).to_vec();
    write(store, claims, ExistingClaims::Refuse);
}

fn entry(claim: i64, operation: &'static str, activity: Option<i64>) -> NewHistoryEntry {
    NewHistoryEntry {
        claim,
        operation,
        user: "jane \u{e9}".to_owned(),
        activity,
        details: json!({"claim": claim, "pendReasons": ["PR1", "it's \"open\""]}).to_string(),
    }
}

fn append(store: &dyn Store, entries: &[NewHistoryEntry]) {
    done(store, |transaction| transaction.append_history(entries));
}

fn read(store: &dyn Store, payer: &str, claim: i64, after: i64, limit: u32) -> Vec<HistoryEntry> {
    store.claim_history(payer, claim, after, limit).expect("read")
}

fn operations(entries: &[HistoryEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.operation.as_str()).collect()
}

fn a_history_is_read_in_order(store: &dyn Store) {
    create(store);
    let activity = create_activity(store, "ACME");
    append(
        store,
        &[entry(1, "reprocess", Some(activity)), entry(2, "reprocess", None)],
    );
    append(
        store,
        &[
            entry(1, "adjudicate", None),
            entry(3, "reprocess", None),
            entry(1, "pend", None),
        ],
    );
    append(store, &[]);
    let entries = read(store, "ACME", 1, 0, 10);
    assert_eq!(operations(&entries), ["reprocess", "adjudicate", "pend"]);
    assert!(entries.is_sorted_by(|one, next| one.id < next.id && one.at_ms <= next.at_ms));
    let first = &entries[0];
    assert_eq!((first.user.as_str(), first.activity), ("jane \u{e9}", Some(activity)));
    assert_eq!(
        first.details,
        json!({"claim": 1, "pendReasons": ["PR1", "it's \"open\""]})
    );
    assert!(first.at_ms > 0);
    assert_eq!(entries[1].activity, None);

    assert_eq!(read(store, "ACME", 1, 0, 2), entries[..2]);
    assert_eq!(read(store, "ACME", 1, entries[0].id, 1), entries[1..2]);
    assert_eq!(read(store, "ACME", 1, entries[2].id, 10), []);
    assert_eq!(operations(&read(store, "ACME", 2, 0, 10)), ["reprocess"]);
    assert_eq!(operations(&read(store, "OTHER", 3, 0, 10)), ["reprocess"]);
    for (payer, claim) in [("OTHER", 1), ("ACME", 3), ("NOBODY", 1), ("ACME", 99)] {
        assert_eq!(read(store, payer, claim, 0, 10), [], "{payer} {claim}");
    }
}

fn the_last_reprocessing_is_found(store: &dyn Store) {
    create(store);
    let activities = [0; 3].map(|_| create_activity(store, "ACME"));
    let last = |payer: &str, claim: i64| store.last_reprocessing(payer, claim).expect("read");
    assert_eq!(last("ACME", 1), None);
    for (what, operation, activity, expected) in [
        ("one alone", "reprocess", None, None),
        ("a first activity", "reprocess", Some(0), Some(0)),
        ("a second activity", "reprocess", Some(1), Some(1)),
        ("something else", "adjudicate", Some(2), Some(1)),
        ("one alone again", "reprocess", None, None),
    ] {
        append(
            store,
            &[entry(1, operation, activity.map(|place: usize| activities[place]))],
        );
        assert_eq!(
            last("ACME", 1),
            expected.map(|place: usize| activities[place]),
            "{what}"
        );
    }
    assert_eq!(
        (last("ACME", 2), last("OTHER", 1), last("ACME", 99)),
        (None, None, None)
    );
}

fn an_entry_that_is_not_committed_is_none(store: &dyn Store) {
    create(store);
    dropped(store, |transaction| {
        transaction.append_history(&[entry(1, "reprocess", None)])?;
        assert_eq!(store.claim_history("ACME", 1, 0, 10)?, []);
        Ok(())
    });
    assert_eq!(read(store, "ACME", 1, 0, 10), []);
}
