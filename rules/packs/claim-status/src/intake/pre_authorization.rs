//! A preauthorization is for whatever plan is named, and otherwise for the first-ranked dental one.
//!
//! Asks: whether there is a plan, and whether it is a capitation plan.
//! Source: the product's own policy; none is published.
//! Decides: a preauthorization for any plan of the patient is taken, also for one that no claims are made for. On a
//! capitation plan it becomes a capitation claim, and what holds for those holds for it.

use reprise_rules::claim_status::{ClaimFacts, IntakeRefusal};

use super::kind::ClaimKind;
use super::other::check_not_beyond;

/// Refuses a preauthorization that is for no plan.
///
/// # Errors
///
/// That there is no plan for it.
pub(super) fn check_plan(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    if !facts.plan_known {
        return Err(IntakeRefusal::new(
            "no-primary-plan",
            "ClaimType",
            "the patient has no dental plan that the preauthorization could be for; for a medical plan, give its \
             InsSubNum",
        ));
    }
    match ClaimKind::of(facts) {
        ClaimKind::Capitation => check_not_beyond(facts),
        _ => Ok(()),
    }
}
