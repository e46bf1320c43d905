//! Every message about claims, criteria and options, on each kind of request that it belongs to: single, batch, criteria
//! and count. None of them changes anything but for the one that says so.

use serde_json::{Value, json};

use super::world::{NAMES, World, line, merge, on_both};
use crate::http::client::{Answer, JSON, XML};
use crate::support::claim_line;

/// A message about what a request asks for, which refuses the request before anything is done.
struct Refused {
    code: &'static str,
    text: &'static str,
    /// What provokes it.
    asked: Value,
}

fn refused(code: &'static str, text: &'static str, asked: Value) -> Refused {
    Refused { code, text, asked }
}

/// Messages about criteria: on criteria requests and counts.
fn about_criteria() -> Vec<Refused> {
    let unknown = |code, text, attribute: &str| refused(code, text, json!({ attribute: "NONE" }));
    vec![
        unknown("CLA-IP-REPR-001", "Product code NONE is unknown", "productCode"),
        unknown(
            "CLA-IP-REPR-002",
            "Provider group code NONE is unknown",
            "priceProviderGroupCode",
        ),
        unknown(
            "CLA-IP-REPR-003",
            "Procedure group code NONE is unknown",
            "procedureGroupCode",
        ),
        unknown(
            "CLA-IP-REPR-004",
            "Procedure condition code NONE is unknown",
            "procedureConditionCode",
        ),
        unknown(
            "CLA-IP-REPR-005",
            "Diagnosis group code NONE is unknown",
            "diagnosisGroupCode",
        ),
        refused(
            "CLA-IP-REPR-006",
            "Diagnosis condition code NONE is unknown",
            json!({ "procedureConditionCode": "PREVENTIVE-UNDER-18", "diagnosisConditionCode": "NONE" }),
        ),
        unknown("CLA-IP-REPR-007", "Regime code NONE is unknown", "coverageRegimeCode"),
        unknown("CLA-IP-REPR-009", "Claim Form NONE is unknown", "claimFormCode"),
        refused(
            "CLA-IP-REPR-011",
            "Serviced entity code NONE with type PERSON is unknown",
            json!({ "servicedEntityCode": "NONE", "servicedEntityTypeCode": "PERSON" }),
        ),
        unknown(
            "CLA-IP-REPR-012",
            "Message group code NONE is unknown",
            "messageGroupCode",
        ),
        refused(
            "CLA-IP-REPR-016",
            "It is not allowed to specify both a procedure group and a procedure condition",
            json!({ "procedureGroupCode": "PG", "procedureConditionCode": "PREVENTIVE-UNDER-18" }),
        ),
        refused(
            "CLA-IP-REPR-017",
            "It is not allowed to specify both a diagnosis group and a diagnosis condition",
            json!({
                "procedureGroupCode": "PG", "diagnosisGroupCode": "DG", "diagnosisConditionCode": "CARIES-WITH-TOOTH",
            }),
        ),
        refused(
            "CLA-IP-REPR-018",
            "A diagnosis condition must be specified in conjunction with a procedure group or procedure condition",
            json!({ "diagnosisConditionCode": "CARIES-WITH-TOOTH" }),
        ),
        refused(
            "CLA-IP-REPR-019",
            "Start date must be before end date",
            json!({ "serviceStartDate": "2009-07-02", "serviceEndDate": "2009-07-01" }),
        ),
        unknown("CLA-IP-REPR-020", "Pend reason code NONE is unknown", "pendReasonCode"),
        unknown("CLA-IP-REPR-021", "The process type is unknown", "processType"),
        unknown(
            "CLA-IP-REPR-031",
            "Fee schedule code NONE is unknown",
            "feeScheduleCode",
        ),
        unknown("CLA-IP-REPR-032", "Claim type is unknown", "claimType"),
        refused(
            "CLA-IP-REPR-033",
            "Claim status PRICING DONE is not a valid status for the request",
            json!({ "claimStatus": "PRICING DONE" }),
        ),
        refused(
            "REPRISE-REQ-006",
            "`entryEndDate` is `2009-02-30`; a day is written YYYY-MM-DD, such as 2009-07-01",
            json!({ "entryEndDate": "2009-02-30" }),
        ),
        refused(
            "REPRISE-REQ-007",
            "servicedEntityCode and servicedEntityTypeCode are given together or not at all; servicedEntityTypeCode is \
             missing",
            json!({ "servicedEntityCode": "M-1" }),
        ),
    ]
}

/// Messages about options: on every kind of request.
fn about_options() -> Vec<Refused> {
    vec![
        refused(
            "CLA-IP-REPR-008",
            "Message code NONE is unknown",
            json!({ "reprocessMessageCode": "NONE" }),
        ),
        refused(
            "CLA-IP-REPR-015",
            "Unfinalize reason NONE is unknown",
            json!({ "claimUnfinalizeReasonList": [{ "code": "NONE" }] }),
        ),
        refused(
            "CLA-IP-REPR-020",
            "Pend reason code NONE is unknown",
            json!({ "claimPendReasonList": [{ "code": "NONE" }] }),
        ),
        refused(
            "CLA-IP-REPR-029",
            "Skip tag code NONE is unknown",
            json!({ "claimTagActionList": [{ "tag": "NONE", "action": "R" }] }),
        ),
        refused(
            "CLA-IP-REPR-030",
            "Skip tag action UNDO cannot be specified",
            json!({ "claimTagActionList": [{ "tag": "T1", "action": "UNDO" }] }),
        ),
        refused(
            "REPRISE-REQ-008",
            "The action of tag `T1` is `r`; it can be R, S, H or F",
            json!({ "claimTagActionList": [{ "tag": "T1", "action": "r" }] }),
        ),
        refused(
            "REPRISE-REQ-011",
            "pend reason `QUIET` is given more than once",
            json!({ "claimPendReasonList": [{ "code": "QUIET" }, { "code": "QUIET" }] }),
        ),
        refused(
            "REPRISE-REQ-012",
            "Unfinalize reason UF1 has no field `colour`; its fields are: requestedBy, note",
            json!({ "claimUnfinalizeReasonList":
                [{ "code": "UF1", "dynamicField": [{ "name": "colour", "value": "red" }] }] }),
        ),
        refused(
            "REPRISE-REQ-013",
            "Unfinalize reason UFREF needs a sourceReference",
            json!({ "claimUnfinalizeReasonList": [{ "code": "UFREF" }] }),
        ),
    ]
}

/// Claims that would be processed again, and what the requests of the tables name.
fn lines() -> String {
    let groups = concat!(
        r#"{"kind":"procedureGroup","payer":"ACME","code":"PG","members":[]}"#,
        "\n",
        r#"{"kind":"diagnosisGroup","payer":"ACME","code":"DG","members":[]}"#,
        "\n",
    );
    let claims = [
        claim_line("C1", &json!({ "status": "CHANGE" })),
        claim_line("C2", &json!({ "status": "MANUAL PRICING" })),
    ];
    format!("{NAMES}{groups}{}", claims.concat())
}

/// A refusal of the request itself, with one message.
#[track_caller]
fn check_refused(answer: Answer, case: &Refused) {
    let answer = answer.expect(400);
    assert_eq!(
        answer.json(),
        json!({ "resultMessages": [{
            "result": "F", "elementId": "", "messages": [{ "code": case.code, "text": case.text }],
        }] }),
    );
}

/// Criteria request and count refuse it alike, and no activity is there for it.
fn check_criteria_and_count(world: &World, case: &Refused) {
    for path in ["/api/claimsreprocesscriteria", "/api/claimsreprocesscount"] {
        let mut body = json!({ "reprocess": true, "processType": "CLAIM" });
        merge(&mut body, &case.asked);
        check_refused(world.client.post_json(path, &body), case);
    }
}

#[test]
fn a_criterion_that_cannot_be_asked_refuses_criteria_request_and_count() {
    on_both(&lines(), |world| {
        let before = world.everything();
        for case in about_criteria() {
            check_criteria_and_count(world, &case);
        }
        assert_eq!(world.everything(), before);
        assert_eq!(world.client.get("/api/activities").json()["activities"], json!([]));
    });
}

#[test]
fn an_option_that_cannot_be_refuses_every_request_and_in_a_batch_its_entry() {
    on_both(&lines(), |world| {
        let before = world.everything();
        let mut entries = Vec::new();
        for case in about_options() {
            check_criteria_and_count(world, &case);
            check_refused(world.reprocess("C1", &case.asked), &case);
            let mut entry = json!({ "code": "C1" });
            merge(&mut entry, &case.asked);
            entries.push(entry);
        }
        world.data_file("OPTIONS", JSON, Value::Array(entries).to_string());
        let activity = world.batch("OPTIONS");
        assert_eq!(activity["status"], "completed with errors");
        let results = world.client.results(&activity);
        assert_eq!(results.len(), about_options().len());
        for (result, case) in results.iter().zip(about_options()) {
            let message = json!({ "code": case.code, "text": case.text });
            assert_eq!(
                *result,
                json!({ "elementId": "C1", "result": "F", "messages": [message] })
            );
        }
        assert_eq!(world.everything(), before);
    });
}

/// A claim that stays as it is, and what is said of it.
struct Stays {
    code: &'static str,
    text: &'static str,
    /// The claim; none if there is none.
    claim: Option<Value>,
    /// The status of the answer to a single request.
    status: u16,
    /// What a dry run says; none if the claim is not listed.
    foretold: Option<&'static str>,
    /// What a run says.
    told: Option<&'static str>,
}

#[test]
fn a_claim_that_stays_as_it_is_has_its_reason_wherever_it_is_asked_for() {
    let cases = [
        Stays {
            code: "CLA-IP-REPR-010",
            text: "Claim code C0 is unknown",
            claim: None,
            status: 404,
            foretold: None,
            told: None,
        },
        Stays {
            code: "CLA-IP-REPR-013",
            text: "Claim C1 cannot be reprocessed due to its current status",
            claim: Some(json!({ "status": "PRICING DONE" })),
            status: 409,
            foretold: None,
            told: None,
        },
        Stays {
            code: "CLA-IP-REPR-014",
            text: "Claim C2 is finalized. At least 1 unfinalize reason must be supplied to unfinalize the claim",
            claim: Some(json!({ "status": "PRICING FINALIZED" })),
            status: 409,
            foretold: Some("CLA-IP-REPR-023"),
            told: Some("CLA-IP-REPR-014"),
        },
        Stays {
            code: "CLA-IP-REPR-027",
            text: "The claim cannot be unfinalized because it is settled",
            claim: Some(json!({ "settlementReason": "PAID" })),
            status: 409,
            foretold: Some("CLA-IP-REPR-027"),
            told: Some("CLA-IP-REPR-027"),
        },
        Stays {
            code: "CLA-IP-REPR-028",
            text: "Claim C4 cannot be reprocessed because it is locked by another process",
            claim: Some(json!({ "status": "CHANGE", "lockedBy": "nightly-run" })),
            status: 409,
            foretold: Some("CLA-IP-REPR-028"),
            told: Some("CLA-IP-REPR-028"),
        },
        Stays {
            code: "CLA-IP-REPR-028",
            text: "Claim C5 cannot be reprocessed because it is locked by another process",
            claim: Some(json!({ "status": "CHANGE" })),
            status: 409,
            // A lease is found out about when it is the claim's turn.
            foretold: Some("CLA-IP-REPR-023"),
            told: Some("CLA-IP-REPR-028"),
        },
    ];
    on_both(NAMES, |world| {
        let code = |number: usize| format!("C{number}");
        for (number, case) in cases.iter().enumerate() {
            if let Some(claim) = &case.claim {
                world.import(&claim_line(&code(number), claim));
            }
        }
        let leased = world.id("C5");
        let held = world.store.write(|transaction| {
            transaction.lock_claims(&[leased], "activity 99", std::time::Duration::from_secs(600))
        });
        assert_eq!(held, Ok(Vec::new()));
        let before = world.everything();

        for (number, case) in cases.iter().enumerate() {
            let answer = world.reprocess(&code(number), &json!({})).expect(case.status);
            let message = json!({ "code": case.code, "text": case.text });
            let entry = json!({ "result": "F", "elementId": code(number), "messages": [message] });
            assert_eq!(answer.json(), json!({ "resultMessages": [entry] }));
        }

        let entries: Vec<_> = (0..cases.len()).map(|number| json!({ "code": code(number) })).collect();
        world.data_file("STAYS", JSON, Value::Array(entries).to_string());
        let batch = world.batch("STAYS");
        for (number, (result, case)) in world.client.results(&batch).iter().zip(&cases).enumerate() {
            let message = json!({ "code": case.code, "text": case.text });
            assert_eq!(
                *result,
                json!({ "elementId": code(number), "result": "F", "messages": [message] })
            );
        }

        let dry_run = world.listed(&world.run(&json!({ "reprocess": false })));
        let foretold = cases.iter().enumerate().filter_map(|(number, case)| {
            let told = case.foretold?;
            Some(line(
                &code(number),
                if told == "CLA-IP-REPR-023" { "S" } else { "F" },
                told,
            ))
        });
        let remark = line("", "S", "REPRISE-REQ-023");
        assert_eq!(dry_run, foretold.chain([remark]).collect::<Vec<_>>());

        let run = world.run(&json!({}));
        assert_eq!(run["status"], "completed with errors");
        let told = cases
            .iter()
            .enumerate()
            .filter_map(|(number, case)| Some(line(&code(number), "F", case.told?)));
        assert_eq!(world.listed(&run), told.collect::<Vec<_>>());
        assert_eq!(world.everything(), before);
    });
}

#[test]
fn a_claim_that_is_scheduled_says_so_wherever_it_is_asked_for() {
    on_both(&lines(), |world| {
        let scheduled = |code: &str| vec![line(code, "S", "CLA-IP-REPR-022")];
        let activity = world.run(&json!({ "reprocess": false, "claimStatus": "CHANGE" }));
        assert_eq!(world.listed(&activity), [line("C1", "S", "CLA-IP-REPR-023")]);
        assert_eq!(world.status("C1"), "CHANGE");
        let activity = world.run(&json!({ "claimStatus": "CHANGE" }));
        assert_eq!(world.listed(&activity), scheduled("C1"));
        world.data_file("BATCH", JSON, json!([{ "code": "C2" }]).to_string());
        let activity = world.batch("BATCH");
        assert_eq!(activity["status"], "completed");
        assert_eq!(world.listed(&activity), scheduled("C2"));
        world.import(&claim_line("C3", &json!({ "status": "CHANGE" })));
        let xml = world
            .client
            .post("/api/claimsreprocess", XML, "<claim code=\"C3\"/>")
            .expect(200);
        assert_eq!(
            xml.text,
            "<resultMessages result=\"S\" elementId=\"C3\"><resultMessage code=\"CLA-IP-REPR-022\">Claim with code C3 is \
             scheduled for reprocessing</resultMessage></resultMessages>"
        );
        for code in ["C1", "C2", "C3"] {
            assert_eq!(world.status(code), "INITIAL");
        }
    });
}

#[test]
fn everything_that_is_wrong_with_a_request_for_one_claim_is_said_at_once() {
    on_both(&lines(), |world| {
        let answer = world.reprocess(
            "C1",
            &json!({
                "pricingDone": "maybe", "reprocessMessageCode": "NONE", "colour": "red",
                "claimTagActionList": [{ "tag": "NONE", "action": "UNDO" }, { "tag": "T1", "action": "S" }],
            }),
        );
        let codes: Vec<_> = answer
            .expect(400)
            .messages()
            .into_iter()
            .map(|(code, _)| code)
            .collect();
        assert_eq!(
            codes,
            [
                "REPRISE-REQ-003",
                "REPRISE-REQ-005",
                "CLA-IP-REPR-030",
                "CLA-IP-REPR-008"
            ]
        );
        let nameless = world
            .client
            .post_json("/api/claimsreprocess", &json!({ "pricingDone": true }))
            .expect(400);
        let text = "`code` is missing; it is mandatory".to_owned();
        assert_eq!(nameless.messages(), [("REPRISE-REQ-004".to_owned(), text)]);
    });
}

#[test]
fn a_deployments_own_codes_stand_in_answers_and_data_files() {
    on_both(&lines(), |world| {
        let caller = world.caller_of(|api| {
            let table = r#"{"Scheduled":"OK-1","StatusNotReprocessable":"NO-2","UnknownMessage":"NO-3"}"#;
            let table = reprise_request::MessageTable::with_overrides(table).expect("a table");
            api.messages = std::sync::Arc::new(table);
        });
        let single = |body: Value| caller.post_json("/api/claimsreprocess", &body);
        assert_eq!(single(json!({ "code": "C1" })).expect(200).messages()[0].0, "OK-1");
        assert_eq!(single(json!({ "code": "C1" })).expect(409).messages()[0].0, "NO-2");
        let unknown = single(json!({ "code": "C1", "reprocessMessageCode": "NONE" }));
        assert_eq!(unknown.expect(400).messages()[0].0, "NO-3");
        assert_eq!(
            single(json!({ "code": "NONE" })).expect(404).messages()[0].0,
            "CLA-IP-REPR-010"
        );

        let activity = caller.ended(&caller.accepted(JSON, r#"{"reprocess":true,"processType":"CLAIM"}"#));
        let results = caller.results(&activity);
        assert_eq!(
            results.iter().map(super::world::outcome).collect::<Vec<_>>(),
            [line("C2", "S", "OK-1")]
        );
        let file = crate::http::client::link(&activity, "file");
        assert!(caller.get_xml(file).text.contains("<resultMessage code=\"OK-1\">"));
        // What was said is kept by what it means, not by its code.
        assert!(
            world
                .client
                .get_xml(file)
                .text
                .contains("<resultMessage code=\"CLA-IP-REPR-022\">")
        );
    });
}
