//! The other coverage of a tertiary claim is the second-ranked dental plan; no claim is its own other coverage.
//!
//! Asks: whether the other subscription is named, its plan's rank and the rank of the claim's plan.
//! Source: the product's own policy; none is published.
//! Decides: a tertiary claim without it, or with that of another plan, is refused, and so is a claim of any type whose
//! two subscriptions are of one rank.

use reprise_rules::claim_status::{ClaimFacts, IntakeRefusal};

use super::kind::ClaimKind;
use super::words;

/// Refuses a claim whose other coverage is missing or wrong.
///
/// # Errors
///
/// That it is missing where it is needed, or which plan it should be for.
pub(super) fn check_other_coverage(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    if ClaimKind::of(facts) == ClaimKind::Tertiary {
        return check_of_tertiary(facts);
    }
    if facts.other_subscription_asked && facts.rank != 0 && facts.other_rank == facts.rank {
        return Err(IntakeRefusal::new(
            "other-subscription-wrong",
            "InsSubNum2",
            "InsSubNum2 names the plan that the claim itself is for; name the other coverage's or leave it out",
        ));
    }
    Ok(())
}

fn check_of_tertiary(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    if !facts.other_subscription_asked {
        return Err(IntakeRefusal::new(
            "other-subscription-missing",
            "InsSubNum2",
            "a tertiary claim needs InsSubNum2, the subscription of the patient's second-ranked dental plan",
        ));
    }
    if facts.other_rank == 2 {
        return Ok(());
    }
    Err(IntakeRefusal::new(
        "other-subscription-wrong",
        "InsSubNum2",
        format!(
            "InsSubNum2 names {}; for a tertiary claim it is the subscription of the second-ranked dental plan",
            words::plan(facts.other_rank)
        ),
    ))
}
