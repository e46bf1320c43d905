//! The story of installed components: each payer's are its own, and in one state at a time.

use std::sync::Arc;

use super::components::{component, digest, store_one};
use super::{done, dropped};
use crate::{
    Installation, InstallationOutcome, InstallationState, NewInstallation, RuleKind, RulesOf, Store, StoreError,
};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    a_component_is_installed_once_for_each(open().as_ref());
    what_is_installed_is_listed_by_payer(open().as_ref());
    an_installation_is_moved_from_the_states_that_are_named(open().as_ref());
    one_payers_installation_is_not_another_ones(open().as_ref());
    each_transaction_that_changes_a_state_is_counted(open().as_ref());
    an_installation_that_is_not_committed_is_none(open().as_ref());
}

pub(super) fn install(store: &dyn Store, payer: Option<&str>, number: u32) -> InstallationOutcome {
    done(store, |transaction| transaction.install_component(&new(payer, number)))
}

fn new(payer: Option<&str>, number: u32) -> NewInstallation {
    NewInstallation {
        payer: payer.map(str::to_owned),
        digest: digest(number),
        installed_by: "jane \u{e9}".to_owned(),
    }
}

fn find(store: &dyn Store, payer: Option<&str>, number: u32) -> Option<Installation> {
    store.installation(payer, &digest(number)).expect("read")
}

/// Where it stands, and why.
fn state(store: &dyn Store, payer: Option<&str>, number: u32) -> (InstallationState, Option<String>) {
    let found = find(store, payer, number).expect("there");
    (found.state, found.reason)
}

fn set(
    store: &dyn Store,
    payer: Option<&str>,
    digest: &str,
    from: &[InstallationState],
    to: InstallationState,
    reason: Option<&str>,
) -> bool {
    done(store, |transaction| {
        transaction.set_installation_state(payer, digest, from, to, reason)
    })
}

fn a_component_is_installed_once_for_each(store: &dyn Store) {
    use InstallationOutcome::{AlreadyInstalled, Installed};
    store_one(store, &component(1, RuleKind::Criteria));
    store_one(store, &component(2, RuleKind::ClaimStatus));
    for (payer, number, outcome) in [
        (Some("ACME"), 1, Installed),
        (Some("ACME"), 1, AlreadyInstalled),
        (Some("ACME"), 2, Installed),
        (Some("OTHER"), 1, Installed),
        (None, 1, Installed),
        (None, 1, AlreadyInstalled),
        (None, 2, Installed),
    ] {
        assert_eq!(install(store, payer, number), outcome, "{payer:?} {number}");
    }
    for payer in [Some("ACME"), None] {
        let found = find(store, payer, 1).expect("there");
        assert!(found.installed_at_ms > 0 && found.changed_at_ms == found.installed_at_ms);
        let expected = Installation {
            payer: payer.map(str::to_owned),
            digest: digest(1),
            state: InstallationState::Received,
            reason: None,
            installed_by: "jane \u{e9}".to_owned(),
            installed_at_ms: found.installed_at_ms,
            changed_at_ms: found.changed_at_ms,
        };
        assert_eq!(found, expected);
    }
    assert_eq!(store.payers(), Ok(vec!["ACME".to_owned(), "OTHER".to_owned()]));

    let outcome = store.write(|transaction| transaction.install_component(&new(Some("NEW"), 9)));
    let said = outcome.expect_err("not stored").to_string();
    assert!(
        said.contains(&format!("there is no component `{}`", digest(9))),
        "{said}"
    );
    assert_eq!(store.payers().expect("read").len(), 2, "no payer was left behind");
}

fn what_is_installed_is_listed_by_payer(store: &dyn Store) {
    for number in 1..=3 {
        store_one(store, &component(number, RuleKind::Criteria));
    }
    for (payer, number) in [
        (Some("ZETA"), 1),
        (Some("ACME"), 3),
        (None, 2),
        (Some("ACME"), 1),
        (None, 1),
        (Some("ACME"), 2),
    ] {
        install(store, payer, number);
    }
    let listed = |of| -> Vec<String> {
        let shown = |found: Installation| format!("{}/{}", found.payer.unwrap_or_default(), &found.digest[63..]);
        store.installations(of).expect("read").into_iter().map(shown).collect()
    };
    assert_eq!(
        listed(RulesOf::Everyone),
        ["/2", "/1", "ACME/3", "ACME/1", "ACME/2", "ZETA/1"]
    );
    assert_eq!(listed(RulesOf::Platform), ["/2", "/1"]);
    assert_eq!(listed(RulesOf::Payer("ACME")), ["ACME/3", "ACME/1", "ACME/2"]);
    for nobody in ["NOBODY", "", "\0", "acme"] {
        assert!(listed(RulesOf::Payer(nobody)).is_empty(), "{nobody:?}");
    }
}

fn an_installation_is_moved_from_the_states_that_are_named(store: &dyn Store) {
    use InstallationState::{Active, Checked, Draining, Quarantined, Received, Refused, Retired};
    store_one(store, &component(1, RuleKind::Criteria));
    for payer in [Some("ACME"), None] {
        install(store, payer, 1);
        let first = find(store, payer, 1).expect("there");
        for (from, to, reason, moved, then) in [
            (vec![Checked], Active, None, false, (Received, None)),
            (vec![], Checked, None, false, (Received, None)),
            (
                vec![Checked, Received],
                Refused,
                Some("it's \"no\""),
                true,
                (Refused, Some("it's \"no\"")),
            ),
            (
                vec![Refused],
                Refused,
                Some("too large"),
                true,
                (Refused, Some("too large")),
            ),
            (vec![Refused], Received, None, true, (Received, None)),
            (vec![Received], Checked, None, true, (Checked, None)),
            (vec![Received], Checked, None, false, (Checked, None)),
            (vec![Checked, Retired], Active, None, true, (Active, None)),
            (vec![Active], Draining, None, true, (Draining, None)),
            (vec![Draining], Retired, None, true, (Retired, None)),
            (vec![Checked, Retired], Active, None, true, (Active, None)),
            (
                vec![Active],
                Quarantined,
                Some("it said \0"),
                true,
                (Quarantined, Some("it said \u{fffd}")),
            ),
        ] {
            let what = format!("{payer:?} {from:?} {to} {reason:?}");
            assert_eq!(set(store, payer, &digest(1), &from, to, reason), moved, "{what}");
            let then = (then.0, then.1.map(str::to_owned));
            assert_eq!(state(store, payer, 1), then, "{what}");
        }
        let last = find(store, payer, 1).expect("there");
        assert_eq!(
            (last.installed_by, last.installed_at_ms),
            (first.installed_by, first.installed_at_ms)
        );
        assert!(last.changed_at_ms >= first.changed_at_ms);
    }
}

fn one_payers_installation_is_not_another_ones(store: &dyn Store) {
    use InstallationState::{Checked, Received};
    for number in 1..=3 {
        store_one(store, &component(number, RuleKind::Criteria));
    }
    install(store, Some("ACME"), 1);
    install(store, Some("OTHER"), 2);
    install(store, None, 3);
    for (payer, number) in [
        (Some("ACME"), 2),
        (Some("ACME"), 3),
        (Some("OTHER"), 1),
        (None, 1),
        (Some("NOBODY"), 3),
        (Some(""), 3),
        (Some("\0"), 3),
    ] {
        assert_eq!(find(store, payer, number), None, "{payer:?} {number}");
        let moved = set(store, payer, &digest(number), &[Received], Checked, None);
        assert!(!moved, "{payer:?} {number}");
    }
    for digest in ["", "\0", "1"] {
        assert_eq!(store.installation(None, digest), Ok(None), "{digest:?}");
        assert!(!set(store, None, digest, &[Received], Checked, None), "{digest:?}");
    }
    for (payer, number) in [(Some("ACME"), 1), (Some("OTHER"), 2), (None, 3)] {
        assert_eq!(state(store, payer, number), (Received, None), "{payer:?} {number}");
    }
}

fn each_transaction_that_changes_a_state_is_counted(store: &dyn Store) {
    use InstallationState::{Checked, Received, Refused};
    for number in 1..=2 {
        store_one(store, &component(number, RuleKind::Criteria));
        install(store, Some("ACME"), number);
    }
    assert_eq!(store.rules_sequence(), Ok(0), "nothing has changed its state");
    for (number, from, to, reason, then) in [
        (1, Received, Checked, None, 1),
        (1, Received, Checked, None, 1),
        (1, Checked, Checked, None, 1),
        (1, Checked, Checked, Some("because"), 2),
        (9, Received, Checked, None, 2),
        (2, Received, Refused, Some("because"), 3),
        (2, Refused, Refused, Some("because"), 3),
    ] {
        set(store, Some("ACME"), &digest(number), &[from], to, reason);
        assert_eq!(store.rules_sequence(), Ok(then), "{number} {from} {to} {reason:?}");
    }
    done(store, |transaction| {
        for number in [1, 2] {
            transaction.set_installation_state(Some("ACME"), &digest(number), &[Checked, Refused], Received, None)?;
        }
        Ok(())
    });
    assert_eq!(store.rules_sequence(), Ok(4), "two in one transaction");
    assert_eq!(store.access_sequence(), Ok(0), "who may do what is another matter");
}

fn an_installation_that_is_not_committed_is_none(store: &dyn Store) {
    use InstallationState::{Checked, Received};
    store_one(store, &component(1, RuleKind::Criteria));
    dropped(store, |transaction| {
        transaction.install_component(&new(Some("ACME"), 1))?;
        assert_eq!(store.installations(RulesOf::Everyone)?, []);
        assert!(transaction.set_installation_state(Some("ACME"), &digest(1), &[Received], Checked, None)?);
        Ok::<_, StoreError>(())
    });
    assert_eq!(store.installations(RulesOf::Everyone), Ok(vec![]));
    assert_eq!((store.rules_sequence(), store.payers()), (Ok(0), Ok(vec![])));
}
