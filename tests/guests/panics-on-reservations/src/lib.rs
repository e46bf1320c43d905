//! Panics on reservations; decides everything else as the default rules do.

use reprise_rules::claim_status::{ClaimState, ClaimStatusRules, Decision, ProcessType};

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
}

reprise_rules::export_claim_status!(PanicsOnReservations);
