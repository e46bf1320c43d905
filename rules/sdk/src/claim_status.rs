//! What an author implements to decide about claims' status.

#[doc(hidden)]
pub mod component;
mod state;
mod status;

pub use crate::bindings::claim_status::exports::reprise::rules::disposition::{Disposition, Refusal, RefusalReason};
pub use crate::bindings::reprise::rules::types::{ProcessType, ProcessingStatus};
pub use state::ClaimState;

/// How a claim that is processed again starts, or why it is not.
pub type Decision = Result<Disposition, Refusal>;

/// A claim-status component.
///
/// It keeps nothing between calls. It may be stricter than the host, never laxer: whatever it decides, the host leaves a
/// claim as it is that is settled, locked, in none of the [reprocessable](ProcessingStatus::is_reprocessable) statuses,
/// or finalized without an unfinalize reason.
pub trait ClaimStatusRules: 'static {
    /// The component's name, for people.
    const NAME: &'static str;

    /// The component's version, for people: `env!("CARGO_PKG_VERSION")`.
    const VERSION: &'static str;

    /// Decides whether a claim is processed again, and in which state it then starts.
    ///
    /// # Errors
    ///
    /// Why it is not. Nothing about the claim is changed then.
    fn reprocess(state: &ClaimState) -> Decision;

    /// Decides about many claims: a decision for each, in their order, the one that [`reprocess`](Self::reprocess) makes
    /// for that claim alone. To be written anew only where that can be done faster.
    fn reprocess_batch(states: &[ClaimState]) -> Vec<Decision> {
        states.iter().map(Self::reprocess).collect()
    }
}

impl Refusal {
    /// A refusal for this reason, in these words. People see the sentence beside the claim: it says what is in the way,
    /// and what to do about it if something can be done.
    pub fn new(reason: RefusalReason, sentence: impl Into<String>) -> Self {
        Self {
            reason,
            sentence: sentence.into(),
        }
    }

    /// A refusal for a reason of the rules' own, in these words.
    pub fn other(sentence: impl Into<String>) -> Self {
        Self::new(RefusalReason::Other, sentence)
    }
}
