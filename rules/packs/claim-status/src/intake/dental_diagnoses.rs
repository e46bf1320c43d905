//! A claim for a dental plan holds four diagnosis codes.
//!
//! Asks: how many different diagnosis codes the procedures have, and whether the plan is medical.
//! Source: the product's own policy; none is published. Four is what the dental claim form has room for.
//! Decides: a claim for a dental plan with more is refused.

use reprise_rules::claim_status::{ClaimFacts, IntakeRefusal};

const CODES_MAX: u32 = 4;

/// Refuses a claim for a dental plan with too many diagnosis codes.
///
/// # Errors
///
/// How many there are, and how many there may be.
pub(super) fn check_dental_diagnoses(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    if facts.medical || facts.diagnoses <= CODES_MAX {
        return Ok(());
    }
    Err(IntakeRefusal::new(
        "too-many-dental-diagnoses",
        "procNums",
        format!(
            "the procedures have {} different diagnosis codes, and a claim for a dental plan holds {CODES_MAX}; ask \
             for several claims",
            facts.diagnoses
        ),
    ))
}
