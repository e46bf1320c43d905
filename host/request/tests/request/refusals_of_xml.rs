//! Every way to get a request in XML wrong, and what is said of it.

use crate::refusals::{check, xml};

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
                &format!(
                    "<claimUnfinalizeReasonList><claimUnfinalizeReason code='U' sourceReference='{}'/></claimUnfinalizeReasonList>",
                    "x".repeat(2_001)
                ),
            ),
            "BadValue: `sourceReference` (line 1, column 132) has a value that it cannot have: it is 2001 bytes long; 2000 are allowed",
        ),
        (
            xml(
                "",
                &format!(
                    "<claimUnfinalizeReasonList><claimUnfinalizeReason code='U'><dynamicField name='a' value='{}'/></claimUnfinalizeReason></claimUnfinalizeReasonList>",
                    "é".repeat(1_001)
                ),
            ),
            "BadValue: `value` (line 1, column 155) has a value that it cannot have: it is 2002 bytes long; 2000 are allowed",
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
