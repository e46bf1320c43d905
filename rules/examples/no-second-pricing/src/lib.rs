//! The default claim-status rules, but a reservation whose pricing is finalized keeps its price: it is never processed
//! again, for the member was told what the service will cost.

use reprise_rules::claim_status::{
    ChangeFacts, ClaimFacts, ClaimState, ClaimStatusRules, Creation, Decision, EnrolmentFacts, IntakeRefusal,
    MadeClaim, OfficeFlags, ProcessType, ProcessingStatus, Refusal, ReleaseFacts, SubmissionStatus,
};

/// The default rules and one refusal more.
struct NoSecondPricing;

impl ClaimStatusRules for NoSecondPricing {
    const NAME: &'static str = "no-second-pricing";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn reprocess(state: &ClaimState) -> Decision {
        // First what the default rules say: a settled claim is refused as a settled one.
        let disposition = reprise_claim_status::reprocess(state)?;
        if state.process_type == ProcessType::Reservation && state.status == ProcessingStatus::PricingFinalized {
            return Err(Refusal::other(
                "the reservation's price was promised to the member; make a new reservation to price it again",
            ));
        }
        Ok(disposition)
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

reprise_rules::export_claim_status!(NoSecondPricing);

#[cfg(test)]
mod tests {
    use reprise_claim_status::DefaultClaimStatus;
    use reprise_rules::claim_status::{ProcessType, ProcessingStatus, RefusalReason};
    use reprise_rules::testing::claim_status::{decide, every_claim_state};

    use super::NoSecondPricing;

    #[test]
    fn priced_reservations_are_refused_and_everything_else_is_as_by_default() {
        let states = every_claim_state();
        let decisions = decide::<NoSecondPricing>(&states);
        let by_default = decide::<DefaultClaimStatus>(&states);
        for ((state, decision), by_default) in states.iter().zip(&decisions).zip(&by_default) {
            let is_promised = state.process_type == ProcessType::Reservation
                && state.status == ProcessingStatus::PricingFinalized
                && by_default.is_ok();
            match decision {
                Err(refusal) if is_promised => assert_eq!(refusal.reason, RefusalReason::Other, "{state:?}"),
                decision => assert_eq!(decision, by_default, "{state:?}"),
            }
        }
    }
}
