//! The story of an activity's work: in portions, each leased to a host, done once, its results in their place.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use reprise_model::{Message, MessageKey, ResultMessages};

use super::{LONG, OVER, create_activity, done, dropped};
use crate::{Store, WORK_CLAIMS_MAX, WorkChunk};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    portions_are_leased_in_order(open().as_ref());
    a_portion_is_finished_by_the_first_that_has_done_it(open().as_ref());
    slow_hosts_do_not_take_a_portion_from_each_other(open().as_ref());
    a_portion_is_read_as_it_was_written(open().as_ref());
    a_host_releases_what_it_has_not_finished(open().as_ref());
    work_is_given_once(open().as_ref());
    work_that_is_dropped_is_not_done(open().as_ref());
    what_is_not_committed_is_still_to_be_done(open().as_ref());
    hosts_share_the_work(open().as_ref());
    results_are_in_the_place_of_their_portion(open().as_ref());
}

/// An activity with so many portions of a claim each: number and id are the same.
fn create(store: &dyn Store, portions: i64) -> i64 {
    let activity = create_activity(store, "ACME");
    let portions: Vec<Vec<i64>> = (0..portions).map(|number| vec![number]).collect();
    done(store, |transaction| transaction.create_work(activity, &portions));
    activity
}

fn lease_chunk(store: &dyn Store, activity: i64, host: &str, lease: Duration) -> Option<WorkChunk> {
    done(store, |transaction| transaction.lease_work(activity, host, lease))
}

/// The number of the portion that is leased.
fn lease(store: &dyn Store, activity: i64, host: &str, lease: Duration) -> Option<u64> {
    lease_chunk(store, activity, host, lease).map(|chunk| chunk.number)
}

fn finish(store: &dyn Store, activity: i64, number: u64, host: &str) -> bool {
    done(store, |transaction| transaction.finish_work(activity, number, host))
}

fn portions_are_leased_in_order(store: &dyn Store) {
    let (activity, other) = (create(store, 4), create(store, 1));
    assert_eq!(store.unfinished_work(activity), Ok(4));
    assert_eq!(lease(store, activity, "a", LONG), Some(0));
    assert_eq!(lease(store, activity, "b", LONG), Some(1));
    assert_eq!(
        lease(store, activity, "a", LONG),
        Some(2),
        "one host may have several, each once"
    );
    assert!(finish(store, activity, 0, "a"));
    assert_eq!(lease(store, activity, "a", LONG), Some(3));
    assert_eq!(lease(store, activity, "a", LONG), None);
    for (number, host, left) in [(3, "a", 2), (1, "b", 1), (2, "a", 0)] {
        assert!(finish(store, activity, number, host));
        assert_eq!(store.unfinished_work(activity), Ok(left));
    }
    assert_eq!(lease(store, activity, "a", LONG), None);
    assert_eq!(store.unfinished_work(other), Ok(1), "another activity's");
    assert_eq!(store.unfinished_work(other + 1), Ok(0));
    assert_eq!(lease(store, other + 1, "a", LONG), None);
}

fn a_portion_is_finished_by_the_first_that_has_done_it(store: &dyn Store) {
    let activity = create(store, 3);
    assert!(!finish(store, activity, 0, "a"), "nobody has had it");
    assert_eq!(lease(store, activity, "a", OVER), Some(0));
    assert_eq!(
        lease(store, activity, "b", LONG),
        Some(0),
        "the time of the first is over"
    );
    assert!(finish(store, activity, 0, "a"), "the first was done before the second");
    assert!(!finish(store, activity, 0, "b"), "it is finished already");
    assert!(!finish(store, activity, 0, "a"), "even by itself");

    assert_eq!(lease(store, activity, "a", OVER), Some(1));
    assert!(
        finish(store, activity, 1, "a"),
        "the time is over, but nobody took it: the work is done"
    );
    assert!(!finish(store, activity, 7, "a"), "no such portion");
    assert_eq!(store.unfinished_work(activity), Ok(1));
}

fn slow_hosts_do_not_take_a_portion_from_each_other(store: &dyn Store) {
    const PORTIONS: i64 = 3;
    let activity = create(store, PORTIONS);
    let mut finished = [0, 0];
    for number in 0..PORTIONS.cast_unsigned() {
        // Each time the one is done, the other has begun with the same portion.
        for host in ["a", "b"] {
            assert_eq!(lease(store, activity, host, OVER), Some(number));
        }
        for (host, count) in ["a", "b"].into_iter().zip(&mut finished) {
            *count += i64::from(finish(store, activity, number, host));
        }
    }
    assert_eq!((finished, store.unfinished_work(activity)), ([PORTIONS, 0], Ok(0)));
}

fn a_host_releases_what_it_has_not_finished(store: &dyn Store) {
    let (activity, other) = (create(store, 4), create(store, 1));
    for (host, number) in [("a", 0), ("b", 1), ("a", 2), ("a", 3)] {
        assert_eq!(lease(store, activity, host, LONG), Some(number));
    }
    assert_eq!(lease(store, other, "a", LONG), Some(0));
    assert!(finish(store, activity, 2, "a"));
    dropped(store, |transaction| transaction.release_work(activity, "a"));
    assert_eq!(lease(store, activity, "c", LONG), None, "not committed");
    done(store, |transaction| transaction.release_work(activity, "a"));
    assert_eq!(store.unfinished_work(activity), Ok(3));
    assert!(!finish(store, activity, 0, "a"), "it is nobody's now");
    for number in [Some(0), Some(3), None] {
        assert_eq!(
            lease(store, activity, "c", LONG),
            number,
            "neither the finished one nor b's"
        );
    }
    assert_eq!(lease(store, other, "c", LONG), None, "another activity's");
    done(store, |transaction| transaction.release_work(other + 1, "a"));
}

fn a_portion_is_read_as_it_was_written(store: &dyn Store) {
    let activity = create_activity(store, "ACME");
    let full: Vec<i64> = (0..)
        .map(|number| number * 1_000_003 % 9_999_991)
        .take(WORK_CLAIMS_MAX)
        .collect();
    let portions = vec![vec![3, 1, 2], vec![(1 << 53) - 1, 1], full];
    done(store, |transaction| transaction.create_work(activity, &portions));
    for claims in portions {
        let chunk = lease_chunk(store, activity, "a", LONG).expect("a portion");
        assert_eq!(chunk.claims, claims);
    }
}

fn work_is_given_once(store: &dyn Store) {
    let activity = create(store, 1);
    let again = |portions: &[Vec<i64>]| store.write(|transaction| transaction.create_work(activity, portions));
    assert!(again(&[vec![7]]).is_err());
    assert_eq!(lease(store, activity, "a", LONG), Some(0));
    assert!(finish(store, activity, 0, "a"));
    assert!(again(&[vec![7]]).is_err(), "not even when it is done");

    let other = create_activity(store, "ACME");
    let too_large = vec![1; WORK_CLAIMS_MAX + 1];
    assert!(
        store
            .write(|transaction| transaction.create_work(other, &[too_large]))
            .is_err()
    );
    assert_eq!(store.unfinished_work(other), Ok(0));
}

fn work_that_is_dropped_is_not_done(store: &dyn Store) {
    let (activity, other) = (create(store, 3), create(store, 1));
    for number in [0, 1] {
        assert_eq!(lease(store, activity, "a", LONG), Some(number));
    }
    assert!(finish(store, activity, 0, "a"));
    done(store, |transaction| transaction.discard_work(activity));
    assert_eq!(store.unfinished_work(activity), Ok(0));
    assert!(!finish(store, activity, 1, "a"), "who had it is told");
    assert_eq!(lease(store, activity, "a", LONG), None);
    assert_eq!(store.unfinished_work(other), Ok(1));
}

fn what_is_not_committed_is_still_to_be_done(store: &dyn Store) {
    let activity = create(store, 1);
    dropped(store, |transaction| {
        assert_eq!(
            transaction.lease_work(activity, "a", LONG)?.map(|chunk| chunk.number),
            Some(0)
        );
        transaction.put_results(activity, 0, &results(&["C0"]))?;
        assert!(transaction.finish_work(activity, 0, "a")?);
        transaction.add_activity_counts(activity, 1, 0)
    });
    assert_eq!(store.unfinished_work(activity), Ok(1));
    assert_eq!(store.result_chunk("ACME", activity, 0), Ok(None));
    assert_eq!(lease(store, activity, "b", LONG), Some(0));
}

fn hosts_share_the_work(store: &dyn Store) {
    const PORTIONS: i64 = 40;
    let activity = create(store, PORTIONS);
    let done_by = |host: &str| -> Vec<u64> {
        let mut numbers = Vec::new();
        while let Some(number) = lease(store, activity, host, LONG) {
            let finished = store.write(|transaction| {
                transaction.put_results(activity, number, &results(&[&format!("C{number}")]))?;
                transaction.add_activity_counts(activity, 1, 0)?;
                transaction.finish_work(activity, number, host)
            });
            assert_eq!(finished, Ok(true));
            numbers.push(number);
        }
        numbers
    };
    let mut numbers: Vec<u64> = thread::scope(|scope| {
        let hosts = ["a", "b", "c"].map(|host| scope.spawn(move || done_by(host)));
        hosts.into_iter().flat_map(|host| host.join().expect("done")).collect()
    });
    numbers.sort_unstable();
    assert_eq!(numbers, (0..PORTIONS.cast_unsigned()).collect::<Vec<_>>());
    let counts = store.activity("ACME", activity).expect("read").expect("there").counts;
    assert_eq!((counts.succeeded, counts.failed), (PORTIONS.cast_unsigned(), 0));
    assert_eq!(
        numbered(store, "ACME", activity).len(),
        usize::try_from(PORTIONS).expect("a number")
    );
}

fn results(codes: &[&str]) -> Vec<ResultMessages> {
    codes
        .iter()
        .map(|code| ResultMessages::about(*code, vec![Message::new(MessageKey::Scheduled, [code])]))
        .collect()
}

/// The chunks of an activity's results, each with its number, as a reader finds them one after the other.
fn numbered(store: &dyn Store, payer: &str, activity: i64) -> Vec<(u64, Vec<ResultMessages>)> {
    let mut chunks = Vec::new();
    let mut at_least = 0;
    while let Some((number, results)) = store.result_chunk(payer, activity, at_least).expect("read") {
        chunks.push((number, results));
        at_least = number + 1;
    }
    chunks
}

fn results_are_in_the_place_of_their_portion(store: &dyn Store) {
    let (activity, other) = (create(store, 12), create(store, 1));
    let chunks = [
        (2, results(&["C2a", "C2b"])),
        (3, results(&["C3"])),
        (11, results(&["C11"])),
    ];
    // Portions are finished in any order.
    for place in [2, 0, 1] {
        let (number, results) = &chunks[place];
        done(store, |transaction| transaction.put_results(activity, *number, results));
    }
    assert_eq!(numbered(store, "ACME", activity), chunks);
    assert_eq!(store.result_chunk("ACME", activity, u64::MAX), Ok(None));
    assert_eq!(numbered(store, "OTHER", activity), []);
    assert_eq!(numbered(store, "ACME", other), []);
    let twice = store.write(|transaction| transaction.put_results(activity, 3, &results(&["again"])));
    assert!(twice.is_err(), "a portion has one place");
    let too_many = vec![results(&["C"]).remove(0); WORK_CLAIMS_MAX + 1];
    assert!(
        store
            .write(|transaction| transaction.put_results(activity, 5, &too_many))
            .is_err()
    );
    assert_eq!(numbered(store, "ACME", activity), chunks);
}
