//! A finalized claim is processed again only for a reason.
//!
//! Asks: the claim's status, and whether the request gives an unfinalize reason.
//! Source: what happens to a claim that is picked up, "FINALIZED or PRICING FINALIZED and no unfinalize reason given".
//! Decides: a claim in FINALIZED or PRICING FINALIZED is refused unless the request gives an unfinalize reason. Whether
//! the reason is known and the caller may use it is not for rules to say.

use reprise_rules::claim_status::{ClaimState, Refusal, RefusalReason};

/// Refuses a finalized claim without an unfinalize reason.
///
/// # Errors
///
/// That an unfinalize reason is missing.
pub fn check_unfinalize_reason(state: &ClaimState) -> Result<(), Refusal> {
    if !state.status.is_finalized() || state.unfinalize_reason_given {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalReason::UnfinalizeReasonMissing,
        // Joined, not formatted: it is said of many claims of a batch.
        [
            "the claim is in status `",
            state.status.as_str(),
            "`; to process it again, give at least one unfinalize reason",
        ]
        .concat(),
    ))
}
