//! What the stories have in common: pended claims, principals of few rights, and all that nothing is to be different in.

use std::ops::ControlFlow;

use axum::http::Method;
use reprise_store::{AuditOf, AuditQuery, ClaimScan};
use serde_json::{Value, json};

use crate::http::client::{Answer, Client, JSON};
use crate::http::who::token;
use crate::reprocess::world::{World, merge};
use crate::support::claim_line;

/// The restriction of the operations themselves.
pub(super) const RESOLVE: &str = "claims.resolvepend IP";
/// The restriction of reading claims.
pub(super) const READ: &str = "claims.read IP";

/// The line of a pend reason of payer ACME, with these members more.
pub(super) fn pend_reason(code: &str, members: &Value) -> String {
    let mut reason = json!({ "kind": "pendReason", "payer": "ACME", "code": code });
    merge(&mut reason, members);
    format!("{reason}\n")
}

/// Pend reasons of which two open a task.
pub(super) fn reasons() -> String {
    let loud = json!({ "publishMessage": true });
    [
        pend_reason("LOUD", &loud),
        pend_reason("LOUDER", &loud),
        pend_reason("QUIET", &json!({})),
    ]
    .concat()
}

/// Attached pend reasons as an import line has them; a code with `!` behind it is resolved.
pub(super) fn attached(codes: &[&str]) -> Value {
    let codes = codes.iter();
    codes
        .map(|code| json!({ "code": code.trim_end_matches('!'), "resolved": code.ends_with('!') }))
        .collect()
}

/// The line of a claim that waits for a human, with these members changed. Its pend reasons have the numbers 1 to 8, in
/// this order: on the header LOUD and QUIET, which is resolved; on the bill LOUD and QUIET; on the first line LOUD and
/// QUIET; on the second QUIET, which is resolved, and LOUD.
pub(super) fn pended(code: &str, changes: &Value) -> String {
    let mut members = json!({
        "status": "MANUAL ADJUDICATION", "preprocessingDone": true, "pricingDone": true, "highPriority": true,
        "pendReasons": attached(&["LOUD", "QUIET!"]),
        "bills": [{ "code": "B1", "lines": ["L1", "L2"], "pendReasons": attached(&["LOUD", "QUIET"]) }],
        "lines": [
            { "code": "L1", "pendReasons": attached(&["LOUD", "QUIET"]) },
            { "code": "L2", "pendReasons": attached(&["QUIET!", "LOUD"]) },
        ],
    });
    merge(&mut members, changes);
    claim_line(code, &members)
}

/// Have an operation done that says all by its path.
pub(super) fn post(client: &Client, path: &str) -> Answer {
    client.send(Method::POST, path, &[], "")
}

/// The same under a key, under which it is done once.
pub(super) fn post_keyed(client: &Client, path: &str, key: &str) -> Answer {
    client.send(Method::POST, path, &[("idempotency-key", key)], "")
}

/// A claim as it is shown.
#[track_caller]
pub(super) fn shown(world: &World, code: &str) -> Value {
    let found = world.client.get(&format!("/api/claims?code={code}")).expect(200).json();
    let claim = found["claims"][0].clone();
    assert!(claim.is_object(), "no claim {code}: {found}");
    claim
}

/// The id of the pend reason with this number.
pub(super) fn reason_id(claim: &Value, number: u32) -> String {
    format!("{}-{number}", claim["id"])
}

/// The pend reasons of a claim with their places, its own, its bills', its lines': level, code of the bill or line, and
/// the pend reason as it is shown.
pub(super) fn places(claim: &Value) -> Vec<(&'static str, Value, Value)> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut places = Vec::new();
    for reason in list(&claim["pendReasons"]) {
        places.push(("claim", Value::Null, reason));
    }
    for (level, of) in [("bill", "bills"), ("line", "lines")] {
        for part in list(&claim[of]) {
            for reason in list(&part["pendReasons"]) {
                places.push((level, part["code"].clone(), reason));
            }
        }
    }
    places
}

/// The numbers of a claim's pend reasons that are not resolved.
pub(super) fn unresolved(claim: &Value) -> Vec<u32> {
    let unresolved = places(claim)
        .into_iter()
        .filter(|(_, _, reason)| reason["resolved"] == false);
    unresolved.map(|(_, _, reason)| number(&reason)).collect()
}

/// A pend reason's number in its claim.
pub(super) fn number(reason: &Value) -> u32 {
    let id = reason["id"].as_str().expect("an id");
    let (_, number) = id.split_once('-').expect("a claim and a number");
    number.parse().expect("a number")
}

/// The relation and path of each link of something that is shown.
pub(super) fn links(shown: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let links = shown["links"].as_array().expect("links").iter();
    links.map(|link| (text(&link["rel"]), text(&link["href"]))).collect()
}

/// The path of the link with this relation, if there is one.
pub(super) fn link(shown: &Value, relation: &str) -> Option<String> {
    links(shown)
        .into_iter()
        .find(|(of, _)| of == relation)
        .map(|(_, path)| path)
}

/// The rows of a claim's pend history: the pend reason, its level, the bill or line, its number, who, and by what.
pub(super) fn pend_history(world: &World, claim: &Value) -> Vec<Value> {
    let path = format!("/api/claims/{}/pendhistory?limit=1000", claim["id"]);
    let history = world.client.get(&path).expect(200).json();
    let rows = history["resolutions"].as_array().expect("rows").iter();
    let names = ["pendReason", "level", "of", "number", "user", "operation"];
    rows.map(|row| names.iter().map(|name| row[*name].clone()).collect())
        .collect()
}

/// A principal of ACME that has one role of its own, which grants these restrictions. The role is named after it.
pub(super) fn principal(world: &World, name: &str, restrictions: &[&str]) -> Client {
    grant(world, name, restrictions);
    world.client.bearing(&token(&world.host, Some("ACME"), name, &[name]))
}

/// Have a role grant these restrictions from now on.
#[track_caller]
pub(super) fn grant(world: &World, role: &str, restrictions: &[&str]) {
    let body = json!({ "restrictions": restrictions }).to_string();
    let path = format!("/api/roles/{role}");
    let headers = [("content-type", JSON)];
    world.client.send(Method::PUT, &path, &headers, body).expect(200);
}

/// What nothing is to be different in, a line for each row: claims as they are kept, their histories, how far the events and
/// changes are.
pub(super) struct Kept(Vec<String>);

impl Kept {
    pub(super) fn of(world: &World) -> Self {
        let all = AuditQuery {
            payer: AuditOf::Payer("ACME"),
            claim: None,
            user: None,
            operation: None,
            from_ms: None,
            until_ms: None,
            activity: None,
            after: 0,
            limit: 1_000_000,
        };
        let store = world.store.as_ref();
        let mut rows = Vec::new();
        let scanned = store.scan_claims(ClaimScan::All, &mut |chunk| {
            let claims = chunk.into_iter();
            rows.extend(claims.map(|claim| format!("claim {} {} {:?}", claim.id, claim.change_sequence, claim.body)));
            ControlFlow::Continue(())
        });
        scanned.expect("claims");
        let histories = store.claim_audit(&all).expect("histories").into_iter();
        rows.extend(histories.map(|entry| format!("history {entry:?}")));
        rows.push(format!("events up to {}", world.position()));
        rows.push(format!("changes up to {}", store.change_sequence().expect("a number")));
        Self(rows)
    }

    /// It is all as it was.
    #[track_caller]
    pub(super) fn assert_same(&self, world: &World, what: &str) {
        let now = Self::of(world).0;
        let changed: Vec<_> = now.iter().filter(|row| !self.0.contains(row)).collect();
        assert!(changed.is_empty() && now.len() == self.0.len(), "{what}: {changed:#?}");
    }
}
