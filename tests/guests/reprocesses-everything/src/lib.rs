//! Processes every claim again: settled, locked, on its way, finalized without a reason.

use reprise_rules::claim_status::{ClaimState, ClaimStatusRules, Decision, Disposition, ProcessingStatus};

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
}

reprise_rules::export_claim_status!(Lax);
