//! Nobody asks for a capitation claim: a claim becomes one by its plan.
//!
//! Asks: the type that is asked for.
//! Source: the product's own policy; none is published.
//! Decides: type Cap is refused as a wish. Any other type on a plan of type capitation becomes Cap; see `kind`.

use reprise_rules::claim_status::{ClaimFacts, IntakeRefusal, IntakeType};

/// Refuses a claim that is asked for as `Cap`.
///
/// # Errors
///
/// That `Cap` is nothing to ask for.
pub(super) fn check_capitation_not_asked(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    if facts.claim_type != IntakeType::Capitation {
        return Ok(());
    }
    Err(IntakeRefusal::new(
        "cap-not-asked-for",
        "ClaimType",
        "a claim becomes `Cap` by its plan and is not asked for as one; give ClaimType `Other` and the InsSubNum of a \
         capitation plan",
    ))
}
