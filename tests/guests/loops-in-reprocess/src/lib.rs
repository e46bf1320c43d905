//! Never comes back when it is asked about a claim.

use reprise_rules::claim_status::{ClaimState, ClaimStatusRules, Decision};

struct Loops;

impl ClaimStatusRules for Loops {
    const NAME: &'static str = "loops-in-reprocess";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn reprocess(_: &ClaimState) -> Decision {
        loop {
            std::hint::black_box(());
        }
    }
}

reprise_rules::export_claim_status!(Loops);
