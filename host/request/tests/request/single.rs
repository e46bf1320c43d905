//! The request to reprocess one claim.

use reprise_model::{Message, TagAction};
use reprise_request::{NameMap, ReprocessRequest, read_reprocess_request, read_reprocess_request_in_part};

use crate::reading::document;
use crate::refusals::{check_one, texts};

fn read(body: &str) -> Result<ReprocessRequest, Vec<Message>> {
    read_reprocess_request(&document(body)?, NameMap::standard())
}

/// Each body has this one finding.
fn check(cases: &[(&str, &str)]) {
    for (body, expected) in cases {
        check_one(body, &texts(&read(body).expect_err(body)), expected);
    }
}

const EVERYTHING_XML: &str = r#"<?xml version="1.0"?>
<claim code="C&lt;001&gt;" overrideSkip="Y" preprocessingDone="false" pricingDone="true" setToHighPriority="N"
    reprocessMessageCode="CUST1">
  <claimTagActionList><claimTagAction tag="T1" action="R"/></claimTagActionList>
  <claimUnfinalizeReasonList>
    <claimUnfinalizeReason code="UF1" sourceReference="REF-9"><dynamicField name="by" value="audit"/></claimUnfinalizeReason>
  </claimUnfinalizeReasonList>
  <claimPendReasonList><claimPendReason code="P1"/></claimPendReasonList>
</claim>"#;

const EVERYTHING_JSON: &str = r#"{"code": "C<001>", "overrideSkip": true, "preprocessingDone": "N", "pricingDone": "Y",
  "setToHighPriority": false, "reprocessMessageCode": "CUST1",
  "claimTagActionList": [{"tag": "T1", "action": "R"}],
  "claimUnfinalizeReasonList": [
    {"code": "UF1", "sourceReference": "REF-9", "dynamicField": [{"name": "by", "value": "audit"}]}],
  "claimPendReasonList": [{"code": "P1"}]}"#;

#[test]
fn xml_and_json_of_the_same_content_are_the_same_request() {
    let wrapped = format!(r#"{{"claim": {EVERYTHING_JSON}}}"#);
    let request = read(EVERYTHING_XML).unwrap();
    assert_eq!(request.code, "C<001>");
    assert_eq!(request.options.override_skip, Some(true));
    assert_eq!(request.options.preprocessing_done, Some(false));
    assert_eq!(request.options.pricing_done, Some(true));
    assert_eq!(request.options.set_to_high_priority, Some(false));
    assert_eq!(request.options.reprocess_message_code.as_deref(), Some("CUST1"));
    assert_eq!(request.options.tag_actions[0].action, TagAction::Redo);
    assert_eq!(request.options.unfinalize_reasons[0].dynamic_fields[0].value, "audit");
    assert_eq!(request.options.pend_reasons, ["P1"]);
    assert_eq!(read(EVERYTHING_JSON), Ok(request.clone()));
    assert_eq!(read(&wrapped), Ok(request));
}

#[test]
fn the_list_of_tag_actions_has_two_spellings() {
    for body in [
        "<claim code='C1'><claimTagActionlist><claimTagAction tag='T' action='S'/></claimTagActionlist></claim>",
        "<claim code='C1'><claimTagActionList><claimTagAction tag='T' action='S'/></claimTagActionList></claim>",
        r#"{"code": "C1", "claimTagActionlist": [{"tag": "T", "action": "S"}]}"#,
        r#"{"code": "C1", "claimTagActionList": [{"tag": "T", "action": "S"}]}"#,
    ] {
        assert_eq!(read(body).unwrap().options.tag_actions[0].tag, "T", "{body}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    check(&[
        ("<claim/>", "MissingMember: `code` is missing; it is mandatory"),
        ("{}", "MissingMember: `code` is missing; it is mandatory"),
        (r#"{"claim": {"code": ""}}"#, "MissingMember: `claim.code` is missing"),
        (
            "<claim code='C1' processType='CLAIM'/>",
            "UnknownMember: `processType` (line 1, column 18) is not known here; known are: code, overrideSkip, \
             preprocessingDone, pricingDone, setToHighPriority, reprocessMessageCode, claimTagActionList, \
             claimUnfinalizeReasonList, claimPendReasonList",
        ),
        (
            r#"{"code": "C1", "reprocess": true}"#,
            "UnknownMember: `reprocess` is not known here; known are: code,",
        ),
        (
            r#"{"code": 7}"#,
            "BadValue: `code` has a value that it cannot have: it is the number 7, and has to be a text",
        ),
        (
            "<claim code='A&#10;B'/>",
            "BadValue: `code` (line 1, column 8) has a value that it cannot have: it holds a control character",
        ),
        ("<claim code='A' code='B'/>", "GivenTwice: `code` (line 1, column 17)"),
        (
            "<claim code='A' overrideSkip='1'/>",
            "BadBoolean: `overrideSkip` (line 1, column 17) is `1`",
        ),
        (
            "<claim code='A'><claimTagActionlist><claimTagAction tag='T' action='UNDO'/></claimTagActionlist></claim>",
            "SkipTagUndo",
        ),
        (
            "<claims/>",
            "UnexpectedRoot: The root `claims` is not expected here; expected is claim",
        ),
        (
            r#"{"claimReprocessCountRequest": {}}"#,
            "UnexpectedRoot: The root `claimReprocessCountRequest` is not expected here; expected is claim",
        ),
        (
            r#"[{"code": "C1"}]"#,
            "UnexpectedRoot: The root a list is not expected here; expected is claim",
        ),
    ]);
}

#[test]
fn a_claim_in_place_of_criteria_is_another_request_and_not_an_unknown_member() {
    let found = crate::refusals::findings(r#"{"claim": {"code": "C1"}}"#);
    check_one("", &found, "UnexpectedRoot: The root `claim` is not expected here");
    let found = crate::refusals::findings(&crate::refusals::json(r#""code": "C1""#));
    check_one(
        "",
        &found,
        "UnknownMember: `code` is not known here; known are: reprocess, processType,",
    );
}

#[test]
fn what_can_be_read_is_there_beside_what_is_wrong() {
    let body = document("<claim overrideSkip='x' reprocessMessageCode='CUST1'/>").unwrap();
    let (request, findings) = read_reprocess_request_in_part(&body, NameMap::standard()).unwrap();
    assert_eq!((request.code.as_str(), findings.len()), ("", 2));
    assert_eq!(request.options.reprocess_message_code.as_deref(), Some("CUST1"));
}

#[test]
fn a_deployment_can_spell_the_code_in_its_own_way() {
    let names = NameMap::standard().with_aliases(r#"{"claimCode": "code"}"#).unwrap();
    let body = document("<claim claimCode='C1'/>").unwrap();
    assert_eq!(read_reprocess_request(&body, &names).unwrap().code, "C1");
}
