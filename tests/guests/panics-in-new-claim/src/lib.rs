//! Panics with words when it is asked which claims an enrolment calls for; decides everything else as the default rules do.

use reprise_rules::claim_status::{
    ChangeFacts, ClaimFacts, ClaimState, ClaimStatusRules, Creation, Decision, EnrolmentFacts, IntakeRefusal,
    MadeClaim, OfficeFlags, ReleaseFacts, SubmissionStatus,
};

struct Panics;

impl ClaimStatusRules for Panics {
    const NAME: &'static str = "panics-in-new-claim";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn reprocess(state: &ClaimState) -> Decision {
        reprise_claim_status::reprocess(state)
    }

    fn create(facts: &ClaimFacts, office: &OfficeFlags) -> Creation {
        reprise_claim_status::create(facts, office)
    }

    #[expect(clippy::panic, reason = "this is what the guest is for")]
    fn new_claim(facts: &EnrolmentFacts, _: &OfficeFlags) -> Result<Vec<MadeClaim>, IntakeRefusal> {
        panic!(
            "the table of enrolments has no row for {} plans",
            facts.enrolments.len()
        )
    }

    fn change(facts: &ChangeFacts, office: &OfficeFlags) -> Result<SubmissionStatus, IntakeRefusal> {
        reprise_claim_status::change(facts, office)
    }

    fn release(facts: &ReleaseFacts, office: &OfficeFlags) -> Option<SubmissionStatus> {
        reprise_claim_status::release(facts, office)
    }
}

reprise_rules::export_claim_status!(Panics);
