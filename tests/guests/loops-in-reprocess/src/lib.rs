//! Never comes back when it is asked about a claim.

use reprise_rules::claim_status::{
    ChangeFacts, ClaimFacts, ClaimState, ClaimStatusRules, Creation, Decision, EnrolmentFacts, IntakeRefusal,
    MadeClaim, OfficeFlags, ReleaseFacts, SubmissionStatus,
};

struct Loops;

impl ClaimStatusRules for Loops {
    const NAME: &'static str = "loops-in-reprocess";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn reprocess(_: &ClaimState) -> Decision {
        loop {
            std::hint::black_box(());
        }
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

reprise_rules::export_claim_status!(Loops);
