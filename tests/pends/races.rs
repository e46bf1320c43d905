//! Many who ask at once: each pend reason is resolved once, a claim is submitted once, and everybody is told right.
//! `REPRISE_SOAK=1` has them race for far more claims.

use std::collections::BTreeMap;
use std::sync::Barrier;

use serde_json::{Value, json};

use super::fixture::{attached, number, pend_history, pended, places, post, post_keyed, reasons, shown, unresolved};
use crate::http::client::{Answer, Client};
use crate::http::who::USER;
use crate::reprocess::world::{World, on_both};
use crate::support::draw::soaks;

/// How many ask at once.
const CLIENTS: usize = 16;

fn claims() -> usize {
    if soaks() { 200 } else { 20 }
}

fn code(number: usize) -> String {
    format!("C{number:03}")
}

fn lines() -> String {
    reasons()
        + &(0..claims())
            .map(|number| pended(&code(number), &json!({})))
            .collect::<String>()
}

/// Has everybody ask about each claim at once, in the same order, and answers what each of them was answered, claim by
/// claim. What is asked for depends on who asks.
fn all_at_once<T: Send>(client: &Client, ask: impl Fn(&Client, usize, usize) -> T + Sync) -> Vec<Vec<T>> {
    let barrier = Barrier::new(CLIENTS);
    let mut by_client: Vec<_> = std::thread::scope(|scope| {
        let ask = &ask;
        let barrier = &barrier;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|asking| {
                scope.spawn(move || {
                    let of_claims = (0..claims()).map(|claim| {
                        barrier.wait();
                        // Whoever fails lets the others go on to the next one.
                        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ask(client, asking, claim)))
                    });
                    of_claims.collect::<Vec<_>>()
                })
            })
            .collect();
        let clients = clients.into_iter().map(|client| client.join().expect("it has answers"));
        clients.map(Vec::into_iter).collect()
    });
    (0..claims())
        .map(|_| {
            let answers = by_client.iter_mut().map(|answers| answers.next().expect("an answer"));
            answers.map(|answer| answer.expect("an answer to everybody")).collect()
        })
        .collect()
}

fn statuses(answers: &[Answer]) -> BTreeMap<u16, usize> {
    let mut statuses = BTreeMap::new();
    for answer in answers {
        *statuses.entry(answer.status).or_default() += 1;
    }
    statuses
}

/// The events of this type, by claim.
fn events_of(world: &World, kind: &str) -> BTreeMap<i64, Vec<Value>> {
    let mut by_claim = BTreeMap::<_, Vec<_>>::new();
    for event in world.events_after(0) {
        if event["type"] == kind {
            let claim = event["claim"].as_i64().expect("a claim");
            by_claim.entry(claim).or_default().push(event["data"].clone());
        }
    }
    by_claim
}

/// Every pend reason that is resolved now and was not has one row and one event, and so has no other.
fn check_resolved_once(world: &World, before: &Value, done: &BTreeMap<i64, Vec<Value>>) {
    let claim = before["code"].as_str().expect("a code");
    let after = shown(world, claim);
    let still = unresolved(&after);
    let resolved = unresolved(before).into_iter().filter(|number| !still.contains(number));
    let resolved: Vec<u32> = resolved.collect();
    let rows = pend_history(world, before);
    let mut numbers: Vec<_> = rows.iter().map(|row| row[3].as_u64().expect("a number")).collect();
    numbers.sort_unstable();
    assert!(
        numbers
            .iter()
            .copied()
            .eq(resolved.iter().map(|number| u64::from(*number))),
        "{claim}: {rows:?}"
    );

    let reasons = places(before).into_iter();
    let loud = reasons.filter(|(_, _, reason)| resolved.contains(&number(reason)) && reason["code"] == "LOUD");
    let mut expected: Vec<_> = loud.map(|(level, of, _)| json!([level, of])).collect();
    let id = before["id"].as_i64().expect("an id");
    let mut told: Vec<_> = done
        .get(&id)
        .into_iter()
        .flatten()
        .map(|data| json!([data["level"], data["of"]]))
        .collect();
    expected.sort_by_key(Value::to_string);
    told.sort_by_key(Value::to_string);
    assert_eq!(told, expected, "{claim}");
}

#[test]
fn everybody_who_resolves_the_same_is_answered_303_and_it_is_resolved_once() {
    on_both(&lines(), |world| {
        let before: Vec<_> = (0..claims()).map(|claim| shown(world, &code(claim))).collect();
        let answers = all_at_once(&world.client, |client, _, claim| {
            post(client, &format!("/api/claims/{}/resolvepend/LOUD", code(claim)))
        });
        let (done, told) = (
            events_of(world, "claim.pend-done"),
            events_of(world, "claim.pends-resolved"),
        );
        for (before, answers) in before.iter().zip(&answers) {
            assert_eq!(statuses(answers), [(303, CLIENTS)].into(), "{}", before["code"]);
            let claim = before["code"].as_str().expect("a code");
            let history = world.history(claim);
            assert_eq!(history.len(), 1, "{claim}: {history:?}");
            assert_eq!(told[&before["id"].as_i64().expect("an id")].len(), 1);
            assert_eq!(unresolved(&shown(world, claim)), [3, 4, 6]);
            check_resolved_once(world, before, &done);
        }
    });
}

#[test]
fn whichever_way_they_ask_each_pend_reason_is_resolved_once() {
    on_both(&lines(), |world| {
        let before: Vec<_> = (0..claims()).map(|claim| shown(world, &code(claim))).collect();
        let answers = all_at_once(&world.client, |client, asking, claim| {
            let id = &before[claim]["id"];
            let path = match asking % 8 {
                0 => format!("/api/claims/{id}/resolvepend/LOUD"),
                1 => format!("/api/claims/{id}/resolveclaimlinepend/LOUD"),
                2 => format!("/api/claimpendreasons/{id}-1/resolve"),
                3 => format!("/api/claimlinependreasons/{id}-5/resolve"),
                4 => format!("/api/claimlinependreasons/{id}-8/resolve"),
                5 => format!("/api/claims/{id}/resolvepend/QUIET"),
                6 => format!("/api/claimlinependreasons/{id}-6/resolve"),
                _ => format!("/api/claimlinependreasons/{id}-7/resolve"),
            };
            post(client, &path)
        });
        let done = events_of(world, "claim.pend-done");
        for (before, answers) in before.iter().zip(&answers) {
            assert_eq!(statuses(answers), [(303, CLIENTS)].into(), "{}", before["code"]);
            assert_eq!(
                unresolved(&shown(world, before["code"].as_str().expect("a code"))),
                [3, 4]
            );
            check_resolved_once(world, before, &done);
        }
    });
}

#[test]
fn one_of_all_who_submit_a_claim_does() {
    on_both(&lines(), |world| {
        let before: Vec<_> = (0..claims()).map(|claim| shown(world, &code(claim))).collect();
        let answers = all_at_once(&world.client, |client, _, claim| {
            post(client, &format!("/api/claims/{}/submit", code(claim)))
        });
        let (done, submitted) = (events_of(world, "claim.pend-done"), events_of(world, "claim.submitted"));
        for (before, answers) in before.iter().zip(&answers) {
            assert_eq!(
                statuses(answers),
                [(303, 1), (409, CLIENTS - 1)].into(),
                "{}",
                before["code"]
            );
            let claim = before["code"].as_str().expect("a code");
            assert_eq!(world.history(claim).len(), 1, "{claim}");
            assert_eq!(world.status(claim), "INITIAL");
            assert_eq!(submitted[&before["id"].as_i64().expect("an id")].len(), 1);
            check_resolved_once(world, before, &done);
        }
    });
}

#[test]
fn one_request_that_is_sent_again_and_again_is_done_once_and_always_answered_303() {
    on_both(&lines(), |world| {
        let answers = all_at_once(&world.client, |client, _, claim| {
            post_keyed(client, &format!("/api/claims/{}/submit", code(claim)), "K-1")
        });
        for (claim, answers) in answers.iter().enumerate() {
            assert_eq!(statuses(answers), [(303, CLIENTS)].into(), "{}", code(claim));
            let replayed = answers
                .iter()
                .filter(|answer| answer.headers.contains_key("idempotency-replayed"));
            assert_eq!(replayed.count(), CLIENTS - 1);
            assert_eq!(world.history(&code(claim)).len(), 1);
        }
    });
}

#[test]
fn who_resolves_and_who_reprocesses_meet_on_what_one_of_them_has_made() {
    on_both(&lines(), |world| {
        let before: Vec<_> = (0..claims()).map(|claim| shown(world, &code(claim))).collect();
        let answers = all_at_once(&world.client, |client, asking, claim| match asking % 2 {
            0 => post(client, &format!("/api/claims/{}/resolvepend/LOUD", code(claim))),
            _ => client.post_json("/api/claimsreprocess", &json!({ "code": code(claim) })),
        });
        let done = events_of(world, "claim.pend-done");
        for (before, answers) in before.iter().zip(&answers) {
            let claim = before["code"].as_str().expect("a code");
            let of = |asking: usize| answers.iter().skip(asking).step_by(2).map(|answer| answer.status);
            // One of those who reprocess is the first; who resolves after it finds the pend reasons gone.
            let mut reprocessed: Vec<_> = of(1).collect();
            reprocessed.sort_unstable();
            assert_eq!(
                (reprocessed[0], reprocessed[1..].iter().all(|status| *status == 409)),
                (200, true),
                "{claim}"
            );
            assert!(
                of(0).all(|status| [303, 404].contains(&status)),
                "{claim}: {:?}",
                of(0).collect::<Vec<_>>()
            );

            let after = shown(world, claim);
            assert_eq!(after["status"], "INITIAL");
            assert_eq!(places(&after).len(), 0);
            let history = world.history(claim);
            let operations: Vec<_> = history
                .iter()
                .map(|entry| entry["operation"].as_str().expect("a text"))
                .filter(|operation| *operation != "reprocess-refused")
                .collect();
            let was_first = operations.len() == 2;
            let expected: &[&str] = if was_first {
                &["resolve-pend", "reprocess"]
            } else {
                &["reprocess"]
            };
            assert_eq!(operations, expected, "{claim}");
            assert_eq!(of(0).any(|status| status == 303), was_first, "{claim}");
            let removed = history
                .iter()
                .find(|entry| entry["operation"] == "reprocess")
                .expect("an entry");
            let removed = removed["details"]["pendReasonsRemoved"]
                .as_array()
                .expect("pend reasons")
                .iter();
            let resolved: Vec<_> = removed.filter(|removed| removed["wasResolved"] == true).collect();
            assert_eq!(resolved.len(), if was_first { 5 } else { 2 }, "{claim}: {resolved:?}");
            // Whoever of them it was, each is told of once.
            assert_eq!(pend_history(world, before).len(), 6, "{claim}");
            assert_eq!(done[&before["id"].as_i64().expect("an id")].len(), 4, "{claim}");
        }
    });
}

#[test]
fn who_submits_and_who_reprocesses_do_not_both() {
    on_both(&lines(), |world| {
        let answers = all_at_once(&world.client, |client, asking, claim| match asking % 2 {
            0 => post(client, &format!("/api/claims/{}/submit", code(claim))),
            _ => client.post_json("/api/claimsreprocess", &json!({ "code": code(claim) })),
        });
        let (submitted, resubmitted) = (
            events_of(world, "claim.submitted"),
            events_of(world, "claim.resubmitted"),
        );
        assert_eq!(submitted.len() + resubmitted.len(), claims());
        for (claim, answers) in answers.iter().enumerate() {
            let done: Vec<_> = answers
                .iter()
                .map(|answer| answer.status)
                .filter(|status| *status < 400)
                .collect();
            let claim = shown(world, &code(claim));
            let id = claim["id"].as_i64().expect("an id");
            let expected = if submitted.contains_key(&id) { 303 } else { 200 };
            assert_eq!(done, [expected], "{}", claim["code"]);
            assert!(
                answers
                    .iter()
                    .all(|answer| answer.status == expected || answer.status == 409)
            );
            // By that alone it can be told which of them it was.
            let left = if expected == 303 { 8 } else { 0 };
            assert_eq!((&claim["status"], places(&claim).len()), (&json!("INITIAL"), left));
        }
    });
}

#[test]
fn a_run_that_holds_claims_and_who_resolves_their_pend_reasons_do_not_mix() {
    let lone = json!({ "pendReasons": attached(&["LOUD"]), "bills": [], "lines": [{ "code": "L1" }] });
    let lines: String = (0..claims()).map(|number| pended(&code(number), &lone)).collect();
    on_both(&(reasons() + &lines), |world| {
        let run = world.accepted(&json!({ "claimStatus": "MANUAL ADJUDICATION" }));
        let mut answers = BTreeMap::<u16, usize>::new();
        let mut resolved = Vec::new();
        for claim in (0..claims()).rev() {
            let answer = post(&world.client, &format!("/api/claims/{}/resolvepend/LOUD", code(claim)));
            *answers.entry(answer.status).or_default() += 1;
            if answer.status == 303 {
                resolved.push(code(claim));
            }
        }
        // Gone, held, or done before it was held.
        assert!(
            answers.keys().all(|status| [303, 404, 409].contains(status)),
            "{answers:?}"
        );
        let ended = world.client.ended(&run);
        assert_eq!(ended["progress"]["succeeded"], claims(), "{ended}");
        for claim in (0..claims()).map(code) {
            let history = world.history(&claim);
            let was_first = resolved.contains(&claim);
            assert_eq!(history.len(), if was_first { 2 } else { 1 }, "{claim}: {history:?}");
            let rows = pend_history(world, &shown(world, &claim));
            let operation = if was_first { "resolve-pend" } else { "reprocess" };
            assert_eq!(rows, [json!(["LOUD", "claim", null, 1, USER, operation])], "{claim}");
        }
    });
}
