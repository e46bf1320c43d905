//! A claim is of one clinic.
//!
//! Asks: whether the procedures are of different clinics.
//! Source: the product's own policy; none is published.
//! Decides: a claim for procedures of different clinics is refused.

use reprise_rules::claim_status::{ClaimFacts, IntakeRefusal};

/// Refuses a claim for procedures of several clinics.
///
/// # Errors
///
/// That they are.
pub(super) fn check_one_clinic(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    if !facts.several_clinics {
        return Ok(());
    }
    Err(IntakeRefusal::new(
        "several-clinics",
        "procNums",
        "the procedures are of different clinics, and a claim is of one; ask for a claim for each clinic",
    ))
}
