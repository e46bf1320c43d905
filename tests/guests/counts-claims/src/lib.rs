//! Refuses every fiftieth claim that it is asked about, whichever that is; decides everything else as the default rules do.

use std::sync::atomic::{AtomicU32, Ordering};

use reprise_rules::claim_status::{
    ChangeFacts, ClaimFacts, ClaimState, ClaimStatusRules, Creation, Decision, EnrolmentFacts, IntakeRefusal,
    MadeClaim, OfficeFlags, Refusal, ReleaseFacts, SubmissionStatus,
};

static ASKED: AtomicU32 = AtomicU32::new(0);

struct EveryFiftieth;

impl ClaimStatusRules for EveryFiftieth {
    const NAME: &'static str = "counts-claims";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn reprocess(state: &ClaimState) -> Decision {
        if ASKED.fetch_add(1, Ordering::Relaxed) % 50 == 49 {
            return Err(Refusal::other("enough claims were processed again"));
        }
        reprise_claim_status::reprocess(state)
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

reprise_rules::export_claim_status!(EveryFiftieth);
