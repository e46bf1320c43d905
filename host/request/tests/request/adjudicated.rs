//! The report that a claim was adjudicated again.

use reprise_model::{Message, ProcessingStatus};
use reprise_request::{AdjudicatedLine, AdjudicatedReport, read_adjudicated_report};

use crate::reading::document;
use crate::refusals::{check_one, texts};

fn read(body: &str) -> Result<AdjudicatedReport, Vec<Message>> {
    read_adjudicated_report(&document(body)?)
}

#[test]
fn xml_and_json_of_the_same_content_are_the_same_report() {
    let expected = AdjudicatedReport {
        status: ProcessingStatus::Finalized,
        currency: Some("USD".parse().unwrap()),
        lines: vec![
            AdjudicatedLine {
                code: "C001-1".to_owned(),
                allowed: Some("120".parse().unwrap()),
                covered: Some("96".parse().unwrap()),
            },
            AdjudicatedLine {
                code: "C001-2".to_owned(),
                allowed: Some("0".parse().unwrap()),
                covered: None,
            },
        ],
        pend_reasons: vec![],
    };
    for body in [
        "<adjudicated status='FINALIZED' currency='USD'><lines>\
         <line code='C001-1' allowedAmount='120.00' coveredAmount='96.00'/>\
         <line code='C001-2' allowedAmount='0' coveredAmount=''/></lines></adjudicated>",
        r#"{"status": "FINALIZED", "currency": "USD", "lines": [
            {"code": "C001-1", "allowedAmount": "120.00", "coveredAmount": "96.00"},
            {"code": "C001-2", "allowedAmount": 0}]}"#,
        r#"{"adjudicated": {"status": "FINALIZED", "currency": "USD", "pendReasons": [], "lines": [
            {"code": "C001-1", "allowedAmount": "120.00", "coveredAmount": "96.00"},
            {"code": "C001-2", "allowedAmount": "0.00", "coveredAmount": null}]}}"#,
    ] {
        assert_eq!(read(body).as_ref(), Ok(&expected), "{body}");
    }
}

#[test]
fn pend_reasons_come_with_a_pended_status() {
    for body in [
        "<adjudicated status='MANUAL BENEFITS'><pendReasons><pendReason code='P1'/><pendReason code='P2'/></pendReasons></adjudicated>",
        r#"{"status": "MANUAL BENEFITS", "pendReasons": [{"code": "P1"}, {"code": "P2"}]}"#,
    ] {
        let report = read(body).unwrap();
        assert_eq!(report.status, ProcessingStatus::ManualBenefits);
        assert_eq!(report.pend_reasons, ["P1", "P2"]);
        assert!(report.lines.is_empty());
    }
}

#[test]
fn an_adjudicator_leaves_a_claim_in_a_reprocessable_status() {
    for status in ProcessingStatus::ALL {
        let report = read(&format!(r#"{{"status": "{status}"}}"#));
        assert_eq!(report.is_ok(), status.is_reprocessable(), "{status}");
    }
}

#[test]
fn what_is_wrong_is_said_with_what_would_be_right() {
    for (body, expected) in [
        ("<adjudicated/>", "MissingMember: `status` is missing; it is mandatory"),
        (
            "<adjudicated status='DONE'/>",
            "BadValue: `status` (line 1, column 14) has a value that it cannot have: it is `DONE`; adjudication leaves a \
             claim in one of: CHANGE, MANUAL PRICING, MANUAL PRICING ADJUDICATION, PRICING FINALIZED, MANUAL BENEFITS, \
             MANUAL ADJUDICATION, FINALIZED",
        ),
        (
            r#"{"status": "INITIAL"}"#,
            "BadValue: `status` has a value that it cannot have: it is `INITIAL`;",
        ),
        (
            r#"{"status": 15}"#,
            "BadValue: `status` has a value that it cannot have: it is the number 15",
        ),
        (
            r#"{"status": "FINALIZED", "currency": "usd"}"#,
            "BadValue: `currency` has a value that it cannot have: it is `usd`; write the three letters of ISO 4217",
        ),
        (
            r#"{"status": "FINALIZED", "pendReasons": [{"code": "P1"}]}"#,
            "BadValue: `pendReasons` has a value that it cannot have: a claim in status FINALIZED waits for nobody; give \
             pend reasons with a pended status only",
        ),
        (
            r#"{"status": "CHANGE", "pendReasons": [{"code": "P1"}, {"code": "P1"}]}"#,
            "GivenTwice: pend reason `P1`",
        ),
        (
            r#"{"status": "CHANGE", "lines": [{"code": "L", "allowedAmount": 1.5}]}"#,
            "BadValue: `lines[0].allowedAmount` has a value that it cannot have: it is the number 1.5; write it as a text",
        ),
        (
            "<adjudicated status='CHANGE'><lines><line code='L' coveredAmount='1,50'/></lines></adjudicated>",
            "BadValue: `coveredAmount` (line 1, column 52) has a value that it cannot have: it is `1,50`; write a decimal number",
        ),
        (
            r#"{"status": "CHANGE", "lines": [{"allowedAmount": "1"}]}"#,
            "MissingMember: `lines[0].code` is missing",
        ),
        (
            r#"{"status": "CHANGE", "lines": [{"code": "L"}, {"code": "L"}]}"#,
            "GivenTwice: line `L` is given more than once",
        ),
        (
            r#"{"status": "CHANGE", "lines": [{"code": "L", "amount": "1"}]}"#,
            "UnknownMember: `lines[0].amount` is not known here; known are: code, allowedAmount, coveredAmount",
        ),
        (
            r#"{"status": "CHANGE", "allowedAmount": "1"}"#,
            "UnknownMember: `allowedAmount` is not known here; known are: status, currency, lines, pendReasons",
        ),
        (
            "<claim/>",
            "UnexpectedRoot: The root `claim` is not expected here; expected is adjudicated",
        ),
    ] {
        check_one(body, &texts(&read(body).expect_err(body)), expected);
    }
}
