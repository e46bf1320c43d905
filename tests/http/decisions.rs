//! What becomes of the claims that a request hits: count, dry run and what they say of claims that stay as they are.

use serde_json::{Value, json};

use super::Client;
use super::client::link;
use crate::support::claim_line;

/// Every claim of process type CLAIM.
fn everything() -> Value {
    json!({ "reprocess": false, "processType": "CLAIM" })
}

fn everything_with_a_reason() -> Value {
    json!({ "reprocess": false, "processType": "CLAIM", "claimUnfinalizeReasonList": [{ "code": "UF1" }] })
}

const REASON: &str = "{\"kind\":\"unfinalizeReason\",\"payer\":\"ACME\",\"code\":\"UF1\"}\n";

/// What is counted of these claims, by a request with an unfinalize reason.
fn check_count(claims: &[(&str, Value)], expected: &Value) {
    let lines: String = claims.iter().map(|(code, changes)| claim_line(code, changes)).collect();
    let (client, _place) = Client::on(&format!("{REASON}{lines}"));
    let answer = client
        .post_json("/api/claimsreprocesscount", &everything_with_a_reason())
        .expect(200);
    assert_eq!(answer.json(), *expected, "{claims:?}");
}

/// What the data file says of these claims: code, result and message code, for a request with an unfinalize reason.
fn check_results(claims: &[(&str, Value)], status: &str, expected: &[(&str, &str, &str)]) {
    let lines: String = claims.iter().map(|(code, changes)| claim_line(code, changes)).collect();
    let (client, _place) = Client::on(&format!("{REASON}{lines}"));
    let path = client.accepted(super::client::JSON, everything_with_a_reason().to_string());
    let activity = client.ended(&path);
    assert_eq!(activity["status"], status, "{activity}");
    let results = client.results(&activity);
    let of = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let results: Vec<_> = results
        .iter()
        .map(|entry| {
            (
                of(&entry["elementId"]),
                of(&entry["result"]),
                of(&entry["messages"][0]["code"]),
            )
        })
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(code, result, key)| (code.to_string(), result.to_string(), key.to_string()))
        .collect();
    assert_eq!(results, expected);
}

#[test]
fn settled_and_locked_claims_are_counted_beside() {
    check_count(
        &[
            ("A", json!({})),
            ("B", json!({ "settlementReason": "RECOVERED" })),
            ("C", json!({ "lockedBy": "nightly-run" })),
            (
                "D",
                json!({ "settlementReason": "RECOVERED", "lockedBy": "nightly-run" }),
            ),
        ],
        &json!({
            "count": 1, "totalAllowedAmount": "10.00", "totalCoveredAmount": "8.00", "currency": "USD",
            "excludedSettled": 2, "excludedLocked": 1,
        }),
    );
}

#[test]
fn amounts_are_those_of_all_lines_of_a_counted_claim() {
    let lines = |first: &str, second: &str| {
        json!({ "lines": [
            { "code": "1", "allowedAmount": first, "messages": ["M"] }, { "code": "2", "coveredAmount": second },
        ]})
    };
    check_count(
        &[("A", lines("0.10", "0.20")), ("B", lines("-5.05", "1000000.01"))],
        &json!({
            "count": 2, "totalAllowedAmount": "-4.95", "totalCoveredAmount": "1000000.21", "currency": "USD",
            "excludedSettled": 0, "excludedLocked": 0,
        }),
    );
}

#[test]
fn amounts_have_the_decimals_of_their_currency() {
    for (currency, allowed, covered) in [("JPY", "10", "8"), ("EUR", "10.00", "8.00"), ("BHD", "10.000", "8.000")] {
        check_count(
            &[("A", json!({ "currency": currency }))],
            &json!({
                "count": 1, "totalAllowedAmount": allowed, "totalCoveredAmount": covered, "currency": currency,
                "excludedSettled": 0, "excludedLocked": 0,
            }),
        );
    }
}

#[test]
fn claims_of_different_currencies_are_only_counted() {
    check_count(
        &[("A", json!({})), ("B", json!({ "currency": "EUR" }))],
        &json!({ "count": 2, "excludedSettled": 0, "excludedLocked": 0 }),
    );
}

#[test]
fn a_currency_of_claims_that_stay_does_not_count() {
    check_count(
        &[
            ("A", json!({})),
            ("B", json!({ "currency": "EUR", "lockedBy": "nightly-run" })),
        ],
        &json!({
            "count": 1, "totalAllowedAmount": "10.00", "totalCoveredAmount": "8.00", "currency": "USD",
            "excludedSettled": 0, "excludedLocked": 1,
        }),
    );
}

#[test]
fn a_count_of_nothing_has_no_amounts() {
    check_count(&[], &json!({ "count": 0, "excludedSettled": 0, "excludedLocked": 0 }));
    check_count(
        &[("A", json!({ "settlementReason": "RECOVERED" }))],
        &json!({ "count": 0, "excludedSettled": 1, "excludedLocked": 0 }),
    );
}

#[test]
fn a_settled_or_locked_claim_is_a_failure_in_the_data_file() {
    check_results(
        &[
            ("A", json!({})),
            ("B", json!({ "settlementReason": "RECOVERED" })),
            ("C", json!({ "lockedBy": "nightly-run" })),
            (
                "D",
                json!({ "settlementReason": "RECOVERED", "lockedBy": "nightly-run" }),
            ),
        ],
        "completed with errors",
        &[
            ("A", "S", "CLA-IP-REPR-023"),
            ("B", "F", "CLA-IP-REPR-027"),
            ("C", "F", "CLA-IP-REPR-028"),
            ("D", "F", "CLA-IP-REPR-027"),
        ],
    );
}

#[test]
fn a_failure_says_why() {
    let lines = [
        claim_line("B", &json!({ "settlementReason": "RECOVERED" })),
        claim_line("C", &json!({ "lockedBy": "nightly-run" })),
    ];
    let (client, _place) = Client::on(&lines.concat());
    let activity = client.ended(&client.accepted(super::client::JSON, everything().to_string()));
    assert_eq!(
        client.get_xml(link(&activity, "file")).expect(200).text,
        "<claimReprocessingCriteriaResponse>\n\
         <resultMessages result=\"F\" elementId=\"B\"><resultMessage code=\"CLA-IP-REPR-027\">\
         The claim cannot be unfinalized because it is settled</resultMessage></resultMessages>\n\
         <resultMessages result=\"F\" elementId=\"C\"><resultMessage code=\"CLA-IP-REPR-028\">\
         Claim C cannot be reprocessed because it is locked by another process</resultMessage></resultMessages>\n\
         </claimReprocessingCriteriaResponse>\n"
    );
    assert_eq!(activity["progress"]["total"], 2);
    assert_eq!(activity["progress"]["failed"], 2);
}

#[test]
fn a_missing_unfinalize_reason_is_said_by_count_data_file_and_activity() {
    let lines = [
        claim_line("A", &json!({})),
        claim_line("B", &json!({ "status": "PRICING FINALIZED" })),
        claim_line("C", &json!({ "status": "MANUAL PRICING" })),
        claim_line("D", &json!({ "settlementReason": "RECOVERED" })),
    ];
    let (client, _place) = Client::on(&lines.concat());
    let count = client
        .post_json("/api/claimsreprocesscount", &everything())
        .expect(200)
        .json();
    assert_eq!(count["count"], 3);
    assert_eq!(count["unfinalizeReasonMissing"], 2);
    let activity = client.ended(&client.accepted(super::client::JSON, everything().to_string()));
    let results = client.results(&activity);
    assert_eq!(results.len(), 5);
    let text = "2 of these claims are finalized: each needs an unfinalize reason, and the request gives none";
    let messages = json!([{ "code": "REPRISE-REQ-023", "text": text }]);
    assert_eq!(
        results[4],
        json!({ "elementId": "", "result": "S", "messages": messages })
    );
    let said = client.get(link(&activity, "messages")).expect(200).json();
    assert_eq!(said["resultMessages"][0]["messages"], messages);
    // It is about no claim.
    assert_eq!(activity["progress"]["total"], 4);
}

#[test]
fn only_the_seven_reprocessable_statuses_are_in_scope() {
    let statuses = [
        ("ENTRY", false),
        ("INITIAL", false),
        ("SENT OUT FOR PREPROCESSING", false),
        ("CHANGE", true),
        ("SENT OUT FOR PRICING", false),
        ("MANUAL PRICING", true),
        ("PRICING DONE", false),
        ("MANUAL PRICING ADJUDICATION", true),
        ("PRICING ADJUDICATION DONE", false),
        ("PRICING FINALIZED", true),
        ("MANUAL BENEFITS", true),
        ("BENEFITS DONE", false),
        ("MANUAL ADJUDICATION", true),
        ("ADJUDICATION DONE", false),
        ("FINALIZED", true),
    ];
    let claims: Vec<_> = statuses
        .iter()
        .map(|(status, _)| (*status, json!({ "status": status })))
        .collect();
    let mut listed: Vec<_> = statuses
        .iter()
        .filter(|(_, hit)| *hit)
        .map(|(status, _)| (*status, "S", "CLA-IP-REPR-023"))
        .collect();
    listed.sort_unstable();
    check_results(&claims, "completed", &listed);
}

#[test]
fn claims_are_listed_in_the_byte_order_of_their_codes() {
    let codes = ["a", "C10", "ä", "C9", "C-1", "c1", "C 1", "C1", "Z", "0"];
    let claims: Vec<_> = codes.iter().map(|code| (*code, json!({}))).collect();
    let mut sorted: Vec<_> = codes.iter().map(|code| (*code, "S", "CLA-IP-REPR-023")).collect();
    sorted.sort_unstable();
    check_results(&claims, "completed", &sorted);
}

#[test]
fn a_claim_without_lines_is_not_hit() {
    check_results(&[("A", json!({ "lines": [] }))], "completed", &[]);
}

#[test]
fn a_claim_of_the_other_process_type_is_not_hit() {
    check_results(&[("A", json!({ "processType": "RESERVATION" }))], "completed", &[]);
}

#[test]
fn count_and_data_file_agree_on_a_generated_population() {
    let mut population = Vec::new();
    let claims = if std::env::var_os("REPRISE_SOAK").is_some() {
        100_000
    } else {
        2_000
    };
    let options = reprise_interchange::GenerateOptions {
        claims,
        payer: "ACME".to_owned(),
        ..Default::default()
    };
    reprise_interchange::generate(&options, &mut population, &mut reprise_interchange::NoProgress)
        .expect("a population");
    let (client, _place) = Client::on(&String::from_utf8(population).expect("UTF-8"));
    for criteria in [
        json!({}),
        json!({ "claimStatus": "FINALIZED" }),
        json!({ "claimStatus": { "not": "FINALIZED" } }),
        json!({ "claimType": "RESTITUTION" }),
        json!({ "allowedAmount": { "from": "100.00" }, "coveredAmount": { "through": "200" } }),
    ] {
        let mut request = everything();
        let members = request.as_object_mut().expect("an object");
        members.extend(criteria.as_object().expect("an object").clone());
        let count = client
            .post_json("/api/claimsreprocesscount", &request)
            .expect(200)
            .json();
        let results = client.results(&client.ended(&client.accepted(super::client::JSON, request.to_string())));
        let with = |code: &str| {
            results
                .iter()
                .filter(|entry| entry["messages"][0]["code"] == code)
                .count()
        };
        assert_eq!(count["count"], with("CLA-IP-REPR-023"), "{criteria}");
        assert_eq!(count["excludedSettled"], with("CLA-IP-REPR-027"), "{criteria}");
        assert_eq!(count["excludedLocked"], with("CLA-IP-REPR-028"), "{criteria}");
        let remark = results
            .last()
            .filter(|entry| entry["elementId"] == "")
            .map(|entry| &entry["messages"][0]["text"]);
        let missing = count
            .get("unfinalizeReasonMissing")
            .map(|missing| format!("{missing} of these claims"));
        assert_eq!(remark.is_some(), missing.is_some(), "{criteria}");
        let remark = remark.and_then(Value::as_str).unwrap_or_default();
        assert!(remark.starts_with(&missing.unwrap_or_default()), "{criteria}: {remark}");
        assert!(count["count"].as_u64() > Some(0), "{criteria} hits something");
    }
}
