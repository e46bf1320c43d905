//! Two payers. The first has something of everything there is; the second has nothing, and asks for all of that.

use std::collections::HashMap;

use reprise::{PublicKey, TrustRequest};
use reprise_store::{ActivityStatus, AfterFailure, FailedAttempt, NewActivity, WebhookProgress};
use serde_json::{Value, json};

use crate::components;
use crate::http::client::JSON;
use crate::http::who::token;
use crate::intake::family::{self, patient, procedure};
use crate::reprocess::world::World;
use crate::support::claim_line;
use crate::webhooks::{CREATED, append, event};

/// The second payer.
pub(super) const ZENITH: &str = "ZENITH";
/// How many claims are pended.
const PENDED: usize = 3;

/// What is imported for payer ACME.
pub(super) fn lines() -> String {
    let reason = |code: &str| format!("{}\n", json!({ "kind": "pendReason", "payer": "ACME", "code": code }));
    let claims = [
        ("ACME-READ", "FINALIZED"),
        ("ACME-CHANGE", "CHANGE"),
        ("ACME-SENT", "INITIAL"),
    ]
    .map(|(code, status)| claim_line(code, &json!({ "status": status })));
    let pended = (1..=PENDED).map(|number| {
        let code = format!("ACME-P{number}");
        let lines = json!([{ "code": "L1", "pendReasons": [{ "code": "PR-2" }] }]);
        let pended = json!({ "status": "MANUAL ADJUDICATION", "pendReasons": [{ "code": "PR-1" }], "lines": lines });
        claim_line(&code, &pended)
    });
    let patients = (1..=4).map(|number| patient("ACME", number, "d") + &procedure("ACME", number, 1, json!({})));
    [
        reason("PR-1"),
        reason("PR-2"),
        claims.concat(),
        pended.collect(),
        patients.collect(),
    ]
    .concat()
}

/// Makes the rest by asking for it, has everything come to rest, and answers what the paths of the rows name.
pub(super) fn set_up(world: &World) -> HashMap<&'static str, String> {
    token(&world.host, Some(ZENITH), "nobody", &[]);
    let mut names = HashMap::new();
    names.insert("read", world.id("ACME-READ").to_string());
    let pended = world.client.get("/api/claims/ACME-P3").expect(200).json();
    let id = |reasons: &Value| reasons[0]["id"].as_str().expect("an id").to_owned();
    names.insert("claim_reason", id(&pended["pendReasons"]));
    names.insert("line_reason", id(&pended["lines"][0]["pendReasons"]));
    let run = world.run(&json!({ "reprocess": false }));
    names.insert("run", run["id"].to_string());
    // From now on whatever changes is changed by a request.
    world.host.stop_activities();
    let deliver = run["id"].as_i64().expect("an id");
    world
        .store
        .write(|transaction| transaction.create_delivery(deliver))
        .expect("a notification");
    names.insert("failed", failed(world).to_string());

    for set in ["ACME-SET", "ACME-BATCH", "ACME-UP"] {
        world.data_file(set, JSON, "[]");
    }
    for name in ["prepared", "unwanted"] {
        let parameters = json!({ "dataFileSetCode": "ACME-SET" });
        let body = json!({ "code": "REPROCESSCLAIMS_IMPORT", "level": "GL", "parameters": parameters });
        let activity = world.client.post_json("/api/activities", &body).expect(201).json();
        names.insert(name, activity["id"].to_string());
    }
    for (name, patient) in [("changing", 2), ("leaving", 3), ("unborn", 4)] {
        let asked = json!({ "PatNum": patient, "procNums": [family::procedure_number(patient, 1)], "ClaimType": "P" });
        names.insert(name, family::created(world, &asked)["ClaimNum"].to_string());
    }
    for code in ["ACME-W", "ACME-GONE"] {
        let webhook = json!({ "code": code, "url": "http://127.0.0.1:9/" });
        world.client.post_json("/api/v1/webhooks", &webhook).expect(201);
    }
    names.insert("letter", dead_letter(world).to_string());
    rules(world, &mut names);
    access(world, &mut names);
    names
}

/// An activity that an error has ended.
fn failed(world: &World) -> i64 {
    let activity = NewActivity {
        payer: "ACME".to_owned(),
        code: "REPROCESSCLAIMS_CRITERIA".to_owned(),
        parameters: json!({ "mediaType": JSON, "body": r#"{"reprocess":false,"processType":"CLAIM"}"# }),
        correlation_id: None,
        user: "jane".to_owned(),
        high_priority: false,
        queued: true,
    };
    let created = world.store.write(|transaction| {
        let id = transaction.create_activity(&activity)?;
        transaction.change_activity_status(id, ActivityStatus::Initial, ActivityStatus::TechnicalError)?;
        Ok(id)
    });
    created.expect("an activity")
}

/// An event that the webhook's endpoint has not taken.
fn dead_letter(world: &World) -> u64 {
    append(
        world.store.as_ref(),
        &[event("ACME", CREATED, world.id("ACME-READ"), 1)],
    );
    let position = world.position();
    let webhook = world
        .store
        .webhook("ACME", "ACME-W")
        .expect("a read")
        .expect("a webhook")
        .webhook;
    let minute = std::time::Duration::from_secs(60);
    let progress = WebhookProgress {
        webhook: webhook.id,
        host: "the story".to_owned(),
        replays: webhook.replays,
        position: position - 1,
        failed: Some(FailedAttempt {
            position,
            error: "it was away".to_owned(),
            then: AfterFailure::GiveUp,
        }),
        resent: Vec::new(),
        not_resent: None,
        ended: true,
    };
    let recorded = world.store.write(|transaction| {
        transaction.lease_webhook(webhook.id, webhook.replays, &progress.host, minute)?;
        transaction.record_webhook(&progress)
    });
    assert_eq!(recorded, Ok(true));
    position
}

/// A component that is installed, and a key that is trusted.
fn rules(world: &World, names: &mut HashMap<&'static str, String>) {
    let rules = world.host.rules(Some("ACME"), "the story");
    let installed = rules.install(components::ANY_DIAGNOSIS, &[], None);
    names.insert("component", installed.expect("a component").digest.to_string());
    let request = TrustRequest {
        public_key: PublicKey::new([1; 32]),
        comment: "of the story".to_owned(),
        expires_at_ms: None,
    };
    let (key, _) = rules.trust_key(&request).expect("a key");
    names.insert("key", key.id);
}

/// A principal with a token, and two roles.
fn access(world: &World, names: &mut HashMap<&'static str, String>) {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    for role in ["ACME-ROLE", "ACME-UNUSED"] {
        let body = json!({ "restrictions": ["claims.read IP"] }).to_string();
        let headers = [("content-type", JSON)];
        let path = format!("/api/roles/{role}");
        world
            .client
            .send(axum::http::Method::PUT, &path, &headers, body)
            .expect(200);
    }
    let jane = json!({ "name": "ACME-JANE", "roles": ["ACME-ROLE"] });
    let jane = world.client.post_json("/api/principals", &jane).expect(201).json()["id"].to_string();
    let token = world
        .client
        .post_json(&format!("/api/principals/{jane}/tokens"), &json!({}));
    names.insert("token", text(&token.expect(201).json()["id"]));
    names.insert("jane", jane);
}
