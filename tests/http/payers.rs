//! Several payers on one host: each is named, and sees nothing of another.

use axum::http::Method;
use serde_json::json;

use super::{Answer, Client};
use crate::support::{Place, SAMPLE, claim_line};

/// The sample's payer, and another with a claim of the same code as one of the sample's.
fn two_payers() -> (Client, Place) {
    let other = [
        claim_line("C001", &json!({ "payer": "ZENITH", "currency": "EUR" })),
        claim_line("Z1", &json!({ "payer": "ZENITH", "currency": "EUR" })),
    ];
    Client::on(&format!("{SAMPLE}{}", other.concat()))
}

fn ask(client: &Client, payer: Option<&str>, method: Method, path: &str, body: &str) -> Answer {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(payer.map(|payer| ("reprise-payer", payer)));
    client.send(method, path, &headers, body.to_owned())
}

const EVERYTHING: &str = r#"{"reprocess":false,"processType":"CLAIM"}"#;

#[test]
fn the_payer_has_to_be_named_where_there_are_several() {
    let (client, _place) = two_payers();
    for (method, path) in [
        (Method::POST, "/api/claimsreprocesscount"),
        (Method::POST, "/api/claimsreprocesscriteria"),
        (Method::POST, "/api/claimsreprocesscriteria/explain?claim=C001"),
        (Method::GET, "/api/claims/C001"),
        (Method::GET, "/api/generic/claims/C001"),
        (Method::GET, "/api/claims?code=C001"),
        (Method::GET, "/api/activities/1"),
        (Method::GET, "/api/activities/1/messages"),
        (Method::GET, "/api/datafilesets/A/datafile/B/data"),
    ] {
        for (payer, code, text) in [
            (
                None,
                "REPRISE-REQ-018",
                "Several payers are here; name one in the header Reprise-Payer: ACME, ZENITH",
            ),
            (
                Some("acme"),
                "REPRISE-REQ-017",
                "Payer acme is unknown; known are: ACME, ZENITH",
            ),
            (
                Some(""),
                "REPRISE-REQ-018",
                "Several payers are here; name one in the header Reprise-Payer: ACME, ZENITH",
            ),
        ] {
            let answer = ask(&client, payer, method.clone(), path, EVERYTHING).expect(400);
            assert_eq!(
                answer.messages(),
                [(code.to_owned(), text.to_owned())],
                "{method} {path}"
            );
        }
    }
}

#[test]
fn a_payer_sees_its_own_claims() {
    let (client, _place) = two_payers();
    for (payer, count, currency) in [("ACME", 8, "USD"), ("ZENITH", 2, "EUR")] {
        let answer = ask(
            &client,
            Some(payer),
            Method::POST,
            "/api/claimsreprocesscount",
            EVERYTHING,
        )
        .expect(200);
        assert_eq!(answer.json()["count"], count, "{payer}");
        let claim = ask(&client, Some(payer), Method::GET, "/api/claims/C001", "").expect(200);
        assert_eq!(claim.json()["payer"], payer);
        assert_eq!(claim.json()["currency"], currency);
    }
}

#[test]
fn nothing_of_another_payer_is_found() {
    let (client, _place) = two_payers();
    let started = ask(
        &client,
        Some("ACME"),
        Method::POST,
        "/api/claimsreprocesscriteria",
        EVERYTHING,
    )
    .expect(202);
    let activity = started.header("location").to_owned();
    let id = activity.rsplit('/').next().unwrap_or_default();
    let own = ask(&client, Some("ACME"), Method::GET, "/api/claims/C002", "")
        .expect(200)
        .json();
    let file = format!("/api/datafilesets/REPROCESSCLAIMS_CRITERIA-{id}/datafile/RESULT/data");
    while ask(&client, Some("ACME"), Method::GET, &file, "").status != 200 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    for (method, path) in [
        (Method::GET, activity.clone()),
        (Method::GET, format!("{activity}/messages")),
        (Method::GET, file),
        (Method::GET, "/api/claims/C002".to_owned()),
        (Method::GET, format!("/api/claims/{}", own["id"])),
        (Method::GET, format!("/api/generic/claims/{}", own["id"])),
        (
            Method::POST,
            "/api/claimsreprocesscriteria/explain?claim=C002".to_owned(),
        ),
    ] {
        ask(&client, Some("ZENITH"), method.clone(), &path, EVERYTHING).expect(404);
        ask(&client, Some("ACME"), method, &path, EVERYTHING).expect(200);
    }
    let none = ask(&client, Some("ZENITH"), Method::GET, "/api/claims?code=C002", "").expect(200);
    assert_eq!(none.json(), json!({ "claims": [] }));
}

#[test]
fn the_reference_data_of_another_payer_is_unknown() {
    let (client, _place) = two_payers();
    let body = r#"{"processType":"CLAIM","productCode":"GOLD"}"#;
    ask(&client, Some("ACME"), Method::POST, "/api/claimsreprocesscount", body).expect(200);
    let answer = ask(&client, Some("ZENITH"), Method::POST, "/api/claimsreprocesscount", body).expect(400);
    assert_eq!(answer.messages()[0].0, "CLA-IP-REPR-001");
}

#[test]
fn the_only_payer_may_be_named() {
    let (client, _place) = Client::on(SAMPLE);
    for payer in [None, Some("ACME")] {
        ask(&client, payer, Method::POST, "/api/claimsreprocesscount", EVERYTHING).expect(200);
    }
    ask(
        &client,
        Some("ZENITH"),
        Method::POST,
        "/api/claimsreprocesscount",
        EVERYTHING,
    )
    .expect(400);
}

#[test]
fn an_empty_database_says_what_to_do() {
    let (client, _place) = Client::on("");
    let answer = ask(&client, None, Method::POST, "/api/claimsreprocesscount", EVERYTHING).expect(404);
    assert!(answer.messages()[0].1.contains("reprise import"), "{}", answer.text);
}
