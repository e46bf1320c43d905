//! A settled claim is not processed again.
//!
//! Asks: whether the claim is settled.
//! Source: what happens to a claim that is picked up, "settled".
//! Decides: a settled claim is refused, whatever else is so of it; money has moved on it, and what it says is on record
//! elsewhere.

use reprise_rules::claim_status::{ClaimState, Refusal, RefusalReason};

/// Refuses a settled claim.
///
/// # Errors
///
/// That the claim is settled.
pub fn check_settled(state: &ClaimState) -> Result<(), Refusal> {
    if !state.settled {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalReason::Settled,
        "the claim is settled; a settled claim is never processed again",
    ))
}
