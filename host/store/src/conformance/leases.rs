//! The story of an activity's lease: one host has it at a time, for a time.

use std::sync::Arc;
use std::time::Duration;

use super::{LONG, OVER, create_activity, done, dropped};
use crate::{ActivityStatus, Store};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    one_host_has_an_activity(open().as_ref());
    a_lease_whose_time_is_over_is_nobodys(open().as_ref());
    an_activity_that_ends_is_nobodys(open().as_ref());
    an_activity_that_has_ended_is_not_leased(open().as_ref());
    a_lease_that_is_not_committed_is_none(open().as_ref());
}

fn lease(store: &dyn Store, activity: i64, host: &str, lease: Duration) -> bool {
    done(store, |transaction| transaction.lease_activity(activity, host, lease))
}

fn has(store: &dyn Store, activity: i64, host: &str) -> bool {
    done(store, |transaction| transaction.has_leased_activity(activity, host))
}

fn release(store: &dyn Store, activity: i64, host: &str) {
    done(store, |transaction| transaction.release_activity(activity, host));
}

fn one_host_has_an_activity(store: &dyn Store) {
    let (first, second) = (create_activity(store, "ACME"), create_activity(store, "ACME"));
    assert!(!has(store, first, "a"));
    assert!(lease(store, first, "a", LONG));
    assert!(lease(store, second, "b", LONG), "another activity");
    assert!(!lease(store, first, "b", LONG));
    assert!(lease(store, first, "a", LONG), "once more");
    assert!(has(store, first, "a") && !has(store, first, "b"));
    release(store, first, "b");
    assert!(has(store, first, "a"), "another host cannot end it");
    release(store, first, "a");
    assert!(!has(store, first, "a"));
    assert!(lease(store, first, "b", LONG) && has(store, first, "b"));
    assert!(has(store, second, "b"));
}

fn a_lease_whose_time_is_over_is_nobodys(store: &dyn Store) {
    let activity = create_activity(store, "ACME");
    assert!(lease(store, activity, "a", OVER));
    assert!(!has(store, activity, "a"));
    assert!(lease(store, activity, "b", LONG));
    assert!(!lease(store, activity, "a", LONG));
    release(store, activity, "a");
    assert!(has(store, activity, "b"));
    assert!(lease(store, activity, "b", OVER), "a host may shorten its own");
    assert!(lease(store, activity, "a", LONG));
}

fn an_activity_that_ends_is_nobodys(store: &dyn Store) {
    use ActivityStatus::{InProcess, Initial, TechnicalError};
    let activity = create_activity(store, "ACME");
    let change = |from, to| {
        done(store, |transaction| {
            transaction.change_activity_status(activity, from, to)
        })
    };
    assert!(lease(store, activity, "a", LONG));
    assert!(change(Initial, InProcess));
    assert!(has(store, activity, "a"), "it goes on");
    assert!(change(InProcess, TechnicalError));
    assert!(!has(store, activity, "a"));
    assert!(change(TechnicalError, InProcess));
    assert!(lease(store, activity, "b", LONG));
}

fn an_activity_that_has_ended_is_not_leased(store: &dyn Store) {
    use ActivityStatus::{InProcess, Initial};
    for status in ActivityStatus::ALL.iter().copied().filter(|status| status.is_final()) {
        for before in [None, Some(OVER), Some(LONG)] {
            let activity = create_activity(store, "ACME");
            if let Some(before) = before {
                assert!(lease(store, activity, "a", before));
            }
            let change = |from, to| {
                done(store, |transaction| {
                    transaction.change_activity_status(activity, from, to)
                })
            };
            assert!(change(Initial, InProcess) && change(InProcess, status));
            for host in ["a", "b"] {
                assert!(
                    !lease(store, activity, host, LONG),
                    "{status}, {before:?} of a, by {host}"
                );
                assert!(!has(store, activity, host));
            }
            assert!(change(status, InProcess), "it goes on");
            assert!(lease(store, activity, "b", LONG) && has(store, activity, "b"));
        }
    }
    assert!(!lease(store, 1000, "a", LONG), "there is none");
}

fn a_lease_that_is_not_committed_is_none(store: &dyn Store) {
    let activity = create_activity(store, "ACME");
    dropped(store, |transaction| {
        assert!(transaction.lease_activity(activity, "a", LONG)?);
        assert!(transaction.has_leased_activity(activity, "a")?);
        Ok(())
    });
    assert!(!has(store, activity, "a"));
    assert!(lease(store, activity, "b", LONG));
}
