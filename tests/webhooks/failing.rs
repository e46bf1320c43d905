//! What becomes of events that an endpoint does not take: tried again, given up, looked at, sent again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::Method;
use reprise::WebhookSettings;
use serde_json::{Value, json};

use super::receiver::{Received, Receiver, taken};
use super::{
    ATTEMPTS_MAX, SECRET, append_many, ask, create, dead_letters, on_both, on_both_with, order, settings, shown, until,
    until_done,
};

/// An endpoint that takes all but these events, until it is mended.
fn failing_at(positions: &'static [u64]) -> (Receiver, Arc<AtomicBool>) {
    let mended = Arc::new(AtomicBool::new(false));
    let is_mended = Arc::clone(&mended);
    let receiver = Receiver::answering(SECRET, move |received| {
        if positions.contains(&received.position) && !is_mended.load(Ordering::SeqCst) {
            500
        } else {
            200
        }
    });
    (receiver, mended)
}

fn of(received: &[Received], position: u64) -> Vec<(u64, bool)> {
    let received = received.iter().filter(|received| received.position == position);
    received.map(|received| (received.attempt, received.resent)).collect()
}

#[test]
fn an_event_that_is_not_taken_is_tried_again_and_then_a_dead_letter() {
    on_both(|world| {
        let (receiver, _) = failing_at(&[2, 5]);
        create(world, "W", &receiver, &json!({}));
        append_many(world, 6);
        receiver.until_taken(4);
        let done = until_done(world, "W");
        assert_eq!([&done["position"], &done["deadLetters"], &done["resending"]], [6, 2, 0]);
        assert_eq!(done["lastError"], Value::Null);
        let received = receiver.received();
        assert_eq!(taken(&received), [1, 3, 4, 6]);
        for position in [2, 5] {
            let attempts: Vec<_> = (1..=u64::from(ATTEMPTS_MAX)).map(|attempt| (attempt, false)).collect();
            assert_eq!(of(&received, position), attempts);
        }
        let positions: Vec<u64> = received.iter().map(|received| received.position).collect();
        assert!(positions.is_sorted(), "nothing overtakes what waits: {positions:?}");

        let page = |query: &str| {
            let path = format!("/api/v1/webhooks/W/deadletters{query}");
            ask(world, Method::GET, &path, &Value::Null).expect(200).json()
        };
        let whole = page("");
        let letters = whole["deadLetters"].as_array().expect("dead letters");
        assert_eq!(letters.len(), 2);
        let feed = world.client.get("/api/v1/events").json();
        assert_eq!(letters[0]["event"], feed["events"][1]);
        assert_eq!([&letters[0]["position"], &letters[0]["attempts"]], [2, 4]);
        assert_eq!(
            letters[0]["lastError"],
            "the endpoint answered 500 Internal Server Error"
        );
        assert!(letters[0]["time"].as_str().is_some_and(|time| time.ends_with('Z')));
        assert_eq!(
            [&letters[0]["resending"], &whole["next"]],
            [&json!(false), &Value::Null]
        );
        let first = page("?limit=1");
        assert_eq!((&first["deadLetters"][0], &first["next"]), (&letters[0], &json!(2)));
        assert_eq!(page("?limit=1&after=2")["deadLetters"][0], letters[1]);
        assert_eq!(page("?after=5")["deadLetters"], json!([]));
        for query in ["?limit=0", "?limit=1001", "?after=-1", "?before=1"] {
            let path = format!("/api/v1/webhooks/W/deadletters{query}");
            ask(world, Method::GET, &path, &Value::Null).expect(400);
        }
    });
}

#[test]
fn while_an_event_waits_it_is_said_how_long_and_why() {
    let settings = WebhookSettings {
        retry_wait: Duration::from_secs(3_600),
        retry_wait_max: Duration::from_secs(3_600),
        ..settings()
    };
    on_both_with(settings, |world| {
        let (receiver, mended) = failing_at(&[2]);
        create(&world, "W", &receiver, &json!({}));
        append_many(&world, 3);
        let waits = until(&world, "W", |shown| shown["attempts"] == 1);
        assert_eq!(
            [&waits["position"], &waits["behind"], &waits["paused"]],
            [&json!(1), &json!(2), &json!(false)]
        );
        assert_eq!(waits["lastError"], "the endpoint answered 500 Internal Server Error");
        assert!(
            waits["nextAttempt"].as_str().is_some_and(|time| time.ends_with('Z')),
            "{waits}"
        );
        // It waits as long as it was said, through an end of the host as well.
        let world = world.restarted(|_| ());
        assert_eq!(shown(&world, "W")["nextAttempt"], waits["nextAttempt"]);
        mended.store(true, Ordering::SeqCst);
        // To resume is to try at once.
        let resumed = order(&world, "W/resume", 200);
        assert_eq!(
            [&resumed["lastError"], &resumed["nextAttempt"]],
            [&Value::Null, &Value::Null]
        );
        receiver.until_taken(3);
        until_done(&world, "W");
        assert_eq!(receiver.taken(), [1, 2, 3]);
    });
}

#[test]
fn dead_letters_are_sent_again_in_order_when_that_is_asked_for() {
    on_both(|world| {
        let (receiver, mended) = failing_at(&[1, 3, 4]);
        create(world, "W", &receiver, &json!({}));
        append_many(world, 5);
        receiver.until_taken(2);
        until_done(world, "W");
        let given_up = u64::from(ATTEMPTS_MAX);
        assert_eq!(dead_letters(world, "W"), [(1, given_up), (3, given_up), (4, given_up)]);

        // As long as it is not taken it stays one, after as many attempts again.
        order(world, "W/deadletters/3/resend", 202);
        until_done(world, "W");
        assert_eq!(
            dead_letters(world, "W"),
            [(1, given_up), (3, 2 * given_up), (4, given_up)]
        );
        let resent: Vec<_> = (1..=given_up).map(|attempt| (attempt, true)).collect();
        assert_eq!(of(&receiver.received(), 3)[ATTEMPTS_MAX as usize..], resent);

        mended.store(true, Ordering::SeqCst);
        order(world, "W/deadletters/4/resend", 202);
        receiver.until_taken(3);
        until_done(world, "W");
        assert_eq!(dead_letters(world, "W"), [(1, given_up), (3, 2 * given_up)]);
        let asked = order(world, "W/deadletters/resend", 202);
        assert!(asked["deadLetters"].as_u64() <= Some(2), "{asked}");
        let received = receiver.until_taken(5);
        until_done(world, "W");
        assert_eq!(taken(&received), [2, 5, 4, 1, 3]);
        assert!(
            received[received.len() - 3..]
                .iter()
                .all(|received| received.resent && received.is_signed)
        );
        assert_eq!(dead_letters(world, "W"), []);
        // There is nothing left to be sent again, which is no mistake where all are meant.
        order(world, "W/deadletters/resend", 202);
        for path in [
            "W/deadletters/3/resend",
            "W/deadletters/2/resend",
            "W/deadletters/x/resend",
        ] {
            order(world, path, 404);
        }
    });
}

#[test]
fn the_feed_does_not_wait_for_what_is_sent_again() {
    let settings = WebhookSettings {
        attempts_max: std::num::NonZeroU32::MIN,
        ..settings()
    };
    on_both_with(settings, |world| {
        let (receiver, _) = failing_at(&[1, 2]);
        create(&world, "W", &receiver, &json!({}));
        append_many(&world, 3);
        receiver.until_taken(1);
        until(&world, "W", |shown| shown["deadLetters"] == 2);
        let world = world.restarted(|configuration| {
            // What is sent again now waits for an hour after it was tried once.
            configuration.webhooks.attempts_max = std::num::NonZeroU32::new(2).expect("a number");
            configuration.webhooks.retry_wait = Duration::from_secs(3_600);
            configuration.webhooks.retry_wait_max = Duration::from_secs(3_600);
        });
        order(&world, "W/deadletters/resend", 202);
        receiver.until("the first is sent again", |received| {
            of(received, 1).contains(&(1, true))
        });
        append_many(&world, 70);
        let received = receiver.until_taken(71);
        let shown = until(&world, "W", |shown| shown["behind"] == 0);
        assert_eq!([&shown["resending"], &shown["attempts"]], [2, 0]);
        assert_eq!(of(&received, 2).len(), 1, "it waits behind the first");
    });
}

#[test]
fn a_replay_sends_everything_after_a_position_again() {
    on_both(|world| {
        let (receiver, mended) = failing_at(&[2, 6]);
        create(world, "W", &receiver, &json!({}));
        append_many(world, 8);
        receiver.until_taken(6);
        until_done(world, "W");
        mended.store(true, Ordering::SeqCst);
        let asked = order(world, "W/replay?after=4", 202);
        assert_eq!(asked["attempts"], 0);
        let received = receiver.until_taken(10);
        until_done(world, "W");
        assert_eq!(taken(&received), [1, 3, 4, 5, 7, 8, 5, 6, 7, 8]);
        let dead: Vec<u64> = dead_letters(world, "W")
            .into_iter()
            .map(|(position, _)| position)
            .collect();
        assert_eq!(dead, [2], "what was sent with the others is none any more");
        order(world, "W/replay?after=0", 202);
        receiver.until_taken(18);
        until_done(world, "W");
        assert_eq!(receiver.taken()[10..], [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(dead_letters(world, "W"), []);
        order(world, "W/replay?after=8", 202);
        until_done(world, "W");

        let refused = ask(world, Method::POST, "/api/v1/webhooks/W/replay?after=9", &Value::Null).expect(400);
        let (_, text) = &refused.messages()[0];
        assert!(
            text.contains("it is 9, and the events after 8 were not sent yet"),
            "{text}"
        );
        for query in ["", "?after=", "?after=-1", "?after=x", "?from=1", "?after=1&limit=2"] {
            ask(
                world,
                Method::POST,
                &format!("/api/v1/webhooks/W/replay{query}"),
                &Value::Null,
            )
            .expect(400);
        }
        assert_eq!(receiver.taken().len(), 18, "nothing more was sent");
    });
}

#[test]
fn an_endpoint_that_is_gone_is_left_alone_until_it_is_said_to_be_back() {
    on_both(|world| {
        let is_gone = Arc::new(AtomicBool::new(true));
        let gone = Arc::clone(&is_gone);
        let receiver = Receiver::answering(SECRET, move |received| {
            if received.position == 3 && gone.load(Ordering::SeqCst) {
                410
            } else {
                204
            }
        });
        create(world, "W", &receiver, &json!({}));
        append_many(world, 5);
        let paused = until(world, "W", |shown| shown["paused"] == true);
        assert_eq!(paused["pausedBecause"], "the endpoint answered 410 Gone");
        assert_eq!(
            [&paused["position"], &paused["behind"], &paused["deadLetters"]],
            [2, 3, 0]
        );
        assert_eq!(paused["nextAttempt"], Value::Null);
        append_many(world, 5);
        assert_eq!(of(&receiver.received(), 3), [(1, false)]);
        is_gone.store(false, Ordering::SeqCst);
        order(world, "W/resume", 200);
        receiver.until_taken(10);
        until_done(world, "W");
        assert_eq!(receiver.taken(), (1..=10).collect::<Vec<_>>());
    });
}

#[test]
fn a_redirect_is_not_followed_and_nobody_listening_is_said() {
    on_both(|world| {
        let receiver = Receiver::answering(SECRET, |_| 302);
        create(world, "REDIRECTING", &receiver, &json!({}));
        // Nobody listens there: the port was another's, who has gone.
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/", nobody.local_addr().expect("an address"));
        drop(nobody);
        let body = json!({ "code": "NOBODY", "url": url });
        ask(world, Method::POST, "/api/v1/webhooks", &body).expect(201);
        append_many(world, 1);
        let error = |code: &str| {
            until(world, code, |shown| shown["deadLetters"] == 1);
            let path = format!("/api/v1/webhooks/{code}/deadletters");
            let page = ask(world, Method::GET, &path, &Value::Null).expect(200).json();
            page["deadLetters"][0]["lastError"]
                .as_str()
                .expect("a reason")
                .to_owned()
        };
        assert_eq!(error("REDIRECTING"), "the endpoint answered 302 Found");
        let error = error("NOBODY");
        assert!(error.starts_with("it could not be sent: "), "{error}");
        assert_eq!(receiver.received().len(), ATTEMPTS_MAX as usize);
    });
}
