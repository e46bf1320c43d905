//! Panics on reservations; decides everything else as the default rules do.

use reprise_rules::claim_status::{
    ChangeFacts, ClaimFacts, ClaimState, ClaimStatusRules, Creation, Decision, EnrolmentFacts, IntakeRefusal,
    MadeClaim, OfficeFlags, ProcessType, ReleaseFacts, SubmissionStatus,
};

struct PanicsOnReservations;

impl ClaimStatusRules for PanicsOnReservations {
    const NAME: &'static str = "panics-on-reservations";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    #[expect(clippy::panic, reason = "this is what the guest is for")]
    fn reprocess(state: &ClaimState) -> Decision {
        match state.process_type {
            ProcessType::Claim => reprise_claim_status::reprocess(state),
            ProcessType::Reservation => panic!("there are no reservations here"),
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

reprise_rules::export_claim_status!(PanicsOnReservations);
