//! Makes every claim that is asked for, born as received: paid before it was sent.

use reprise_rules::claim_status::{
    Birth, ChangeFacts, ClaimFacts, ClaimState, ClaimStatusRules, Creation, Decision, EnrolmentFacts, IntakeRefusal,
    MadeClaim, OfficeFlags, ReleaseFacts, SubmissionStatus,
};

struct BornReceived;

impl ClaimStatusRules for BornReceived {
    const NAME: &'static str = "makes-received-claims";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn reprocess(state: &ClaimState) -> Decision {
        reprise_claim_status::reprocess(state)
    }

    fn create(facts: &ClaimFacts, _: &OfficeFlags) -> Creation {
        Ok(Birth::in_status(facts.claim_type, SubmissionStatus::Received))
    }

    fn new_claim(facts: &EnrolmentFacts, office: &OfficeFlags) -> Result<Vec<MadeClaim>, IntakeRefusal> {
        let mut claims = reprise_claim_status::new_claim(facts, office)?;
        for claim in &mut claims {
            claim.birth = Birth::in_status(claim.birth.claim_type, SubmissionStatus::Received);
        }
        Ok(claims)
    }

    fn change(_: &ChangeFacts, _: &OfficeFlags) -> Result<SubmissionStatus, IntakeRefusal> {
        Ok(SubmissionStatus::Received)
    }

    fn release(_: &ReleaseFacts, _: &OfficeFlags) -> Option<SubmissionStatus> {
        Some(SubmissionStatus::Received)
    }
}

reprise_rules::export_claim_status!(BornReceived);
