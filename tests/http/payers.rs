//! Several payers on one host: each sees what is its own, and nothing tells it that there are others.

use axum::http::Method;
use serde_json::{Value, json};

use super::Client;
use super::client::{JSON, link};
use crate::support::{Place, SAMPLE, claim_line};

const EVERYTHING: &str = r#"{"reprocess":false,"processType":"CLAIM"}"#;

/// Callers of the sample's payer and of another, who has a claim of the same code as one of the sample's.
fn two_payers() -> (Client, Client, Place) {
    let other = [
        claim_line("C001", &json!({ "payer": "ZENITH", "currency": "EUR" })),
        claim_line("Z1", &json!({ "payer": "ZENITH", "currency": "EUR" })),
    ];
    let (client, place) = Client::on(&format!("{SAMPLE}{}", other.concat()));
    (client.as_of("ACME"), client.as_of("ZENITH"), place)
}

#[test]
fn a_payer_sees_its_own_claims() {
    let (acme, zenith, _place) = two_payers();
    for (client, payer, count, currency) in [(&acme, "ACME", 8, "USD"), (&zenith, "ZENITH", 2, "EUR")] {
        let answer = client.post("/api/claimsreprocesscount", JSON, EVERYTHING).expect(200);
        assert_eq!(answer.json()["count"], count, "{payer}");
        let claim = client.get("/api/claims/C001").expect(200).json();
        assert_eq!([&claim["payer"], &claim["currency"]], [payer, currency]);
    }
}

#[test]
fn what_is_another_payers_is_answered_as_what_is_nobodys() {
    let (acme, zenith, _place) = two_payers();
    let activity = acme.accepted(JSON, EVERYTHING);
    let ended = acme.ended(&activity);
    let file = link(&ended, "file");
    let claim = acme.get("/api/claims/C002").expect(200).json()["id"].clone();
    for (path, nobodys) in [
        (activity.clone(), "/api/activities/999".to_owned()),
        (
            format!("{activity}/messages"),
            "/api/activities/999/messages".to_owned(),
        ),
        (
            file.to_owned(),
            "/api/datafilesets/NONE/datafile/RESULT/data".to_owned(),
        ),
        ("/api/claims/C002".to_owned(), "/api/claims/NONE".to_owned()),
        (format!("/api/claims/{claim}"), "/api/claims/999".to_owned()),
        (
            format!("/api/generic/claims/{claim}"),
            "/api/generic/claims/999".to_owned(),
        ),
        (
            format!("/api/claims/{claim}/status"),
            "/api/claims/999/status".to_owned(),
        ),
        (
            format!("/api/claims/{claim}/history"),
            "/api/claims/999/history".to_owned(),
        ),
        ("/api/claims?code=C002".to_owned(), "/api/claims?code=NONE".to_owned()),
    ] {
        acme.get(&path).expect(200);
        let (others, nobodys) = (zenith.get(&path), zenith.get(&nobodys));
        assert_eq!(others.status, nobodys.status, "{path}");
        // But for what was asked for, the words are the same.
        let words = |text: &str| text.split_whitespace().count();
        assert_eq!(words(&others.text), words(&nobodys.text), "{path}: {}", others.text);
    }
    let explain = |client: &Client, claim: &str| {
        let path = format!("/api/claimsreprocesscriteria/explain?claim={claim}");
        client.post(&path, JSON, EVERYTHING).status
    };
    assert_eq!(
        [
            explain(&acme, "C002"),
            explain(&zenith, "C002"),
            explain(&zenith, "NONE")
        ],
        [200, 404, 404]
    );
}

#[test]
fn what_is_another_payers_cannot_be_changed() {
    let (acme, zenith, _place) = two_payers();
    let set = json!({ "code": "SET", "dataFiles": [{ "code": "IN" }] });
    acme.post_json("/api/datafilesets", &set).expect(201);
    acme.post("/api/datafilesets/SET/datafile/IN/data", JSON, "[]")
        .expect(200);
    let prepared =
        json!({ "code": "REPROCESSCLAIMS_IMPORT", "level": "GL", "parameters": { "dataFileSetCode": "SET" } });
    let prepared = acme.post_json("/api/activities", &prepared).expect(201);
    let activity = prepared.header("location").to_owned();
    let before = acme.get("/api/claims/C002").expect(200).json();
    for (path, body) in [
        ("/api/claimsreprocess".to_owned(), json!({ "code": "C002" })),
        (
            "/api/claims/C002/adjudicated".to_owned(),
            json!({ "status": "FINALIZED" }),
        ),
        (format!("{activity}/start"), json!({})),
        (format!("{activity}/cancel"), json!({})),
        (format!("{activity}/recover"), json!({})),
        (
            "/api/datafilesets/SET/datafile/IN/data".to_owned(),
            json!([{ "code": "C002" }]),
        ),
    ] {
        zenith.post_json(&path, &body).expect(404);
    }
    // A batch of another payer's file reads nothing of it.
    let stolen = json!({ "code": "REPROCESSCLAIMS_IMPORT", "level": "GL", "parameters": { "dataFileSetCode": "SET" } });
    let refused = zenith.post_json("/api/activities/start", &stolen);
    assert!([400, 404].contains(&refused.status), "{}", refused.text);
    assert_eq!(acme.get("/api/claims/C002").json(), before);
    assert_eq!(acme.get(&activity).expect(200).json()["status"], "initial");
    assert_eq!(
        acme.get("/api/datafilesets/SET/datafile/IN/data").expect(200).text,
        "[]"
    );
    // The same code is free for it.
    zenith.post_json("/api/datafilesets", &set).expect(201);
    acme.send(Method::POST, &format!("{activity}/start"), &[], "")
        .expect(202);
}

#[test]
fn lists_show_what_is_the_callers_own() {
    let (acme, zenith, _place) = two_payers();
    let activity = acme.accepted(JSON, EVERYTHING);
    acme.ended(&activity);
    let list = |client: &Client, path: &str, member: &str| -> Vec<Value> {
        let listed = client.get(path).expect(200).json();
        listed[member].as_array().expect("a list").clone()
    };
    for (path, member) in [
        ("/api/activities", "activities"),
        ("/api/v1/events", "events"),
        ("/api/v1/webhooks", "webhooks"),
        ("/api/claims?code=C002", "claims"),
    ] {
        assert_eq!(list(&zenith, path, member), Vec::<Value>::new(), "{path}");
    }
    assert_eq!(list(&acme, "/api/activities", "activities").len(), 1);
    assert_eq!(list(&zenith, "/api/payers", "payers"), [json!({ "code": "ZENITH" })]);
    let names = |client: &Client| -> Vec<Value> {
        let principals = list(client, "/api/principals", "principals");
        principals.iter().map(|principal| principal["payer"].clone()).collect()
    };
    assert_eq!(
        (names(&acme), names(&zenith)),
        (vec![json!("ACME")], vec![json!("ZENITH")])
    );
}

#[test]
fn the_reference_data_of_another_payer_is_unknown() {
    let (acme, zenith, _place) = two_payers();
    let body = r#"{"processType":"CLAIM","productCode":"GOLD"}"#;
    acme.post("/api/claimsreprocesscount", JSON, body).expect(200);
    let answer = zenith.post("/api/claimsreprocesscount", JSON, body).expect(400);
    assert_eq!(answer.messages()[0].0, "CLA-IP-REPR-001");
}

#[test]
fn a_header_says_nothing_of_who_asks() {
    let (acme, _, _place) = two_payers();
    for header in ["reprise-payer", "reprise-user"] {
        let claim = acme
            .send(Method::GET, "/api/claims/C001", &[(header, "ZENITH")], "")
            .expect(200);
        assert_eq!(claim.json()["payer"], "ACME");
    }
}
