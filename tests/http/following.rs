//! What goes on after its answer has begun: it ends when its caller may not have it any more.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{Client, JSON};
use crate::reprocess::world::{NAMES, World, on_both};
use crate::support::claim_line;

fn lines() -> String {
    let claims = (0..3).map(|number| claim_line(&format!("C{number}"), &json!({ "status": "CHANGE" })));
    format!("{NAMES}{}", claims.collect::<String>())
}

fn put(client: &Client, path: &str, body: &Value) {
    let headers = [("content-type", JSON)];
    client.send(Method::PUT, path, &headers, body.to_string()).expect(200);
}

/// The path of a principal who follows events by a role of its own.
fn follower(world: &World, name: &str) -> String {
    put(
        &world.client,
        "/api/roles/FOLLOWER",
        &json!({ "restrictions": ["events IP"] }),
    );
    let principal = json!({ "name": name, "roles": ["FOLLOWER"] });
    let created = world.client.post_json("/api/principals", &principal).expect(201);
    created.header("location").to_owned()
}

/// The id of a token of this principal, and the token.
fn token(world: &World, principal: &str) -> (String, String) {
    let created = world.client.post_json(&format!("{principal}/tokens"), &json!({}));
    let created = created.expect(201).json();
    let text = |name: &str| created[name].as_str().expect("a text").to_owned();
    (text("id"), text("token"))
}

/// Whoever follows sees what happens until `then`, and nothing of what happens after it; the reason of its end has these
/// words.
#[track_caller]
fn check(world: &World, name: &str, then: impl FnOnce(&str, &str), words: &str) {
    let principal = follower(world, name);
    let (id, token) = token(world, &principal);
    let before = world.client.get("/api/v1/events?limit=1000").expect(200).json();
    let mut feed = world
        .client
        .bearing(&token)
        .follow(&format!("/api/v1/events?after={}", before["next"]), &[]);
    let reprocess = |code: &str| {
        let body = json!({ "code": code });
        world.client.post_json("/api/claimsreprocess", &body).expect(200);
    };
    reprocess("C0");
    assert_eq!(feed.next_event().2["data"]["claim"], "C0");
    then(&principal, &id);
    reprocess("C1");
    let end = feed.ended();
    let reason = end["reason"].as_str().expect("a reason");
    assert!(reason.contains(words) && !reason.contains(&token), "{reason}");
}

#[test]
fn a_feed_ends_when_its_token_is_revoked() {
    on_both(&lines(), |world| {
        let revoke = |_: &str, token: &str| {
            let path = format!("/api/tokens/{token}");
            world.client.send(Method::DELETE, &path, &[], "").expect(200);
        };
        check(world, "jane", revoke, "revoked");
    });
}

#[test]
fn a_feed_ends_when_its_principal_is_disabled() {
    on_both(&lines(), |world| {
        let disable = |principal: &str, _: &str| {
            let body = json!({ "disabled": true }).to_string();
            let headers = [("content-type", JSON)];
            world.client.send(Method::PUT, principal, &headers, body).expect(200);
        };
        check(world, "jane", disable, "disabled");
    });
}

#[test]
fn a_feed_ends_when_its_principal_may_not_read_events_any_more() {
    on_both(&lines(), |world| {
        let narrow = |_: &str, _: &str| {
            let body = json!({ "restrictions": ["claims.read IP"] });
            put(&world.client, "/api/roles/FOLLOWER", &body);
        };
        check(world, "jane", narrow, "events IP");
    });
}
