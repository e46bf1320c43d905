//! Stories of managing rules: what is installed, what decides, who has signed what.
//!
//! [`managing`] is the life of components from installation to rollback, [`signing`] whose word counts, [`asking`] the same
//! over HTTP.

mod asking;
mod managing;
mod signing;

use std::time::Duration;

use reprise::{Activated, ActivatedNames, ActivationRequest, HostError, NamedComponent, RulesManagement};

use crate::support::claim_line;

/// Why things are done here.
const REASON: &str = "the story wants it";

/// What is imported: payers ACME and ZENITH have a claim each.
fn lines() -> String {
    ["ACME", "ZENITH"]
        .map(|payer| claim_line("C1", &serde_json::json!({ "payer": payer })))
        .concat()
}

/// The same component under another digest: with a note that nobody reads.
fn variant(component: &[u8], note: u8) -> Vec<u8> {
    // A custom section: its kind, its length, the length of its name, its name, what is in it.
    let section = [0, 6, 4, b'n', b'o', b't', b'e', note];
    [component, &section].concat()
}

/// A component as people name it.
#[track_caller]
fn named(name: &str) -> NamedComponent {
    name.parse().expect("a name")
}

fn request(reason: &str) -> ActivationRequest<'_> {
    ActivationRequest {
        reason,
        wait_max: Duration::ZERO,
        once: None,
    }
}

fn names(names: &[&str]) -> ActivatedNames {
    ActivatedNames {
        components: names.iter().map(|name| named(name)).collect(),
        defaults: Vec::new(),
    }
}

/// Install a component, which is let in, and answer its digest.
#[track_caller]
fn install(rules: &RulesManagement<'_>, component: &[u8]) -> String {
    let installed = rules.install(component, &[], None).expect("an answer");
    assert_eq!(installed.reason, None, "it is let in");
    installed.digest.to_string()
}

#[track_caller]
fn activate(rules: &RulesManagement<'_>, components: &[&str]) -> Activated {
    let done = rules.activate(&names(components), request(REASON));
    done.expect("it is activated").answer
}

#[track_caller]
fn roll_back(rules: &RulesManagement<'_>, to: Option<i64>) -> Option<i64> {
    let done = rules.roll_back(to, request(REASON));
    done.expect("it is gone back").answer.generation
}

/// It is refused, in these words among others.
#[track_caller]
fn refused<T: std::fmt::Debug>(asked: Result<T, HostError>, words: &str) {
    let said = asked.expect_err(words).to_string();
    assert!(said.contains(words), "`{words}` is not in: {said}");
}
