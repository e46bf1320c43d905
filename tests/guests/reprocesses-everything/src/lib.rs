//! Processes every claim again: settled, locked, on its way, finalized without a reason.

use reprise_rules::claim_status::{
    ChangeFacts, ClaimFacts, ClaimState, ClaimStatusRules, Creation, Decision, Disposition, EnrolmentFacts,
    IntakeRefusal, MadeClaim, OfficeFlags, ProcessingStatus, ReleaseFacts, SubmissionStatus,
};

struct Lax;

impl ClaimStatusRules for Lax {
    const NAME: &'static str = "reprocesses-everything";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn reprocess(_: &ClaimState) -> Decision {
        Ok(Disposition {
            status: ProcessingStatus::Initial,
            preprocessing_done: true,
            pricing_done: true,
        })
    }

    fn create(facts: &ClaimFacts, office: &OfficeFlags) -> Creation {
        reprise_claim_status::create(facts, office)
    }

    fn new_claim(facts: &EnrolmentFacts, office: &OfficeFlags) -> Result<Vec<MadeClaim>, IntakeRefusal> {
        reprise_claim_status::new_claim(facts, office)
    }

    fn change(facts: &ChangeFacts, office: &OfficeFlags) -> Result<SubmissionStatus, IntakeRefusal> {
        reprise_claim_status::change(facts, office)
    }

    fn release(facts: &ReleaseFacts, office: &OfficeFlags) -> Option<SubmissionStatus> {
        reprise_claim_status::release(facts, office)
    }
}

reprise_rules::export_claim_status!(Lax);
