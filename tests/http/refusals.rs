//! What a request cannot name and cannot combine: every message about codes, by both requests and in both formats.

use serde_json::{Value, json};

use super::Client;
use super::asked::{Asked, STRICT_REASON, check, check_with};
use super::client::XML;
use crate::support::SAMPLE;

#[test]
fn an_unknown_code_is_named() {
    let (client, _place) = Client::on(SAMPLE);
    for (attribute, code, text) in [
        ("productCode", "001", "Product code NONE is unknown"),
        (
            "benefitsProviderGroupCode",
            "002",
            "Provider group code NONE is unknown",
        ),
        ("priceProviderGroupCode", "002", "Provider group code NONE is unknown"),
        ("serviceProviderGroupCode", "002", "Provider group code NONE is unknown"),
        (
            "locationProviderGroupCode",
            "002",
            "Provider group code NONE is unknown",
        ),
        (
            "claimantProviderGroupCode",
            "002",
            "Provider group code NONE is unknown",
        ),
        ("procedureGroupCode", "003", "Procedure group code NONE is unknown"),
        (
            "procedureConditionCode",
            "004",
            "Procedure condition code NONE is unknown",
        ),
        ("diagnosisGroupCode", "005", "Diagnosis group code NONE is unknown"),
        ("coverageRegimeCode", "007", "Regime code NONE is unknown"),
        ("reprocessMessageCode", "008", "Message code NONE is unknown"),
        ("claimFormCode", "009", "Claim Form NONE is unknown"),
        ("messageGroupCode", "012", "Message group code NONE is unknown"),
        ("pendReasonCode", "020", "Pend reason code NONE is unknown"),
        ("processType", "021", "The process type is unknown"),
        ("feeScheduleCode", "031", "Fee schedule code NONE is unknown"),
        ("claimType", "032", "Claim type is unknown"),
        (
            "claimStatus",
            "033",
            "Claim status NONE is not a valid status for the request",
        ),
    ] {
        let asked = Asked {
            attributes: vec![(attribute, "NONE")],
            lists: None,
        };
        check_with(&client, &asked, &[(&format!("CLA-IP-REPR-{code}"), text)]);
    }
}

#[test]
fn an_unknown_diagnosis_condition_is_named() {
    check(
        &Asked {
            attributes: vec![("procedureGroupCode", "PG-1"), ("diagnosisConditionCode", "NONE")],
            lists: None,
        },
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
        &[(
            "CLA-IP-REPR-011",
            "Serviced entity code M-1 with type OBJECT is unknown",
        )],
    );
}

#[test]
fn a_status_that_is_not_reprocessable_cannot_be_asked_for() {
    check(
        &Asked {
            attributes: vec![("claimStatus", "ENTRY")],
            lists: None,
        },
        &[(
            "CLA-IP-REPR-033",
            "Claim status ENTRY is not a valid status for the request",
        )],
    );
}

#[test]
fn group_and_condition_exclude_each_other() {
    check(
        &Asked {
            attributes: vec![
                ("procedureGroupCode", "PG-1"),
                ("procedureConditionCode", "PREVENTIVE-UNDER-18"),
            ],
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
        &Asked {
            attributes: vec![("diagnosisConditionCode", "CARIES-WITH-TOOTH")],
            lists: None,
        },
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
            &Asked {
                attributes,
                lists: None,
            },
            &[("CLA-IP-REPR-019", "Start date must be before end date")],
        );
    }
}

#[test]
fn a_start_date_on_its_end_date_is_a_day() {
    let (client, _place) = Client::on(SAMPLE);
    let asked = Asked {
        attributes: vec![("entryStartDate", "2009-07-03"), ("entryEndDate", "2009-07-03")],
        lists: None,
    };
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
        check_with(
            &client,
            &Asked {
                attributes: Vec::new(),
                lists: Some((xml, json)),
            },
            &[(code, text)],
        );
    }
}
