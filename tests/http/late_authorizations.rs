//! The case that the product ships, asked for as its README says: late authorizations.

use reprise_engine::Digest;
use serde_json::{Value, json};

use super::Client;
use super::client::{JSON, XML, link};
use super::who::USER;
use crate::support::SAMPLE;

/// A request of the sample, in both formats.
macro_rules! sample_request {
    ($name:literal) => {
        [
            (XML, include_str!(concat!("../../host/samples/", $name, ".xml"))),
            (JSON, include_str!(concat!("../../host/samples/", $name, ".json"))),
        ]
    };
}

/// The same request, which touches nothing.
fn dry(request: &str) -> String {
    request
        .replace("reprocess=\"true\"", "reprocess=\"false\"")
        .replace("\"reprocess\": true", "\"reprocess\": false")
}

/// The data file of an activity lists these claims with this message, in both forms.
fn check_file(client: &Client, activity: &Value, claims: &[&str], (code, text): (&str, &str)) {
    assert_eq!(activity["status"], "completed", "{activity}");
    let text = |claim: &str| text.replace("{}", claim);
    let entry = |claim: &&str| json!({ "elementId": claim, "result": "S", "messages": [{ "code": code, "text": text(claim) }] });
    let expected: Vec<Value> = claims.iter().map(entry).collect();
    assert_eq!(client.results(activity), expected);
    let entry = |claim: &&str| {
        let text = text(claim);
        format!(
            "<resultMessages result=\"S\" elementId=\"{claim}\"><resultMessage code=\"{code}\">{text}</resultMessage>\
             </resultMessages>\n"
        )
    };
    let entries: String = claims.iter().map(entry).collect();
    let file = client.get_xml(link(activity, "file")).expect(200);
    let whole = format!("<claimReprocessingCriteriaResponse>\n{entries}</claimReprocessingCriteriaResponse>\n");
    assert_eq!(file.text, whole);
    assert_eq!(file.header("content-type"), XML);
}

/// Both forms of a criteria request hit these claims: first without touching them, then for real.
fn check_hits(requests: [(&str, &'static str); 2], claims: &[&str]) {
    for (content_type, body) in requests {
        let (client, _place) = Client::on(SAMPLE);
        let listed = client.ended(&client.accepted(content_type, dry(body)));
        let matches = (
            "CLA-IP-REPR-023",
            "Claim with code {} matches the given search criteria",
        );
        check_file(&client, &listed, claims, matches);
        let done = client.ended(&client.accepted(content_type, body));
        let scheduled = ("CLA-IP-REPR-022", "Claim with code {} is scheduled for reprocessing");
        check_file(&client, &done, claims, scheduled);
        for claim in claims {
            let shown = client.get(&format!("/api/claims/{claim}")).expect(200).json();
            assert_eq!(shown["status"], "INITIAL", "{claim}");
        }
    }
}

#[test]
fn the_first_request_has_three_claims_reprocessed() {
    check_hits(sample_request!("late-authorizations-1"), &["C001", "C002", "C003"]);
}

#[test]
fn the_second_request_has_one_claim_reprocessed() {
    check_hits(sample_request!("late-authorizations-2"), &["C004"]);
}

#[test]
fn the_count_says_how_many_and_what_they_are_worth() {
    let (client, _place) = Client::on(SAMPLE);
    for (content_type, body) in sample_request!("late-authorizations-count") {
        let answer = client.post("/api/claimsreprocesscount", content_type, body).expect(200);
        assert_eq!(answer.header("content-type"), content_type);
        let expected = match content_type {
            XML => {
                "<claimReprocessCountResponse count=\"3\" totalAllowedAmount=\"1347.75\" \
                 totalCoveredAmount=\"1078.20\" currency=\"USD\" excludedSettled=\"0\" excludedLocked=\"0\" \
                 unfinalizeReasonMissing=\"3\"/>"
            }
            _ => {
                "{\"count\":3,\"totalAllowedAmount\":\"1347.75\",\"totalCoveredAmount\":\"1078.20\",\
                 \"currency\":\"USD\",\"excludedSettled\":0,\"excludedLocked\":0,\"unfinalizeReasonMissing\":3}"
            }
        };
        assert_eq!(answer.text, expected);
    }
}

#[test]
fn the_body_of_a_criteria_request_can_be_counted() {
    let (client, _place) = Client::on(SAMPLE);
    for (content_type, body) in sample_request!("late-authorizations-1") {
        let answer = client.send(
            axum::http::Method::POST,
            "/api/claimsreprocesscount",
            &[("content-type", content_type), ("accept", XML)],
            body,
        );
        assert_eq!(
            answer.expect(200).text,
            "<claimReprocessCountResponse count=\"3\" totalAllowedAmount=\"1347.75\" totalCoveredAmount=\"1078.20\" \
             currency=\"USD\" excludedSettled=\"0\" excludedLocked=\"0\"/>",
            "{content_type}"
        );
    }
}

#[test]
fn an_activity_says_what_it_is_how_it_went_and_where_its_result_is() {
    let (client, _place) = Client::on(SAMPLE);
    let [(_, body), _] = sample_request!("late-authorizations-1");
    let headers = [("content-type", XML), ("correlation-id", "case 7")];
    let answer = client
        .send(axum::http::Method::POST, "/api/claimsreprocesscriteria", &headers, body)
        .expect(202);
    let path = answer.header("location");
    let activity = client.ended(path);
    let id = activity["id"].as_i64().expect("an id");
    assert_eq!(path, format!("/api/activities/{id}"));
    assert_eq!(
        answer.text,
        format!("<resultMessages result=\"S\" elementId=\"{id}\"></resultMessages>")
    );
    for (member, expected) in [
        ("code", json!("REPROCESSCLAIMS_CRITERIA")),
        ("status", json!("completed")),
        ("correlationId", json!("case 7")),
        ("user", json!(USER)),
        ("highPriority", json!(false)),
        ("cancelledBy", Value::Null),
        ("trouble", Value::Null),
        ("scheduled", json!(3)),
        ("adjudicated", json!([])),
        ("notification", Value::Null),
        (
            "progress",
            json!({ "total": 3, "succeeded": 3, "failed": 0, "blocksMatched": null, "blocks": null }),
        ),
        (
            "links",
            json!([
                { "href": path, "rel": "self" },
                { "href": format!("{path}/messages"), "rel": "messages" },
                {
                    "href": format!("/api/datafilesets/REPROCESSCLAIMS_CRITERIA-{id}/datafile/RESULT/data"),
                    "rel": "file",
                },
            ]),
        ),
    ] {
        assert_eq!(activity[member], expected, "{member}");
    }
    for (kind, bytes) in [
        ("criteria", reprise_bundle::CRITERIA),
        ("claimStatus", reprise_bundle::CLAIM_STATUS),
    ] {
        let expected = json!({ "rules": Digest::of(bytes).to_string(), "generation": "platform-1" });
        assert_eq!(activity["rules"][kind], expected);
    }
    for member in ["created", "ended"] {
        assert!(
            activity[member].as_str().is_some_and(|time| time.ends_with('Z')),
            "{activity}"
        );
    }
    let xml = client.get_xml(path).expect(200).text;
    let start = format!(
        "<activity id=\"{id}\" code=\"REPROCESSCLAIMS_CRITERIA\" status=\"completed\" correlationId=\"case 7\" \
         user=\"{USER}\" highPriority=\"false\" queued=\""
    );
    assert!(xml.starts_with(&start), "{xml}");
    let end = format!(
        "<progress total=\"3\" succeeded=\"3\" failed=\"0\"/><adjudicated/><links><link href=\"{path}\" rel=\"self\"/>\
         <link href=\"{path}/messages\" rel=\"messages\"/><link \
         href=\"/api/datafilesets/REPROCESSCLAIMS_CRITERIA-{id}/datafile/RESULT/data\" rel=\"file\"/></links></activity>"
    );
    assert!(xml.ends_with(&end), "{xml}");
    let messages = client.get(link(&activity, "messages")).expect(200);
    assert_eq!(
        messages.json(),
        json!({ "resultMessages": [{ "result": "S", "elementId": "", "messages": [] }] })
    );
}
