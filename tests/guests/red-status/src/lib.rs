//! Says with every answer that it is red: claims are born waiting, and none is processed again, because the rules are red.

use reprise_rules::claim_status::{
    Birth, ChangeFacts, ClaimFacts, ClaimState, ClaimStatusRules, Creation, Decision, EnrolmentFacts, IntakeRefusal,
    MadeClaim, OfficeFlags, Refusal, RefusalReason, ReleaseFacts, SubmissionStatus,
};

const COLOR: &str = "red";

struct RedStatus;

impl ClaimStatusRules for RedStatus {
    const NAME: &'static str = "red-status";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn reprocess(_: &ClaimState) -> Decision {
        Err(Refusal::new(RefusalReason::Other, COLOR))
    }

    fn create(facts: &ClaimFacts, _: &OfficeFlags) -> Creation {
        Ok(Birth::in_status(facts.claim_type, SubmissionStatus::Waiting))
    }

    fn new_claim(facts: &EnrolmentFacts, office: &OfficeFlags) -> Result<Vec<MadeClaim>, IntakeRefusal> {
        let mut claims = reprise_claim_status::new_claim(facts, office)?;
        for claim in &mut claims {
            claim.birth = Birth::in_status(claim.birth.claim_type, SubmissionStatus::Waiting);
        }
        Ok(claims)
    }

    fn change(facts: &ChangeFacts, office: &OfficeFlags) -> Result<SubmissionStatus, IntakeRefusal> {
        reprise_claim_status::change(facts, office)
    }

    fn release(facts: &ReleaseFacts, office: &OfficeFlags) -> Option<SubmissionStatus> {
        reprise_claim_status::release(facts, office)
    }
}

reprise_rules::export_claim_status!(RedStatus);
