//! Several hosts of one database: what is activated on one decides on all of them, or who does not follow is named.

use std::time::Duration;

use reprise::Host;
use reprise_engine::Digest;
use serde_json::{Value, json};

use super::fixture::{Color, activate, install_both};
use crate::http::client::Client;
use crate::intake::family::ACME;
use crate::reprocess::world::{World, on_both_set_up};
use crate::support::{claim_line, open_host};

fn count(client: &Client) -> Value {
    let dry = json!({ "reprocess": false, "processType": "CLAIM" });
    client.post_json("/api/claimsreprocesscount", &dry).expect(200).json()["count"].clone()
}

/// Another host on the same database, in its own words: it does no activities.
fn beside(world: &World) -> Host {
    let host = open_host(world.configuration());
    host.load(|_, _| ()).expect("a loaded index");
    host
}

#[test]
fn what_is_activated_on_one_host_decides_the_next_request_on_another() {
    on_both_set_up(
        &claim_line("C1", &json!({})),
        |_, _| (),
        |world| {
            let other = Client::of_host(beside(&world)).as_of(ACME);
            assert_eq!(count(&other), 1);
            let [red, blue] = Color::BOTH.map(|color| install_both(&world.host, color));
            for (digests, expected) in [(blue, 0), (red, 1), (blue, 0)] {
                activate(&world.host, &digests, "the other color");
                assert_eq!(count(&other), expected);
                assert_eq!(count(&world.client), expected);
            }
            world
                .host
                .rules(Some(ACME), "jane")
                .deactivate(super::fixture::because("enough"))
                .expect("the default");
            assert_eq!(count(&other), 1);
        },
    );
}

#[test]
fn a_host_that_does_not_follow_is_named() {
    on_both_set_up(
        &claim_line("C1", &json!({})),
        |_, _| (),
        |world| {
            let [red, blue] = Color::BOTH.map(|color| install_both(&world.host, color));
            assert_eq!(
                activate(&world.host, &red, "to begin with").hosts_missing,
                Vec::<String>::new()
            );
            // It says that it is alive, but not that it has seen anything.
            world
                .store
                .write(|transaction| transaction.note_host("a host that sleeps", None, 0))
                .expect("a database");
            let names = reprise::ActivatedNames {
                components: blue
                    .iter()
                    .map(|digest: &Digest| digest.to_string().parse().expect("a name"))
                    .collect(),
                defaults: Vec::new(),
            };
            let request = reprise::ActivationRequest {
                reason: "the other color",
                wait_max: Duration::from_secs(2),
                once: None,
            };
            let activated = world
                .host
                .rules(Some(ACME), "jane")
                .activate(&names, request)
                .expect("an activation");
            assert_eq!(activated.answer.hosts_missing, ["a host that sleeps"]);
            // It is in force all the same.
            assert_eq!(count(&world.client), 0);
        },
    );
}

#[test]
fn one_payers_rules_are_nobody_elses() {
    let lines = claim_line("C1", &json!({})) + &claim_line("O1", &json!({ "payer": "OTHER" }));
    on_both_set_up(
        &lines,
        |_, _| (),
        |world| {
            let blue = install_both(&world.host, Color::Blue);
            activate(&world.host, &blue, "blue for ACME alone");
            assert_eq!(count(&world.client), 0);
            assert_eq!(count(&world.client.as_of("OTHER")), 1);
            let refused = world
                .host
                .rules(Some("OTHER"), "joe")
                .inspect(&blue[0].to_string().parse().expect("a name"));
            refused.expect_err("another payer's component is not there");
        },
    );
}
