//! What a request cannot hold: values, attributes and what is missing, and how all of it is said.

use serde_json::json;

use super::Client;
use super::asked::{Asked, check, check_with, without_places};
use super::client::{JSON, XML};
use crate::support::SAMPLE;

#[test]
fn a_value_that_cannot_be_is_shown() {
    let (client, _place) = Client::on(SAMPLE);
    for (attribute, value, code, text) in [
        (
            "overrideSkip",
            "maybe",
            "005",
            "`overrideSkip` is `maybe`; it can be true, false, Y or N",
        ),
        (
            "reprocess",
            "1",
            "005",
            "`reprocess` is `1`; it can be true, false, Y or N",
        ),
        (
            "entryStartDate",
            "01/07/2009",
            "006",
            "`entryStartDate` is `01/07/2009`; a day is written YYYY-MM-DD, such as 2009-07-01",
        ),
        (
            "serviceEndDate",
            "2009-02-29",
            "006",
            "`serviceEndDate` is `2009-02-29`; a day is written YYYY-MM-DD, such as 2009-07-01",
        ),
        (
            "servicedEntityCode",
            "M-1",
            "007",
            "servicedEntityCode and servicedEntityTypeCode are given together or not at all; \
             servicedEntityTypeCode is missing",
        ),
        (
            "servicedEntityTypeCode",
            "PERSON",
            "007",
            "servicedEntityCode and servicedEntityTypeCode are given together or not at all; \
             servicedEntityCode is missing",
        ),
    ] {
        let asked = Asked {
            attributes: vec![(attribute, value)],
            lists: None,
        };
        check_with(&client, &asked, &[(&format!("REPRISE-REQ-{code}"), text)]);
    }
}

#[test]
fn an_unknown_attribute_is_named_and_so_are_the_known_ones() {
    let (client, _place) = Client::on(SAMPLE);
    let asked = Asked {
        attributes: vec![("productcode", "GOLD")],
        lists: None,
    };
    for (content_type, body) in [(XML, asked.xml()), (JSON, asked.json())] {
        let headers = [("content-type", content_type), ("accept", JSON)];
        let answer = client
            .send(axum::http::Method::POST, "/api/claimsreprocesscount", &headers, body)
            .expect(400);
        let messages = answer.messages();
        let [(code, text)] = messages.as_slice() else {
            panic!("{messages:?}")
        };
        assert_eq!(code, "REPRISE-REQ-003");
        let text = without_places(text);
        assert!(
            text.starts_with("`productcode` is not known here; known are: "),
            "{text}"
        );
        assert!(
            text.contains("productCode") && text.contains("claimPendReasonList"),
            "{text}"
        );
    }
}

#[test]
fn what_is_mandatory_is_missed() {
    let (client, _place) = Client::on(SAMPLE);
    let asked = Asked {
        attributes: vec![("reprocess", ""), ("processType", "")],
        lists: None,
    };
    for (content_type, body) in [(XML, asked.xml()), (JSON, asked.json())] {
        let missing = |name: &str| {
            (
                "REPRISE-REQ-004".to_owned(),
                format!("`{name}` is missing; it is mandatory"),
            )
        };
        for (path, expected) in [
            (
                "/api/claimsreprocesscriteria",
                vec![missing("reprocess"), missing("processType")],
            ),
            ("/api/claimsreprocesscount", vec![missing("processType")]),
        ] {
            let headers = [("content-type", content_type), ("accept", JSON)];
            let answer = client
                .send(axum::http::Method::POST, path, &headers, body.clone())
                .expect(400);
            assert_eq!(answer.messages(), expected, "{path} {content_type}");
        }
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    check(
        &Asked {
            attributes: vec![
                ("entryStartDate", "2009-07-02"),
                ("entryEndDate", "2009-07-01"),
                ("claimStatus", "ENTRY"),
                ("productCode", "NONE"),
                ("feeScheduleCode", "NONE"),
                ("reprocessMessageCode", "NONE"),
                ("pricingDone", "perhaps"),
            ],
            lists: Some((
                "<claimPendReasonList><claimPendReason code=\"NONE\"/></claimPendReasonList>",
                json!({ "claimPendReasonList": [{ "code": "NONE" }] }),
            )),
        },
        &[
            ("CLA-IP-REPR-019", "Start date must be before end date"),
            (
                "CLA-IP-REPR-033",
                "Claim status ENTRY is not a valid status for the request",
            ),
            (
                "REPRISE-REQ-005",
                "`pricingDone` is `perhaps`; it can be true, false, Y or N",
            ),
            ("CLA-IP-REPR-001", "Product code NONE is unknown"),
            ("CLA-IP-REPR-031", "Fee schedule code NONE is unknown"),
            ("CLA-IP-REPR-008", "Message code NONE is unknown"),
            ("CLA-IP-REPR-020", "Pend reason code NONE is unknown"),
        ],
    );
}

#[test]
fn messages_come_in_the_format_that_was_sent() {
    let (client, _place) = Client::on(SAMPLE);
    let asked = Asked {
        attributes: vec![("productCode", "A&amp;B")],
        lists: None,
    };
    let answer = client.post("/api/claimsreprocesscount", XML, asked.xml()).expect(400);
    assert_eq!(
        answer.text,
        "<resultMessages result=\"F\" elementId=\"\"><resultMessage code=\"CLA-IP-REPR-001\">\
         Product code A&amp;B is unknown</resultMessage></resultMessages>"
    );
    assert_eq!(answer.header("content-type"), XML);
}
