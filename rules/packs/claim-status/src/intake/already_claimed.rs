//! A procedure is on one claim for a subscription.
//!
//! Asks: whether a procedure is on another claim for the same subscription, preauthorizations aside.
//! Source: the product's own policy; none is published. The host holds every component to it.
//! Decides: such a claim is refused, but for a preauthorization, which asks beforehand and claims nothing.

use reprise_rules::claim_status::{ClaimFacts, IntakeRefusal};

use super::kind::ClaimKind;
use super::words;

/// Refuses a claim with a procedure that is claimed already.
///
/// # Errors
///
/// Which procedure it is.
pub(super) fn check_not_claimed(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    let Some(procedure) = facts.claimed else {
        return Ok(());
    };
    if ClaimKind::of(facts) == ClaimKind::PreAuthorization {
        return Ok(());
    }
    Err(IntakeRefusal::new(
        "procedure-already-claimed",
        "procNums",
        format!(
            "procedure {procedure} is on a claim for {} already; delete that claim first, or leave the procedure out",
            words::plan(facts.rank)
        ),
    ))
}
