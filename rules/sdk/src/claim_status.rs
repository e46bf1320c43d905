//! What an author implements to decide about claims' status.

#[doc(hidden)]
pub mod component;
mod facts;
mod intake;
mod office;
mod state;
mod status;

pub use crate::bindings::claim_status::exports::reprise::rules::disposition::{Disposition, Refusal, RefusalReason};
pub use crate::bindings::claim_status::exports::reprise::rules::intake::{
    Birth, ClaimType as IntakeType, Enrolment, EnrolmentFacts, MadeClaim, PlanType, ProcedureFacts,
    Refusal as IntakeRefusal, ReleaseFacts, SubmissionStatus,
};
pub use crate::bindings::reprise::rules::types::{ProcessType, ProcessingStatus};
pub use facts::{ChangeFacts, ClaimFacts};
pub use office::OfficeFlags;
pub use state::ClaimState;

/// How a claim that is processed again starts, or why it is not.
pub type Decision = Result<Disposition, Refusal>;

/// How a claim is born, or why it is not.
pub type Creation = Result<Birth, IntakeRefusal>;

/// A claim-status component.
///
/// It keeps nothing between calls. It may be stricter than the host, never laxer: whatever it decides, the host leaves a
/// claim as it is that is settled, locked, in none of the [reprocessable](ProcessingStatus::is_reprocessable) statuses,
/// or finalized without an unfinalize reason. Nor does the host make a claim in another status than U, H, W or, for a
/// procedure in process, I; put a procedure on two claims for one subscription, preauthorizations aside; or move a claim
/// that is in processing.
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

    /// Decides whether a claim that is asked for is made, and how it is born.
    ///
    /// # Errors
    ///
    /// Why it is not. Nothing is stored then.
    fn create(facts: &ClaimFacts, office: &OfficeFlags) -> Creation;

    /// Decides about many claims of one office: a decision for each, in their order, the one that
    /// [`create`](Self::create) makes for that claim alone. To be written anew only where that can be done faster.
    fn create_batch(facts: &[ClaimFacts], office: &OfficeFlags) -> Vec<Creation> {
        facts.iter().map(|facts| Self::create(facts, office)).collect()
    }

    /// Decides which claims are made for procedures: all that the patient's enrolment calls for, one at least, in the
    /// order in which they are made.
    ///
    /// # Errors
    ///
    /// Why none is. Nothing is stored then.
    fn new_claim(facts: &EnrolmentFacts, office: &OfficeFlags) -> Result<Vec<MadeClaim>, IntakeRefusal>;

    /// Decides in which status a claim is that is asked to be in another one.
    ///
    /// # Errors
    ///
    /// Why it is not. The claim stays as it is then.
    fn change(facts: &ChangeFacts, office: &OfficeFlags) -> Result<SubmissionStatus, IntakeRefusal>;

    /// Decides in which status a claim goes on when another one was received, or when no procedure of it is in process
    /// any more; none if it stays as it is.
    fn release(facts: &ReleaseFacts, office: &OfficeFlags) -> Option<SubmissionStatus>;
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
