//! A patient without a plan has nobody to send a claim to.
//!
//! Asks: how many plans the patient has.
//! Source: the product's own policy; none is published.
//! Decides: a claim of any type for a patient without a plan is refused.

use reprise_rules::claim_status::{ClaimFacts, IntakeRefusal};

/// Refuses a claim for a patient who has no plan.
///
/// # Errors
///
/// That the patient has no plan.
pub(super) fn check_enrolled(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    if facts.dental_plans > 0 || facts.medical_plans > 0 {
        return Ok(());
    }
    Err(not_enrolled())
}

/// That the patient has no plan.
pub(super) fn not_enrolled() -> IntakeRefusal {
    IntakeRefusal::new(
        "no-plan",
        "PatNum",
        "the patient has no insurance plan; enrol the patient in one before a claim is made",
    )
}
