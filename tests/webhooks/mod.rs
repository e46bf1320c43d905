//! Webhooks: endpoints that are sent events, on SQLite and on PostgreSQL.
//!
//! [`sending`] shows what an endpoint gets and in which order, [`failing`] what becomes of events that are not taken, and
//! [`managing`] what can be asked for and what cannot. [`receiver`] is the endpoint. What killed servers leave behind is
//! told with the other stories of their kind.

mod failing;
mod managing;
pub(crate) mod receiver;
mod sending;

use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::Method;
use reprise::{Configuration, WebhookSettings};
use reprise_store::{NewEvent, Store};
use serde_json::{Value, json};

use self::receiver::Receiver;
use crate::http::client::Answer;
use crate::reprocess::world::{World, merge, on_both_set_up};
use crate::support::claim_line;

/// The type that events of the stories have unless they say otherwise.
pub(crate) const CREATED: &str = "claim.created";

/// What secrets are sealed with where they are kept: 32 bytes of value 1.
pub(crate) const SECRETS_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// What requests to endpoints of the stories are signed with.
pub(crate) const SECRET: &str = "the-secret-of-the-stories";

/// How often an event is tried in the stories.
const ATTEMPTS_MAX: u32 = 4;

/// Plays a story on both databases, on which payers ACME and ZENITH have a claim each.
#[track_caller]
fn on_both(story: impl Fn(&World) + Sync) {
    on_both_with(settings(), |world| story(&world));
}

/// Plays a story on both, with other settings.
#[track_caller]
fn on_both_with(settings: WebhookSettings, story: impl Fn(World) + Sync) {
    let lines = ["ACME", "ZENITH"].map(|payer| claim_line("C1", &json!({ "payer": payer })));
    let set_up = |configuration: &mut Configuration, _: &_| {
        configuration.webhooks = settings;
        configuration.secrets = Some(SECRETS_KEY.parse().expect("a key"));
    };
    on_both_set_up(&lines.concat(), set_up, story);
}

/// Waits as short as they can be, so that stories are not long.
fn settings() -> WebhookSettings {
    WebhookSettings {
        request_time_max: Duration::from_secs(30),
        retry_wait: Duration::from_millis(5),
        retry_wait_max: Duration::from_millis(20),
        attempts_max: NonZeroU32::new(ATTEMPTS_MAX).expect("a number of attempts"),
        ..WebhookSettings::default()
    }
}

/// An event of a claim, with this number in its data.
pub(crate) fn event(payer: &str, kind: &'static str, claim: i64, number: u64) -> NewEvent {
    let details = json!({ "number": number, "claimStatus": if number.is_multiple_of(2) { "W" } else { "H" } });
    NewEvent {
        payer: payer.to_owned(),
        kind,
        claim,
        details: details.to_string(),
    }
}

pub(crate) fn append(store: &dyn Store, events: &[NewEvent]) {
    store
        .write(|transaction| transaction.append_events(events))
        .expect("events");
}

/// Gives ACME so many events, of five claims in turn.
fn append_many(world: &World, count: u64) {
    let events: Vec<_> = (1..=count)
        .zip((1..=5).cycle())
        .map(|(number, claim)| event("ACME", CREATED, claim, number))
        .collect();
    append(world.store.as_ref(), &events);
}

/// Asks for something of ACME.
fn ask(world: &World, method: Method, path: &str, body: &Value) -> Answer {
    ask_of(world, "ACME", method, path, body)
}

fn ask_of(world: &World, payer: &str, method: Method, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json")];
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    world
        .client
        .as_of(payer)
        .acting_as("jane")
        .send(method, path, &headers, body)
}

fn order(world: &World, path: &str, status: u16) -> Value {
    ask(world, Method::POST, &format!("/api/v1/webhooks/{path}"), &Value::Null)
        .expect(status)
        .json()
}

/// Creates a webhook of ACME with the secret of the stories, and with these members more.
fn create(world: &World, code: &str, receiver: &Receiver, members: &Value) -> Value {
    let mut body = json!({ "code": code, "url": receiver.url, "secret": SECRET });
    merge(&mut body, members);
    ask(world, Method::POST, "/api/v1/webhooks", &body).expect(201).json()
}

/// ACME's webhook with this code.
fn shown(world: &World, code: &str) -> Value {
    ask(world, Method::GET, &format!("/api/v1/webhooks/{code}"), &Value::Null)
        .expect(200)
        .json()
}

/// The webhook, once it is as it is waited for. One that is not within a minute fails the story.
#[track_caller]
fn until(world: &World, code: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..6_000 {
        let shown = shown(world, code);
        if is_so(&shown) {
            return shown;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("webhook {code} is not so within a minute: {}", shown(world, code));
}

/// Waits until nothing is left to be sent, and that is written down.
#[track_caller]
fn until_done(world: &World, code: &str) -> Value {
    until(world, code, |shown| {
        shown["behind"] == 0 && shown["attempts"] == 0 && shown["resending"] == 0
    })
}

/// The positions of the webhook's dead letters, and how often each was tried.
fn dead_letters(world: &World, code: &str) -> Vec<(u64, u64)> {
    let path = format!("/api/v1/webhooks/{code}/deadletters");
    let page = ask(world, Method::GET, &path, &Value::Null).expect(200).json();
    let letters = page["deadLetters"].as_array().expect("dead letters").iter();
    let number = |letter: &Value, name: &str| letter[name].as_u64().expect("a number");
    letters
        .map(|letter| (number(letter, "position"), number(letter, "attempts")))
        .collect()
}
