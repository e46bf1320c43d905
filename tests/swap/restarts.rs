//! What a program brings along, what is named when it is started, and what somebody has activated.

use reprise_engine::Digest;
use serde_json::json;

use super::fixture::{Color, because};
use crate::components;
use crate::reprocess::world::{World, on_both_set_up};
use crate::support::{Place, claim_line, decided_by};

/// What decides on claim status for everybody, and in which generation.
fn in_force(world: &World) -> (String, String) {
    let said = decided_by(&world.host);
    let text = |member: &str| said[member].as_str().unwrap_or_default().to_owned();
    (text("rules"), text("generation"))
}

fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

#[test]
fn what_a_program_is_started_with_is_stored_and_decides_until_somebody_chooses() {
    on_both_set_up(
        &claim_line("C1", &json!({})),
        |_, _| (),
        |world| {
            let bundled = digest(reprise_bundle::CLAIM_STATUS);
            assert_eq!(in_force(&world), (bundled.clone(), "platform-1".to_owned()));
            let stored = world.store.component_bytes(&bundled).expect("a database");
            assert_eq!(stored.as_deref(), Some(reprise_bundle::CLAIM_STATUS));
            // A restart changes nothing.
            let world = world.restarted(|_| ());
            assert_eq!(in_force(&world), (bundled.clone(), "platform-1".to_owned()));
            // What is named decides, and no longer where it is not named any more.
            let place = Place::new();
            let named = place.file("named.wasm", Color::Blue.status());
            let world = world.restarted(|configuration| configuration.claim_status_rules = Some(named.clone()));
            assert_eq!(
                in_force(&world),
                (digest(Color::Blue.status()), "platform-2".to_owned())
            );
            let world = world.restarted(|configuration| configuration.claim_status_rules = None);
            assert_eq!(in_force(&world), (bundled, "platform-3".to_owned()));
            // What somebody has activated stays, whatever a start brings along.
            let rules = world.host.rules(None, "root");
            let installed = rules
                .install(components::RIVERSIDE_DENTAL, &[], None)
                .expect("an answer")
                .digest;
            let names = reprise::ActivatedNames {
                components: vec![installed.to_string().parse().expect("a name")],
                defaults: Vec::new(),
            };
            rules
                .activate(&names, because("the practice wants it"))
                .expect("an activation");
            let chosen = (installed.to_string(), "platform-4".to_owned());
            assert_eq!(in_force(&world), chosen);
            let world = world.restarted(|configuration| configuration.claim_status_rules = Some(named));
            assert_eq!(in_force(&world), chosen);
            // So does what somebody has gone back to, although this program had activated it once.
            let back = world
                .host
                .rules(None, "root")
                .roll_back(Some(2), because("the practice has gone"));
            assert_eq!(back.expect("a generation").answer.generation, Some(2));
            let gone_back_to = (digest(Color::Blue.status()), "platform-2".to_owned());
            assert_eq!(in_force(&world), gone_back_to);
            let world = world.restarted(|configuration| configuration.claim_status_rules = None);
            assert_eq!(in_force(&world), gone_back_to);
        },
    );
}
