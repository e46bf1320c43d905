//! A claim that another process holds is not processed again.
//!
//! Asks: whether the claim is locked.
//! Source: what happens to a claim that is picked up, "locked by another process".
//! Decides: a locked claim is refused; the request may be repeated when the other process is done with it.

use reprise_rules::claim_status::{ClaimState, Refusal, RefusalReason};

/// Refuses a locked claim.
///
/// # Errors
///
/// That another process holds the claim.
pub fn check_locked(state: &ClaimState) -> Result<(), Refusal> {
    if !state.locked {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalReason::Locked,
        "another process holds the claim; ask again when that one is done",
    ))
}
