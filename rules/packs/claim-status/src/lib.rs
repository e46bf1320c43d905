//! The default claim-status component: what is decided about a claim that is asked for, that goes on to be sent and
//! received, and that is to be processed again; one file a decision.
//!
//! As a library (without its feature `component`) it lends its decisions to rules that change some of them.

mod decisions;
mod intake;

use reprise_rules::claim_status::{
    ChangeFacts, ClaimFacts, ClaimState, ClaimStatusRules, Creation, Decision, EnrolmentFacts, IntakeRefusal,
    MadeClaim, OfficeFlags, ReleaseFacts, SubmissionStatus,
};

pub use decisions::{check_locked, check_settled, check_status, check_unfinalize_reason, reprocess, start};
pub use intake::{
    BLOCK_ZERO_FEE, ClaimKind, HOLD_PRIMARY_FOR_MEDICAL, born_in, change, create, new_claim, release, statuses_at_birth,
};

/// The rules that decide where a payer has none of its own.
pub struct DefaultClaimStatus;

impl ClaimStatusRules for DefaultClaimStatus {
    const NAME: &'static str = "default-claim-status";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn reprocess(state: &ClaimState) -> Decision {
        reprocess(state)
    }

    fn create(facts: &ClaimFacts, office: &OfficeFlags) -> Creation {
        create(facts, office)
    }

    fn new_claim(facts: &EnrolmentFacts, office: &OfficeFlags) -> Result<Vec<MadeClaim>, IntakeRefusal> {
        new_claim(facts, office)
    }

    fn change(facts: &ChangeFacts, office: &OfficeFlags) -> Result<SubmissionStatus, IntakeRefusal> {
        change(facts, office)
    }

    fn release(facts: &ReleaseFacts, office: &OfficeFlags) -> Option<SubmissionStatus> {
        release(facts, office)
    }
}

#[cfg(feature = "component")]
reprise_rules::export_claim_status!(DefaultClaimStatus);
