//! The story of rule components: stored once, and never anything else.

use std::sync::Arc;

use super::installations::install;
use super::{done, dropped};
use crate::{NewComponent, RuleKind, RulesOf, Store, StoreError, StoredComponent};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    a_component_is_read_as_it_was_stored(open().as_ref());
    a_component_is_stored_once(open().as_ref());
    a_large_component_is_stored_like_a_small_one(open().as_ref());
    installed_components_are_listed_once(open().as_ref());
    what_cannot_be_stored_is_refused(open().as_ref());
    a_component_that_is_not_committed_is_none(open().as_ref());
}

/// A digest that is told from others by its last digits.
pub(crate) fn digest(number: u32) -> String {
    format!("{number:064x}")
}

pub(crate) fn component(number: u32, kind: RuleKind) -> NewComponent {
    NewComponent {
        digest: digest(number),
        kind,
        name: format!("rules {number}"),
        version: "1.2.0".to_owned(),
        contract: "0.1.0".to_owned(),
        bytes: format!("\0asm {number}").into_bytes(),
    }
}

/// Stores a component.
pub(crate) fn store_one(store: &dyn Store, component: &NewComponent) -> bool {
    done(store, |transaction| transaction.store_component(component))
}

fn read(store: &dyn Store, digest: &str) -> (StoredComponent, Vec<u8>) {
    let component = store.component(digest).expect("read").expect("there");
    (component, store.component_bytes(digest).expect("read").expect("there"))
}

fn a_component_is_read_as_it_was_stored(store: &dyn Store) {
    for new in [
        NewComponent {
            name: "it's \"ä\"".to_owned(),
            bytes: (0..=255).collect(),
            ..component(1, RuleKind::Criteria)
        },
        NewComponent {
            digest: "0123456789abcdef".repeat(4),
            name: String::new(),
            version: String::new(),
            bytes: vec![],
            ..component(2, RuleKind::ClaimStatus)
        },
    ] {
        assert!(store_one(store, &new));
        let (stored, bytes) = read(store, &new.digest);
        assert!(stored.stored_at_ms > 0);
        let expected = StoredComponent {
            digest: new.digest,
            kind: new.kind,
            name: new.name,
            version: new.version,
            contract: new.contract,
            size_bytes: u64::try_from(new.bytes.len()).expect("a size"),
            stored_at_ms: stored.stored_at_ms,
        };
        assert_eq!((stored, bytes), (expected, new.bytes));
    }
    for absent in [&digest(9), "", "\0", &digest(1)[1..]] {
        assert_eq!(store.component(absent), Ok(None), "{absent:?}");
        assert_eq!(store.component_bytes(absent), Ok(None), "{absent:?}");
    }
    assert_eq!(store.rules_sequence(), Ok(0), "it decides nothing");
}

fn a_component_is_stored_once(store: &dyn Store) {
    let first = component(1, RuleKind::Criteria);
    assert!(store_one(store, &first));
    let before = read(store, &first.digest);
    let other = NewComponent {
        name: "another name".to_owned(),
        bytes: vec![1],
        ..component(1, RuleKind::ClaimStatus)
    };
    assert!(!store_one(store, &first) && !store_one(store, &other));
    assert_eq!(read(store, &first.digest), before);
    let twice = done(store, |transaction| {
        let new = component(2, RuleKind::Criteria);
        Ok([transaction.store_component(&new)?, transaction.store_component(&new)?])
    });
    assert_eq!(twice, [true, false]);
}

fn a_large_component_is_stored_like_a_small_one(store: &dyn Store) {
    let large = NewComponent {
        bytes: (0..16_u32 << 20)
            .map(|place| place.to_le_bytes()[place as usize % 3])
            .collect(),
        ..component(1, RuleKind::Criteria)
    };
    assert!(store_one(store, &large));
    let (stored, bytes) = read(store, &large.digest);
    assert_eq!(stored.size_bytes, 16 << 20);
    assert!(bytes == large.bytes, "its bytes are others");
}

fn installed_components_are_listed_once(store: &dyn Store) {
    for number in [3, 1, 2, 4] {
        store_one(store, &component(number, RuleKind::Criteria));
    }
    for (payer, number) in [(Some("ACME"), 3), (Some("ACME"), 1), (Some("OTHER"), 3), (None, 2)] {
        install(store, payer, number);
    }
    let listed = |of| -> Vec<String> {
        let components = store.installed_components(of).expect("read");
        components.into_iter().map(|component| component.digest).collect()
    };
    for (of, expected) in [
        (RulesOf::Everyone, vec![1, 2, 3]),
        (RulesOf::Platform, vec![2]),
        (RulesOf::Payer("ACME"), vec![1, 3]),
        (RulesOf::Payer("OTHER"), vec![3]),
        (RulesOf::Payer("NOBODY"), vec![]),
        (RulesOf::Payer(""), vec![]),
        (RulesOf::Payer("\0"), vec![]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(digest).collect();
        assert_eq!(listed(of), expected, "{of:?}");
    }
}

fn what_cannot_be_stored_is_refused(store: &dyn Store) {
    let unsound = NewComponent {
        digest: "0".repeat(63),
        ..component(1, RuleKind::Criteria)
    };
    let outcome = store.write(|transaction| transaction.store_component(&unsound));
    assert!(matches!(outcome, Err(StoreError::Other { .. })), "{outcome:?}");
    assert_eq!(store.component(&unsound.digest), Ok(None));
}

fn a_component_that_is_not_committed_is_none(store: &dyn Store) {
    let new = component(1, RuleKind::Criteria);
    dropped(store, |transaction| transaction.store_component(&new));
    assert_eq!(store.component(&new.digest), Ok(None));
    assert_eq!(store.component_bytes(&new.digest), Ok(None));
}
