//! What is wrong with a request is said: which field, what was found, what would be right. Nothing is stored.

use axum::http::Method;
use serde_json::{Value, json};

use super::family::{ACME, STRICT, check_refused, offices, patient, procedure};
use crate::http::client::JSON;
use crate::reprocess::world::{World, on_both};

fn send(world: &World, body: &str, payer: &str) -> crate::http::client::Answer {
    world.client.as_of(payer).post("/api/v1/claims", JSON, body.to_owned())
}

#[test]
fn a_malformed_request_is_refused_with_its_field() {
    let lines = offices() + &patient(ACME, 7, "dd") + &procedure(ACME, 7, 1, json!({}));
    let right = r#""PatNum":7,"procNums":[701]"#;
    let with = |more: &str| format!("{{{right},{more}}}");
    let many: Vec<u64> = (1..=100_000).collect();
    let too_many = json!({ "PatNum": 7, "procNums": many[..90_000] }).to_string();
    let beyond_all = json!({ "PatNum": 7, "procNums": many }).to_string();
    let cases: Vec<(String, &str, &str, &str)> = vec![
        (String::new(), "malformed-body", "", "empty"),
        ("{".to_owned(), "malformed-body", "", "ends in the middle"),
        ("[]".to_owned(), "malformed-body", "", "a list"),
        ("nonsense".to_owned(), "malformed-body", "", ""),
        (beyond_all, "malformed-body", "", "values"),
        (too_many, "too-many-procedures", "procNums", "90000"),
        (
            with(r#""patNum":7"#),
            "unknown-field",
            "patNum",
            "PatNum is, in these letters",
        ),
        (
            with(r#""Colour":"red""#),
            "unknown-field",
            "Colour",
            "its fields are PatNum, procNums",
        ),
        (with(r#""PatNum":7"#), "field-repeated", "PatNum", "twice"),
        (r#"{"procNums":[701]}"#.to_owned(), "field-missing", "PatNum", "missing"),
        (r#"{"PatNum":7}"#.to_owned(), "field-missing", "procNums", "missing"),
        (
            r#"{"PatNum":7,"procNums":[]}"#.to_owned(),
            "no-procedures",
            "procNums",
            "empty",
        ),
        (
            r#"{"PatNum":7,"procNums":701}"#.to_owned(),
            "wrong-type",
            "procNums",
            "a list",
        ),
        (
            r#"{"PatNum":7,"procNums":["701"]}"#.to_owned(),
            "wrong-type",
            "procNums",
            "701",
        ),
        (
            r#"{"PatNum":7,"procNums":[701,701]}"#.to_owned(),
            "procedure-repeated",
            "procNums",
            "twice",
        ),
        (
            r#"{"PatNum":7,"procNums":[0]}"#.to_owned(),
            "bad-value",
            "procNums",
            "positive",
        ),
        (
            r#"{"PatNum":7,"procNums":[-1]}"#.to_owned(),
            "bad-value",
            "procNums",
            "positive",
        ),
        (
            r#"{"PatNum":"7","procNums":[701]}"#.to_owned(),
            "wrong-type",
            "PatNum",
            "the text `7`",
        ),
        (
            r#"{"PatNum":7.5,"procNums":[701]}"#.to_owned(),
            "wrong-type",
            "PatNum",
            "7.5",
        ),
        (
            r#"{"PatNum":99999999999999999999,"procNums":[701]}"#.to_owned(),
            "wrong-type",
            "PatNum",
            "",
        ),
        (
            with(r#""ClaimType":"Primary""#),
            "bad-claim-type",
            "ClaimType",
            "P, S, Other",
        ),
        (with(r#""ClaimType":"p""#), "bad-claim-type", "ClaimType", "P, S, Other"),
        (with(r#""ClaimType":"""#), "bad-claim-type", "ClaimType", "P, S, Other"),
        (with(r#""ClaimType":null"#), "wrong-type", "ClaimType", "null"),
        (with(r#""ClaimType":1"#), "wrong-type", "ClaimType", "the number 1"),
        (
            with(r#""ClaimType":"P","ClaimStatus":"X""#),
            "bad-claim-status",
            "ClaimStatus",
            "U, H, W",
        ),
        (
            with(r#""ClaimType":"P","ClaimStatus":"w""#),
            "bad-claim-status",
            "ClaimStatus",
            "U, H, W",
        ),
        (
            with(r#""ClaimType":"P","ClaimStatus":"""#),
            "bad-claim-status",
            "ClaimStatus",
            "U, H, W",
        ),
        (
            with(r#""ClaimStatus":"W""#),
            "status-without-type",
            "ClaimStatus",
            "goes with a ClaimType",
        ),
        (
            with(r#""InsSubNum":71"#),
            "bad-value",
            "InsSubNum",
            "goes with a ClaimType",
        ),
        (
            with(r#""ClaimType":"P","PatRelat":"Uncle""#),
            "bad-value",
            "PatRelat",
            "Self, Spouse",
        ),
        (
            with(r#""DateSent":"2026-13-01""#),
            "bad-value",
            "DateSent",
            "a day of the calendar",
        ),
        (with(r#""DateSent":20260101"#), "wrong-type", "DateSent", "a day"),
        (
            with(r#""ClaimType":"P","InsSubNum":71,"InsSubNum2":71"#),
            "subscription-repeated",
            "InsSubNum2",
            "71",
        ),
    ];
    on_both(&lines, |world| {
        let before = world.everything();
        for (body, code, field, words) in &cases {
            let answer = send(world, body, ACME);
            let shown = &body[..body.len().min(60)];
            check_refused(shown, &answer, (code, field), "");
            let detail = answer.json()["detail"].as_str().expect("a sentence").to_owned();
            assert!(detail.contains(words), "{shown}: {detail}");
        }
        assert_eq!(world.everything(), before);
    });
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let lines = patient(ACME, 7, "d");
    let (client, _place) = crate::http::client::Client::on(&lines);
    let body = json!({ "PatNum": "7", "procNums": [], "Colour": "red", "ClaimType": "X" });
    let problem = client.post_json("/api/v1/claims", &body).expect(400).json();
    let codes: Vec<&str> = problem["errors"]
        .as_array()
        .expect("all of it")
        .iter()
        .map(|error| error["code"].as_str().expect("a code"))
        .collect();
    assert_eq!(
        codes,
        ["unknown-field", "wrong-type", "no-procedures", "bad-claim-type"]
    );
    assert_eq!(problem["code"], codes[0]);
    assert_eq!(problem["status"], 400);
    assert_eq!(problem["type"], "urn:reprise:problem:unknown-field");
}

#[test]
fn whoever_is_not_there_is_not_found() {
    let lines = offices() + &patient(ACME, 7, "d") + &procedure(ACME, 7, 1, json!({})) + &patient(STRICT, 8, "d");
    on_both(&lines, |world| {
        let before = world.everything();
        let asked = |patient: u64| json!({ "PatNum": patient, "procNums": [701] }).to_string();
        for patient in [8, 9] {
            let problem = send(world, &asked(patient), ACME).expect(404).json();
            assert_eq!(problem["code"], "patient-unknown", "{patient}");
        }
        // Another payer's patient is as if there were none.
        assert_eq!(
            send(world, &asked(7), STRICT).expect(404).json()["code"],
            "patient-unknown"
        );
        assert_eq!(world.everything(), before);
        for (method, path, status, code) in [
            (Method::GET, "/api/v1/claims/77", 404, "not-found"),
            (Method::GET, "/api/v1/claims/C001", 400, "bad-path"),
            (Method::GET, "/api/v1/claims/0", 400, "bad-path"),
            (Method::DELETE, "/api/v1/claims/77", 404, "not-found"),
            (Method::GET, "/api/v1/claims?PatNum=x", 400, "bad-query"),
            (Method::GET, "/api/v1/claims?Patient=7", 400, "bad-query"),
            (Method::GET, "/api/v1/claims?ClaimStatus=X", 400, "bad-query"),
            (Method::GET, "/api/v1/claims?SecDateTEdit=yesterday", 400, "bad-query"),
            (Method::GET, "/api/v1/claims?Limit=0", 400, "bad-query"),
            (Method::GET, "/api/v1/nothing", 404, "not-found"),
            (Method::PATCH, "/api/v1/claims", 405, "method-not-allowed"),
            (Method::POST, "/api/v1/claims?dryRun=perhaps", 400, "bad-query"),
        ] {
            let answer = super::family::send(world, method.clone(), ACME, path, &Value::Null);
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
            assert_eq!(answer.json()["code"], code, "{method} {path}: {}", answer.text);
        }
    });
}

#[test]
fn other_media_types_and_endless_bodies_are_refused() {
    let (client, _place) = crate::http::client::Client::on(&patient(ACME, 7, "d"));
    let answer = client.post("/api/v1/claims", "application/xml", "<claim/>").expect(415);
    assert_eq!(answer.json()["code"], "unsupported-media-type");
    let answer = client
        .post("/api/v1/claims", JSON, vec![b' '; (1 << 20) + 1])
        .expect(413);
    assert_eq!(answer.json()["code"], "body-too-large");
}
