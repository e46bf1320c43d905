//! In which state a claim that is processed again starts.
//!
//! Asks: whether the request gives a pend reason, what it says of preprocessing and pricing, and whether preprocessing
//! is done.
//! Source: what happens to a claim that is picked up, "pend reasons in the request".
//! Decides: with a pend reason the claim waits in CHANGE, and neither preprocessing nor pricing counts as done, whatever
//! the request says. Without one it is resubmitted in INITIAL: preprocessing is as the request says, or as it is if the
//! request says nothing; pricing is done only if the request says so, for its result is what reprocessing is to change.

use reprise_rules::claim_status::{ClaimState, Disposition, ProcessingStatus};

/// The state that a claim starts in.
pub fn start(state: &ClaimState) -> Disposition {
    if state.pend_reason_given {
        return Disposition {
            status: ProcessingStatus::Change,
            preprocessing_done: false,
            pricing_done: false,
        };
    }
    Disposition {
        status: ProcessingStatus::Initial,
        preprocessing_done: state.asked_preprocessing_done.unwrap_or(state.preprocessing_done),
        pricing_done: state.asked_pricing_done == Some(true),
    }
}
