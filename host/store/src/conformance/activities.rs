//! The story of an activity: asked for, queued, begun, watched, cancelled, ended, its results read.

use std::sync::Arc;

use reprise_model::{Amount, Message, MessageKey, ResultMessages};
use serde_json::json;

use super::{create_activity, done, dropped, new_activity};
use crate::{Activity, ActivityCounts, ActivityStatus, AdjudicationTotal, NewActivity, Store};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    an_activity_goes_from_status_to_status(open().as_ref());
    a_queued_activity_is_found_until_it_ends(open().as_ref());
    activities_are_listed_from_the_last(open().as_ref());
    an_activity_is_cancelled_while_it_has_not_ended(open().as_ref());
    what_is_noted_of_an_activity_is_kept(open().as_ref());
    adjudications_are_summed_by_currency(open().as_ref());
    an_activity_that_is_not_committed_is_none(open().as_ref());
    messages_are_read_in_order(open().as_ref());
    results_are_read_in_order(open().as_ref());
}

fn change(store: &dyn Store, activity: i64, from: ActivityStatus, to: ActivityStatus) -> bool {
    store
        .write(|transaction| transaction.change_activity_status(activity, from, to))
        .expect("changed")
}

fn an_activity_goes_from_status_to_status(store: &dyn Store) {
    use ActivityStatus::{Completed, InProcess, Initial, TechnicalError};
    let id = create_activity(store, "ACME");
    let created = store.activity("ACME", id).expect("read").expect("there");
    assert_eq!(
        (created.id, created.payer.as_str(), created.status),
        (id, "ACME", Initial)
    );
    assert_eq!(
        (created.code.as_str(), created.counts),
        ("REPROCESSCLAIMS_CRITERIA", ActivityCounts::default())
    );
    assert_eq!(
        created.parameters,
        serde_json::json!({"processType": "CLAIM", "reprocess": false})
    );
    assert_eq!(
        (created.correlation_id.as_deref(), created.user.as_str()),
        (Some("from-the-caller"), "jane")
    );
    assert_eq!(
        (created.high_priority, created.queued, created.cancelled_by),
        (false, true, None)
    );
    assert_eq!((created.ended_at_ms, created.result_file), (None, None));
    assert_eq!(store.activity("OTHER", id), Ok(None), "the activity of another payer");
    assert_eq!(store.activity("ACME", id + 1), Ok(None));

    for (from, to, changes, status, ended) in [
        (InProcess, Completed, false, Initial, false),
        (Initial, InProcess, true, InProcess, false),
        (Initial, InProcess, false, InProcess, false),
        (InProcess, TechnicalError, true, TechnicalError, true),
        (TechnicalError, InProcess, true, InProcess, false),
        (InProcess, Completed, true, Completed, true),
    ] {
        assert_eq!(change(store, id, from, to), changes, "{from} to {to}");
        let activity = store.activity("ACME", id).expect("read").expect("there");
        assert_eq!(
            (activity.status, activity.ended_at_ms.is_some()),
            (status, ended),
            "{from} to {to}"
        );
    }

    let counts = ActivityCounts {
        total: Some(10),
        succeeded: 7,
        failed: 2,
    };
    store
        .write(|transaction| transaction.set_activity_counts(id, counts))
        .expect("set");
    assert_eq!(
        store
            .activity("ACME", id)
            .expect("read")
            .map(|activity| activity.counts),
        Some(counts)
    );
    assert!(
        store
            .write(|transaction| transaction.set_activity_counts(id + 1, counts))
            .is_err()
    );
    assert_eq!((store.change_sequence(), store.reference_sequence()), (Ok(0), Ok(0)));
}

fn read(store: &dyn Store, id: i64) -> Activity {
    store.activity("ACME", id).expect("read").expect("there")
}

fn a_queued_activity_is_found_until_it_ends(store: &dyn Store) {
    use ActivityStatus::{Cancelled, InProcess, Initial};
    let create = |payer: &str, queued: bool| {
        let asked = NewActivity {
            high_priority: true,
            queued,
            ..new_activity(payer)
        };
        done(store, |transaction| transaction.create_activity(&asked))
    };
    let queue = |activity: i64| done(store, |transaction| transaction.queue_activity(activity));
    let found = || -> Vec<(i64, String, ActivityStatus)> {
        let queued = store.queued_activities().expect("read");
        assert!(queued.iter().all(|activity| activity.queued && activity.high_priority));
        let found = |activity: Activity| (activity.id, activity.payer, activity.status);
        queued.into_iter().map(found).collect()
    };
    let text = |payer: &str| payer.to_owned();
    assert_eq!(found(), []);
    let assigned = create("ACME", false);
    done(store, |transaction| transaction.assign_activity(assigned, "jane"));
    let shown = store.activity("ACME", assigned).expect("read").expect("an activity");
    assert_eq!(shown.user, "jane");
    let (waiting, in_process, ended) = (create("ACME", false), create("B", true), create("ACME", true));
    assert!(change(store, in_process, Initial, InProcess) && change(store, ended, Initial, Cancelled));
    assert_eq!(found(), [(in_process, text("B"), InProcess)]);

    done(store, |transaction| {
        transaction.set_bookmark(waiting, &json!({"entry": 7}))
    });
    assert!(!read(store, waiting).queued);
    assert!(queue(waiting) && read(store, waiting).queued);
    assert!(!queue(waiting), "it is queued already");
    assert!(!queue(in_process) && !queue(ended) && !queue(ended + 1));
    assert_eq!(
        found(),
        [(waiting, text("ACME"), Initial), (in_process, text("B"), InProcess)]
    );

    let as_queued = Activity {
        parameters: json!(null),
        ..read(store, waiting)
    };
    assert_eq!(store.queued_activities().expect("read")[0], as_queued);
    assert_ne!(
        read(store, waiting),
        as_queued,
        "its parameters are there, and are not read"
    );

    let given_up = create("ACME", false);
    assert!(change(store, given_up, Initial, Cancelled));
    assert!(!queue(given_up), "it has ended");
    assert!(change(store, ended, Cancelled, InProcess), "it goes on");
    assert_eq!(found().len(), 3);
}

fn activities_are_listed_from_the_last(store: &dyn Store) {
    let ids: Vec<i64> = ["ACME", "ACME", "OTHER", "ACME"]
        .map(|payer| create_activity(store, payer))
        .to_vec();
    let listed = |payer: &str, before: Option<i64>, limit: u32| -> Vec<i64> {
        let activities = store.activities(payer, before, limit).expect("read");
        assert!(activities.iter().all(|activity| activity.payer == payer));
        activities.iter().map(|activity| activity.id).collect()
    };
    assert_eq!(listed("ACME", None, 10), [ids[3], ids[1], ids[0]]);
    assert_eq!(listed("ACME", None, 2), [ids[3], ids[1]]);
    assert_eq!(listed("ACME", Some(ids[1]), 10), [ids[0]]);
    assert_eq!(listed("ACME", Some(ids[0]), 10), [0; 0]);
    assert_eq!(listed("OTHER", None, 10), [ids[2]]);
    assert_eq!(listed("NOBODY", None, 10), [0; 0]);
    assert_eq!(store.activities("ACME", None, 1), Ok(vec![read(store, ids[3])]));
}

fn an_activity_is_cancelled_while_it_has_not_ended(store: &dyn Store) {
    use ActivityStatus::{Cancelled, InProcess, Initial};
    let activity = create_activity(store, "ACME");
    let cancel = |user: &str| done(store, |transaction| transaction.ask_to_cancel(activity, user));
    assert_eq!(read(store, activity).cancelled_by, None);
    assert!(cancel("joe"));
    assert!(
        change(store, activity, Initial, InProcess),
        "it ends when it gets to it"
    );
    assert!(cancel("jim"));
    assert_eq!(
        read(store, activity).cancelled_by.as_deref(),
        Some("joe"),
        "who was first"
    );
    assert!(change(store, activity, InProcess, Cancelled));
    assert!(!cancel("jim"));
    assert!(!done(store, |transaction| transaction.ask_to_cancel(activity + 1, "joe")));
}

fn what_is_noted_of_an_activity_is_kept(store: &dyn Store) {
    let (activity, other) = (create_activity(store, "ACME"), create_activity(store, "ACME"));
    assert_eq!(read(store, activity).bookmark, None);
    for bookmark in [json!({"entry": 7, "at": ["it's", null]}), json!("end"), json!(null)] {
        done(store, |transaction| transaction.set_bookmark(activity, &bookmark));
        assert_eq!(read(store, activity).bookmark, Some(bookmark));
    }
    let total = ActivityCounts {
        total: Some(100),
        ..ActivityCounts::default()
    };
    done(store, |transaction| {
        transaction.set_activity_counts(activity, total)?;
        transaction.add_activity_counts(activity, 10, 1)?;
        transaction.add_activity_counts(activity, 0, 0)?;
        transaction.add_activity_counts(activity, 5, 2)
    });
    let counts = ActivityCounts {
        total: Some(100),
        succeeded: 15,
        failed: 3,
    };
    assert_eq!(read(store, activity).counts, counts);
    let untouched = read(store, other);
    assert_eq!(
        (untouched.bookmark, untouched.counts),
        (None, ActivityCounts::default())
    );
    for refused in [
        store.write(|transaction| transaction.set_bookmark(other + 1, &json!(1))),
        store.write(|transaction| transaction.add_activity_counts(other + 1, 1, 0)),
    ] {
        assert!(refused.is_err(), "there is no such activity");
    }
}

fn adjudications_are_summed_by_currency(store: &dyn Store) {
    let (activity, other) = (create_activity(store, "ACME"), create_activity(store, "ACME"));
    let amount = |text: &str| text.parse::<Amount>().expect("an amount");
    let add = |activity: i64, currency: Option<&str>, allowed: Amount, covered: Amount| {
        let currency = currency.map(|code| code.parse().expect("a currency"));
        done(store, |transaction| {
            transaction.add_adjudication(activity, currency, allowed, covered)
        });
    };
    let negative = |text: &str| Amount::from_number(-amount(text).number());
    assert_eq!(store.adjudications("ACME", activity), Ok(vec![]));
    add(activity, Some("USD"), amount("10.50"), negative("2.00"));
    add(activity, None, Amount::ZERO, Amount::ZERO);
    add(activity, Some("USD"), negative("20.00"), amount("0.0001"));
    add(activity, Some("EUR"), amount("1.00"), amount("1.00"));
    add(other, Some("USD"), amount("7.00"), amount("7.00"));
    let total = |currency: Option<&str>, claims: u64, allowed_change: Amount, covered_change: Amount| {
        let currency = currency.map(|code| code.parse().expect("a currency"));
        AdjudicationTotal {
            currency,
            claims,
            allowed_change,
            covered_change,
        }
    };
    assert_eq!(
        store.adjudications("ACME", activity),
        Ok(vec![
            total(None, 1, Amount::ZERO, Amount::ZERO),
            total(Some("EUR"), 1, amount("1.00"), amount("1.00")),
            total(Some("USD"), 2, negative("9.50"), negative("1.9999")),
        ])
    );
    assert_eq!(store.adjudications("OTHER", activity), Ok(vec![]));
    assert_eq!(store.adjudications("ACME", other + 1), Ok(vec![]));
}

fn an_activity_that_is_not_committed_is_none(store: &dyn Store) {
    dropped(store, |transaction| transaction.create_activity(&new_activity("ACME")));
    assert_eq!(
        (store.activities("ACME", None, 10), store.payers()),
        (Ok(vec![]), Ok(vec![]))
    );
    let activity = create_activity(store, "ACME");
    dropped(store, |transaction| {
        transaction.set_bookmark(activity, &json!(1))?;
        transaction.add_activity_counts(activity, 1, 1)?;
        transaction.add_adjudication(activity, None, Amount::ZERO, Amount::ZERO)?;
        transaction.ask_to_cancel(activity, "joe")?;
        transaction.change_activity_status(activity, ActivityStatus::Initial, ActivityStatus::InProcess)
    });
    let found = read(store, activity);
    assert_eq!(
        (found.bookmark, found.counts, found.cancelled_by, found.status),
        (None, ActivityCounts::default(), None, ActivityStatus::Initial)
    );
    assert_eq!(store.adjudications("ACME", activity), Ok(vec![]));
}

fn messages_are_read_in_order(store: &dyn Store) {
    let (first, second) = (create_activity(store, "ACME"), create_activity(store, "ACME"));
    let messages = [
        Message::new(MessageKey::TechnicalError, ["the disk is \"full\""]),
        Message::new(MessageKey::Settled, []),
        Message::new(MessageKey::UnknownServicedEntity, ["M-1", "PERSON"]),
    ];
    store
        .write(|transaction| {
            transaction.append_activity_messages(first, &messages[..2])?;
            transaction.append_activity_messages(second, &messages[..1])?;
            transaction.append_activity_messages(first, &messages[2..])
        })
        .expect("written");
    assert_eq!(store.activity_messages("ACME", first).expect("read"), messages);
    assert_eq!(store.activity_messages("ACME", second).expect("read"), messages[..1]);
    assert_eq!(store.activity_messages("OTHER", first), Ok(Vec::new()));
    assert!(
        store
            .write(|transaction| transaction.append_activity_messages(second + 1, &messages))
            .is_err()
    );
}

fn results_are_read_in_order(store: &dyn Store) {
    let (first, second) = (create_activity(store, "ACME"), create_activity(store, "ACME"));
    let results: Vec<_> = (0..10_000)
        .map(|number| {
            let code = format!("C{number:05}");
            let key = if number % 7 == 0 {
                MessageKey::Locked
            } else {
                MessageKey::Matches
            };
            ResultMessages::about(&*code, vec![Message::new(key, [&code])])
        })
        .collect();
    for part in [&results[..1], &results[1..9000], &results[9000..]] {
        store
            .write(|transaction| transaction.append_results(first, part))
            .expect("written");
    }
    store
        .write(|transaction| transaction.append_results(second, &results[..2]))
        .expect("written");

    let read = |payer: &str, activity: i64| -> Vec<ResultMessages> {
        (0..)
            .map_while(|number| store.result_chunk(payer, activity, number).expect("read"))
            .flat_map(|(_, results)| results)
            .collect()
    };
    assert_eq!(read("ACME", first), results);
    assert_eq!(read("ACME", second), results[..2]);
    assert_eq!(read("OTHER", first), []);
    assert_eq!(read("ACME", second + 1), []);
}
