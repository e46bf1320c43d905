//! Only a claim that waits for somebody, or that is done, is processed again.
//!
//! Asks: the claim's status.
//! Source: what happens to a claim that is picked up, "status"; the reprocessable statuses.
//! Decides: a claim in CHANGE, MANUAL PRICING, MANUAL PRICING ADJUDICATION, MANUAL BENEFITS, MANUAL ADJUDICATION,
//! PRICING FINALIZED or FINALIZED may be processed again; one in any other status is on its way and is refused.

use reprise_rules::claim_status::{ClaimState, ProcessingStatus, Refusal, RefusalReason};
use reprise_rules::text;

/// Refuses a claim in a status that is not reprocessable.
///
/// # Errors
///
/// That the claim's status does not allow it, and which do.
pub fn check_status(state: &ClaimState) -> Result<(), Refusal> {
    if state.status.is_reprocessable() {
        return Ok(());
    }
    let reprocessable = ProcessingStatus::ALL
        .into_iter()
        .filter(|status| status.is_reprocessable());
    let reprocessable: Vec<_> = reprocessable.map(ProcessingStatus::as_str).collect();
    Err(Refusal::new(
        RefusalReason::Status,
        // Joined, not formatted: it is said of many claims of a batch.
        [
            "the claim is in status `",
            state.status.as_str(),
            "`; it can be processed again when it is in ",
            &text::choice(&reprocessable),
        ]
        .concat(),
    ))
}
