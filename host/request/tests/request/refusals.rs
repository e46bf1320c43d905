//! What is said of a request that is wrong: everything, at once, and no more than anybody reads.

use reprise_model::{Message, MessageKey};
use reprise_request::RequestKind;

use crate::reading::read;

/// Messages as `Key: text`.
pub(crate) fn texts(messages: &[Message]) -> Vec<String> {
    let texts = messages.iter();
    texts
        .map(|message| format!("{}: {}", message.key, message.text()))
        .collect()
}

/// The findings of a criteria request.
pub(crate) fn findings(body: &str) -> Vec<String> {
    texts(&read(body, RequestKind::Criteria).expect_err(body))
}

/// An XML request of these attributes and children.
pub(crate) fn xml(attributes: &str, children: &str) -> String {
    format!(
        "<claimReprocessingCriteriaRequest reprocess=\"true\" processType=\"CLAIM\" {attributes}>{children}</claimReprocessingCriteriaRequest>"
    )
}

/// A JSON request of these members.
pub(crate) fn json(members: &str) -> String {
    let comma = if members.is_empty() { "" } else { ", " };
    format!(r#"{{"reprocess": true, "processType": "CLAIM"{comma}{members}}}"#)
}

/// Each body has this one finding.
pub(crate) fn check(cases: &[(String, &str)]) {
    for (body, expected) in cases {
        check_one(body, &findings(body), expected);
    }
}

/// What was found wrong with a body is this one finding.
#[track_caller]
pub(crate) fn check_one(body: &str, found: &[String], expected: &str) {
    assert!(
        found.len() == 1 && found[0].starts_with(expected),
        "{body}\nexpected {expected}\nfound    {found:#?}"
    );
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
