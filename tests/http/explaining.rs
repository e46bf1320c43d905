//! Why a claim is or is not hit.

use serde_json::{Value, json};

use super::Client;
use super::client::{JSON, XML};
use crate::support::{SAMPLE, claim_line};

/// What the first request of the sample says of a claim.
fn explanation(claim: &str) -> Value {
    let (client, _place) = Client::on(SAMPLE);
    let body = include_str!("../../host/samples/late-authorizations-1.json");
    client
        .post(
            &format!("/api/claimsreprocesscriteria/explain?claim={claim}"),
            JSON,
            body,
        )
        .expect(200)
        .json()
}

/// A claim of the sample: whether it is hit, and which criteria its first line does not meet.
fn check(claim: &str, hit: bool, unmet: &[&str]) {
    let explanation = explanation(claim);
    assert_eq!(explanation["claim"], claim);
    assert_eq!(explanation["hit"], hit, "{explanation}");
    let criteria = explanation["lines"][0]["criteria"].as_array().expect("criteria");
    let asked: Vec<_> = criteria
        .iter()
        .map(|criterion| criterion["criterion"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(asked, ["process-type", "entry-date", "claim-status", "message-group"]);
    let missed: Vec<_> = criteria
        .iter()
        .filter(|criterion| criterion["met"] == false)
        .map(|criterion| criterion["criterion"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(missed, unmet, "{explanation}");
    for criterion in criteria {
        assert!(
            criterion["reason"].as_str().is_some_and(|reason| !reason.is_empty()),
            "{criterion}"
        );
    }
}

#[test]
fn each_claim_of_the_sample_says_what_it_does_not_meet() {
    check("C001", true, &[]);
    check("C004", false, &["message-group"]);
    check("C005", false, &["entry-date"]);
    check("C006", false, &["claim-status"]);
    check("C007", false, &["claim-status", "message-group"]);
    check("C009", false, &["claim-status"]);
    check("C012", false, &["message-group"]);
}

#[test]
fn a_claim_is_hit_by_one_line_of_it() {
    let explanation = explanation("C002");
    assert_eq!(explanation["hit"], true);
    let lines: Vec<_> = explanation["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| (line["line"].as_str().unwrap_or_default(), line["hit"] == true))
        .collect();
    assert_eq!(lines, [("C002-1", false), ("C002-2", true)]);
}

#[test]
fn a_reason_names_the_value_that_decided() {
    let explanation = explanation("C005");
    let criteria = explanation["lines"][0]["criteria"].as_array().expect("criteria");
    let reason = criteria[1]["reason"].as_str().expect("a reason");
    assert!(reason.contains("2009-06-30"), "{reason}");
}

#[test]
fn a_claim_that_would_stay_as_it_is_says_so() {
    for (claim, settled, locked) in [("C001", false, false), ("C010", true, false), ("C011", false, true)] {
        let explanation = explanation(claim);
        assert_eq!(explanation["settled"], settled, "{claim}");
        assert_eq!(explanation["locked"], locked, "{claim}");
    }
}

#[test]
fn a_claim_out_of_scope_is_not_hit_though_its_line_is() {
    let (client, _place) = Client::on(&claim_line("A", &json!({ "status": "BENEFITS DONE" })));
    let body = json!({ "processType": "CLAIM" });
    let answer = client
        .post_json("/api/claimsreprocesscriteria/explain?claim=A", &body)
        .expect(200);
    let process_type = &answer.json()["lines"][0]["criteria"][0];
    let expected = json!({
        "claim": "A", "status": "BENEFITS DONE", "inScope": false, "hit": false, "settled": false, "locked": false,
        "lines": [{ "line": "A-1", "hit": true, "criteria": [process_type] }],
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(process_type["met"], true);
}

#[test]
fn an_explanation_has_the_same_shape_in_xml() {
    let (client, _place) = Client::on(&claim_line("A", &json!({})));
    let body = "<claimReprocessCountRequest processType=\"CLAIM\"/>";
    let text = client
        .post("/api/claimsreprocesscriteria/explain?claim=A", XML, body)
        .expect(200)
        .text;
    let start = "<explanation claim=\"A\" status=\"FINALIZED\" inScope=\"true\" hit=\"true\" settled=\"false\" \
                 locked=\"false\"><lines><line line=\"A-1\" hit=\"true\"><criteria>\
                 <criterion criterion=\"process-type\" met=\"true\" reason=\"";
    assert!(text.starts_with(start), "{text}");
    assert!(text.ends_with("\"/></criteria></line></lines></explanation>"), "{text}");
}

#[test]
fn a_claim_with_an_awkward_code_can_be_named() {
    let (client, _place) = Client::on(&claim_line("A/1 & ä?", &json!({})));
    let body = json!({ "processType": "CLAIM" });
    let path = "/api/claimsreprocesscriteria/explain?claim=A%2F1+%26%20%C3%A4%3F";
    assert_eq!(client.post_json(path, &body).expect(200).json()["claim"], "A/1 & ä?");
}

#[test]
fn what_cannot_be_explained_says_why() {
    let (client, _place) = Client::on(SAMPLE);
    let good = json!({ "processType": "CLAIM" });
    for (query, body, status, code, words) in [
        (
            "?claim=NONE",
            &good,
            404,
            "CLA-IP-REPR-010",
            "Claim code NONE is unknown",
        ),
        ("", &good, 400, "REPRISE-REQ-004", "query parameter claim is missing"),
        ("?code=C001", &good, 400, "REPRISE-REQ-010", "`code`"),
        ("?claim=C001&claim=C002", &good, 400, "REPRISE-REQ-010", "`claim`"),
        (
            "?claim=C001",
            &json!({}),
            400,
            "REPRISE-REQ-004",
            "`processType` is missing",
        ),
        (
            "?claim=C001",
            &json!({ "processType": "X" }),
            400,
            "CLA-IP-REPR-021",
            "The process type is unknown",
        ),
        (
            "?claim=C001",
            &json!({ "processType": "CLAIM", "productCode": "NONE" }),
            400,
            "CLA-IP-REPR-001",
            "Product code NONE is unknown",
        ),
    ] {
        let answer = client.post_json(&format!("/api/claimsreprocesscriteria/explain{query}"), body);
        assert_eq!(answer.status, status, "{query}: {}", answer.text);
        let messages = answer.messages();
        let [(given, text)] = messages.as_slice() else {
            panic!("{query}: {messages:?}")
        };
        assert_eq!(given, code, "{query}");
        assert!(text.contains(words), "{query}: {text}");
    }
}
