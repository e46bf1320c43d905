//! Panics with words when it is asked about a claim.

use reprise_rules::claim_status::{ClaimState, ClaimStatusRules, Decision};

struct Panics;

impl ClaimStatusRules for Panics {
    const NAME: &'static str = "panics-in-reprocess";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    #[expect(clippy::panic, reason = "this is what the guest is for")]
    fn reprocess(state: &ClaimState) -> Decision {
        panic!("the table of statuses has no row for {}", state.status)
    }
}

reprise_rules::export_claim_status!(Panics);
