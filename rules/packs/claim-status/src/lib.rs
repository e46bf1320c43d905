//! The default claim-status component: what is decided about a claim that is to be processed again, one file a decision.
//!
//! As a library (without its feature `component`) it lends its decisions to rules that change some of them.

mod decisions;

use reprise_rules::claim_status::{ClaimState, ClaimStatusRules, Decision};

pub use decisions::{check_locked, check_settled, check_status, check_unfinalize_reason, reprocess, start};

/// The rules that decide where a payer has none of its own.
pub struct DefaultClaimStatus;

impl ClaimStatusRules for DefaultClaimStatus {
    const NAME: &'static str = "default-claim-status";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn reprocess(state: &ClaimState) -> Decision {
        reprocess(state)
    }
}

#[cfg(feature = "component")]
reprise_rules::export_claim_status!(DefaultClaimStatus);
