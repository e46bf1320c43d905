//! What began with a generation ends with it, whatever is activated meanwhile.

use std::num::NonZeroU32;

use reprise::Throttle;
use reprise_store::{InstallationState, RulesOf};
use serde_json::json;

use super::fixture::{Color, activate, because, install_both};
use crate::http::client::JSON;
use crate::intake::family::ACME;
use crate::reprocess::world::{World, on_both_set_up};
use crate::support::claim_line;

const CLAIMS: usize = 6;

fn lines() -> String {
    (0..CLAIMS)
        .map(|number| claim_line(&format!("C{number}"), &json!({ "status": "CHANGE" })))
        .collect()
}

/// Play a story in which claims are handled one a second.
#[track_caller]
fn on_both_slowed(story: impl Fn(World) + Sync) {
    let slowed = |configuration: &mut reprise::Configuration, _: &crate::support::Place| {
        configuration.throttle = Throttle {
            default: NonZeroU32::new(1),
            ..Throttle::default()
        };
    };
    on_both_set_up(&lines(), slowed, story);
}

/// What each claim was refused with: by the rules, so that the color says which.
fn check_colors(world: &World, activity: &serde_json::Value, color: Color) {
    let results = world.client.results(activity);
    assert_eq!(results.len(), CLAIMS, "{results:?}");
    for result in &results {
        let text = result["messages"][0]["text"].as_str().expect("a text");
        assert!(text.contains(color.as_str()), "{result}");
    }
}

#[test]
fn a_run_goes_on_with_the_generation_that_it_began_with() {
    on_both_slowed(|world| {
        let [red, blue] = Color::BOTH.map(|color| install_both(&world.host, color));
        activate(&world.host, &red, "to begin with");
        let run = world.accepted(&json!({}));
        world.until(&run, |shown| shown["progress"]["failed"].as_u64() >= Some(1));
        activate(&world.host, &blue, "another one");
        let state = |digest: &reprise_engine::Digest| {
            let installed = world.store.installation(Some(ACME), &digest.to_string());
            installed.expect("a database").expect("an installation").state
        };
        assert_eq!(state(&red[1]), InstallationState::Draining);
        // Who asks meanwhile is answered by the other one.
        let dry = json!({ "reprocess": false, "processType": "CLAIM" });
        let count = world
            .client
            .post_json("/api/claimsreprocesscount", &dry)
            .expect(200)
            .json();
        assert_eq!(count["count"], 0);
        let ended = world.client.ended(&run);
        check_colors(&world, &ended, Color::Red);
        // Nothing goes on with it any more.
        for digest in &red {
            let mut state_now = state(digest);
            for _ in 0..600 {
                if state_now == InstallationState::Retired {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(50));
                state_now = state(digest);
            }
            assert_eq!(state_now, InstallationState::Retired);
        }
        // What has retired can be gone back to.
        let back = world
            .host
            .rules(Some(ACME), "jane")
            .roll_back(None, because("it was better before"));
        assert_eq!(back.expect("a generation before").answer.generation, Some(1));
        assert_eq!(state(&red[0]), InstallationState::Active);
        let active: Vec<_> = world
            .store
            .installations(RulesOf::Payer(ACME))
            .expect("a database")
            .into_iter()
            .filter(|installation| installation.state == InstallationState::Active)
            .map(|installation| installation.digest)
            .collect();
        assert_eq!(active.len(), 2, "{active:?}");
    });
}

#[test]
fn a_batch_goes_on_with_the_generation_that_it_began_with() {
    on_both_slowed(|world| {
        let [red, blue] = Color::BOTH.map(|color| install_both(&world.host, color));
        activate(&world.host, &red, "to begin with");
        let asked: Vec<_> = (0..CLAIMS)
            .map(|number| json!({ "code": format!("C{number}") }))
            .collect();
        world.data_file("BATCH", JSON, json!(asked).to_string());
        let started = world.start_batch(&json!({ "dataFileSetCode": "BATCH" })).expect(201);
        let path = started.header("location").to_owned();
        world.until(&path, |shown| shown["progress"]["failed"].as_u64() >= Some(1));
        activate(&world.host, &blue, "another one");
        // A process that takes over goes on with it, too.
        let world = world.restarted(|configuration| configuration.throttle = Throttle::default());
        let ended = world.client.ended(&path);
        check_colors(&world, &ended, Color::Red);
        // What begins now begins with the other one.
        world.data_file("BATCH2", JSON, json!(asked).to_string());
        check_colors(&world, &world.batch("BATCH2"), Color::Blue);
    });
}
