//! What each of the five operations does to a small claim, and what is told of it.

use serde_json::{Value, json};

use super::fixture::{Kept, pend_history, pended, places, post, reasons, shown, unresolved};
use crate::http::who::USER;
use crate::reprocess::world::{World, on_both};

/// A pend reason that is resolved: its level, the bill or line, its code, its number.
type Target = (&'static str, Option<&'static str>, &'static str, u32);

const ON_CLAIM: Target = ("claim", None, "LOUD", 1);
const ON_BILL: Target = ("bill", Some("B1"), "LOUD", 3);
const QUIET_ON_BILL: Target = ("bill", Some("B1"), "QUIET", 4);
const ON_FIRST_LINE: Target = ("line", Some("L1"), "LOUD", 5);
const QUIET_ON_FIRST_LINE: Target = ("line", Some("L1"), "QUIET", 6);
const ON_SECOND_LINE: Target = ("line", Some("L2"), "LOUD", 8);

struct Case {
    /// What is asked for; `{claim}` is the claim's id, `{code}` its code.
    path: &'static str,
    /// Where the answer says to look.
    location: &'static str,
    /// What the history calls it.
    operation: &'static str,
    resolved: &'static [Target],
}

const CASES: &[Case] = &[
    Case {
        path: "/api/claims/{claim}/submit",
        location: "/api/generic/claims/{claim}",
        operation: "submit",
        resolved: &[
            ON_CLAIM,
            ON_BILL,
            QUIET_ON_BILL,
            ON_FIRST_LINE,
            QUIET_ON_FIRST_LINE,
            ON_SECOND_LINE,
        ],
    },
    Case {
        path: "/api/claims/{code}/submit",
        location: "/api/generic/claims/{claim}",
        operation: "submit",
        resolved: &[
            ON_CLAIM,
            ON_BILL,
            QUIET_ON_BILL,
            ON_FIRST_LINE,
            QUIET_ON_FIRST_LINE,
            ON_SECOND_LINE,
        ],
    },
    Case {
        path: "/api/claims/{claim}/resolvepend/LOUD",
        location: "/api/generic/claims/{claim}",
        operation: "resolve-pend",
        resolved: &[ON_CLAIM, ON_FIRST_LINE, ON_SECOND_LINE],
    },
    Case {
        path: "/api/claims/{code}/resolvepend/QUIET",
        location: "/api/generic/claims/{claim}",
        operation: "resolve-pend",
        resolved: &[QUIET_ON_FIRST_LINE],
    },
    Case {
        path: "/api/claims/{claim}/resolveclaimlinepend/LOUD",
        location: "/api/generic/claims/{claim}",
        operation: "resolve-line-pend",
        resolved: &[ON_FIRST_LINE, ON_SECOND_LINE],
    },
    Case {
        path: "/api/claims/{code}/resolveclaimlinepend/QUIET",
        location: "/api/generic/claims/{claim}",
        operation: "resolve-line-pend",
        resolved: &[QUIET_ON_FIRST_LINE],
    },
    Case {
        path: "/api/claimpendreasons/{claim}-1/resolve",
        location: "/api/generic/claimpendreasons/{claim}-1",
        operation: "resolve-claim-pend-reason",
        resolved: &[ON_CLAIM],
    },
    Case {
        path: "/api/claimlinependreasons/{claim}-8/resolve",
        location: "/api/generic/claimlinependreasons/{claim}-8",
        operation: "resolve-line-pend-reason",
        resolved: &[ON_SECOND_LINE],
    },
    Case {
        path: "/api/claimlinependreasons/{claim}-6/resolve",
        location: "/api/generic/claimlinependreasons/{claim}-6",
        operation: "resolve-line-pend-reason",
        resolved: &[QUIET_ON_FIRST_LINE],
    },
];

/// What is asked for resolves this and nothing else, and is told of in the history, the pend history and the events.
fn check(world: &World, code: &str, case: &Case) {
    let before = shown(world, code);
    let named = |text: &str| {
        text.replace("{claim}", &before["id"].to_string())
            .replace("{code}", code)
    };
    let position = world.position();
    let answer = post(&world.client, &named(case.path)).expect(303);
    let what = named(case.path);
    assert_eq!(answer.header("location"), named(case.location), "{what}");
    assert_eq!(answer.text, "", "{what}");
    world.client.get(answer.header("location")).expect(200);

    let is_submitted = case.operation == "submit";
    let after = shown(world, code);
    let mut expected = before.clone();
    if is_submitted {
        expected["status"] = json!("INITIAL");
    }
    let still: Vec<_> = unresolved(&before)
        .into_iter()
        .filter(|number| !case.resolved.iter().any(|target| target.3 == *number))
        .collect();
    assert_eq!(unresolved(&after), still, "{what}");
    assert_eq!(
        places(&after).len(),
        places(&before).len(),
        "{what}: none is taken away"
    );
    for name in before.as_object().expect("an object").keys() {
        if !["pendReasons", "bills", "lines", "links"].contains(&name.as_str()) {
            assert_eq!(after[name], expected[name], "{what}: {name}");
        }
    }

    let history = world.history(code);
    let [entry] = history.as_slice() else {
        panic!("{what}: {history:?}");
    };
    let resolved = case.resolved.iter().map(|&(level, of, code, number)| {
        let mut target = json!({ "level": level, "code": code, "number": number });
        if let Some(of) = of {
            target["of"] = of.into();
        }
        target
    });
    let details = json!({
        "statusBefore": "MANUAL ADJUDICATION", "statusAfter": expected["status"],
        "pendReasonsResolved": resolved.collect::<Vec<_>>(),
    });
    assert_eq!(
        [
            &entry["operation"],
            &entry["user"],
            &entry["activity"],
            &entry["details"]
        ],
        [&json!(case.operation), &json!(USER), &Value::Null, &details],
        "{what}"
    );
    let rows = case.resolved.iter();
    let rows: Vec<_> = rows
        .map(|(level, of, code, number)| json!([code, level, of, number, USER, case.operation]))
        .collect();
    assert_eq!(pend_history(world, &before), rows, "{what}");
    check_events(world, position, code, case, &before);
}

fn check_events(world: &World, position: u64, code: &str, case: &Case, before: &Value) {
    let mut expected = Vec::new();
    for (level, of, reason, _) in case.resolved.iter().filter(|target| target.2 == "LOUD") {
        let mut data = json!({ "claim": code, "pendReason": reason, "level": level, "user": USER });
        if let Some(of) = of {
            data["of"] = json!(of);
        }
        expected.push(("claim.pend-done", data));
    }
    let mut codes: Vec<_> = case.resolved.iter().map(|target| target.2).collect();
    codes.sort_unstable();
    codes.dedup();
    let data = json!({ "claim": code, "pendReasons": codes, "user": USER, "operation": case.operation });
    expected.push(("claim.pends-resolved", data));
    if case.operation == "submit" {
        let data = json!({
            "claim": code, "status": "INITIAL", "preprocessingDone": true, "pricingDone": true, "highPriority": true,
            "user": USER,
        });
        expected.push(("claim.submitted", data));
    }
    let told = world.events_after(position);
    let told: Vec<_> = told
        .iter()
        .map(|event| {
            assert_eq!(event["claim"], before["id"], "{event}");
            (event["type"].as_str().expect("a type"), event["data"].clone())
        })
        .collect();
    assert_eq!(told, expected, "{}", case.path);
}

#[test]
fn an_operation_resolves_what_it_is_about_and_tells_of_it() {
    let lines = (0..CASES.len()).map(|number| pended(&format!("C{number}"), &json!({})));
    on_both(&(reasons() + &lines.collect::<String>()), |world| {
        for (number, case) in CASES.iter().enumerate() {
            check(world, &format!("C{number}"), case);
        }
    });
}

#[test]
fn what_is_resolved_already_is_resolved_and_nothing_is_changed() {
    // On the header and on the second line QUIET is resolved, and on the bill it does not matter.
    let lines = json!([{ "code": "L1" }, { "code": "L2", "pendReasons": [{ "code": "QUIET", "resolved": true }] }]);
    let claims = ["ENTRY", "CHANGE", "FINALIZED", "PRICING DONE"].map(|status| {
        let members = json!({ "status": status, "lines": lines, "bills": [] });
        pended(&status.replace(' ', "-"), &members)
    });
    let settled = pended(
        "SETTLED",
        &json!({ "settlementReason": "PAID", "lockedBy": "nightly-run" }),
    );
    on_both(&(reasons() + &claims.concat() + &settled), |world| {
        let before = Kept::of(world);
        for code in ["ENTRY", "CHANGE", "FINALIZED", "PRICING-DONE", "SETTLED"] {
            let id = shown(world, code)["id"].clone();
            let mut paths = vec![(
                format!("/api/claimpendreasons/{id}-2/resolve"),
                format!("/api/generic/claimpendreasons/{id}-2"),
            )];
            if code != "SETTLED" {
                for verb in ["resolvepend", "resolveclaimlinepend"] {
                    paths.push((
                        format!("/api/claims/{id}/{verb}/QUIET"),
                        format!("/api/generic/claims/{id}"),
                    ));
                }
            }
            for (path, location) in paths {
                for _ in 0..2 {
                    let answer = post(&world.client, &path).expect(303);
                    assert_eq!(answer.header("location"), location);
                }
            }
        }
        before.assert_same(world, "what was resolved already");
    });
}

#[test]
fn a_claim_goes_on_where_it_stood() {
    let flags = [(false, false), (false, true), (true, false), (true, true)];
    let statuses = [
        "ENTRY",
        "CHANGE",
        "MANUAL PRICING",
        "MANUAL PRICING ADJUDICATION",
        "MANUAL BENEFITS",
        "MANUAL ADJUDICATION",
    ];
    let mut lines = reasons();
    for (place, status) in statuses.iter().enumerate() {
        for (number, (preprocessing_done, pricing_done)) in flags.iter().enumerate() {
            let members =
                json!({ "status": status, "preprocessingDone": preprocessing_done, "pricingDone": pricing_done });
            lines += &pended(&format!("C{place}{number}"), &members);
        }
    }
    on_both(&lines, |world| {
        for place in 0..statuses.len() {
            for (number, (preprocessing_done, pricing_done)) in flags.iter().enumerate() {
                let code = format!("C{place}{number}");
                post(&world.client, &format!("/api/claims/{code}/submit")).expect(303);
                let claim = shown(world, &code);
                assert_eq!(
                    [&claim["status"], &claim["preprocessingDone"], &claim["pricingDone"]],
                    [&json!("INITIAL"), &json!(preprocessing_done), &json!(pricing_done)],
                    "{code}"
                );
                assert_eq!(unresolved(&claim), Vec::<u32>::new());
            }
        }
    });
}
