//! An Other claim is medical, tertiary, or for a capitation plan.
//!
//! Asks: whether the subscription is named, the plan's type and rank, and whether it is medical.
//! Source: the product's own policy; none is published.
//! Decides: the subscription must be named, for nothing else says which claim is meant. A medical plan makes the claim
//! medical, the third-ranked dental plan tertiary. The first and the second dental plan have types of their own, P and
//! S, unless they are capitation plans: that is how a capitation claim is asked for. No claim is for a dental plan of
//! rank 4 or beyond.

use reprise_rules::claim_status::{ClaimFacts, IntakeRefusal};

use super::kind::ClaimKind;
use super::words;

/// The last rank that claims are made for.
const RANK_MAX: u32 = 3;

/// Refuses an Other claim for a plan that it cannot be for.
///
/// # Errors
///
/// That no plan is named, or one that has another type of claim or none.
pub(super) fn check_other_plan(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    if !facts.subscription_asked || !facts.plan_known {
        return Err(IntakeRefusal::new(
            "subscription-missing",
            "InsSubNum",
            "a claim of type `Other` needs InsSubNum: that of a medical plan, of the third-ranked dental plan, or of a \
             capitation plan",
        ));
    }
    check_not_beyond(facts)?;
    let (code, claim_type) = match (ClaimKind::of(facts), facts.rank) {
        (ClaimKind::Tertiary, 0 | 1) => ("other-on-primary-plan", "P"),
        (ClaimKind::Tertiary, 2) => ("other-on-secondary-plan", "S"),
        _ => return Ok(()),
    };
    Err(IntakeRefusal::new(
        code,
        "InsSubNum",
        format!(
            "InsSubNum names {}, and a claim for that one is of ClaimType `{claim_type}`; `Other` is for a medical \
             plan, the third-ranked dental plan or a capitation plan",
            words::plan(facts.rank)
        ),
    ))
}

/// Refuses a claim for a dental plan that no claims are made for.
///
/// # Errors
///
/// That the plan's rank is beyond the third.
pub(super) fn check_not_beyond(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    if facts.rank <= RANK_MAX {
        return Ok(());
    }
    Err(IntakeRefusal::new(
        "plan-beyond-tertiary",
        "InsSubNum",
        format!(
            "InsSubNum names {}; claims are made for the first three",
            words::plan(facts.rank)
        ),
    ))
}
