//! What becomes of a claim that is sent through processing again, step by step: the smallest claim that shows the step,
//! what is asked, and all that is different afterwards.

use serde_json::{Value, json};

use super::world::{NAMES, World, merge, on_both};
use crate::support::{claim_line, decided_by};

/// A claim and a request that show one thing.
struct Case {
    /// What it shows.
    shows: &'static str,
    /// What the claim has, over a finalized claim with one line.
    claim: Value,
    /// What is asked, beside the claim's code.
    asked: Value,
    /// What the claim has afterwards that it had otherwise before.
    after: Value,
    /// What its history says, beside how it stands before and after.
    history: Value,
    /// What is told, in order, beside the claim, the user and how it stands.
    events: Vec<(&'static str, Value)>,
}

/// A case of a claim that goes to INITIAL, of which nothing else is told.
fn resubmitted(shows: &'static str, claim: Value, asked: Value, after: Value, history: Value) -> Case {
    Case {
        shows,
        claim,
        asked,
        after,
        history,
        events: vec![("claim.resubmitted", json!({}))],
    }
}

/// The request is done, and the claim, its history, the events and the answer are what the case says, and no more.
fn check(world: &World, number: usize, case: &Case) {
    let shows = case.shows;
    let code = format!("C{number:03}");
    world.import(&claim_line(&code, &case.claim));
    let (before, position) = (world.claim(&code), world.position());

    let answer = world.reprocess(&code, &case.asked);
    assert_eq!(answer.status, 200, "{shows}: {}", answer.text);
    let id = before["id"].as_i64().expect("an id");
    assert_eq!(answer.header("location"), format!("/api/claims/{id}/status"), "{shows}");
    let text = format!("Claim with code {code} is scheduled for reprocessing");
    let scheduled = json!({ "resultMessages": [{
        "result": "S", "elementId": code, "messages": [{ "code": "CLA-IP-REPR-022", "text": text }],
    }] });
    assert_eq!(answer.json(), scheduled, "{shows}");

    let mut after = before.clone();
    merge(&mut after, &case.after);
    assert_eq!(world.claim(&code), after, "{shows}");

    let mut details = json!({
        "statusBefore": before["status"], "statusAfter": after["status"],
        "preprocessingDone": after["preprocessingDone"], "pricingDone": after["pricingDone"],
        "highPriority": after["highPriority"],
    });
    merge(&mut details, &decided_by(&world.host));
    merge(&mut details, &case.history);
    let history = world.history(&code);
    assert_eq!(history.len(), 1, "{shows}: {history:?}");
    let entry = &history[0];
    assert_eq!(entry["details"], details, "{shows}");
    assert_eq!(
        [&entry["operation"], &entry["user"], &entry["activity"]],
        [&json!("reprocess"), &json!("clerk"), &Value::Null],
        "{shows}"
    );

    let told = world.events_after(position);
    let kinds: Vec<_> = told
        .iter()
        .map(|event| event["type"].as_str().expect("a type"))
        .collect();
    let expected: Vec<_> = case.events.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, expected, "{shows}");
    for (event, (kind, more)) in told.iter().zip(&case.events) {
        let mut data = json!({ "claim": code, "user": "clerk" });
        if *kind == "claim.resubmitted" {
            for member in ["status", "preprocessingDone", "pricingDone", "highPriority"] {
                data[member] = after[member].clone();
            }
        }
        merge(&mut data, more);
        assert_eq!(event["data"], data, "{shows}: {kind}");
        assert_eq!(event["claim"], id, "{shows}: {kind}");
    }
}

#[track_caller]
fn check_all(cases: &[Case]) {
    on_both(NAMES, |world| {
        for (number, case) in cases.iter().enumerate() {
            check(world, number, case);
        }
    });
}

/// An attached pend reason.
fn pend(code: &str, resolved: bool) -> Value {
    json!({ "code": code, "resolved": resolved })
}

/// A removed pend reason in the history.
fn removed(level: &str, of: Option<&str>, code: &str, was_resolved: bool) -> Value {
    let mut removed = json!({ "level": level });
    if let Some(of) = of {
        removed["of"] = of.into();
    }
    merge(&mut removed, &json!({ "code": code, "wasResolved": was_resolved }));
    removed
}

fn pend_done(level: &str, of: Option<&str>, code: &str) -> (&'static str, Value) {
    let mut data = json!({ "pendReason": code, "level": level });
    if let Some(of) = of {
        data["of"] = of.into();
    }
    ("claim.pend-done", data)
}

fn unfinalized_by(code: &str) -> Value {
    json!({ "claimUnfinalizeReasonList": [{ "code": code }] })
}

/// An attached unfinalize reason that is nothing but a code.
fn reason(code: &str) -> Value {
    json!({ "code": code, "sourceReference": null, "dynamicFields": [] })
}

#[test]
fn a_finalized_claim_is_taken_up_with_the_reasons_that_are_given() {
    let by_uf2 = || json!({ "unfinalizeReasons": ["UF2"] });
    check_all(&[
        resubmitted(
            "a finalized claim goes to INITIAL, and the reason stays with it",
            json!({ "status": "FINALIZED" }),
            unfinalized_by("UF2"),
            json!({ "status": "INITIAL", "unfinalizeReasons": [reason("UF2")] }),
            by_uf2(),
        ),
        resubmitted(
            "one whose pricing is finalized as well",
            json!({ "status": "PRICING FINALIZED" }),
            unfinalized_by("UF2"),
            json!({ "status": "INITIAL", "unfinalizeReasons": [reason("UF2")] }),
            by_uf2(),
        ),
        resubmitted(
            "a reservation as well",
            json!({ "processType": "RESERVATION" }),
            unfinalized_by("UF2"),
            json!({ "status": "INITIAL", "unfinalizeReasons": [reason("UF2")] }),
            by_uf2(),
        ),
        resubmitted(
            "old reasons are replaced, and the new ones keep their order, references and fields",
            json!({ "unfinalizeReasons": [
                { "code": "UF2", "sourceReference": "old", "dynamicFields": [] },
                { "code": "GONE", "sourceReference": null, "dynamicFields": [{ "name": "x", "value": "y" }] },
            ] }),
            json!({ "claimUnfinalizeReasonList": [
                { "code": "UFREF", "sourceReference": "REF-9" },
                { "code": "UF1", "dynamicField": [
                    { "name": "note", "value": "<a & b>" }, { "name": "requestedBy", "value": "audit" },
                ] },
            ] }),
            json!({ "status": "INITIAL", "unfinalizeReasons": [
                { "code": "UFREF", "sourceReference": "REF-9", "dynamicFields": [] },
                { "code": "UF1", "sourceReference": null, "dynamicFields": [
                    { "name": "note", "value": "<a & b>" }, { "name": "requestedBy", "value": "audit" },
                ] },
            ] }),
            json!({ "unfinalizeReasons": ["UFREF", "UF1"] }),
        ),
        resubmitted(
            "pend reasons that it was finalized with stay",
            json!({ "pendReasons": [pend("LOUD", true), pend("LOUDER", false)] }),
            unfinalized_by("UF2"),
            json!({ "status": "INITIAL", "unfinalizeReasons": [reason("UF2")] }),
            by_uf2(),
        ),
    ]);
}

#[test]
fn a_pended_claim_loses_every_pend_reason_and_open_tasks_end() {
    let lines = |pend_reasons: Value| json!([{ "code": "L1", "allowedAmount": "10.00", "coveredAmount": "8.00", "pendReasons": pend_reasons }]);
    let mut cases = vec![
        Case {
            shows: "reasons of the claim, of bills and of lines; a task ends where one was open",
            claim: json!({
                "status": "MANUAL BENEFITS",
                "pendReasons": [pend("LOUD", false), pend("QUIET", false), pend("LOUDER", true)],
                "bills": [
                    { "code": "B1", "lines": ["L1"], "pendReasons": [pend("LOUD", false)] },
                    { "code": "B2", "pendReasons": [pend("QUIET", true), pend("LOUDER", false)] },
                ],
                "lines": lines(json!([pend("LOUD", false), pend("UNDEFINED", false)])),
            }),
            asked: json!({}),
            after: json!({
                "status": "INITIAL",
                "pendReasons": [],
                "bills": [
                    { "code": "B1", "lines": ["L1"], "pendReasons": [] }, { "code": "B2", "lines": [], "pendReasons": [] },
                ],
                "lines": [],
            }),
            history: json!({ "pendReasonsRemoved": [
                removed("claim", None, "LOUD", false),
                removed("claim", None, "QUIET", false),
                removed("claim", None, "LOUDER", true),
                removed("bill", Some("B1"), "LOUD", false),
                removed("bill", Some("B2"), "QUIET", true),
                removed("bill", Some("B2"), "LOUDER", false),
                removed("line", Some("L1"), "LOUD", false),
                removed("line", Some("L1"), "UNDEFINED", false),
            ] }),
            events: vec![
                pend_done("claim", None, "LOUD"),
                pend_done("bill", Some("B1"), "LOUD"),
                pend_done("bill", Some("B2"), "LOUDER"),
                pend_done("line", Some("L1"), "LOUD"),
                ("claim.resubmitted", json!({})),
            ],
        },
        resubmitted(
            "unfinalize reasons that are given are not for it, and those that it has stay",
            json!({ "status": "CHANGE", "unfinalizeReasons": [reason("OLD")] }),
            unfinalized_by("UF2"),
            json!({ "status": "INITIAL" }),
            json!({}),
        ),
    ];
    for status in [
        "CHANGE",
        "MANUAL PRICING",
        "MANUAL PRICING ADJUDICATION",
        "MANUAL BENEFITS",
        "MANUAL ADJUDICATION",
    ] {
        cases.push(Case {
            shows: "each of the five statuses that wait for a human",
            claim: json!({ "status": status, "pendReasons": [pend("LOUD", false)] }),
            asked: json!({}),
            after: json!({ "status": "INITIAL", "pendReasons": [] }),
            history: json!({ "pendReasonsRemoved": [removed("claim", None, "LOUD", false)] }),
            events: vec![pend_done("claim", None, "LOUD"), ("claim.resubmitted", json!({}))],
        });
    }
    // The lines of the first are as they were but for their pend reasons.
    let mut lines_after = claim_lines(&cases[0].claim);
    lines_after[0]["pendReasons"] = json!([]);
    cases[0].after["lines"] = lines_after;
    check_all(&cases);
}

/// The lines of a claim with these members, as answers show them.
fn claim_lines(members: &Value) -> Value {
    let line = claim_line("C", members);
    let claim: reprise_model::Claim = serde_json::from_str(&line).expect("a claim");
    serde_json::to_value(&claim.lines).expect("lines")
}

#[test]
fn tag_actions_change_those_that_the_claim_has() {
    let has = |actions: &[(&str, &str)]| {
        let entries = actions
            .iter()
            .map(|(tag, action)| json!({ "tag": tag, "action": action }));
        entries.collect::<Vec<_>>()
    };
    let case =
        |shows, held: &[(&str, &str)], asked: &[(&str, &str)], more: Value, after: &[(&str, &str)], told: &[_]| {
            let mut request = json!({ "claimTagActionList": has(asked) });
            merge(&mut request, &more);
            let mut expected = json!({ "status": "INITIAL" });
            if held != after {
                expected["tagActions"] = has(after).into();
            }
            let history = if told.is_empty() {
                json!({})
            } else {
                json!({ "tagActions": has(told) })
            };
            let claim = json!({ "status": "CHANGE", "tagActions": has(held) });
            resubmitted(shows, claim, request, expected, history)
        };
    check_all(&[
        case(
            "one that it has gets the action that is given",
            &[("T1", "R"), ("T2", "F")],
            &[("T1", "H")],
            json!({}),
            &[("T1", "H"), ("T2", "F")],
            &[("T1", "H")],
        ),
        case(
            "one that it does not have is passed over",
            &[("T1", "R")],
            &[("T2", "F"), ("T1", "S")],
            json!({}),
            &[("T1", "S")],
            &[("T1", "S")],
        ),
        case("one of a claim that has none", &[], &[("T1", "R")], json!({}), &[], &[]),
        case(
            "a Skip stays",
            &[("T1", "S"), ("T2", "H")],
            &[("T1", "R"), ("T2", "R")],
            json!({ "overrideSkip": false }),
            &[("T1", "S"), ("T2", "R")],
            &[("T2", "R")],
        ),
        case(
            "a Skip stays where nothing is said",
            &[("T1", "S")],
            &[("T1", "F")],
            json!({}),
            &[("T1", "S")],
            &[],
        ),
        case(
            "unless it is overridden",
            &[("T1", "S"), ("T3", "S")],
            &[("T1", "F")],
            json!({ "overrideSkip": true }),
            &[("T1", "F"), ("T3", "S")],
            &[("T1", "F")],
        ),
        case(
            "what it has already is not told",
            &[("T1", "R")],
            &[("T1", "R")],
            json!({ "overrideSkip": "Y" }),
            &[("T1", "R")],
            &[],
        ),
    ]);
}

#[test]
fn the_message_is_attached_to_the_header_once_and_priority_is_only_raised() {
    let message = || json!({ "message": "CUST1" });
    check_all(&[
        resubmitted(
            "a message is attached after those that are there",
            json!({ "status": "CHANGE", "messages": ["AUTH1"] }),
            json!({ "reprocessMessageCode": "CUST1" }),
            json!({ "status": "INITIAL", "messages": ["AUTH1", "CUST1"] }),
            message(),
        ),
        resubmitted(
            "one that is there is not attached again",
            json!({ "status": "CHANGE", "messages": ["CUST1", "AUTH1"] }),
            json!({ "reprocessMessageCode": "CUST1" }),
            json!({ "status": "INITIAL" }),
            message(),
        ),
        resubmitted(
            "the claim is marked",
            json!({ "status": "CHANGE" }),
            json!({ "setToHighPriority": true }),
            json!({ "status": "INITIAL", "highPriority": true }),
            json!({}),
        ),
        resubmitted(
            "and stays so where it is not to be",
            json!({ "status": "CHANGE", "highPriority": true }),
            json!({ "setToHighPriority": "N" }),
            json!({ "status": "INITIAL" }),
            json!({}),
        ),
        resubmitted(
            "and where nothing is said of it",
            json!({ "status": "CHANGE", "highPriority": true }),
            json!({}),
            json!({ "status": "INITIAL" }),
            json!({}),
        ),
    ]);
}

#[test]
fn without_pend_reasons_the_claim_is_resubmitted_with_what_was_asked_to_be_done() {
    let mut cases = Vec::new();
    for (was, asked, is) in [
        ((true, true), json!({}), (true, false)),
        ((false, true), json!({}), (false, false)),
        ((true, false), json!({ "pricingDone": true }), (true, true)),
        (
            (true, true),
            json!({ "preprocessingDone": false, "pricingDone": "Y" }),
            (false, true),
        ),
        (
            (false, true),
            json!({ "preprocessingDone": "Y", "pricingDone": false }),
            (true, false),
        ),
    ] {
        cases.push(resubmitted(
            "preprocessing as asked or as it was, pricing only as asked",
            json!({ "status": "CHANGE", "preprocessingDone": was.0, "pricingDone": was.1 }),
            asked,
            json!({ "status": "INITIAL", "preprocessingDone": is.0, "pricingDone": is.1 }),
            json!({}),
        ));
    }
    check_all(&cases);
}

#[test]
fn with_pend_reasons_the_claim_waits_for_a_human() {
    let asked = |codes: &[&str]| {
        let list: Vec<_> = codes.iter().map(|code| json!({ "code": code })).collect();
        json!({ "claimPendReasonList": list, "preprocessingDone": true, "pricingDone": true })
    };
    let done = || json!({ "preprocessingDone": true, "pricingDone": true });
    let claim = |members: Value| {
        let mut claim = done();
        merge(&mut claim, &members);
        claim
    };
    check_all(&[
        Case {
            shows: "nothing is done whatever was asked; the task is one, of those that publish",
            claim: claim(json!({ "status": "MANUAL PRICING" })),
            asked: asked(&["LOUD", "QUIET", "LOUDER"]),
            after: json!({
                "status": "CHANGE", "preprocessingDone": false, "pricingDone": false,
                "pendReasons": [pend("LOUD", false), pend("QUIET", false), pend("LOUDER", false)],
            }),
            history: json!({ "pendReasonsAttached": ["LOUD", "QUIET", "LOUDER"] }),
            events: vec![("claim.task-opened", json!({ "pendReasons": ["LOUD", "LOUDER"] }))],
        },
        Case {
            shows: "no task for one that does not publish",
            claim: claim(json!({ "status": "CHANGE" })),
            asked: asked(&["QUIET"]),
            after: json!({ "preprocessingDone": false, "pricingDone": false, "pendReasons": [pend("QUIET", false)] }),
            history: json!({ "pendReasonsAttached": ["QUIET"] }),
            events: vec![],
        },
        Case {
            shows: "one that the claim had is resolved and attached anew",
            claim: claim(json!({ "status": "CHANGE", "pendReasons": [pend("LOUD", false)] })),
            asked: asked(&["LOUD"]),
            after: json!({ "preprocessingDone": false, "pricingDone": false }),
            history: json!({
                "pendReasonsRemoved": [removed("claim", None, "LOUD", false)], "pendReasonsAttached": ["LOUD"],
            }),
            events: vec![
                pend_done("claim", None, "LOUD"),
                ("claim.task-opened", json!({ "pendReasons": ["LOUD"] })),
            ],
        },
        Case {
            shows: "a finalized claim waits in CHANGE",
            claim: claim(json!({ "status": "FINALIZED", "pendReasons": [pend("QUIET", true)] })),
            asked: {
                let mut asked = asked(&["QUIET", "LOUD"]);
                merge(&mut asked, &unfinalized_by("UF2"));
                asked
            },
            after: json!({
                "status": "CHANGE", "preprocessingDone": false, "pricingDone": false,
                "unfinalizeReasons": [reason("UF2")],
                "pendReasons": [pend("QUIET", false), pend("LOUD", false)],
            }),
            history: json!({ "unfinalizeReasons": ["UF2"], "pendReasonsAttached": ["QUIET", "LOUD"] }),
            events: vec![("claim.task-opened", json!({ "pendReasons": ["LOUD"] }))],
        },
    ]);
}
