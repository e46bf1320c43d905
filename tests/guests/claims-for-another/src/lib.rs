//! Makes the claims that an enrolment calls for, the first of them for a subscription that is not the patient's.

use reprise_rules::claim_status::{
    ChangeFacts, ClaimFacts, ClaimState, ClaimStatusRules, Creation, Decision, EnrolmentFacts, IntakeRefusal,
    MadeClaim, OfficeFlags, ReleaseFacts, SubmissionStatus,
};

struct ForAnother;

impl ClaimStatusRules for ForAnother {
    const NAME: &'static str = "claims-for-another";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn reprocess(state: &ClaimState) -> Decision {
        reprise_claim_status::reprocess(state)
    }

    fn create(facts: &ClaimFacts, office: &OfficeFlags) -> Creation {
        reprise_claim_status::create(facts, office)
    }

    fn new_claim(facts: &EnrolmentFacts, office: &OfficeFlags) -> Result<Vec<MadeClaim>, IntakeRefusal> {
        let mut claims = reprise_claim_status::new_claim(facts, office)?;
        for claim in claims.iter_mut().take(1) {
            claim.subscription += 1_000;
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

reprise_rules::export_claim_status!(ForAnother);
