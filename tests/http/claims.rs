//! Claims, activities and data files, shown and not found.

use axum::http::Method;
use serde_json::{Value, json};

use super::Client;
use super::client::JSON;
use crate::support::{SAMPLE, claim_line};

/// The claim of the sample as it was imported, with what an answer adds: every absent member, and its links.
fn check_is_c004(claim: &Value) {
    assert_eq!(claim["code"], "C004");
    assert_eq!(claim["status"], "FINALIZED");
    assert_eq!(claim["entryDate"], "2009-07-20");
    assert_eq!(claim["lines"][0]["allowedAmount"], "58.90");
    assert_eq!(claim["lines"][0]["providers"]["location"], "L-1");
    assert!(claim.get("kind").is_none());
    let id = claim["id"].as_i64().expect("an id");
    let links = json!([
        { "href": format!("/api/generic/claims/{id}"), "rel": "self", "httpMethod": "GET" },
        { "href": format!("/api/claims/{id}/status"), "rel": "claim:status", "httpMethod": "GET" },
    ]);
    assert_eq!(claim["links"], links);
}

#[test]
fn a_claim_is_shown_by_code_and_by_id() {
    let (client, _place) = Client::on(SAMPLE);
    let by_code = client.get("/api/claims/C004").expect(200).json();
    check_is_c004(&by_code);
    let id = &by_code["id"];
    for path in [
        format!("/api/claims/{id}"),
        format!("/api/generic/claims/{id}"),
        "/api/generic/claims/C004".to_owned(),
    ] {
        assert_eq!(client.get(&path).expect(200).json(), by_code, "{path}");
    }
    assert_eq!(
        client.get("/api/claims?code=C004").expect(200).json(),
        json!({ "claims": [by_code] })
    );
}

#[test]
fn a_claim_is_shown_as_xml() {
    let (client, _place) = Client::on(&claim_line("A&B", &json!({ "id": 7 })));
    let text = client.get_xml("/api/claims/7").expect(200).text;
    assert!(
        text.starts_with("<claim id=\"7\" code=\"A&amp;B\" payer=\"ACME\""),
        "{text}"
    );
    assert!(text.contains("<lines><line code=\"A&amp;B-1\""), "{text}");
    let links = "<links><link href=\"/api/generic/claims/7\" rel=\"self\" httpMethod=\"GET\"/>\
                 <link href=\"/api/claims/7/status\" rel=\"claim:status\" httpMethod=\"GET\"/></links></claim>";
    assert!(text.ends_with(links), "{text}");
    let list = client.get_xml("/api/claims?code=A%26B").expect(200).text;
    assert_eq!(list, format!("<claims><claims>{text}</claims></claims>"));
}

#[test]
fn a_code_of_digits_is_found_by_query_and_not_taken_for_an_id() {
    let lines = [
        claim_line("8", &json!({ "id": 7 })),
        claim_line("7", &json!({ "id": 8 })),
    ];
    let (client, _place) = Client::on(&lines.concat());
    assert_eq!(client.get("/api/claims/7").expect(200).json()["code"], "8");
    assert_eq!(
        client.get("/api/claims?code=7").expect(200).json()["claims"][0]["id"],
        8
    );
}

#[test]
fn a_code_of_digits_that_is_no_id_is_found_by_path() {
    let (client, _place) = Client::on(&claim_line("99999999999999999999", &json!({})));
    assert_eq!(
        client.get("/api/claims/99999999999999999999").expect(200).json()["code"],
        "99999999999999999999"
    );
}

#[test]
fn what_is_not_there_is_404_and_named() {
    let (client, _place) = Client::on(SAMPLE);
    for (path, words) in [
        ("/api/claims/NONE", "There is no claim NONE"),
        ("/api/claims/999999", "There is no claim 999999"),
        ("/api/claims/-1", "There is no claim -1"),
        ("/api/generic/claims/NONE", "There is no claim NONE"),
        ("/api/activities/999", "There is no activity 999"),
        (
            "/api/activities/99999999999999999999",
            "There is no activity 99999999999999999999",
        ),
        ("/api/activities/seven", "There is no activity seven"),
        ("/api/activities/seven/messages", "There is no activity seven"),
        ("/api/activities/999/messages", "There is no activity 999"),
        (
            "/api/datafilesets/NONE/datafile/RESULT/data",
            "There is no data file RESULT in data file set NONE",
        ),
        ("/api/nothing", "There is no resource at /api/nothing"),
        ("/", "There is no resource at /"),
    ] {
        let answer = client.get(path).expect(404);
        let messages = answer.messages();
        assert_eq!(messages[0].0, "REPRISE-REQ-019", "{path}");
        assert!(messages[0].1.starts_with(words), "{path}: {}", messages[0].1);
        let xml = client.get_xml(path).expect(404).text;
        assert!(
            xml.starts_with("<resultMessages result=\"F\" elementId=\"\"><resultMessage code=\"REPRISE-REQ-019\">")
        );
    }
}

#[test]
fn an_unknown_file_of_a_known_set_is_404() {
    let (client, _place) = Client::on(SAMPLE);
    let activity = client.ended(&client.accepted(JSON, r#"{"reprocess":"N","processType":"CLAIM"}"#));
    let id = &activity["id"];
    client
        .get(&format!(
            "/api/datafilesets/REPROCESSCLAIMS_CRITERIA-{id}/datafile/OTHER/data"
        ))
        .expect(404);
}

#[test]
fn nobody_is_found_by_an_unknown_code() {
    let (client, _place) = Client::on(SAMPLE);
    assert_eq!(
        client.get("/api/claims?code=NONE").expect(200).json(),
        json!({ "claims": [] })
    );
}

#[test]
fn a_query_that_is_not_right_is_refused() {
    let (client, _place) = Client::on(SAMPLE);
    for (query, code) in [
        ("", "REPRISE-REQ-004"),
        ("?status=FINALIZED", "REPRISE-REQ-010"),
        ("?code=C001&status=FINALIZED", "REPRISE-REQ-010"),
    ] {
        let answer = client.get(&format!("/api/claims{query}")).expect(400);
        assert_eq!(answer.messages()[0].0, code, "{query}");
    }
}

#[test]
fn a_path_that_is_not_utf_8_is_refused_in_the_api_s_own_words() {
    let (client, _place) = Client::on(SAMPLE);
    for path in [
        "/api/claims/%FF",
        "/api/activities/%FF",
        "/api/datafilesets/%FF/datafile/RESULT/data",
    ] {
        let answer = client.get(path).expect(400);
        let messages = answer.messages();
        assert_eq!(messages[0].0, "REPRISE-REQ-010", "{path}");
        assert!(messages[0].1.contains("UTF-8"), "{}", messages[0].1);
    }
}

#[test]
fn another_method_is_405() {
    let (client, _place) = Client::on(SAMPLE);
    for (method, path) in [
        (Method::GET, "/api/claimsreprocesscount"),
        (Method::GET, "/api/claimsreprocesscriteria"),
        (Method::PUT, "/api/claimsreprocesscriteria/explain"),
        (Method::DELETE, "/api/claims/C001"),
        (Method::POST, "/api/activities/1"),
        (Method::POST, "/healthz"),
    ] {
        let answer = client.send(method.clone(), path, &[], "").expect(405);
        assert!(
            answer.headers.contains_key("allow"),
            "{method} {path}: {:?}",
            answer.headers
        );
        let messages = answer.messages();
        assert!(
            messages[0]
                .1
                .starts_with(&format!("There is no method {method} at {path}")),
            "{}",
            messages[0].1
        );
    }
}
