//! Every way to get a request in JSON wrong, and what is said of it.

use crate::refusals::{check, json};

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
            json(&format!(
                r#""claimUnfinalizeReasonList": [{{"code": "U", "sourceReference": "{}"}}]"#,
                "x".repeat(2_001)
            )),
            "BadValue: `claimUnfinalizeReasonList[0].sourceReference` has a value that it cannot have: it is 2001 bytes long; 2000 are allowed",
        ),
        (
            json(&format!(
                r#""claimUnfinalizeReasonList": [{{"code": "U", "dynamicFields": [{{"name": "a", "value": "{}"}}]}}]"#,
                "x".repeat(2_001)
            )),
            "BadValue: `claimUnfinalizeReasonList[0].dynamicFields[0].value` has a value that it cannot have: it is 2001 bytes long; 2000 are allowed",
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
        (
            r#"{"claimReprocessCountRequest": {"processType": "CLAIM"}}"#.to_owned(),
            "UnexpectedRoot: The root `claimReprocessCountRequest` is not expected here",
        ),
        ("[]".to_owned(), "UnexpectedRoot: The root a list is not expected here"),
        ("null".to_owned(), "UnexpectedRoot: The root null is not expected here"),
    ]);
}
