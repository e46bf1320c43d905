//! The story of claims that are held: by one at a time, for a time.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::claims::{claim, write};
use super::{LONG, OVER, done, dropped};
use crate::{ExistingClaims, Store};

/// No claim.
const NONE: [i64; 0] = [];

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    a_claim_is_held_by_one(open().as_ref());
    a_lock_whose_time_is_over_is_none(open().as_ref());
    a_holder_ends_all_that_it_holds(open().as_ref());
    a_lock_that_is_not_committed_is_none(open().as_ref());
    of_two_at_once_one_holds_a_claim(open().as_ref());
}

fn create(store: &dyn Store, count: usize) {
    let claims = (1..=count)
        .map(|number| claim("ACME", &format!("C{number}"), ""))
        .collect();
    write(store, claims, ExistingClaims::Refuse);
}

fn lock(store: &dyn Store, claims: &[i64], holder: &str, lease: Duration) -> Vec<i64> {
    done(store, |transaction| transaction.lock_claims(claims, holder, lease))
}

fn unlock(store: &dyn Store, claims: &[i64], holder: &str) {
    done(store, |transaction| transaction.unlock_claims(claims, holder));
}

/// Who holds which of these claims, by claim.
fn held(store: &dyn Store, claims: &[i64]) -> Vec<(i64, String)> {
    let mut held: Vec<_> = store
        .claim_locks(claims)
        .expect("read")
        .into_iter()
        .inspect(|lock| assert!(lock.until_ms > 0))
        .map(|lock| (lock.claim, lock.holder))
        .collect();
    held.sort_unstable();
    held
}

fn by(holders: &[(i64, &str)]) -> Vec<(i64, String)> {
    holders
        .iter()
        .map(|(claim, holder)| (*claim, (*holder).to_owned()))
        .collect()
}

fn a_claim_is_held_by_one(store: &dyn Store) {
    create(store, 4);
    assert_eq!(held(store, &[1, 2, 3, 4]), []);
    assert_eq!(lock(store, &[1, 2], "a", LONG), NONE);
    assert_eq!(lock(store, &[3, 2, 1], "b", LONG), [2, 1], "those that the other holds");
    assert_eq!(held(store, &[4, 3, 2, 1]), by(&[(1, "a"), (2, "a"), (3, "b")]));
    assert_eq!(held(store, &[2, 4]), by(&[(2, "a")]));
    assert_eq!(lock(store, &[1, 2], "a", LONG), NONE, "for longer");
    unlock(store, &[1, 2, 3, 4], "b");
    assert_eq!(held(store, &[1, 2, 3]), by(&[(1, "a"), (2, "a")]));
    unlock(store, &[2], "a");
    assert_eq!(lock(store, &[1, 2, 3], "b", LONG), [1]);
    assert_eq!(held(store, &[1, 2, 3]), by(&[(1, "a"), (2, "b"), (3, "b")]));
    assert_eq!((held(store, &[]), lock(store, &[], "a", LONG)), (vec![], vec![]));
}

fn a_lock_whose_time_is_over_is_none(store: &dyn Store) {
    create(store, 2);
    assert_eq!(lock(store, &[1, 2], "a", OVER), NONE);
    assert_eq!(held(store, &[1, 2]), []);
    assert_eq!(lock(store, &[1], "b", LONG), NONE);
    assert_eq!(lock(store, &[1, 2], "a", LONG), [1]);
    assert_eq!(held(store, &[1, 2]), by(&[(1, "b"), (2, "a")]));
}

fn a_holder_ends_all_that_it_holds(store: &dyn Store) {
    create(store, 4);
    assert_eq!(lock(store, &[1, 3], "a", LONG), NONE);
    assert_eq!(lock(store, &[2], "b", LONG), NONE);
    assert_eq!(lock(store, &[4], "a", OVER), NONE);
    dropped(store, |transaction| transaction.unlock_all("a"));
    assert_eq!(held(store, &[1, 2, 3, 4]), by(&[(1, "a"), (2, "b"), (3, "a")]));
    done(store, |transaction| transaction.unlock_all("a"));
    assert_eq!(held(store, &[1, 2, 3, 4]), by(&[(2, "b")]));
    done(store, |transaction| transaction.unlock_all("nobody"));
    assert_eq!(lock(store, &[1, 2, 3, 4], "c", LONG), [2]);
}

fn a_lock_that_is_not_committed_is_none(store: &dyn Store) {
    create(store, 1);
    dropped(store, |transaction| {
        assert_eq!(transaction.lock_claims(&[1], "a", LONG)?, NONE);
        assert_eq!(transaction.lock_claims(&[1], "b", LONG)?, [1]);
        assert_eq!(store.claim_locks(&[1])?, [], "seen before it was committed");
        Ok(())
    });
    assert_eq!(lock(store, &[1], "b", LONG), NONE);
}

fn of_two_at_once_one_holds_a_claim(store: &dyn Store) {
    create(store, 30);
    let all: Vec<i64> = (1..=30).collect();
    let take = |holder: &'static str| -> usize {
        let others: usize = all.iter().map(|claim| lock(store, &[*claim], holder, LONG).len()).sum();
        all.len() - others
    };
    let held_by_each: usize = thread::scope(|scope| {
        let holders = ["a", "b", "c"].map(|holder| scope.spawn(move || take(holder)));
        holders.into_iter().map(|holder| holder.join().expect("taken")).sum()
    });
    assert_eq!((held_by_each, held(store, &all).len()), (30, 30));
}
