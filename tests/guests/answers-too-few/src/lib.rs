//! Decides as the default rules do, but leaves out the last claim of a batch.
//!
//! Written against the bare contract, because the SDK does not let rules go wrong like this.

use reprise_rules::bindings::claim_status::exports::reprise::rules::{disposition, identity, intake};
use reprise_rules::claim_status::component::Exported;
use reprise_rules::claim_status::{
    ChangeFacts, ClaimFacts, ClaimState, ClaimStatusRules, Creation, Decision, EnrolmentFacts, IntakeRefusal,
    MadeClaim, OfficeFlags, ReleaseFacts, SubmissionStatus,
};

/// The rules that are answered with.
struct DefaultRules;

impl ClaimStatusRules for DefaultRules {
    const NAME: &'static str = "answers-too-few";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn reprocess(state: &ClaimState) -> Decision {
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

/// The component: their answers, one short.
pub struct OneShort;

impl identity::Guest for OneShort {
    fn describe() -> identity::Description {
        Exported::<DefaultRules>::describe()
    }
}

impl disposition::Guest for OneShort {
    fn reprocess(state: disposition::ClaimState) -> Decision {
        Exported::<DefaultRules>::reprocess(state)
    }

    fn reprocess_batch(states: disposition::ClaimStates) -> Vec<Decision> {
        let mut decisions = Exported::<DefaultRules>::reprocess_batch(states);
        decisions.pop();
        decisions
    }
}

impl intake::Guest for OneShort {
    fn create(facts: intake::ClaimFacts, office: Vec<intake::OfficeFlag>) -> Creation {
        Exported::<DefaultRules>::create(facts, office)
    }

    fn create_batch(facts: intake::ClaimColumns, office: Vec<intake::OfficeFlag>) -> intake::Births {
        let mut births = Exported::<DefaultRules>::create_batch(facts, office);
        births.statuses.pop();
        births
    }

    fn new_claim(facts: EnrolmentFacts, office: Vec<intake::OfficeFlag>) -> Result<Vec<MadeClaim>, IntakeRefusal> {
        Exported::<DefaultRules>::new_claim(facts, office)
    }

    fn change(facts: intake::ChangeFacts, office: Vec<intake::OfficeFlag>) -> Result<SubmissionStatus, IntakeRefusal> {
        Exported::<DefaultRules>::change(facts, office)
    }

    fn release(facts: ReleaseFacts, office: Vec<intake::OfficeFlag>) -> Option<SubmissionStatus> {
        Exported::<DefaultRules>::release(facts, office)
    }
}

#[cfg(target_arch = "wasm32")]
const _: () = {
    reprise_rules::bindings::claim_status::export_claim_status_component!(
        OneShort with_types_in reprise_rules::bindings::claim_status
    );
};
