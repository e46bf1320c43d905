//! The story of an activity: asked for, begun, watched, ended, its results read.

use std::sync::Arc;

use reprise_model::{Message, MessageKey, ResultMessages};

use crate::{ActivityCounts, ActivityStatus, NewActivity, Store};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    an_activity_goes_from_status_to_status(open().as_ref());
    an_unfinished_activity_is_found(open().as_ref());
    messages_are_read_in_order(open().as_ref());
    results_are_read_in_order(open().as_ref());
}

fn create(store: &dyn Store, payer: &str) -> i64 {
    let asked = NewActivity {
        payer: payer.to_owned(),
        code: "REPROCESSCLAIMS_CRITERIA".to_owned(),
        parameters: serde_json::json!({"processType": "CLAIM", "reprocess": false}),
        correlation_id: Some("from-the-caller".to_owned()),
        user: "jane".to_owned(),
        high_priority: false,
        queued: true,
    };
    store
        .write(|transaction| transaction.create_activity(&asked))
        .expect("created")
}

fn change(store: &dyn Store, activity: i64, from: ActivityStatus, to: ActivityStatus) -> bool {
    store
        .write(|transaction| transaction.change_activity_status(activity, from, to))
        .expect("changed")
}

fn an_activity_goes_from_status_to_status(store: &dyn Store) {
    use ActivityStatus::{Completed, InProcess, Initial, TechnicalError};
    let id = create(store, "ACME");
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
    assert_eq!(created.correlation_id.as_deref(), Some("from-the-caller"));
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

fn an_unfinished_activity_is_found(store: &dyn Store) {
    use ActivityStatus::{Cancelled, InProcess, Initial};
    let (initial, in_process, ended) = (create(store, "A"), create(store, "B"), create(store, "A"));
    assert!(change(store, in_process, Initial, InProcess) && change(store, ended, Initial, Cancelled));
    let unfinished = store.queued_activities().expect("read");
    let found: Vec<_> = unfinished
        .iter()
        .map(|activity| (activity.id, &*activity.payer, activity.status))
        .collect();
    assert_eq!(found, [(initial, "A", Initial), (in_process, "B", InProcess)]);
}

fn messages_are_read_in_order(store: &dyn Store) {
    let (first, second) = (create(store, "ACME"), create(store, "ACME"));
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
    let (first, second) = (create(store, "ACME"), create(store, "ACME"));
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
