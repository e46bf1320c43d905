//! The story of a delivery: due, tried, taken or given up, and tried again.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::{LONG, OVER, create_activity, done, dropped};
use crate::{Delivery, DeliveryOutcome, DeliveryStatus, Store};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    a_delivery_is_due_until_it_is_taken(open().as_ref());
    a_delivery_is_tried_by_one(open().as_ref());
    a_delivery_that_was_given_up_can_be_tried_again(open().as_ref());
    deliveries_are_due_one_after_the_other(open().as_ref());
    an_activity_that_ends_again_is_told_again(open().as_ref());
    an_attempt_that_is_not_the_last_is_not_recorded(open().as_ref());
    a_delivery_that_is_not_committed_is_none(open().as_ref());
}

/// An activity of the payer with a delivery.
fn create(store: &dyn Store, payer: &str) -> i64 {
    let activity = create_activity(store, payer);
    done(store, |transaction| transaction.create_delivery(activity));
    activity
}

fn of(store: &dyn Store, activity: i64) -> Delivery {
    store.delivery("ACME", activity).expect("read").expect("there")
}

/// The activities whose deliveries are due.
fn due(store: &dyn Store) -> Vec<i64> {
    let due = store.due_deliveries(100).expect("read");
    due.iter().map(|delivery| delivery.activity).collect()
}

/// What tells the attempt that is begun.
fn begin(store: &dyn Store, delivery: i64, lease: Duration) -> Option<i64> {
    done(store, |transaction| transaction.lease_delivery(delivery, lease))
}

fn lease(store: &dyn Store, delivery: i64, lease: Duration) -> bool {
    begin(store, delivery, lease).is_some()
}

fn record(store: &dyn Store, delivery: i64, attempt: i64, outcome: &DeliveryOutcome) {
    done(store, |transaction| {
        transaction.record_delivery(delivery, attempt, outcome)
    });
}

/// Tries a delivery that is due, with this outcome.
fn attempt(store: &dyn Store, delivery: i64, outcome: &DeliveryOutcome) {
    let attempt = begin(store, delivery, LONG).expect("due");
    record(store, delivery, attempt, outcome);
}

fn retry(store: &dyn Store, activity: i64) -> bool {
    done(store, |transaction| transaction.retry_delivery(activity))
}

fn try_again(after: Duration) -> DeliveryOutcome {
    DeliveryOutcome::TryAgain {
        after,
        error: "nobody listens".to_owned(),
    }
}

fn give_up() -> DeliveryOutcome {
    DeliveryOutcome::GiveUp {
        error: "it was refused".to_owned(),
    }
}

fn a_delivery_is_due_until_it_is_taken(store: &dyn Store) {
    let (activity, other) = (create(store, "ACME"), create_activity(store, "ACME"));
    let created = of(store, activity);
    assert_eq!((created.payer.as_str(), created.activity), ("ACME", activity));
    assert_eq!(
        (created.status, created.attempts, created.last_error.as_deref()),
        (DeliveryStatus::Waiting, 0, None)
    );
    assert!(created.next_attempt_at_ms > 0);
    assert_eq!(store.due_deliveries(10), Ok(vec![created.clone()]));
    assert_eq!(
        store.delivery("OTHER", activity),
        Ok(None),
        "about another payer's activity"
    );
    assert_eq!(store.delivery("ACME", other), Ok(None));

    for (outcome, status, attempts, error, is_due) in [
        (
            try_again(OVER),
            DeliveryStatus::Waiting,
            1,
            Some("nobody listens"),
            true,
        ),
        (
            try_again(LONG),
            DeliveryStatus::Waiting,
            2,
            Some("nobody listens"),
            false,
        ),
        (DeliveryOutcome::Taken, DeliveryStatus::Taken, 3, None, false),
    ] {
        if due(store).is_empty() {
            assert!(retry(store, activity), "it is made due at once");
        }
        attempt(store, created.id, &outcome);
        let delivery = of(store, activity);
        assert_eq!(
            (delivery.status, delivery.attempts, delivery.last_error.as_deref()),
            (status, attempts, error),
            "{outcome:?}"
        );
        assert_eq!(due(store), if is_due { vec![activity] } else { vec![] }, "{outcome:?}");
    }
    assert!(!retry(store, activity), "it was taken");
    assert!(!lease(store, created.id, LONG));
    assert!(!retry(store, other), "there is none");
}

fn a_delivery_is_tried_by_one(store: &dyn Store) {
    let activity = create(store, "ACME");
    let id = of(store, activity).id;
    assert!(lease(store, id, OVER));
    assert_eq!(due(store), [activity], "nothing was recorded of it for that long");
    let taken: usize = thread::scope(|scope| {
        let hosts = [(); 3].map(|()| scope.spawn(|| usize::from(lease(store, id, LONG))));
        hosts.into_iter().map(|host| host.join().expect("answered")).sum()
    });
    assert_eq!((taken, due(store)), (1, vec![]));
    assert!(!lease(store, id + 1, LONG), "there is none");
}

fn a_delivery_that_was_given_up_can_be_tried_again(store: &dyn Store) {
    let activity = create(store, "ACME");
    let id = of(store, activity).id;
    attempt(store, id, &give_up());
    let given_up = of(store, activity);
    assert_eq!(
        (given_up.status, given_up.last_error.as_deref()),
        (DeliveryStatus::GivenUp, Some("it was refused"))
    );
    assert_eq!((due(store), lease(store, id, LONG)), (vec![], false));
    assert!(retry(store, activity));
    assert_eq!(
        (due(store), of(store, activity).status),
        (vec![activity], DeliveryStatus::Waiting)
    );
    attempt(store, id, &DeliveryOutcome::Taken);
    assert_eq!(of(store, activity).status, DeliveryStatus::Taken);
}

fn deliveries_are_due_one_after_the_other(store: &dyn Store) {
    let activities = ["ACME", "OTHER", "ACME"].map(|payer| create(store, payer));
    let mut found = store.due_deliveries(100).expect("read");
    assert!(found.is_sorted_by_key(|delivery| delivery.next_attempt_at_ms));
    assert_eq!(store.due_deliveries(2), Ok(found[..2].to_vec()));
    found.sort_unstable_by_key(|delivery| delivery.activity);
    let found: Vec<_> = found
        .iter()
        .map(|delivery| (delivery.activity, &*delivery.payer))
        .collect();
    assert_eq!(
        found,
        [
            (activities[0], "ACME"),
            (activities[1], "OTHER"),
            (activities[2], "ACME")
        ]
    );
}

fn an_activity_that_ends_again_is_told_again(store: &dyn Store) {
    let activity = create(store, "ACME");
    attempt(store, of(store, activity).id, &give_up());
    done(store, |transaction| transaction.create_delivery(activity));
    let again = of(store, activity);
    assert_eq!(
        (again.status, again.attempts, again.last_error),
        (DeliveryStatus::Waiting, 0, None)
    );
    assert_eq!(due(store), [activity]);
}

fn an_attempt_that_is_not_the_last_is_not_recorded(store: &dyn Store) {
    let outcomes = [DeliveryOutcome::Taken, try_again(LONG), give_up()];
    let end_again = |activity: i64| done(store, |transaction| transaction.create_delivery(activity));
    let ask_again = |activity: i64| assert!(retry(store, activity));
    let anew: [(&str, &dyn Fn(i64)); 2] = [("created anew", &end_again), ("made due anew", &ask_again)];
    for (what, anew) in anew {
        for outcome in &outcomes {
            let activity = create(store, "ACME");
            let id = of(store, activity).id;
            let old = begin(store, id, LONG).expect("due");
            assert_eq!(of(store, activity).next_attempt_at_ms, old);
            anew(activity);
            let made = of(store, activity);
            record(store, id, old, outcome);
            assert_eq!(of(store, activity), made, "{what}, {outcome:?}");

            // Longer, so that it is told apart even if all of this took no millisecond.
            let new = begin(store, id, LONG * 2).expect("due still");
            record(store, id, old, outcome);
            assert_eq!(
                (of(store, activity).attempts, of(store, activity).next_attempt_at_ms),
                (0, new)
            );
            record(store, id, new, outcome);
            let recorded = of(store, activity);
            assert_eq!(recorded.attempts, 1, "{what}, {outcome:?}");
            record(store, id, new, &DeliveryOutcome::Taken);
            assert_eq!(of(store, activity), recorded, "an attempt has one outcome");
        }
    }
}

fn a_delivery_that_is_not_committed_is_none(store: &dyn Store) {
    let activity = create_activity(store, "ACME");
    dropped(store, |transaction| transaction.create_delivery(activity));
    assert_eq!((due(store), store.delivery("ACME", activity)), (vec![], Ok(None)));
}
