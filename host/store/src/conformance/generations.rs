//! The story of generations: numbered for each payer, activated one after the other.

use std::sync::Arc;

use super::components::{component, digest, store_one};
use super::installations::install;
use super::{done, dropped};
use crate::{Activation, ActivationKind, Generation, NewActivation, NewGeneration, RuleKind, Store, WriteTransaction};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    a_generation_is_read_as_it_was_created(open().as_ref());
    generations_are_numbered_for_each_payer(open().as_ref());
    generations_are_listed_from_the_last_one(open().as_ref());
    a_generation_has_components_of_its_payer_or_the_platform(open().as_ref());
    the_last_activation_says_what_decides(open().as_ref());
    what_decides_is_read_for_all_at_once(open().as_ref());
    activations_are_listed_from_the_last_one(open().as_ref());
    only_a_generation_of_the_same_owner_is_activated(open().as_ref());
    each_transaction_with_an_activation_is_counted(open().as_ref());
    what_is_not_committed_is_none(open().as_ref());
}

/// The criteria component that everybody has, and the claim-status one.
const CRITERIA: u32 = 1;
const CLAIM_STATUS: u32 = 2;

/// Has the platform have two components.
pub(crate) fn prepare(store: &dyn Store) {
    store_one(store, &component(CRITERIA, RuleKind::Criteria));
    store_one(store, &component(CLAIM_STATUS, RuleKind::ClaimStatus));
    install(store, None, CRITERIA);
    install(store, None, CLAIM_STATUS);
}

fn new(payer: Option<&str>, reason: &str) -> NewGeneration {
    NewGeneration {
        payer: payer.map(str::to_owned),
        criteria: Some(digest(CRITERIA)),
        claim_status: Some(digest(CLAIM_STATUS)),
        user: "jane \u{e9}".to_owned(),
        reason: reason.to_owned(),
    }
}

pub(crate) fn create(store: &dyn Store, payer: Option<&str>, reason: &str) -> i64 {
    done(store, |transaction| transaction.create_generation(&new(payer, reason)))
}

fn activation(payer: Option<&str>, generation: Option<i64>) -> NewActivation {
    NewActivation {
        payer: payer.map(str::to_owned),
        generation,
        kind: match generation {
            Some(_) => ActivationKind::Activate,
            None => ActivationKind::Deactivate,
        },
        user: "joan".to_owned(),
        reason: "it's \"time\"".to_owned(),
    }
}

pub(crate) fn activate(store: &dyn Store, payer: Option<&str>, generation: Option<i64>) -> i64 {
    done(store, |transaction| {
        transaction.append_activation(&activation(payer, generation))
    })
}

/// The number of the generation that decides.
fn active(store: &dyn Store, payer: Option<&str>) -> Option<i64> {
    let found = store.active_generation(payer).expect("read");
    found.map(|generation| generation.number)
}

/// Why something cannot be written.
fn refusal<T: std::fmt::Debug>(
    store: &dyn Store,
    work: impl FnOnce(&mut dyn WriteTransaction) -> Result<T, crate::StoreError>,
) -> String {
    store.write(work).expect_err("refused").to_string()
}

fn a_generation_is_read_as_it_was_created(store: &dyn Store) {
    prepare(store);
    let full = new(Some("ACME"), "it's \"due\"");
    let criteria_alone = NewGeneration {
        claim_status: None,
        ..new(None, "")
    };
    let claim_status_alone = NewGeneration {
        criteria: None,
        ..new(Some("OTHER"), "tuesday")
    };
    for wanted in [full, criteria_alone, claim_status_alone] {
        let number = done(store, |transaction| transaction.create_generation(&wanted));
        let payer = wanted.payer.as_deref();
        let found = store.generation(payer, number).expect("read").expect("there");
        assert!(found.created_at_ms > 0);
        let expected = Generation {
            payer: wanted.payer.clone(),
            number: 1,
            criteria: wanted.criteria,
            claim_status: wanted.claim_status,
            user: wanted.user,
            reason: wanted.reason,
            created_at_ms: found.created_at_ms,
        };
        assert_eq!(found, expected);
        assert_eq!(active(store, payer), None, "it decides nothing yet");
    }
    assert_eq!(store.rules_sequence(), Ok(0));
    assert_eq!(store.payers(), Ok(vec!["ACME".to_owned(), "OTHER".to_owned()]));
}

fn generations_are_numbered_for_each_payer(store: &dyn Store) {
    prepare(store);
    for (payer, number) in [
        (Some("ACME"), 1),
        (None, 1),
        (Some("ACME"), 2),
        (Some("OTHER"), 1),
        (None, 2),
        (Some("ACME"), 3),
    ] {
        assert_eq!(create(store, payer, "due"), number, "{payer:?}");
    }
    dropped(store, |transaction| transaction.create_generation(&new(None, "lost")));
    assert_eq!(create(store, None, "due"), 3, "what is not committed takes no number");
    let both = done(store, |transaction| {
        let first = transaction.create_generation(&new(Some("NEW"), "one"))?;
        Ok([first, transaction.create_generation(&new(Some("NEW"), "two"))?])
    });
    assert_eq!(both, [1, 2]);
}

fn generations_are_listed_from_the_last_one(store: &dyn Store) {
    prepare(store);
    for payer in [Some("ACME"), None, Some("ACME"), Some("OTHER"), Some("ACME"), None] {
        create(store, payer, "due");
    }
    for (payer, before, limit, expected) in [
        (Some("ACME"), None, 10, vec![3, 2, 1]),
        (Some("ACME"), None, 2, vec![3, 2]),
        (Some("ACME"), Some(3), 10, vec![2, 1]),
        (Some("ACME"), Some(2), 10, vec![1]),
        (Some("ACME"), Some(1), 10, vec![]),
        (Some("ACME"), None, 0, vec![]),
        (Some("OTHER"), None, 10, vec![1]),
        (None, None, 10, vec![2, 1]),
        (Some("NOBODY"), None, 10, vec![]),
        (Some(""), None, 10, vec![]),
        (Some("\0"), None, 10, vec![]),
    ] {
        let found = store.generations(payer, before, limit).expect("read");
        assert!(found.iter().all(|generation| generation.payer.as_deref() == payer));
        let numbers: Vec<_> = found.iter().map(|generation| generation.number).collect();
        assert_eq!(numbers, expected, "{payer:?} {before:?} {limit}");
    }
    for (payer, number) in [
        (Some("ACME"), 4),
        (Some("ACME"), 0),
        (Some("OTHER"), 2),
        (None, 3),
        (Some("NOBODY"), 1),
        (Some("\0"), 1),
    ] {
        assert_eq!(store.generation(payer, number), Ok(None), "{payer:?} {number}");
    }
}

fn a_generation_has_components_of_its_payer_or_the_platform(store: &dyn Store) {
    prepare(store);
    for number in [3, 4] {
        store_one(store, &component(number, RuleKind::Criteria));
    }
    install(store, Some("ACME"), 3);
    let with = |payer: Option<&str>, criteria: Option<u32>, claim_status: Option<u32>| NewGeneration {
        criteria: criteria.map(digest),
        claim_status: claim_status.map(digest),
        ..new(payer, "due")
    };
    let (nowhere, kind) = ("is installed neither by the payer", "decides on");
    for (payer, criteria, claim_status, refused) in [
        (Some("ACME"), Some(3), None, None),
        (Some("ACME"), Some(3), Some(CLAIM_STATUS), None),
        (Some("ACME"), Some(CRITERIA), None, None),
        (Some("OTHER"), Some(CRITERIA), None, None),
        (Some("OTHER"), Some(3), None, Some(nowhere)),
        (None, Some(3), None, Some(nowhere)),
        (Some("ACME"), Some(4), None, Some(nowhere)),
        (Some("ACME"), Some(9), None, Some(nowhere)),
        (Some("ACME"), None, Some(CRITERIA), Some(kind)),
        (None, Some(CLAIM_STATUS), None, Some(kind)),
        (None, None, None, Some("has at least one component")),
    ] {
        let what = format!("{payer:?} {criteria:?} {claim_status:?}");
        let wanted = with(payer, criteria, claim_status);
        match refused {
            None => assert!(done(store, |transaction| transaction.create_generation(&wanted)) > 0),
            Some(words) => {
                let said = refusal(store, |transaction| transaction.create_generation(&wanted));
                assert!(said.contains(words), "{what}: {said}");
            }
        }
    }
    assert_eq!(store.generations(None, None, 10), Ok(vec![]));
}

fn the_last_activation_says_what_decides(store: &dyn Store) {
    prepare(store);
    for payer in [Some("ACME"), None, Some("OTHER")] {
        for _ in 0..3 {
            create(store, payer, "due");
        }
        assert_eq!(active(store, payer), None);
        for generation in [Some(1), Some(3), Some(2), None, Some(2), Some(2)] {
            activate(store, payer, generation);
            assert_eq!(active(store, payer), generation, "{payer:?}");
        }
        assert_eq!(store.active_generation(payer), store.generation(payer, 2));
    }
    for nobody in ["NOBODY", "", "\0"] {
        assert_eq!(active(store, Some(nobody)), None, "{nobody:?}");
    }
    activate(store, Some("NEW"), None);
    assert_eq!(active(store, Some("NEW")), None, "nothing ever was");
}

fn what_decides_is_read_for_all_at_once(store: &dyn Store) {
    prepare(store);
    assert_eq!(store.active_generations(), Ok(vec![]));
    done(store, |transaction| transaction.create_payer("AAA"));
    for payer in [Some("ZETA"), Some("ACME"), Some("OTHER"), None] {
        create(store, payer, "due");
        create(store, payer, "due");
        activate(store, payer, Some(1));
    }
    let shown = || -> Vec<String> {
        let active = store.active_generations().expect("read");
        let shown = |found: Generation| format!("{}/{}", found.payer.unwrap_or_default(), found.number);
        active.into_iter().map(shown).collect()
    };
    assert_eq!(shown(), ["/1", "ACME/1", "OTHER/1", "ZETA/1"]);
    activate(store, Some("OTHER"), None);
    activate(store, Some("ACME"), Some(2));
    assert_eq!(shown(), ["/1", "ACME/2", "ZETA/1"]);
    activate(store, None, None);
    assert_eq!(shown(), ["ACME/2", "ZETA/1"]);
    for found in store.active_generations().expect("read") {
        assert_eq!(store.active_generation(found.payer.as_deref()), Ok(Some(found)));
    }
}

fn activations_are_listed_from_the_last_one(store: &dyn Store) {
    prepare(store);
    let mut ids = Vec::new();
    for (payer, generation, kind) in [
        (Some("ACME"), Some(1), ActivationKind::Activate),
        (None, Some(1), ActivationKind::Activate),
        (Some("ACME"), Some(1), ActivationKind::Rollback),
        (Some("ACME"), Some(1), ActivationKind::Quarantine),
        (Some("ACME"), None, ActivationKind::Quarantine),
        (Some("ACME"), None, ActivationKind::Rollback),
        (Some("ACME"), None, ActivationKind::Deactivate),
    ] {
        if store.generations(payer, None, 1).expect("read").is_empty() {
            create(store, payer, "due");
        }
        let wanted = NewActivation {
            kind,
            ..activation(payer, generation)
        };
        let id = done(store, |transaction| transaction.append_activation(&wanted));
        assert!(ids.last() < Some(&id));
        ids.push(id);
        let last = store.activations(payer, None, 1).expect("read");
        let expected = Activation {
            id,
            payer: wanted.payer.clone(),
            generation,
            kind,
            user: wanted.user,
            reason: wanted.reason,
            at_ms: last[0].at_ms,
        };
        assert!(expected.at_ms > 0);
        assert_eq!(last, [expected]);
    }
    for (payer, before, limit, expected) in [
        (Some("ACME"), None, 10, vec![6, 5, 4, 3, 2, 0]),
        (Some("ACME"), None, 2, vec![6, 5]),
        (Some("ACME"), Some(ids[4]), 2, vec![3, 2]),
        (Some("ACME"), Some(ids[2]), 10, vec![0]),
        (Some("ACME"), Some(ids[0]), 10, vec![]),
        (Some("ACME"), None, 0, vec![]),
        (None, None, 10, vec![1]),
        (Some("NOBODY"), None, 10, vec![]),
        (Some("\0"), None, 10, vec![]),
    ] {
        let found = store.activations(payer, before, limit).expect("read");
        let found: Vec<_> = found.iter().map(|activation| activation.id).collect();
        let expected: Vec<_> = expected.into_iter().map(|place: usize| ids[place]).collect();
        assert_eq!(found, expected, "{payer:?} {before:?} {limit}");
    }
}

fn only_a_generation_of_the_same_owner_is_activated(store: &dyn Store) {
    prepare(store);
    create(store, Some("ACME"), "due");
    create(store, Some("ACME"), "due");
    create(store, None, "due");
    for (payer, generation) in [
        (Some("ACME"), 3),
        (Some("OTHER"), 1),
        (None, 2),
        (Some("ACME"), 0),
        (Some(""), 1),
    ] {
        let said = refusal(store, |transaction| {
            transaction.append_activation(&activation(payer, Some(generation)))
        });
        assert!(
            said.contains(&format!("there is no generation {generation}")),
            "{payer:?} {said}"
        );
    }
    for (kind, generation) in [(ActivationKind::Activate, None), (ActivationKind::Deactivate, Some(1))] {
        let wanted = NewActivation {
            kind,
            ..activation(Some("ACME"), generation)
        };
        assert!(refusal(store, |transaction| transaction.append_activation(&wanted)).contains("generation"));
    }
    assert_eq!(
        (store.rules_sequence(), store.active_generations()),
        (Ok(0), Ok(vec![]))
    );
    assert_eq!(store.payers(), Ok(vec!["ACME".to_owned()]), "no payer was left behind");
}

fn each_transaction_with_an_activation_is_counted(store: &dyn Store) {
    prepare(store);
    create(store, Some("ACME"), "due");
    create(store, None, "due");
    for (payer, generation, then) in [
        (Some("ACME"), Some(1), 1),
        (Some("ACME"), Some(1), 2),
        (Some("ACME"), None, 3),
        (None, Some(1), 4),
    ] {
        activate(store, payer, generation);
        assert_eq!(store.rules_sequence(), Ok(then));
    }
    done(store, |transaction| {
        transaction.create_generation(&new(Some("OTHER"), "due"))?;
        for payer in [Some("OTHER"), Some("ACME"), None] {
            transaction.append_activation(&activation(payer, Some(1)))?;
        }
        Ok(())
    });
    assert_eq!(store.rules_sequence(), Ok(5), "three in one transaction");
}

fn what_is_not_committed_is_none(store: &dyn Store) {
    prepare(store);
    dropped(store, |transaction| {
        let number = transaction.create_generation(&new(Some("ACME"), "due"))?;
        transaction.append_activation(&activation(Some("ACME"), Some(number)))?;
        assert_eq!(store.active_generations()?, [], "seen before it was committed");
        Ok(())
    });
    assert_eq!(store.generations(Some("ACME"), None, 10), Ok(vec![]));
    assert_eq!(store.activations(Some("ACME"), None, 10), Ok(vec![]));
    assert_eq!((store.rules_sequence(), store.payers()), (Ok(0), Ok(vec![])));
}
