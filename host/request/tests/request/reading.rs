//! What a request body means: the same in XML and in JSON.

use reprise_model::{CriterionName, Message, TagAction, Test};
use reprise_request::{CriteriaRequest, Document, MediaType, NameMap, RequestKind, read_criteria_request};

use crate::refusals::{findings, json, xml};

/// Reads a body's tree, in the format that it looks to be in.
pub(crate) fn document(body: &str) -> Result<Document, Vec<Message>> {
    let media_type = if body.trim_start().starts_with('<') {
        MediaType::Xml
    } else {
        MediaType::Json
    };
    Document::read(body.as_bytes(), media_type).map_err(|message| vec![message])
}

/// Reads a body all the way.
pub(crate) fn read(body: &str, kind: RequestKind) -> Result<CriteriaRequest, Vec<Message>> {
    read_criteria_request(&document(body)?, kind, NameMap::standard())
}

const LATE_AUTHORIZATION_XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<claimReprocessingCriteriaRequest
    reprocess = "true"
    processType = "CLAIM"
    entryStartDate = "2009-07-01"
    claimStatus = "FINALIZED"
    messageGroupCode = "AUTHGroup1"
    reprocessMessageCode = "CUST1">
  <claimUnfinalizeReasonList>
    <claimUnfinalizeReason code="UF1"/>
  </claimUnfinalizeReasonList>
</claimReprocessingCriteriaRequest>
"#;

const LATE_AUTHORIZATION_JSON: &str = r#"{
  "reprocess": true,
  "processType": "CLAIM",
  "entryStartDate": "2009-07-01",
  "claimStatus": "FINALIZED",
  "messageGroupCode": "AUTHGroup1",
  "reprocessMessageCode": "CUST1",
  "claimUnfinalizeReasonList": [{"code": "UF1"}]
}"#;

const EVERYTHING_XML: &str = r#"
<!-- everything that a request can give but what excludes something else -->
<r:claimReprocessingCriteriaRequest xmlns:r="urn:example" xmlns:xsi="urn:xsi" xsi:schemaLocation="x" reprocess="N"
    processType="RESERVATION" serviceStartDate="2009-01-01" serviceEndDate="2009-12-31"
    servicedEntityCode="M-1" servicedEntityTypeCode="PERSON" entryStartDate="" entryEndDate="2009-08-01"
    claimFormCode="UB04" claimType="PROVIDER" claimStatus="MANUAL PRICING" procedureGroupCode="PG-1"
    diagnosisConditionCode="chronic" benefitsProviderGroupCode="BG" priceProviderGroupCode="RG"
    serviceProviderGroupCode="SG" locationProviderGroupCode="LG" claimantProviderGroupCode="CG"
    productCode="GOLD &amp; &#x53;ILVER" coverageRegimeCode="REG-A" feeScheduleCode="FS-1" messageGroupCode="MG"
    pendReasonCode="PR-1" overrideSkip="Y" preprocessingDone="true" pricingDone="false" setToHighPriority="N"
    reprocessMessageCode="CUST1">
  <claimTagActionlist><claimTagAction tag="T1" action="R"/><claimTagAction tag="T2" action="F"></claimTagAction></claimTagActionlist>
  <?skip me?>
  <r:claimUnfinalizeReasonList>
    <claimUnfinalizeReason code="UF1" sourceReference="REF-9">
      <dynamicField name="requestedBy" value="audit"/>
      <dynamicField name="when" value="now"/>
    </claimUnfinalizeReason>
    <claimUnfinalizeReason code="UF2" sourceReference=""/>
  </r:claimUnfinalizeReasonList>
  <claimPendReasonList><claimPendReason code="P1"/><![CDATA[
  ]]><claimPendReason code="P2"/></claimPendReasonList>
</r:claimReprocessingCriteriaRequest>"#;

const EVERYTHING_JSON: &str = r#"{"claimReprocessingCriteriaRequest": {
  "claimPendReasonList": [{"code": "P1"}, {"code": "P2"}],
  "claimUnfinalizeReasonList": [
    {"code": "UF1", "sourceReference": "REF-9",
     "dynamicField": [{"name": "requestedBy", "value": "audit"}, {"name": "when", "value": "now"}]},
    {"code": "UF2", "sourceReference": null, "dynamicFields": []}
  ],
  "claimTagActionList": [{"tag": "T1", "action": "R"}, {"tag": "T2", "action": "F"}],
  "reprocess": false, "processType": "RESERVATION", "serviceStartDate": "2009-01-01", "serviceEndDate": "2009-12-31",
  "servicedEntityCode": "M-1", "servicedEntityTypeCode": "PERSON", "entryStartDate": null,
  "entryEndDate": "2009-08-01", "claimFormCode": "UB04", "claimType": "PROVIDER", "claimStatus": "MANUAL PRICING",
  "procedureGroupCode": "PG-1", "diagnosisConditionCode": "chronic", "benefitsProviderGroupCode": "BG",
  "priceProviderGroupCode": "RG", "serviceProviderGroupCode": "SG", "locationProviderGroupCode": "LG",
  "claimantProviderGroupCode": "CG", "productCode": {"anyOf": ["GOLD & SILVER"]}, "coverageRegimeCode": "REG-A",
  "feeScheduleCode": "FS-1", "messageGroupCode": "MG", "pendReasonCode": "PR-1", "overrideSkip": "Y",
  "preprocessingDone": "true", "pricingDone": false, "setToHighPriority": "N", "reprocessMessageCode": "CUST1"
}}"#;

#[test]
fn the_late_authorization_request_is_read() {
    let request = read(LATE_AUTHORIZATION_XML, RequestKind::Criteria).unwrap();
    assert!(request.reprocess);
    let names: Vec<_> = request.criteria.iter().map(|criterion| criterion.name).collect();
    use CriterionName::{ClaimStatus, EntryDate, MessageGroup, ProcessType};
    assert_eq!(names, [ProcessType, EntryDate, ClaimStatus, MessageGroup]);
    assert_eq!(
        request.criteria[1].test,
        Test::Days {
            from: Some("2009-07-01".parse().unwrap()),
            through: None
        }
    );
    assert_eq!(request.criteria[3].test, Test::AnyOf(vec!["AUTHGroup1".to_owned()]));
    assert_eq!(request.options.reprocess_message_code.as_deref(), Some("CUST1"));
    assert_eq!(request.options.unfinalize_reasons[0].code, "UF1");
    assert_eq!(request.options.override_skip, None);
}

#[test]
fn xml_and_json_of_the_same_content_are_the_same_request() {
    for (in_xml, in_json) in [
        (LATE_AUTHORIZATION_XML, LATE_AUTHORIZATION_JSON),
        (EVERYTHING_XML, EVERYTHING_JSON),
        (&xml("", ""), &json("")),
        (
            &xml("", "<claimPendReasonList/>"),
            &json(r#""claimPendReasonList": []"#),
        ),
        (
            &xml("claimPendReasonList=''", ""),
            &json(r#""claimPendReasonList": null"#),
        ),
    ] {
        for kind in [RequestKind::Criteria, RequestKind::Count] {
            let request = read(in_xml, kind);
            assert!(request.is_ok(), "{request:?}");
            assert_eq!(request, read(in_json, kind));
        }
    }
}

#[test]
fn everything_given_is_in_the_request() {
    let request = read(EVERYTHING_XML, RequestKind::Criteria).unwrap();
    assert!(!request.reprocess);
    let names: Vec<_> = request.criteria.iter().map(|criterion| criterion.name).collect();
    use CriterionName::{AllowedAmount, CoveredAmount, DiagnosisGroup, ProcedureCondition};
    let not_given = [DiagnosisGroup, ProcedureCondition, AllowedAmount, CoveredAmount];
    let expected = CriterionName::ALL
        .iter()
        .copied()
        .filter(|name| !not_given.contains(name));
    assert_eq!(names, expected.collect::<Vec<_>>());
    let options = request.options;
    assert_eq!(
        (
            options.override_skip,
            options.preprocessing_done,
            options.pricing_done,
            options.set_to_high_priority
        ),
        (Some(true), Some(true), Some(false), Some(false))
    );
    let tags: Vec<_> = options
        .tag_actions
        .iter()
        .map(|entry| (entry.tag.as_str(), entry.action))
        .collect();
    assert_eq!(tags, [("T1", TagAction::Redo), ("T2", TagAction::Force)]);
    assert_eq!(options.unfinalize_reasons[0].source_reference.as_deref(), Some("REF-9"));
    assert_eq!(options.unfinalize_reasons[0].dynamic_fields[1].value, "now");
    assert_eq!(options.unfinalize_reasons[1].source_reference, None);
    assert_eq!(options.pend_reasons, ["P1", "P2"]);
}

#[test]
fn what_an_unfinalize_reason_says_may_be_as_long_as_is_allowed() {
    let long = "x".repeat(2_000);
    let reasons = format!(
        r#"{{"code": "U", "sourceReference": "{long}", "dynamicField": [{{"name": "a", "value": "{long}"}}]}}"#
    );
    let body = json(&format!(r#""claimUnfinalizeReasonList": [{reasons}]"#));
    let request = read(&body, RequestKind::Criteria).expect("a request");
    let reason = &request.options.unfinalize_reasons[0];
    assert_eq!(reason.source_reference.as_ref(), Some(&long));
    assert_eq!(reason.dynamic_fields[0].value, long);
}

#[test]
fn a_count_takes_its_own_root_and_the_criteria_body() {
    for body in [
        r#"<claimReprocessCountRequest processType="CLAIM"/>"#,
        r#"<claimReprocessingCriteriaRequest processType="CLAIM"/>"#,
        r#"{"processType": "CLAIM"}"#,
        r#"{"claimReprocessCountRequest": {"processType": "CLAIM"}}"#,
        r#"{"claimReprocessingCriteriaRequest": {"processType": "CLAIM"}}"#,
    ] {
        assert!(read(body, RequestKind::Count).is_ok(), "{body}");
    }
    assert_eq!(
        findings(r#"<claimReprocessCountRequest reprocess="Y" processType="CLAIM"/>"#),
        [
            "UnexpectedRoot: The root `claimReprocessCountRequest` is not expected here; expected is claimReprocessingCriteriaRequest"
        ]
    );
}

#[test]
fn a_deployment_can_add_its_own_spelling() {
    let names = NameMap::standard()
        .with_aliases(r#"{"procType": "processType"}"#)
        .unwrap();
    for body in [
        r#"{"reprocess": "N", "procType": "CLAIM"}"#,
        "<claimReprocessingCriteriaRequest reprocess='N' procType='CLAIM'/>",
    ] {
        let media_type = if body.starts_with('<') {
            MediaType::Xml
        } else {
            MediaType::Json
        };
        let document = Document::read(body.as_bytes(), media_type).unwrap();
        assert!(read_criteria_request(&document, RequestKind::Criteria, &names).is_ok());
        assert!(read_criteria_request(&document, RequestKind::Criteria, NameMap::standard()).is_err());
    }
    let both = br#"{"reprocess": "N", "procType": "CLAIM", "processType": "CLAIM"}"#;
    let document = Document::read(both, MediaType::Json).unwrap();
    let messages = read_criteria_request(&document, RequestKind::Criteria, &names).unwrap_err();
    assert_eq!(
        messages.iter().map(Message::text).collect::<Vec<_>>(),
        ["`processType` is given more than once"]
    );
}

#[test]
fn json_can_ask_for_several_codes_their_opposite_and_amounts() {
    let codes = |codes: &[&str]| Test::AnyOf(codes.iter().map(|code| (*code).to_owned()).collect());
    let amounts = |from: Option<&str>, through: Option<&str>| Test::Amounts {
        from: from.map(|text| text.parse().unwrap()),
        through: through.map(|text| text.parse().unwrap()),
    };
    for (member, negated, test) in [
        (r#""productCode": {"anyOf": ["A", "B"]}"#, false, codes(&["A", "B"])),
        (r#""productCode": {"not": "A"}"#, true, codes(&["A"])),
        (
            r#""productCode": {"not": {"anyOf": ["A", "B"]}}"#,
            true,
            codes(&["A", "B"]),
        ),
        (
            r#""claimType": {"anyOf": ["PROVIDER", "RESTITUTION"]}"#,
            false,
            codes(&["PROVIDER", "RESTITUTION"]),
        ),
        (r#""claimStatus": {"not": "FINALIZED"}"#, true, codes(&["FINALIZED"])),
        (
            r#""allowedAmount": {"from": "100.00", "through": "200.00"}"#,
            false,
            amounts(Some("100"), Some("200")),
        ),
        (r#""coveredAmount": {"from": 100}"#, false, amounts(Some("100"), None)),
        (
            r#""coveredAmount": {"through": "-0.5", "from": ""}"#,
            false,
            amounts(None, Some("-0.5")),
        ),
        (
            r#""coveredAmount": {"from": "1", "through": "1"}"#,
            false,
            amounts(Some("1"), Some("1")),
        ),
    ] {
        let request = read(&json(member), RequestKind::Criteria).unwrap();
        assert_eq!(
            (request.criteria[1].negated, &request.criteria[1].test),
            (negated, &test),
            "{member}"
        );
    }
}
