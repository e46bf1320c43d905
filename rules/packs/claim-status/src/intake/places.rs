//! A claim is of one place of service.
//!
//! Asks: whether the procedures are of different places of service.
//! Source: the product's own policy; none is published.
//! Decides: a claim for procedures of different places of service is refused.

use reprise_rules::claim_status::{ClaimFacts, IntakeRefusal};

/// Refuses a claim for procedures of several places of service.
///
/// # Errors
///
/// That they are.
pub(super) fn check_one_place(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    if !facts.several_places {
        return Ok(());
    }
    Err(IntakeRefusal::new(
        "several-places-of-service",
        "procNums",
        "the procedures have different places of service, and a claim has one; ask for a claim for each place",
    ))
}
