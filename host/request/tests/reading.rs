//! What a request body means: the same in XML and in JSON, and every way to get it wrong.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use reprise_model::{CriterionName, Message, MessageKey, TagAction, Test};
use reprise_request::{CriteriaRequest, Document, MediaType, NameMap, RequestKind, read_criteria_request};

fn read(body: &str, kind: RequestKind) -> Result<CriteriaRequest, Vec<Message>> {
    let media_type = if body.trim_start().starts_with('<') {
        MediaType::Xml
    } else {
        MediaType::Json
    };
    let document = Document::read(body.as_bytes(), media_type).map_err(|message| vec![message])?;
    read_criteria_request(&document, kind, NameMap::standard())
}

/// The findings of a criteria request, as `Key: text`.
fn findings(body: &str) -> Vec<String> {
    let messages = read(body, RequestKind::Criteria).expect_err(body);
    messages
        .iter()
        .map(|message| format!("{}: {}", message.key, message.text()))
        .collect()
}

/// An XML request of these attributes and children.
fn xml(attributes: &str, children: &str) -> String {
    format!(
        "<claimReprocessingCriteriaRequest reprocess=\"true\" processType=\"CLAIM\" {attributes}>{children}</claimReprocessingCriteriaRequest>"
    )
}

/// A JSON request of these members.
fn json(members: &str) -> String {
    let comma = if members.is_empty() { "" } else { ", " };
    format!(r#"{{"reprocess": true, "processType": "CLAIM"{comma}{members}}}"#)
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

/// Each body has this one finding.
fn check(cases: &[(String, &str)]) {
    for (body, expected) in cases {
        let found = findings(body);
        assert!(
            found.len() == 1 && found[0].starts_with(expected),
            "{body}\nexpected {expected}\nfound    {found:#?}"
        );
    }
}

#[test]
fn what_is_wrong_in_xml_is_said_with_its_place() {
    check(&[
        (
            xml("colour='red'", ""),
            "UnknownMember: `colour` (line 1, column 72) is not known here; known are: reprocess, processType, ",
        ),
        (
            xml("allowedAmount='1'", ""),
            "UnknownMember: `allowedAmount` (line 1, column 72)",
        ),
        (
            xml("productCode='A'\n productCode='B'", ""),
            "GivenTwice: `productCode` (line 2, column 2) is given more than once",
        ),
        (
            xml("productCode='A'\n productCode=''", ""),
            "GivenTwice: `productCode` (line 2, column 2)",
        ),
        (
            xml("overrideSkip='yes'", ""),
            "BadBoolean: `overrideSkip` (line 1, column 72) is `yes`; it can be true, false, Y or N",
        ),
        (
            xml("entryEndDate='01.07.2009'", ""),
            "BadDate: `entryEndDate` (line 1, column 72) is `01.07.2009`; a day is written YYYY-MM-DD",
        ),
        (xml("entryEndDate='2009-02-29'", ""), "BadDate: `entryEndDate`"),
        (
            xml("entryStartDate='2009-02-02' entryEndDate='2009-02-01'", ""),
            "StartAfterEnd: Start date must be before end date",
        ),
        (
            xml("serviceStartDate='2009-02-02' serviceEndDate='2009-02-01'", ""),
            "StartAfterEnd",
        ),
        (
            xml("servicedEntityCode='M'", ""),
            "HalfServicedEntity: servicedEntityCode and servicedEntityTypeCode are given together or not at all; servicedEntityTypeCode is missing",
        ),
        (
            xml("servicedEntityTypeCode='PERSON' servicedEntityCode=''", ""),
            "HalfServicedEntity: servicedEntityCode and servicedEntityTypeCode are given together or not at all; servicedEntityCode is missing",
        ),
        (
            xml("servicedEntityTypeCode='A&#x9;B' servicedEntityCode='M'", ""),
            "BadValue: `servicedEntityTypeCode` (line 1, column 72) has a value that it cannot have: it holds a control character",
        ),
        (
            xml("claimType='HOSPITAL'", ""),
            "UnknownClaimType: Claim type is unknown",
        ),
        (
            xml("claimStatus='INITIAL'", ""),
            "StatusNotValidForRequest: Claim status INITIAL is not a valid status for the request",
        ),
        (
            xml("claimStatus='DONE'", ""),
            "StatusNotValidForRequest: Claim status DONE is not a valid status for the request",
        ),
        (
            xml("procedureGroupCode='A' procedureConditionCode='B'", ""),
            "ProcedureGroupAndCondition",
        ),
        (
            xml(
                "procedureGroupCode='P' diagnosisGroupCode='A' diagnosisConditionCode='B'",
                "",
            ),
            "DiagnosisGroupAndCondition",
        ),
        (xml("diagnosisConditionCode='B'", ""), "DiagnosisConditionAlone"),
        (
            xml(&format!("productCode='{}'", "x".repeat(201)), ""),
            "BadValue: `productCode` (line 1, column 72) has a value that it cannot have: it is 201 bytes long; 200 are allowed",
        ),
        (
            xml("", "<productCode/>"),
            "BadValue: `productCode` (line 1, column 73) has a value that it cannot have: it is an object or element, and has to be a text",
        ),
        (
            xml("", "<claimPendReasonList/><claimPendReasonList/>"),
            "GivenTwice: `claimPendReasonList` (line 1, column 95)",
        ),
        (
            xml("", "<claimTagActionList/><claimTagActionlist/>"),
            "GivenTwice: `claimTagActionlist`",
        ),
        (
            xml("claimPendReasonList='P1'", ""),
            "BadValue: `claimPendReasonList` (line 1, column 72) has a value that it cannot have: it is the text `P1`; write it as an element with claimPendReason elements",
        ),
        (
            xml("", "<claimPendReasonList><reason code='P'/></claimPendReasonList>"),
            "UnknownMember: `reason` (line 1, column 94) is not known here; known are: claimPendReason",
        ),
        (
            xml("", "<claimPendReasonList claimPendReason='P'/>"),
            "UnknownMember: `claimPendReason` (line 1, column 94)",
        ),
        (
            xml("", "<claimPendReasonList><claimPendReason/></claimPendReasonList>"),
            "MissingMember: `code` of `claimPendReason` (line 1, column 94) is missing; it is mandatory",
        ),
        (
            xml(
                "",
                "<claimPendReasonList><claimPendReason code='P'/>\n<claimPendReason code='P'/></claimPendReasonList>",
            ),
            "GivenTwice: pend reason `P`",
        ),
        (
            xml(
                "",
                "<claimTagActionList><claimTagAction tag='T' action='UNDO'/></claimTagActionList>",
            ),
            "SkipTagUndo: Skip tag action UNDO cannot be specified",
        ),
        (
            xml(
                "",
                "<claimTagActionList><claimTagAction tag='T' action='X'/></claimTagActionList>",
            ),
            "BadTagAction: The action of tag `T` is `X`; it can be R, S, H or F",
        ),
        (
            xml(
                "",
                "<claimTagActionList><claimTagAction tag='T' action=''/></claimTagActionList>",
            ),
            "MissingMember: `action` of `claimTagAction` (line 1, column 93)",
        ),
        (
            xml(
                "",
                "<claimTagActionList><claimTagAction tag='T' action='R'/><claimTagAction tag='T' action='S'/></claimTagActionList>",
            ),
            "GivenTwice: tag `T`",
        ),
        (
            xml(
                "",
                "<claimTagActionList><claimTagAction tag='T' action='R' note='x'/></claimTagActionList>",
            ),
            "UnknownMember: `note` (line 1, column 128) is not known here; known are: tag, action",
        ),
        (
            xml(
                "",
                "<claimUnfinalizeReasonList><claimUnfinalizeReason code='U'><dynamicRecord/></claimUnfinalizeReason></claimUnfinalizeReasonList>",
            ),
            "UnknownMember: `dynamicRecord` (line 1, column 132) is not known here; known are: code, sourceReference, dynamicField",
        ),
        (
            xml(
                "",
                "<claimUnfinalizeReasonList><claimUnfinalizeReason code='U'/><claimUnfinalizeReason code='U'/></claimUnfinalizeReasonList>",
            ),
            "GivenTwice: unfinalize reason `U`",
        ),
        (
            xml(
                "",
                "<claimUnfinalizeReasonList><claimUnfinalizeReason code='U' dynamicField='x'/></claimUnfinalizeReasonList>",
            ),
            "BadValue: `dynamicField` (line 1, column 132) has a value that it cannot have: it is the text `x`, and has to be an element",
        ),
        (
            xml(
                "",
                "<claimUnfinalizeReasonList><claimUnfinalizeReason code='U'><dynamicField name='a'/></claimUnfinalizeReason></claimUnfinalizeReasonList>",
            ),
            "MissingMember: `value` of `dynamicField` (line 1, column 132)",
        ),
        (
            xml(
                "",
                "<claimUnfinalizeReasonList><claimUnfinalizeReason code='U'><dynamicField name='a' value='1'/><dynamicField name='a' value='2'/></claimUnfinalizeReason></claimUnfinalizeReasonList>",
            ),
            "GivenTwice: dynamic field `a`",
        ),
        (
            "<claimReprocessingCriteriaRequest reprocess='Y' processType='PAYMENT'/>".to_owned(),
            "UnknownProcessType: The process type is unknown",
        ),
        (
            "<claimReprocessingCriteriaRequest reprocess='Y' processType=''/>".to_owned(),
            "MissingMember: `processType` is missing; it is mandatory",
        ),
        (
            "<claimReprocessingCriteriaRequest processType='CLAIM'/>".to_owned(),
            "MissingMember: `reprocess` is missing; it is mandatory",
        ),
        (
            "<claim/>".to_owned(),
            "UnexpectedRoot: The root `claim` is not expected here; expected is claimReprocessingCriteriaRequest",
        ),
    ]);
}

#[test]
fn what_is_wrong_in_json_is_said_with_its_path() {
    check(&[
        (
            json(r#""colour": "red""#),
            "UnknownMember: `colour` is not known here; known are: reprocess, processType, ",
        ),
        (
            json(r#""productCode": "A", "productCode": "B""#),
            "GivenTwice: `productCode` is given more than once",
        ),
        (
            json(r#""pricingDone": 1"#),
            "BadBoolean: `pricingDone` is `the number 1`",
        ),
        (
            json(r#""entryEndDate": 20090701"#),
            "BadDate: `entryEndDate` is `the number 20090701`",
        ),
        (
            json(r#""claimFormCode": 4"#),
            "BadValue: `claimFormCode` has a value that it cannot have: it is the number 4; write a code, ",
        ),
        (
            json(r#""reprocessMessageCode": {"not": "A"}"#),
            "BadValue: `reprocessMessageCode` has a value that it cannot have: it is an object or element, and has to be a text",
        ),
        (
            json(r#""servicedEntityCode": "A", "servicedEntityTypeCode": {"not": "A"}"#),
            "BadValue: `servicedEntityTypeCode`",
        ),
        (
            json(r#""claimPendReasonList": {"code": "P"}"#),
            "BadValue: `claimPendReasonList` has a value that it cannot have: it is an object or element, and has to be a list",
        ),
        (
            json(r#""claimPendReasonList": ["P"]"#),
            "BadValue: `claimPendReasonList[0]` has a value that it cannot have: it is the text `P`, and has to be an object",
        ),
        (
            json(r#""claimPendReasonList": [{"code": "P"}, {}]"#),
            "MissingMember: `claimPendReasonList[1].code` is missing",
        ),
        (
            json(r#""claimPendReasonList": [{"code": true}]"#),
            "BadValue: `claimPendReasonList[0].code` has a value that it cannot have: it is true, and has to be a text",
        ),
        (
            json(r#""claimTagActionList": [{"tag": "T", "action": "UNDO"}]"#),
            "SkipTagUndo",
        ),
        (
            json(
                r#""claimUnfinalizeReasonList": [{"code": "U", "dynamicFields": [{"name": "a", "value": "1", "x": ""}]}]"#,
            ),
            "UnknownMember: `claimUnfinalizeReasonList[0].dynamicFields[0].x` is not known here; known are: name, value",
        ),
        (
            json(r#""claimUnfinalizeReasonList": [{"code": "U", "dynamicFields": [], "dynamicField": []}]"#),
            "GivenTwice: `claimUnfinalizeReasonList[0].dynamicField`",
        ),
        (
            json(r#""claimUnfinalizeReasonList": [{"code": "U", "dynamicFields": {"a": "1"}}]"#),
            "BadValue: `claimUnfinalizeReasonList[0].dynamicFields`",
        ),
        (
            json(r#""productCode": {"anyOf": []}"#),
            "BadValue: `productCode` has a value that it cannot have: `anyOf` lists no code",
        ),
        (
            json(r#""productCode": {"anyOf": ["A", ""]}"#),
            "BadValue: `productCode` has a value that it cannot have: a code in `anyOf` is empty",
        ),
        (
            json(r#""productCode": {"anyOf": ["A", 1]}"#),
            "BadValue: `productCode` has a value that it cannot have: `anyOf` lists the number 1",
        ),
        (
            json(r#""productCode": {"anyOf": "A"}"#),
            "BadValue: `productCode` has a value that it cannot have: `anyOf` is the text `A`",
        ),
        (
            json(r#""productCode": {"not": ""}"#),
            "BadValue: `productCode` has a value that it cannot have: a code in it is empty",
        ),
        (
            json(r#""productCode": {"not": {"not": "A"}}"#),
            "BadValue: `productCode` has a value that it cannot have: it is an object of `not`; write a code, ",
        ),
        (
            json(r#""productCode": {"not": "A", "anyOf": ["B"]}"#),
            "BadValue: `productCode` has a value that it cannot have: it is an object of `not`, `anyOf`",
        ),
        (
            json(r#""productCode": {}"#),
            "BadValue: `productCode` has a value that it cannot have: it is an object of nothing",
        ),
        (
            json(r#""productCode": ["A"]"#),
            "BadValue: `productCode` has a value that it cannot have: it is a list",
        ),
        (
            json(&format!(
                r#""productCode": {{"anyOf": [{}"A"]}}"#,
                "\"A\",".repeat(1000)
            )),
            "BadValue: `productCode` has a value that it cannot have: `anyOf` lists 1001 codes; 1000 are accepted",
        ),
        (
            json(r#""claimStatus": {"anyOf": ["FINALIZED", "ENTRY"]}"#),
            "StatusNotValidForRequest: Claim status ENTRY",
        ),
        (json(r#""claimType": {"not": "X"}"#), "UnknownClaimType"),
        (
            json(r#""allowedAmount": "100.00""#),
            "BadAmountRange: `allowedAmount` is not a range of amounts: it is the text `100.00`; write {",
        ),
        (
            json(r#""allowedAmount": {}"#),
            "BadAmountRange: `allowedAmount` is not a range of amounts: it has no end",
        ),
        (
            json(r#""allowedAmount": {"from": "2", "through": "1"}"#),
            "BadAmountRange: `allowedAmount` is not a range of amounts: from 2.00 is more than through 1.00",
        ),
        (
            json(r#""allowedAmount": {"from": 1.5}"#),
            "BadAmountRange: `allowedAmount` is not a range of amounts: `from` is the number 1.5; write it as a text",
        ),
        (
            json(r#""allowedAmount": {"from": "1,5"}"#),
            "BadAmountRange: `allowedAmount` is not a range of amounts: `from` is `1,5`; write a decimal number",
        ),
        (json(r#""allowedAmount": {"from": true}"#), "BadAmountRange"),
        (
            json(r#""allowedAmount": {"to": "1"}"#),
            "BadAmountRange: `allowedAmount` is not a range of amounts: `to` is not known in it",
        ),
        (
            json(r#""allowedAmount": {"from": "1", "from": "2"}"#),
            "BadAmountRange: `allowedAmount` is not a range of amounts: `from` is given more than once",
        ),
        (
            r#"{"reprocess": true, "processType": {"anyOf": ["CLAIM", "X"]}}"#.to_owned(),
            "UnknownProcessType",
        ),
        (
            r#"{"claimReprocessingCriteriaRequest": {"processType": "CLAIM"}}"#.to_owned(),
            "MissingMember: `claimReprocessingCriteriaRequest.reprocess`",
        ),
        (
            r#"{"claimReprocessingCriteriaRequest": 1}"#.to_owned(),
            "UnexpectedRoot: The root `claimReprocessingCriteriaRequest`, which is the number 1, is not expected here",
        ),
        ("[]".to_owned(), "UnexpectedRoot: The root a list is not expected here"),
        ("null".to_owned(), "UnexpectedRoot: The root null is not expected here"),
    ]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let keys = |body: &str| {
        let messages = read(body, RequestKind::Criteria).expect_err(body);
        messages.iter().map(|message| message.key).collect::<Vec<_>>()
    };
    use MessageKey::{
        BadDate, BadTagAction, DiagnosisConditionAlone, HalfServicedEntity, MissingMember, StartAfterEnd,
        UnknownMember, UnknownProcessType,
    };
    let expected = [
        UnknownMember,
        MissingMember,
        UnknownProcessType,
        BadDate,
        HalfServicedEntity,
        StartAfterEnd,
        BadTagAction,
        DiagnosisConditionAlone,
    ];
    let in_xml = r#"<claimReprocessingCriteriaRequest colour="red" processType="X" serviceStartDate="x" servicedEntityCode="M"
        entryStartDate="2009-02-02" entryEndDate="2009-02-01" diagnosisConditionCode="D">
        <claimTagActionList><claimTagAction tag="T" action="Z"/></claimTagActionList></claimReprocessingCriteriaRequest>"#;
    let in_json = r#"{"colour": "red", "processType": "X", "serviceStartDate": "x", "servicedEntityCode": "M",
        "entryStartDate": "2009-02-02", "entryEndDate": "2009-02-01", "diagnosisConditionCode": "D",
        "claimTagActionList": [{"tag": "T", "action": "Z"}]}"#;
    assert_eq!(keys(in_xml), expected);
    assert_eq!(keys(in_json), expected);
}

#[test]
fn of_very_many_findings_a_hundred_are_shown() {
    let items = vec!["{}"; 5_000].join(",");
    let found = findings(&json(&format!(r#""claimPendReasonList": [{items}]"#)));
    assert_eq!(found.len(), 101);
    assert_eq!(found[100], "MoreFindings: 4900 more findings are not shown");
}
