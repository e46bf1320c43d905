//! A primary claim is for the patient's first-ranked dental plan.
//!
//! Asks: the plan's rank, and whether there is one at all.
//! Source: the product's own policy; none is published. Rank counts dental plans alone, so that the plan of ordinal 2 is
//! the primary one where the plan of ordinal 1 is medical.
//! Decides: without a dental plan, and with a subscription of another rank, it is refused.

use reprise_rules::claim_status::{ClaimFacts, IntakeRefusal};

use super::words;

/// Refuses a primary claim for any plan but the first-ranked dental one.
///
/// # Errors
///
/// That there is no such plan, or that another one is named.
pub(super) fn check_primary_plan(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    if !facts.plan_known {
        return Err(IntakeRefusal::new(
            "no-primary-plan",
            "ClaimType",
            "the patient has no dental plan that a primary claim could be for; for a medical plan, give ClaimType \
             `Other` and its InsSubNum",
        ));
    }
    if facts.rank == 1 {
        return Ok(());
    }
    Err(IntakeRefusal::new(
        "subscription-of-another-rank",
        "InsSubNum",
        format!(
            "InsSubNum names {}, and a primary claim is for the first-ranked dental plan; leave InsSubNum out or name \
             that plan's",
            words::plan(facts.rank)
        ),
    ))
}
