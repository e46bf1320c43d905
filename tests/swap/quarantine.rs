//! Rules that fail: what they were to decide is refused, and after some failures they decide no more.

use std::time::Duration;

use reprise::{PolicyChange, RuleSettings};
use reprise_engine::{CallLimits, Digest, RuleLimits};
use reprise_store::InstallationState;
use serde_json::{Value, json};

use super::fixture::{Color, activate, install, install_both};
use crate::components;
use crate::http::client::{Answer, Client};
use crate::intake::family::ACME;
use crate::reprocess::world::{World, on_both_set_up};
use crate::support::claim_line;

/// After how many faults a component is quarantined in these stories.
const FAULTS: u32 = 3;

/// A product that the component panics on; conformance does not ask for it.
const PANIC: &str = "PANIC-IN-COMPILE";

fn lines() -> String {
    let product = |payer: &str| format!("{}\n", json!({ "kind": "product", "payer": payer, "code": PANIC }));
    claim_line("C1", &json!({ "status": "CHANGE" }))
        + &claim_line("O1", &json!({ "payer": "OTHER", "status": "CHANGE" }))
        + &product(ACME)
        + &product("OTHER")
}

#[track_caller]
fn on_both(story: impl Fn(World) + Sync) {
    let strict = |configuration: &mut reprise::Configuration, _: &crate::support::Place| {
        configuration.rule_settings = RuleSettings {
            quarantine_faults: FAULTS,
            ..RuleSettings::default()
        };
        configuration.rule_limits = RuleLimits::same(CallLimits {
            fuel_max: 200_000_000,
            ..CallLimits::default()
        });
    };
    on_both_set_up(&lines(), strict, story);
}

fn ask(client: &Client, product: Option<&str>) -> Answer {
    let mut request = json!({ "reprocess": false, "processType": "CLAIM" });
    if let Some(product) = product {
        request["productCode"] = product.into();
    }
    client.post_json("/api/claimsreprocesscount", &request)
}

/// Asks for what the component fails on, as often as it takes, and waits until it is seen to.
fn fail_until(world: &World, digest: Digest, is_settled: impl Fn(&World) -> bool) {
    for _ in 0..FAULTS {
        let answer = ask(&world.client, Some(PANIC)).expect(500);
        assert_eq!(answer.messages()[0].0, "REPRISE-RULES-001", "{digest}: {}", answer.text);
    }
    for _ in 0..600 {
        if is_settled(world) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the faults of {digest} were noted, and nothing came of it");
}

fn state(world: &World, digest: Digest) -> InstallationState {
    let installation = world
        .store
        .installation(Some(ACME), &digest.to_string())
        .expect("a database");
    installation.expect("an installation").state
}

#[test]
fn rules_that_fail_too_often_are_quarantined_and_what_they_were_to_decide_is_refused() {
    on_both(|world| {
        let digest = install(&world.host, components::PANICS);
        activate(&world.host, &[digest], "not known to be bad");
        assert_eq!(ask(&world.client, None).expect(200).json()["count"], 1);
        fail_until(&world, digest, |world| {
            state(world, digest) == InstallationState::Quarantined
        });
        // Nothing is decided by it any more, also what it did not fail on.
        let answer = ask(&world.client, None).expect(500);
        let (code, text) = answer.messages().remove(0);
        assert_eq!(code, "REPRISE-RULES-001");
        assert!(
            text.contains("it is quarantined: it failed 3 times within 600 s; the last time: it panicked: "),
            "{text}"
        );
        let run = json!({ "reprocess": true, "processType": "CLAIM" });
        world.client.post_json("/api/claimsreprocesscriteria", &run).expect(500);
        assert_eq!(world.status("C1"), "CHANGE", "nothing is passed");
        // Other kinds and other payers go on.
        assert_eq!(ask(&world.client.as_of("OTHER"), None).expect(200).json()["count"], 1);
        check_audit(&world, digest);
        // Another one can be activated, this one cannot.
        let names = reprise::ActivatedNames {
            components: vec![digest.to_string().parse().expect("a name")],
            defaults: Vec::new(),
        };
        let refused = world
            .host
            .rules(Some(ACME), "jane")
            .activate(&names, super::fixture::because("again"));
        let refused = refused.expect_err("it is quarantined").to_string();
        assert!(refused.contains("is quarantined and cannot decide"), "{refused}");
        activate(
            &world.host,
            &[install(&world.host, Color::Red.criteria())],
            "another one",
        );
        assert_eq!(ask(&world.client, None).expect(200).json()["count"], 1);
        world.reprocess("C1", &json!({})).expect(200);
    });
}

fn check_audit(world: &World, digest: Digest) {
    let page = world
        .client
        .get("/api/audit?operation=quarantine_rules")
        .expect(200)
        .json();
    let entries = page["entries"].as_array().expect("entries");
    let objects: Vec<&Value> = entries.iter().map(|entry| &entry["object"]).collect();
    assert_eq!(objects, [&json!(format!("component {digest}"))]);
}

#[test]
fn where_a_payer_wants_it_what_decided_before_decides_again() {
    on_both(|world| {
        let rules = world.host.rules(Some(ACME), "jane");
        let wanted = PolicyChange {
            return_after_quarantine: Some(true),
            ..PolicyChange::default()
        };
        rules.change_policy(wanted).expect("a policy");
        let blue = install_both(&world.host, Color::Blue);
        activate(&world.host, &blue, "to begin with");
        let digest = install(&world.host, components::PANICS);
        activate(&world.host, &[digest], "not known to be bad");
        assert_eq!(ask(&world.client, None).expect(200).json()["count"], 1);
        let is_back = |world: &World| {
            let active = world.store.active_generation(Some(ACME)).expect("a database");
            active.is_some_and(|active| active.number == 1)
        };
        fail_until(&world, digest, is_back);
        assert_eq!(state(&world, digest), InstallationState::Quarantined);
        assert_eq!(
            ask(&world.client, None).expect(200).json()["count"],
            0,
            "blue decides again"
        );
        let last = &rules.history(None, 1).expect("a record")[0];
        assert_eq!((last.generation, last.user.as_str()), (Some(1), "reprise"));
        assert!(
            last.reason.contains("is quarantined: it failed 3 times"),
            "{}",
            last.reason
        );
    });
}

#[test]
fn a_bad_component_of_the_platform_is_taken_from_the_payer_that_it_fails_alone() {
    on_both(|world| {
        let rules = world.host.rules(None, "root");
        let installed = rules.install(components::PANICS, &[], None).expect("an answer");
        let names = reprise::ActivatedNames {
            components: vec![installed.digest.to_string().parse().expect("a name")],
            defaults: Vec::new(),
        };
        rules
            .activate(&names, super::fixture::because("not known to be bad"))
            .expect("an activation");
        let digest = installed.digest;
        let settled = |world: &World| {
            let found = world
                .store
                .installation(Some(ACME), &digest.to_string())
                .expect("a database");
            found.is_some_and(|found| found.state == InstallationState::Quarantined)
        };
        fail_until(&world, digest, settled);
        ask(&world.client, None).expect(500);
        assert_eq!(ask(&world.client.as_of("OTHER"), None).expect(200).json()["count"], 1);
    });
}
