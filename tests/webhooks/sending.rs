//! What an endpoint is sent: what passes its filter, signed, in the order of the feed, each payer's own.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reprise::WebhookSettings;
use serde_json::{Value, json};

use super::receiver::{NEVER, Receiver};
use super::{
    CREATED, SECRET, append, append_many, create, event, on_both, on_both_with, settings, shown, until, until_done,
};

#[test]
fn an_endpoint_is_sent_what_passes_its_filter() {
    const CHANGED: &str = "claim.status-changed";
    on_both(|world| {
        let events = [
            event("ACME", CREATED, 1, 1),
            event("ZENITH", CREATED, 2, 2),
            event("ACME", CHANGED, 1, 3),
            event("ACME", CHANGED, 1, 4),
            event("ACME", CREATED, 2, 5),
            event("ACME", CREATED, 2, 6),
            event("ZENITH", CHANGED, 2, 7),
        ];
        append(world.store.as_ref(), &events);
        // By the numbers of the events, which are their positions.
        let cases = [
            (json!({}), vec![1, 3, 4, 5, 6]),
            (json!({ "types": [] , "where": {} }), vec![1, 3, 4, 5, 6]),
            (json!({ "types": [CHANGED] }), vec![3, 4]),
            (
                json!({ "types": [CHANGED, CREATED, "claim.unheard-of"] }),
                vec![1, 3, 4, 5, 6],
            ),
            (json!({ "where": { "claimStatus": ["W"] } }), vec![4, 6]),
            (
                json!({ "where": { "claimStatus": ["W", "H"], "number": [4, "5"] } }),
                vec![4, 5],
            ),
            (
                json!({ "types": [CREATED], "where": { "claimStatus": ["W"] } }),
                vec![6],
            ),
            (json!({ "types": ["claim"] }), vec![]),
            (json!({ "where": { "absent": ["W"] } }), vec![]),
        ];
        let receivers = cases.map(|(members, expected)| {
            let receiver = Receiver::taking(SECRET);
            let code = format!("{expected:?} of {members}");
            let mut body = json!({ "code": code, "url": receiver.url, "secret": SECRET, "after": 0 });
            crate::reprocess::world::merge(&mut body, &members);
            let created = super::ask(world, axum::http::Method::POST, "/api/v1/webhooks", &body).expect(201);
            let location = created.header("location").to_owned();
            (receiver, location, expected)
        });
        for (receiver, location, expected) in receivers {
            receiver.until_taken(expected.len());
            let path = location.strip_prefix("/api/v1/webhooks/").expect("a path");
            until(world, path, |shown| {
                // What is not for it is written down only with what is.
                shown["position"].as_u64() >= expected.last().copied() && shown["attempts"] == 0
            });
            assert_eq!(receiver.taken(), expected, "{location}");
        }
    });
}

#[test]
fn an_event_is_sent_as_the_feed_shows_it_and_signed() {
    on_both(|world| {
        append_many(world, 3);
        let receiver = Receiver::taking(SECRET);
        create(world, "PARTNER", &receiver, &json!({ "after": 0 }));
        let received = receiver.until_taken(3);
        let feed = world.client.get("/api/v1/events").expect(200).json();
        for (received, listed) in received.iter().zip(feed["events"].as_array().expect("events")) {
            let mut expected = listed.clone();
            expected["payer"] = json!("ACME");
            assert_eq!(received.body, expected);
            assert_eq!(received.position, listed["position"]);
            assert_eq!((received.attempt, received.resent), (1, false));
            assert!(received.is_signed, "{received:?}");
            let header = |name: &str| received.headers.get(name).map(String::as_str);
            assert_eq!(header("content-type"), Some("application/json"));
            assert_eq!(header("reprise-webhook"), Some("PARTNER"));
            assert_eq!(header("reprise-resent"), None);
            assert_eq!(received.connection, 0, "one connection does for all");
        }

        // Who has another secret is told apart.
        let other = Receiver::taking("another-secret-of-the-stories");
        create(world, "OTHER", &other, &json!({ "after": 2 }));
        let received = other.until_taken(1);
        assert_eq!((received[0].position, received[0].is_signed), (3, false));
    });
}

#[test]
fn a_webhook_begins_with_what_happens_after_it_was_created() {
    on_both(|world| {
        append_many(world, 5);
        let receiver = Receiver::taking(SECRET);
        let created = create(world, "NOW", &receiver, &json!({}));
        assert_eq!([&created["position"], &created["behind"]], [5, 0]);
        append(
            world.store.as_ref(),
            &[event("ZENITH", CREATED, 2, 6), event("ACME", CREATED, 1, 7)],
        );
        receiver.until_taken(1);
        append_many(world, 2);
        receiver.until_taken(3);
        until_done(world, "NOW");
        assert_eq!(receiver.taken(), [7, 8, 9]);
    });
}

/// What becomes of real events: a claim is processed again.
#[test]
fn what_happens_to_a_claim_is_sent() {
    on_both(|world| {
        let receiver = Receiver::taking(SECRET);
        create(world, "W", &receiver, &json!({ "types": ["claim.resubmitted"] }));
        world.import(&crate::support::claim_line("C2", &json!({ "status": "CHANGE" })));
        world.reprocess("C2", &json!({})).expect(200);
        let received = receiver.until_taken(1);
        assert_eq!(received[0].body["data"]["claim"], "C2");
        assert_eq!(received[0].body["type"], "claim.resubmitted");
    });
}

#[test]
fn the_order_holds_under_an_endpoint_that_fails_every_third_request() {
    on_both(|world| {
        let receiver = Receiver::answering(SECRET, |received| if received.number % 3 == 0 { 503 } else { 200 });
        create(world, "W", &receiver, &json!({}));
        append_many(world, 150);
        receiver.until_taken(70);
        append_many(world, 50);
        let received = receiver.until_taken(200);
        until_done(world, "W");
        assert_eq!(receiver.taken(), (1..=200).collect::<Vec<_>>());
        assert!(received.len() >= 299, "{} requests", received.len());
        let mut last_of_claim = BTreeMap::new();
        let mut before: Option<(u64, u64, u16)> = None;
        for received in &received {
            // What was not taken comes again at once, as the next attempt.
            let expected = match before {
                Some((position, attempt, 503)) => (position, attempt + 1),
                Some((position, _, _)) => (position + 1, 1),
                None => (1, 1),
            };
            assert_eq!((received.position, received.attempt), expected);
            before = Some((received.position, received.attempt, received.answered));
            let claim = received.body["claim"].as_i64().expect("a claim");
            let last = last_of_claim.insert(claim, received.position);
            assert!(last <= Some(received.position), "claim {claim}");
        }
        assert_eq!(last_of_claim.len(), 5);
    });
}

#[test]
fn while_one_endpoint_hangs_others_go_on() {
    let settings = WebhookSettings {
        request_time_max: Duration::from_secs(1),
        attempts_max: NonZeroU32::MAX,
        ..settings()
    };
    on_both_with(settings, |world| {
        let hangs = Arc::new(AtomicBool::new(true));
        let is_hanging = Arc::clone(&hangs);
        let hanging = Receiver::answering(
            SECRET,
            move |_| {
                if is_hanging.load(Ordering::SeqCst) { NEVER } else { 200 }
            },
        );
        let taking = Receiver::taking(SECRET);
        create(&world, "HANGING", &hanging, &json!({}));
        create(&world, "TAKING", &taking, &json!({}));
        append_many(&world, 1);
        hanging.until("the first request hangs", |received| !received.is_empty());
        append_many(&world, 200);
        taking.until_taken(201);
        // One that does not answer in time has not taken it.
        let waits = until(&world, "HANGING", |shown| shown["attempts"].as_u64() >= Some(1));
        let error = waits["lastError"].as_str().expect("a reason");
        assert!(error.contains("timeout"), "{error}");
        assert_eq!([&waits["position"], &waits["behind"]], [0, 201]);
        hangs.store(false, Ordering::SeqCst);
        hanging.until_taken(201);
        until_done(&world, "HANGING");
        assert_eq!(hanging.taken(), taking.taken());
    });
}

#[test]
fn a_host_that_ends_has_written_down_what_was_taken() {
    let settings = WebhookSettings {
        request_time_max: Duration::from_secs(3),
        ..settings()
    };
    on_both_with(settings, |world| {
        let receiver = Receiver::answering(SECRET, |_| {
            std::thread::sleep(Duration::from_millis(5));
            200
        });
        create(&world, "W", &receiver, &json!({}));
        append_many(&world, 300);
        receiver.until_taken(30);
        let world = world.restarted(|_| ());
        receiver.until_taken(300);
        until_done(&world, "W");
        assert_eq!(receiver.taken(), (1..=300).collect::<Vec<_>>(), "none was sent twice");
        assert_eq!(shown(&world, "W")["deadLetters"], Value::from(0));
    });
}
