//! What cannot be asked: every message about a request, by both requests and in both formats.

use serde_json::{Map, Value, json};

use super::Client;
use super::client::{JSON, XML};
use crate::support::SAMPLE;

/// What the sample does not have: a reason that needs a source reference.
const STRICT_REASON: &str =
    "{\"kind\":\"unfinalizeReason\",\"payer\":\"ACME\",\"code\":\"UF2\",\"sourceReferenceMandatory\":true}\n";

/// A request: its attributes, and its lists as they are in XML and in JSON.
#[derive(Default)]
struct Asked {
    attributes: Vec<(&'static str, &'static str)>,
    lists: Option<(&'static str, Value)>,
}

impl Asked {
    fn attributes(&self) -> Vec<(&'static str, &'static str)> {
        let given = |name| self.attributes.iter().any(|(given, _)| *given == name);
        let usual = [("reprocess", "false"), ("processType", "CLAIM")];
        let mut all: Vec<_> = usual.into_iter().filter(|(name, _)| !given(*name)).collect();
        all.extend(&self.attributes);
        all
    }

    fn xml(&self) -> String {
        let attributes: String =
            self.attributes().iter().map(|(name, value)| format!(" {name}=\"{value}\"")).collect();
        let lists = self.lists.as_ref().map_or("", |(xml, _)| xml);
        format!("<claimReprocessingCriteriaRequest{attributes}>{lists}</claimReprocessingCriteriaRequest>")
    }

    fn json(&self) -> String {
        let attributes = self.attributes();
        let mut members: Map<_, _> = attributes.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
        members.extend(self.lists.iter().flat_map(|(_, json)| json.as_object().cloned().unwrap_or_default()));
        Value::Object(members).to_string()
    }
}

/// Both requests are refused with these messages, in both formats. A message in XML may say where: `(line …)`.
fn check(asked: &Asked, expected: &[(&str, &str)]) {
    let (client, _place) = Client::on(&format!("{SAMPLE}{STRICT_REASON}"));
    check_with(&client, asked, expected);
}

fn check_with(client: &Client, asked: &Asked, expected: &[(&str, &str)]) {
    for path in ["/api/claimsreprocesscriteria", "/api/claimsreprocesscount"] {
        for (content_type, body) in [(XML, asked.xml()), (JSON, asked.json())] {
            let headers = [("content-type", content_type), ("accept", JSON)];
            let answer = client.send(axum::http::Method::POST, path, &headers, body.clone());
            assert_eq!(answer.status, 400, "{path} {body}: {}", answer.text);
            assert!(answer.headers.get("location").is_none(), "nothing was started");
            let json = answer.json();
            assert_eq!(json["resultMessages"][0]["result"], "F");
            assert_eq!(json["resultMessages"][0]["elementId"], "");
            let messages: Vec<_> =
                answer.messages().into_iter().map(|(code, text)| (code, without_places(&text))).collect();
            let messages: Vec<_> = messages.iter().map(|(code, text)| (code.as_str(), text.as_str())).collect();
            assert_eq!(messages, expected, "{path} {body}");
        }
    }
}

/// A text of messages without the places that XML has and JSON has not.
fn without_places(text: &str) -> String {
    let mut parts = text.split(" (line ");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        whole.push_str(part.split_once(')').map_or(part, |(_, rest)| rest));
    }
    whole
}

#[test]
fn an_unknown_code_is_named() {
    let (client, _place) = Client::on(SAMPLE);
    for (attribute, code, text) in [
        ("productCode", "001", "Product code NONE is unknown"),
        ("benefitsProviderGroupCode", "002", "Provider group code NONE is unknown"),
        ("priceProviderGroupCode", "002", "Provider group code NONE is unknown"),
        ("serviceProviderGroupCode", "002", "Provider group code NONE is unknown"),
        ("locationProviderGroupCode", "002", "Provider group code NONE is unknown"),
        ("claimantProviderGroupCode", "002", "Provider group code NONE is unknown"),
        ("procedureGroupCode", "003", "Procedure group code NONE is unknown"),
        ("procedureConditionCode", "004", "Procedure condition code NONE is unknown"),
        ("diagnosisGroupCode", "005", "Diagnosis group code NONE is unknown"),
        ("coverageRegimeCode", "007", "Regime code NONE is unknown"),
        ("reprocessMessageCode", "008", "Message code NONE is unknown"),
        ("claimFormCode", "009", "Claim Form NONE is unknown"),
        ("messageGroupCode", "012", "Message group code NONE is unknown"),
        ("pendReasonCode", "020", "Pend reason code NONE is unknown"),
        ("processType", "021", "The process type is unknown"),
        ("feeScheduleCode", "031", "Fee schedule code NONE is unknown"),
        ("claimType", "032", "Claim type is unknown"),
        ("claimStatus", "033", "Claim status NONE is not a valid status for the request"),
    ] {
        let asked = Asked { attributes: vec![(attribute, "NONE")], lists: None };
        check_with(&client, &asked, &[(&format!("CLA-IP-REPR-{code}"), text)]);
    }
}

#[test]
fn an_unknown_diagnosis_condition_is_named() {
    check(
        &Asked { attributes: vec![("procedureGroupCode", "PG-1"), ("diagnosisConditionCode", "NONE")], lists: None },
        &[("CLA-IP-REPR-006", "Diagnosis condition code NONE is unknown")],
    );
}

#[test]
fn an_unknown_serviced_entity_is_named_with_its_type() {
    check(
        &Asked {
            attributes: vec![("servicedEntityCode", "M-1"), ("servicedEntityTypeCode", "OBJECT")],
            lists: None,
        },
        &[("CLA-IP-REPR-011", "Serviced entity code M-1 with type OBJECT is unknown")],
    );
}

#[test]
fn a_status_that_is_not_reprocessable_cannot_be_asked_for() {
    check(
        &Asked { attributes: vec![("claimStatus", "ENTRY")], lists: None },
        &[("CLA-IP-REPR-033", "Claim status ENTRY is not a valid status for the request")],
    );
}

#[test]
fn group_and_condition_exclude_each_other() {
    check(
        &Asked {
            attributes: vec![("procedureGroupCode", "PG-1"), ("procedureConditionCode", "PREVENTIVE-UNDER-18")],
            lists: None,
        },
        &[(
            "CLA-IP-REPR-016",
            "It is not allowed to specify both a procedure group and a procedure condition",
        )],
    );
    check(
        &Asked {
            attributes: vec![
                ("procedureGroupCode", "PG-1"),
                ("diagnosisGroupCode", "DG-1"),
                ("diagnosisConditionCode", "CARIES-WITH-TOOTH"),
            ],
            lists: None,
        },
        &[(
            "CLA-IP-REPR-017",
            "It is not allowed to specify both a diagnosis group and a diagnosis condition",
        )],
    );
}

#[test]
fn a_diagnosis_condition_cannot_stand_alone() {
    check(
        &Asked { attributes: vec![("diagnosisConditionCode", "CARIES-WITH-TOOTH")], lists: None },
        &[(
            "CLA-IP-REPR-018",
            "A diagnosis condition must be specified in conjunction with a procedure group or procedure condition",
        )],
    );
}

#[test]
fn a_start_date_after_its_end_date_is_refused() {
    for attributes in [
        vec![("serviceStartDate", "2009-07-02"), ("serviceEndDate", "2009-07-01")],
        vec![("entryStartDate", "2009-07-02"), ("entryEndDate", "2009-07-01")],
    ] {
        check(
            &Asked { attributes, lists: None },
            &[("CLA-IP-REPR-019", "Start date must be before end date")],
        );
    }
}

#[test]
fn a_start_date_on_its_end_date_is_a_day() {
    let (client, _place) = Client::on(SAMPLE);
    let asked = Asked { attributes: vec![("entryStartDate", "2009-07-03"), ("entryEndDate", "2009-07-03")], lists: None };
    let count = client.post("/api/claimsreprocesscount", XML, asked.xml()).expect(200);
    assert!(count.text.contains(" count=\"1\""), "{}", count.text);
}

#[test]
fn options_name_what_is_known() {
    let lists: [(&str, &str, &str, Value); 9] = [
        (
            "CLA-IP-REPR-015",
            "Unfinalize reason NONE is unknown",
            "<claimUnfinalizeReasonList><claimUnfinalizeReason code=\"NONE\"/></claimUnfinalizeReasonList>",
            json!({ "claimUnfinalizeReasonList": [{ "code": "NONE" }] }),
        ),
        (
            "CLA-IP-REPR-020",
            "Pend reason code NONE is unknown",
            "<claimPendReasonList><claimPendReason code=\"NONE\"/></claimPendReasonList>",
            json!({ "claimPendReasonList": [{ "code": "NONE" }] }),
        ),
        (
            "CLA-IP-REPR-029",
            "Skip tag code NONE is unknown",
            "<claimTagActionList><claimTagAction tag=\"NONE\" action=\"S\"/></claimTagActionList>",
            json!({ "claimTagActionList": [{ "tag": "NONE", "action": "S" }] }),
        ),
        (
            "CLA-IP-REPR-029",
            "Skip tag code NONE is unknown",
            "<claimTagActionlist><claimTagAction tag=\"NONE\" action=\"S\"/></claimTagActionlist>",
            json!({ "claimTagActionlist": [{ "tag": "NONE", "action": "S" }] }),
        ),
        (
            "CLA-IP-REPR-030",
            "Skip tag action UNDO cannot be specified",
            "<claimTagActionList><claimTagAction tag=\"T1\" action=\"UNDO\"/></claimTagActionList>",
            json!({ "claimTagActionList": [{ "tag": "T1", "action": "UNDO" }] }),
        ),
        (
            "REPRISE-REQ-008",
            "The action of tag `T1` is `X`; it can be R, S, H or F",
            "<claimTagActionList><claimTagAction tag=\"T1\" action=\"X\"/></claimTagActionList>",
            json!({ "claimTagActionList": [{ "tag": "T1", "action": "X" }] }),
        ),
        (
            "REPRISE-REQ-011",
            "tag `T1` is given more than once",
            "<claimTagActionList><claimTagAction tag=\"T1\" action=\"R\"/><claimTagAction tag=\"T1\" action=\"S\"/>\
             </claimTagActionList>",
            json!({ "claimTagActionList": [{ "tag": "T1", "action": "R" }, { "tag": "T1", "action": "S" }] }),
        ),
        (
            "REPRISE-REQ-012",
            "Unfinalize reason UF1 has no field `colour`; its fields are: requestedBy",
            "<claimUnfinalizeReasonList><claimUnfinalizeReason code=\"UF1\">\
             <dynamicField name=\"colour\" value=\"red\"/></claimUnfinalizeReason></claimUnfinalizeReasonList>",
            json!({ "claimUnfinalizeReasonList":
                [{ "code": "UF1", "dynamicField": [{ "name": "colour", "value": "red" }] }] }),
        ),
        (
            "REPRISE-REQ-013",
            "Unfinalize reason UF2 needs a sourceReference",
            "<claimUnfinalizeReasonList><claimUnfinalizeReason code=\"UF2\"/></claimUnfinalizeReasonList>",
            json!({ "claimUnfinalizeReasonList": [{ "code": "UF2" }] }),
        ),
    ];
    let (client, _place) = Client::on(&format!("{SAMPLE}{STRICT_REASON}"));
    for (code, text, xml, json) in lists {
        check_with(&client, &Asked { attributes: Vec::new(), lists: Some((xml, json)) }, &[(code, text)]);
    }
}

#[test]
fn a_value_that_cannot_be_is_shown() {
    let (client, _place) = Client::on(SAMPLE);
    for (attribute, value, code, text) in [
        ("overrideSkip", "maybe", "005", "`overrideSkip` is `maybe`; it can be true, false, Y or N"),
        ("reprocess", "1", "005", "`reprocess` is `1`; it can be true, false, Y or N"),
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
        let asked = Asked { attributes: vec![(attribute, value)], lists: None };
        check_with(&client, &asked, &[(&format!("REPRISE-REQ-{code}"), text)]);
    }
}

#[test]
fn an_unknown_attribute_is_named_and_so_are_the_known_ones() {
    let (client, _place) = Client::on(SAMPLE);
    let asked = Asked { attributes: vec![("productcode", "GOLD")], lists: None };
    for (content_type, body) in [(XML, asked.xml()), (JSON, asked.json())] {
        let headers = [("content-type", content_type), ("accept", JSON)];
        let answer =
            client.send(axum::http::Method::POST, "/api/claimsreprocesscount", &headers, body).expect(400);
        let messages = answer.messages();
        let [(code, text)] = messages.as_slice() else { panic!("{messages:?}") };
        assert_eq!(code, "REPRISE-REQ-003");
        let text = without_places(text);
        assert!(text.starts_with("`productcode` is not known here; known are: "), "{text}");
        assert!(text.contains("productCode") && text.contains("claimPendReasonList"), "{text}");
    }
}

#[test]
fn what_is_mandatory_is_missed() {
    let (client, _place) = Client::on(SAMPLE);
    let asked = Asked { attributes: vec![("reprocess", ""), ("processType", "")], lists: None };
    for (content_type, body) in [(XML, asked.xml()), (JSON, asked.json())] {
        let missing = |name: &str| ("REPRISE-REQ-004".to_owned(), format!("`{name}` is missing; it is mandatory"));
        for (path, expected) in [
            ("/api/claimsreprocesscriteria", vec![missing("reprocess"), missing("processType")]),
            ("/api/claimsreprocesscount", vec![missing("processType")]),
        ] {
            let headers = [("content-type", content_type), ("accept", JSON)];
            let answer = client.send(axum::http::Method::POST, path, &headers, body.clone()).expect(400);
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
            ("CLA-IP-REPR-033", "Claim status ENTRY is not a valid status for the request"),
            ("REPRISE-REQ-005", "`pricingDone` is `perhaps`; it can be true, false, Y or N"),
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
    let asked = Asked { attributes: vec![("productCode", "A&amp;B")], lists: None };
    let answer = client.post("/api/claimsreprocesscount", XML, asked.xml()).expect(400);
    assert_eq!(
        answer.text,
        "<resultMessages result=\"F\" elementId=\"\"><resultMessage code=\"CLA-IP-REPR-001\">\
         Product code A&amp;B is unknown</resultMessage></resultMessages>"
    );
    assert_eq!(answer.header("content-type"), XML);
}

#[test]
fn reprocessing_itself_is_refused_in_words() {
    let (client, _place) = Client::on(SAMPLE);
    let asked = Asked { attributes: vec![("reprocess", "true")], lists: None };
    let answer = client.post("/api/claimsreprocesscriteria", JSON, asked.json()).expect(400);
    let text = "reprocess=\"true\" is not offered yet; reprocess=\"false\" lists the claims that it would reprocess";
    assert_eq!(answer.messages(), [("REPRISE-REQ-020".to_owned(), text.to_owned())]);
    // What it would reprocess can be counted.
    client.post("/api/claimsreprocesscount", JSON, asked.json()).expect(200);
}
