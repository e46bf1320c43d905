//! A claim holds twelve diagnosis codes.
//!
//! Asks: how many different diagnosis codes the procedures have.
//! Source: the product's own policy; none is published. Twelve is what the medical claim form has room for.
//! Decides: a claim with more is refused.

use reprise_rules::claim_status::{ClaimFacts, IntakeRefusal};

const CODES_MAX: u32 = 12;

/// Refuses a claim with too many diagnosis codes.
///
/// # Errors
///
/// How many there are, and how many there may be.
pub(super) fn check_diagnoses(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    if facts.diagnoses <= CODES_MAX {
        return Ok(());
    }
    Err(IntakeRefusal::new(
        "too-many-diagnoses",
        "procNums",
        format!(
            "the procedures have {} different diagnosis codes, and a claim holds {CODES_MAX}; ask for several claims",
            facts.diagnoses
        ),
    ))
}
