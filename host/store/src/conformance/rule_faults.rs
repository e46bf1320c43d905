//! The story of faults: counted for a payer and a component.

use std::sync::Arc;

use super::components::digest;
use super::{done, dropped};
use crate::{RuleFault, Store};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    faults_are_counted_for_each_payer_and_component(open().as_ref());
    the_last_fault_comes_first(open().as_ref());
    a_fault_that_is_not_committed_is_none(open().as_ref());
}

/// Notes that component 1 faulted for ACME.
pub(crate) fn note(store: &dyn Store, text: &str) {
    note_of(store, "ACME", 1, text);
}

fn note_of(store: &dyn Store, payer: &str, number: u32, text: &str) {
    done(store, |transaction| {
        transaction.note_fault(payer, &digest(number), "host a", text)
    });
}

/// What happened to component 1 for ACME, the last first.
pub(crate) fn texts(store: &dyn Store) -> Vec<String> {
    let faults = store.last_faults("ACME", &digest(1), 100).expect("read");
    faults.into_iter().map(|fault| fault.text).collect()
}

fn faults_are_counted_for_each_payer_and_component(store: &dyn Store) {
    for (payer, number) in [("ACME", 1), ("ACME", 2), ("OTHER", 1), ("ACME", 1), ("ACME", 1)] {
        note_of(store, payer, number, "it fell over");
    }
    let faults = store.last_faults("ACME", &digest(1), 10).expect("read");
    let (last, first) = (faults[0].at_ms, faults[2].at_ms);
    assert!(first > 0);
    for (payer, digest, since_ms, count) in [
        ("ACME", digest(1), 0, 3),
        ("ACME", digest(1), first, 3),
        ("ACME", digest(1), i64::MIN, 3),
        ("ACME", digest(1), last + 1, 0),
        ("ACME", digest(2), 0, 1),
        ("OTHER", digest(1), 0, 1),
        ("OTHER", digest(2), 0, 0),
        ("NOBODY", digest(1), 0, 0),
        ("", digest(1), 0, 0),
        ("\0", digest(1), 0, 0),
        ("ACME", "\0".to_owned(), 0, 0),
    ] {
        assert_eq!(
            store.faults_since(payer, &digest, since_ms),
            Ok(count),
            "{payer:?} {digest:?} {since_ms}"
        );
    }
    assert_eq!(store.payers(), Ok(vec!["ACME".to_owned(), "OTHER".to_owned()]));
    assert_eq!(store.rules_sequence(), Ok(0), "what decides stays as it is");
}

fn the_last_fault_comes_first(store: &dyn Store) {
    for text in ["one", "it's \"two\" \u{e9}", "three\0"] {
        note(store, text);
    }
    note_of(store, "OTHER", 1, "another payer's");
    note_of(store, "ACME", 2, "another component's");
    assert_eq!(texts(store), ["three\u{fffd}", "it's \"two\" \u{e9}", "one"]);
    let found = store.last_faults("ACME", &digest(1), 1).expect("read");
    let expected = RuleFault {
        host: "host a".to_owned(),
        text: "three\u{fffd}".to_owned(),
        at_ms: found[0].at_ms,
    };
    assert_eq!(found, [expected]);
    for (payer, digest, limit) in [
        ("ACME", digest(1), 0),
        ("NOBODY", digest(1), 9),
        ("\0", digest(1), 9),
        ("ACME", "\0".to_owned(), 9),
    ] {
        assert_eq!(
            store.last_faults(payer, &digest, limit),
            Ok(vec![]),
            "{payer:?} {digest:?} {limit}"
        );
    }
}

fn a_fault_that_is_not_committed_is_none(store: &dyn Store) {
    dropped(store, |transaction| {
        transaction.note_fault("ACME", &digest(1), "host a", "it fell over")
    });
    assert_eq!(
        (store.faults_since("ACME", &digest(1), 0), store.payers()),
        (Ok(0), Ok(vec![]))
    );
}
