//! A secondary claim is for the patient's second-ranked dental plan.
//!
//! Asks: the plan's rank, and how many dental plans the patient has.
//! Source: the product's own policy; none is published.
//! Decides: without a second dental plan, and with a subscription of another rank, it is refused.

use reprise_rules::claim_status::{ClaimFacts, IntakeRefusal};

use super::words;

/// Refuses a secondary claim for any plan but the second-ranked dental one.
///
/// # Errors
///
/// That there is no such plan, or that another one is named.
pub(super) fn check_secondary_plan(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    if !facts.plan_known {
        let plans = if facts.dental_plans == 0 { "no" } else { "only one" };
        return Err(IntakeRefusal::new(
            "no-secondary-plan",
            "ClaimType",
            format!("the patient has {plans} dental plan, and a secondary claim is for the second-ranked one"),
        ));
    }
    if facts.rank == 2 {
        return Ok(());
    }
    Err(IntakeRefusal::new(
        "subscription-of-another-rank",
        "InsSubNum",
        format!(
            "InsSubNum names {}, and a secondary claim is for the second-ranked dental plan; leave InsSubNum out or \
             name that plan's",
            words::plan(facts.rank)
        ),
    ))
}
