//! What one principal may not have done through another, and whose log says who it was.

use axum::http::Method;
use serde_json::{Value, json};

use super::fixture::{ZENITH, lines};
use crate::http::client::{Client, JSON};
use crate::http::who::token;
use crate::reprocess::world::{World, on_both};

/// A caller with these restrictions and no others.
#[track_caller]
fn caller_with(world: &World, name: &str, restrictions: &[&str]) -> Client {
    let role = reprise_store::Role {
        payer: "ACME".to_owned(),
        name: format!("role of {name}"),
        restrictions: restrictions.iter().map(|&held| held.to_owned()).collect(),
    };
    world.host.access("the story").write_role(&role).expect("a role");
    world
        .client
        .bearing(&token(&world.host, Some("ACME"), name, &[&role.name]))
}

fn entries(client: &Client, query: &str) -> Vec<Value> {
    let page = client.get(&format!("/api/audit{query}")).expect(200).json();
    page["entries"].as_array().expect("entries").clone()
}

#[test]
fn a_batch_is_started_by_who_may_reprocess_and_is_theirs() {
    let reason = json!({
        "kind": "unfinalizeReason", "payer": "ACME", "code": "UF-R", "accessRestriction": "AUDITORS",
    });
    on_both(&format!("{}{reason}\n", lines()), |world| {
        let entry = json!({ "code": "ACME-READ", "claimUnfinalizeReasonList": [{ "code": "UF-R" }] });
        world.data_file("SET", JSON, json!([entry]).to_string());
        let parameters = json!({ "dataFileSetCode": "SET" });
        let body = json!({ "code": "REPROCESSCLAIMS_IMPORT", "level": "GL", "parameters": parameters });
        let recorded = world.client.post_json("/api/activities", &body).expect(201);
        let start = format!("{}/start", recorded.header("location"));

        let clerk = caller_with(world, "filer", &["activities IP", "datafilesets IP"]);
        let refused = clerk.post_json(&start, &json!({})).expect(403);
        assert!(refused.text.contains("claims.reprocess IP"), "{}", refused.text);
        let operator = caller_with(world, "bob", &["activities IP", "claims.reprocess IP"]);
        operator.post_json(&start, &json!({})).expect(202);
        let ended = world.client.ended(recorded.header("location"));
        assert_eq!(ended["user"], "bob");
        // What the administrator who recorded it may, bob may not.
        let listed = world.listed(&ended);
        assert_eq!(
            listed,
            [crate::reprocess::world::line("ACME-READ", "F", "CLA-IP-CLAI-025")]
        );
        assert_eq!(world.status("ACME-READ"), "FINALIZED");
        let started = &entries(&world.client, "?operation=start_activity")[..];
        let refused: Vec<_> = started
            .iter()
            .map(|entry| (&entry["user"], &entry["refused"]))
            .collect();
        assert_eq!(
            refused,
            [(&json!("filer"), &json!(true)), (&json!("bob"), &json!(false))]
        );
    });
}

#[test]
fn what_the_platform_does_to_a_payer_is_in_both_logs_under_a_name_that_no_payer_can_take() {
    on_both(&lines(), |world| {
        let platform = world.client.of_platform("platform-administrator");
        let made = json!({ "name": "jane", "roles": ["operator"] });
        platform.post_json("/api/principals?payer=ACME", &made).expect(201);
        let by = "?user=platform:platform-administrator";
        let [of_payer] = &entries(&world.client, by)[..] else {
            panic!("one entry")
        };
        let [of_platform] = &entries(&platform, by)[..] else {
            panic!("one entry")
        };
        assert_eq!(of_payer["operation"], "create_principal");
        let object = of_payer["object"].as_str().expect("an object");
        assert_eq!(of_platform["object"], format!("{object} of payer ACME"));

        for name in ["command line", "first start", "platform:platform-administrator"] {
            let refused = world.client.post_json("/api/principals", &json!({ "name": name }));
            assert!(refused.expect(400).text.contains("means somebody else by it"), "{name}");
        }
        // A payer that is mistyped is not made.
        platform.post_json("/api/principals?payer=ACMEE", &made).expect(404);
        let role = json!({ "restrictions": [] }).to_string();
        let headers = [("content-type", JSON)];
        platform
            .send(Method::PUT, "/api/roles/reader?payer=ACMEE", &headers, role)
            .expect(404);
        let payers = platform.get("/api/payers").expect(200).json();
        assert_eq!(payers["payers"], json!([{ "code": "ACME" }]));
    });
}

#[test]
fn only_the_platform_says_whom_the_issuer_means() {
    on_both(&lines(), |world| {
        token(&world.host, Some(ZENITH), "chief", &["administrator"]);
        let bob = json!({ "name": "bob", "subject": "bob@issuer" });
        let refused = world
            .client
            .as_of("ACME")
            .post_json("/api/principals", &bob)
            .expect(403);
        assert!(
            refused.text.contains("by principals of the platform"),
            "{}",
            refused.text
        );
        let platform = world.client.of_platform("platform-administrator");
        platform.post_json("/api/principals?payer=ZENITH", &bob).expect(201);
        let principals = world.client.as_of("ACME").get("/api/principals").expect(200);
        assert!(!principals.text.contains("bob"), "{}", principals.text);
    });
}

#[test]
fn a_refused_attempt_is_found_by_the_claim_that_it_was_about() {
    on_both(&lines(), |world| {
        let reader = caller_with(world, "reader", &["claims.read IP"]);
        let id = world.id("ACME-P1");
        let shown = reader.get("/api/claims/ACME-P1").expect(200).json();
        let reason = shown["pendReasons"][0]["id"].as_str().expect("an id");
        for path in [
            "/api/claims/ACME-P1/submit".to_owned(),
            format!("/api/claims/{id}/resolvepend/PR-1"),
            format!("/api/claimpendreasons/{reason}/resolve"),
        ] {
            let messages = reader.post_json(&path, &json!({})).expect(403).messages();
            let codes: Vec<_> = messages.iter().map(|(code, _)| code.as_str()).collect();
            assert_eq!(codes, ["CLA-IP-CLAI-023", "REPRISE-ACCESS-002"], "{path}");
        }
        // One that is not there, or another payer's, is found by nothing but its path.
        reader.post_json("/api/claims/NONE/submit", &json!({})).expect(403);
        let found = entries(&world.client, "?claim=ACME-P1");
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found
                .iter()
                .all(|entry| entry["refused"] == true && entry["claim"] == id)
        );
        assert_eq!(entries(&world.client, "?user=reader").len(), 4);
    });
}
