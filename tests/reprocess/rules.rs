//! Claim-status components in force: what they refuse, what they cannot be lax about, and what it costs when they fail.

use reprise_engine::{CallLimits, RuleLimits};
use serde_json::{Value, json};

use super::world::{NAMES, World, line, on_both_set_up};
use crate::components;
use crate::http::client::JSON;
use crate::support::claim_line;

/// Play a story on both databases with these claim-status rules, and limits that a loop reaches in a moment.
#[track_caller]
fn on_both_by(rules: &'static [u8], lines: &str, story: impl Fn(World) + Sync) {
    on_both_set_up(
        &format!("{NAMES}{lines}"),
        |configuration, place| {
            configuration.claim_status_rules = Some(place.file("status.wasm", rules));
            configuration.rule_limits = RuleLimits::same(CallLimits {
                fuel_max: 50_000_000,
                ..CallLimits::default()
            });
        },
        story,
    );
}

fn claims(kinds: &[(&str, Value)]) -> String {
    kinds.iter().map(|(code, members)| claim_line(code, members)).collect()
}

/// The same outcomes by single requests, a batch and runs, on the claims as they are imported.
fn check(world: &World, lines: &str, expected: &[(&str, &str, &str)], text: Option<(&str, &str)>) {
    let reset = || world.import(lines);
    let entries = || {
        expected
            .iter()
            .map(|(claim, result, code)| line(claim, result, code))
            .collect::<Vec<_>>()
    };
    for (claim, result, code) in expected {
        let answer = world.reprocess(claim, &json!({}));
        let status = match *code {
            "CLA-IP-REPR-022" => 200,
            "REPRISE-RULES-001" => 500,
            _ => 409,
        };
        let answer = answer.expect(status).json();
        assert_eq!(
            super::world::outcome(&answer["resultMessages"][0]),
            line(claim, result, code)
        );
    }
    reset();
    let asked: Vec<_> = expected.iter().map(|(claim, ..)| json!({ "code": claim })).collect();
    world.data_file("BATCH", JSON, Value::Array(asked).to_string());
    let batch = world.batch("BATCH");
    assert_eq!(world.listed(&batch), entries());
    if let Some((claim, words)) = text {
        let results = world.client.results(&batch);
        let result = results.iter().find(|result| result["elementId"] == claim).expect(claim);
        let said = result["messages"][0]["text"].as_str().expect("a text");
        assert!(said.contains(words), "{said}");
    }
    reset();
    let mut listed = Vec::new();
    for process_type in ["CLAIM", "RESERVATION"] {
        let run = world.run(&json!({ "processType": process_type }));
        assert!(["completed", "completed with errors"].contains(&run["status"].as_str().expect("a status")));
        listed.extend(world.listed(&run));
    }
    listed.sort();
    let mut entries = entries();
    entries.sort();
    assert_eq!(listed, entries);
}

#[test]
fn a_component_that_panics_costs_the_claims_that_it_panics_on() {
    let lines = claims(&[
        ("C1", json!({ "status": "CHANGE" })),
        ("C2", json!({ "status": "CHANGE", "processType": "RESERVATION" })),
        ("C3", json!({ "status": "CHANGE" })),
        (
            "C4",
            json!({ "status": "MANUAL PRICING", "processType": "RESERVATION" }),
        ),
        ("C5", json!({ "status": "MANUAL PRICING" })),
    ]);
    on_both_by(components::PANICS_ON_RESERVATIONS, &lines, |world| {
        let expected = [
            ("C1", "S", "CLA-IP-REPR-022"),
            ("C2", "F", "REPRISE-RULES-001"),
            ("C3", "S", "CLA-IP-REPR-022"),
            ("C4", "F", "REPRISE-RULES-001"),
            ("C5", "S", "CLA-IP-REPR-022"),
        ];
        check(
            &world,
            &lines,
            &expected,
            Some(("C4", "it panicked: there are no reservations here")),
        );
        for (code, status) in [
            ("C1", "INITIAL"),
            ("C2", "CHANGE"),
            ("C4", "MANUAL PRICING"),
            ("C5", "INITIAL"),
        ] {
            assert_eq!(world.status(code), status);
        }
    });
}

#[test]
fn a_component_that_loops_or_panics_on_every_claim_is_stopped_on_every_claim() {
    let lines = claims(&[
        ("C1", json!({ "status": "CHANGE" })),
        ("C2", json!({ "status": "MANUAL PRICING" })),
    ]);
    for (rules, words) in [
        (components::LOOPS_IN_REPROCESS, "it ran out of fuel"),
        (
            components::PANICS_IN_REPROCESS,
            "the table of statuses has no row for MANUAL PRICING",
        ),
    ] {
        on_both_by(rules, &lines, |world| {
            let before = world.everything();
            let expected = [("C1", "F", "REPRISE-RULES-001"), ("C2", "F", "REPRISE-RULES-001")];
            check(&world, "", &expected, Some(("C2", words)));
            assert_eq!(world.everything(), before);
        });
    }
}

#[test]
fn a_component_that_answers_too_few_is_asked_one_by_one() {
    let lines = claims(&[
        ("C1", json!({ "status": "CHANGE" })),
        ("C2", json!({ "settlementReason": "PAID" })),
        ("C3", json!({ "status": "CHANGE" })),
    ]);
    on_both_by(components::ANSWERS_TOO_FEW, &lines, |world| {
        let expected = [
            ("C1", "S", "CLA-IP-REPR-022"),
            ("C2", "F", "CLA-IP-REPR-027"),
            ("C3", "S", "CLA-IP-REPR-022"),
        ];
        check(&world, &lines, &expected, None);
    });
}

#[test]
fn whatever_a_component_allows_the_host_holds_to_what_must_not_be() {
    let lines = claims(&[
        ("C1", json!({ "status": "CHANGE" })),
        ("C2", json!({ "status": "CHANGE", "settlementReason": "PAID" })),
        ("C3", json!({ "status": "CHANGE", "lockedBy": "clerk" })),
        ("C4", json!({ "status": "FINALIZED" })),
        (
            "C5",
            json!({ "status": "PRICING FINALIZED", "processType": "RESERVATION" }),
        ),
    ]);
    on_both_by(components::REPROCESSES_EVERYTHING, &lines, |world| {
        let expected = [
            ("C1", "S", "CLA-IP-REPR-022"),
            ("C2", "F", "CLA-IP-REPR-027"),
            ("C3", "F", "CLA-IP-REPR-028"),
            ("C4", "F", "CLA-IP-REPR-014"),
            ("C5", "F", "CLA-IP-REPR-014"),
        ];
        check(&world, &lines, &expected, None);
        let answer = world.reprocess("C1", &json!({})).expect(409);
        assert_eq!(answer.messages()[0].0, "CLA-IP-REPR-013", "it is in processing now");

        // It answers INITIAL, and both done, for a claim that is to wait for a human.
        world.import(&claim_line("C6", &json!({ "status": "CHANGE" })));
        let before = world.everything();
        let answer = world
            .reprocess("C6", &json!({ "claimPendReasonList": [{ "code": "QUIET" }] }))
            .expect(500);
        let [(code, text)] = answer.messages().try_into().expect("one message");
        assert_eq!(code, "REPRISE-RULES-001");
        assert!(text.contains("it has to be in CHANGE"), "{text}");
        assert_eq!(world.everything(), before);
    });
}

#[test]
fn a_component_that_is_stricter_refuses_in_its_own_words() {
    let lines = claims(&[
        ("C1", json!({ "status": "CHANGE", "processType": "RESERVATION" })),
        ("C2", json!({ "status": "PRICING FINALIZED" })),
        (
            "C3",
            json!({ "status": "PRICING FINALIZED", "processType": "RESERVATION" }),
        ),
    ]);
    on_both_by(components::NO_SECOND_PRICING, &lines, |world| {
        let reason = json!({ "claimUnfinalizeReasonList": [{ "code": "UF2" }] });
        world.reprocess("C1", &reason).expect(200);
        world.reprocess("C2", &reason).expect(200);
        let answer = world.reprocess("C3", &reason).expect(409);
        let text = "Claim C3 cannot be reprocessed: the reservation's price was promised to the member; make a new \
                    reservation to price it again";
        assert_eq!(answer.messages(), [("REPRISE-RULES-003".to_owned(), text.to_owned())]);
        assert_eq!(world.status("C3"), "PRICING FINALIZED");
    });
}
