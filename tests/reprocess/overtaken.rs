//! Runs that are overtaken: what has changed between the match and a claim's turn decides.
//!
//! A payer that is slowed down to a claim a second has its claims matched at once and taken one by one, so that there is
//! a minute before the turn of the sixtieth. Then another host, without that brake, goes on with the run.

use std::num::NonZeroU32;
use std::sync::Barrier;
use std::time::Duration;

use reprise::Throttle;
use reprise_model::{Claim, ProcessingStatus};
use reprise_store::{ClaimChange, ClaimToWrite};
use serde_json::{Value, json};

use super::world::{NAMES, World, line, on_both_set_up, outcome};
use crate::components;
use crate::support::{claim_line, decided_by};

/// How many claims the run has. The last ones are changed while the first are taken.
const CLAIMS: usize = 60;

fn code(number: usize) -> String {
    format!("C{number:02}")
}

/// A finalized claim that the request of these stories hits.
fn hit(number: usize, changes: &Value) -> String {
    let mut members = json!({ "entryDate": "2020-06-15" });
    super::world::merge(&mut members, changes);
    claim_line(&code(number), &members)
}

/// The request of these stories: claims of June, whatever their status.
fn request() -> Value {
    json!({
        "entryStartDate": "2020-06-01", "entryEndDate": "2020-06-30", "reprocessMessageCode": "CUST1",
        "claimUnfinalizeReasonList": [{ "code": "UF1" }],
    })
}

/// A run over the claims that is slowed down; once the first was taken, the story goes on with the run's path.
#[track_caller]
fn on_both_slowed(lines: impl Fn(usize) -> String, story: impl Fn(World, &str) + Sync) {
    let claims: String = (0..CLAIMS).map(lines).collect();
    on_both_set_up(
        &format!("{NAMES}{claims}"),
        |configuration, _| configuration.throttle = a_claim_a_second(),
        |world| {
            let run = world.accepted(&request());
            world.until(&run, |shown| shown["progress"]["succeeded"].as_u64() >= Some(1));
            story(world, &run);
        },
    );
}

fn a_claim_a_second() -> Throttle {
    Throttle {
        default: NonZeroU32::new(1),
        ..Throttle::default()
    }
}

#[test]
fn each_claim_is_decided_on_what_it_is_when_it_is_changed() {
    on_both_slowed(
        |number| hit(number, &json!({})),
        |world, run| {
            // Somebody else was first.
            let options = json!({ "claimUnfinalizeReasonList": [{ "code": "UF2" }] });
            world.reprocess(&code(50), &options).expect(200);
            // These are other claims now than those that were matched.
            world.import(&hit(51, &json!({ "entryDate": "2020-07-01" })));
            world.import(&hit(52, &json!({ "settlementReason": "PAID" })));
            world.import(&hit(53, &json!({ "lockedBy": "clerk" })));
            world.import(&hit(
                54,
                &json!({ "status": "MANUAL BENEFITS", "pendReasons": [{ "code": "LOUD" }] }),
            ));
            world.import(&hit(55, &json!({ "messages": ["AUTH1"] })));
            // Settled comes before that it matches no longer, and that before its reason.
            world.import(&hit(
                56,
                &json!({ "entryDate": "2020-07-01", "settlementReason": "PAID" }),
            ));
            // One that is hit now and was not is none of the run's.
            world.import(&hit(99, &json!({})));
            let position = world.position();

            let world = world.restarted(|configuration| configuration.throttle = Throttle::default());
            let ended = world.client.ended(run);
            assert_eq!(ended["status"], "completed with errors");
            let said = |number: usize| match number {
                50 => line(&code(50), "F", "CLA-IP-REPR-013"),
                51 => line(&code(51), "F", "REPRISE-REQ-024"),
                52 | 56 => line(&code(number), "F", "CLA-IP-REPR-027"),
                53 => line(&code(53), "F", "CLA-IP-REPR-028"),
                _ => line(&code(number), "S", "CLA-IP-REPR-022"),
            };
            assert_eq!(world.listed(&ended), (0..CLAIMS).map(said).collect::<Vec<_>>());
            let progress = &ended["progress"];
            assert_eq!(
                [&progress["total"], &progress["succeeded"], &progress["failed"]],
                [60, 55, 5]
            );

            let text = |number: usize| {
                let results = world.client.results(&ended);
                results[number]["messages"][0]["text"]
                    .as_str()
                    .expect("a text")
                    .to_owned()
            };
            assert_eq!(text(50), "Claim C50 cannot be reprocessed due to its current status");
            assert_eq!(
                text(51),
                "Claim C51 was changed after it was matched and no longer meets the criteria"
            );
            // What the single request has done stays, and nothing of the run is on the claims that it left alone.
            assert_eq!(world.claim(&code(50))["unfinalizeReasons"][0]["code"], "UF2");
            for number in [50, 51, 52, 53, 56, 99] {
                assert_eq!(world.claim(&code(number))["messages"], json!([]), "{number}");
            }
            assert_eq!(world.claim(&code(54))["unfinalizeReasons"], json!([]), "it was pended");
            assert_eq!(world.claim(&code(55))["messages"], json!(["AUTH1", "CUST1"]));
            let of_54 = world.id(&code(54));
            let told = world.events_after(position);
            let told = told.iter().filter(|event| event["claim"] == of_54);
            assert_eq!(
                told.map(|event| &event["type"]).collect::<Vec<_>>(),
                ["claim.pend-done", "claim.resubmitted"]
            );
            assert_each_once(&world, run);
        },
    );
}

/// Each claim that the run has scheduled has one entry of it in its history and is held by nobody.
fn assert_each_once(world: &World, run: &str) {
    let id: i64 = run.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    let ended = world.client.get(run).expect(200).json();
    for (claim, result, _) in world.listed(&ended) {
        let entries = world.history(&claim);
        let of_run = entries.iter().filter(|entry| entry["activity"] == id).count();
        assert_eq!(of_run, usize::from(result == "S"), "{claim}");
        let locks = world.store.claim_locks(&[world.id(&claim)]).expect("locks");
        assert_eq!(locks, [], "{claim}");
    }
}

#[test]
fn a_run_that_is_cancelled_says_what_it_has_done_and_leaves_the_rest_alone() {
    on_both_slowed(
        |number| hit(number, &json!({})),
        |world, run| {
            let before: Vec<_> = (0..CLAIMS).map(|number| world.claim(&code(number))).collect();
            let asked = world
                .client
                .acting_as("operator")
                .post_json(&format!("{run}/cancel"), &json!({}))
                .expect(202)
                .json();
            assert_eq!(asked["cancelledBy"], "operator");
            let ended = world.client.ended(run);
            assert_eq!(ended["status"], "cancelled");
            let done = usize::try_from(ended["progress"]["succeeded"].as_u64().expect("a count")).expect("a count");
            assert!((1..CLAIMS).contains(&done), "{ended}");
            assert_eq!([&ended["progress"]["total"], &ended["progress"]["failed"]], [60, 0]);
            let listed: Vec<_> = (0..done)
                .map(|number| line(&code(number), "S", "CLA-IP-REPR-022"))
                .collect();
            assert_eq!(world.listed(&ended), listed);
            for (number, before) in before.iter().enumerate().skip(done) {
                assert_eq!(world.claim(&code(number)), *before);
            }
            assert_each_once(&world, run);
            let messages = world.client.get(&format!("{run}/messages")).expect(200).messages();
            let text = format!("Cancelled by operator: {done} of 60 claims were handled before, and stay so");
            assert_eq!(messages, [("REPRISE-REQ-032".to_owned(), text)]);
            // It has ended, and what is left can be asked for again.
            world
                .client
                .post(&format!("{run}/cancel"), "application/json", "{}")
                .expect(409);
            world
                .client
                .post(&format!("{run}/recover"), "application/json", "{}")
                .expect(409);
            world
                .reprocess(
                    &code(CLAIMS - 1),
                    &json!({ "claimUnfinalizeReasonList": [{ "code": "UF2" }] }),
                )
                .expect(200);
        },
    );
}

#[test]
fn a_run_ends_by_the_component_that_it_began_with() {
    on_both_slowed(
        |number| hit(number, &json!({})),
        |world, run| {
            let place = crate::support::Place::new();
            let others = place.file("others.wasm", components::NO_SECOND_PRICING);
            let world = world.restarted(|configuration| {
                configuration.throttle = Throttle::default();
                configuration.claim_status_rules = Some(others);
            });
            let in_force = decided_by(&world.host);
            let ended = world.client.ended(run);
            assert_eq!(ended["status"], "completed");
            // Another one decides by now; the database has kept the one that the run began with.
            let begun = world.history(&code(0))[0]["details"].clone();
            assert_eq!(begun["generation"], "platform-1");
            assert_ne!(begun["rules"], in_force["rules"]);
            for number in 0..CLAIMS {
                let details = &world.history(&code(number))[0]["details"];
                assert_eq!(
                    (&details["rules"], &details["generation"]),
                    (&begun["rules"], &begun["generation"]),
                    "{number}"
                );
            }
            let listed: Vec<_> = (0..CLAIMS)
                .map(|number| line(&code(number), "S", "CLA-IP-REPR-022"))
                .collect();
            assert_eq!(world.listed(&ended), listed);
            assert_each_once(&world, run);
        },
    );
}

#[test]
fn two_runs_over_the_same_claims_change_each_once() {
    let claims: String = (0..CLAIMS).map(|number| hit(number, &json!({}))).collect();
    on_both_set_up(
        &format!("{NAMES}{claims}"),
        |_, _| (),
        |world| {
            let runs = [world.accepted(&request()), world.accepted(&request())];
            let ended = runs.each_ref().map(|run| world.client.ended(run));
            let lists = ended.each_ref().map(|activity| world.listed(activity));
            for number in 0..CLAIMS {
                // Which of them was first is theirs to settle; the other one, if it had matched it, was told.
                let entries = lists.iter().flatten().filter(|(claim, ..)| *claim == code(number));
                let scheduled = entries.clone().filter(|(_, result, _)| result == "S").count();
                assert_eq!(scheduled, 1, "{number}");
                let of_others: Vec<_> = entries.filter(|(_, result, _)| result == "F").collect();
                let is_told = |(_, _, codes): &&(String, String, Vec<String>)| {
                    codes
                        .iter()
                        .all(|code| ["CLA-IP-REPR-013", "CLA-IP-REPR-028"].contains(&code.as_str()))
                };
                assert!(of_others.iter().all(is_told), "{of_others:?}");
                assert_eq!(world.history(&code(number)).len(), 1);
            }
            for run in &runs {
                assert_each_once(&world, run);
            }
        },
    );
}

/// Somebody changes the claim while a request for it waits to write: what comes of the request, by its status and code.
#[track_caller]
fn check_overtaken(world: &World, code: &str, change: fn(&mut Claim), (status, said): (u16, &str)) {
    let id = world.id(code);
    let seen = world.store.claims_by_id("ACME", &[id]).expect("a read").remove(0);
    let mut claim = seen.decode().expect("a claim");
    change(&mut claim);
    let is_held = Barrier::new(2);
    let answer = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            is_held.wait();
            world.reprocess(code, &json!({ "reprocessMessageCode": "CUST1" }))
        });
        let written = world.store.write(|transaction| {
            is_held.wait();
            // The request is most likely to have been decided by then; if it was not, the same comes of it.
            std::thread::sleep(Duration::from_millis(200));
            transaction.change_claims(&[ClaimChange {
                id,
                seen: seen.change_sequence,
                claim: ClaimToWrite::encode(claim)?,
            }])
        });
        assert_eq!(written, Ok(vec![true]), "{code}");
        asking.join().expect("an answer")
    });
    let given = answer.expect(status).json();
    let result = if status == 200 { "S" } else { "F" };
    assert_eq!(outcome(&given["resultMessages"][0]), line(code, result, said));
    assert_eq!(world.history(code).len(), 1, "{code}");
}

#[test]
fn a_request_that_waits_to_write_is_decided_on_what_the_claim_is_by_then() {
    let claims: String = (0..3)
        .map(|number| claim_line(&code(number), &json!({ "status": "CHANGE" })))
        .collect();
    on_both_set_up(
        &format!("{NAMES}{claims}"),
        |_, _| (),
        |world| {
            let settle = |claim: &mut Claim| claim.settlement_reason = Some("PAID".to_owned());
            check_overtaken(&world, &code(0), settle, (409, "CLA-IP-REPR-027"));
            let send_on = |claim: &mut Claim| claim.status = ProcessingStatus::Initial;
            check_overtaken(&world, &code(1), send_on, (409, "CLA-IP-REPR-013"));
            let remark = |claim: &mut Claim| claim.messages.push("AUTH1".to_owned());
            check_overtaken(&world, &code(2), remark, (200, "CLA-IP-REPR-022"));
            // Neither has undone what the other did.
            assert_eq!(world.claim(&code(2))["messages"], json!(["AUTH1", "CUST1"]));
        },
    );
}

#[test]
fn a_lease_that_has_ended_holds_nobody_up() {
    on_both_set_up(
        &format!("{NAMES}{}", hit(0, &json!({}))),
        |_, _| (),
        |world| {
            let id = world.id(&code(0));
            let lease = Duration::from_millis(1);
            let held = world
                .store
                .write(|transaction| transaction.lock_claims(&[id], "a host that died", lease));
            assert_eq!(held, Ok(Vec::new()));
            std::thread::sleep(Duration::from_millis(20));
            let ended = world.run(&request());
            assert_eq!(world.listed(&ended), [line(&code(0), "S", "CLA-IP-REPR-022")]);
        },
    );
}
