//! The engine's own vectors: what the contract promises of every component, tried on claims that the engine makes up.
//!
//! Which answers are right is for the rules to say. What is held against a component is that it answers the same claim
//! once so and once otherwise: by the order of rows, by the cut into batches, by what its instance was asked before, or
//! by the function that is called. Rules that do so would decide a claim by the claims beside it.

mod claim_status;
mod criteria;
mod facts;
mod population;
mod requests;

use super::RuleComponent;
use super::trial::{Budget, Stop};

/// What every promise ends with.
const SAME_ANSWER: &str = "a component keeps nothing between calls, so that the same claim gets the same answer in any \
                           order, in any batches, in any instance";

/// Step conformance: what was tried, or what was broken.
pub(crate) fn conform(component: &RuleComponent, mut budget: Budget) -> Result<String, String> {
    match component {
        RuleComponent::Criteria(component) => criteria::check(component, &mut budget),
        RuleComponent::ClaimStatus(component) => claim_status::check(component, &mut budget),
    }
}

/// Why a call gave no answer.
fn stopped(asked: &str, stop: Stop) -> String {
    match stop {
        Stop::Fault(fault) => format!("{asked}, {fault}"),
        Stop::Exhausted(sentence) => {
            format!("{sentence} when it came to this: {asked}; do what does not depend on the claim once, not for each")
        }
    }
}
