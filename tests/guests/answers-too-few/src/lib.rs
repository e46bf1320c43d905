//! Decides as the default rules do, but leaves out the last claim of a batch.
//!
//! Written against the bare contract, because the SDK does not let rules go wrong like this.

use reprise_rules::bindings::claim_status::exports::reprise::rules::{disposition, identity};
use reprise_rules::claim_status::component::Exported;
use reprise_rules::claim_status::{ClaimState, ClaimStatusRules, Decision};

/// The rules that are answered with.
struct DefaultRules;

impl ClaimStatusRules for DefaultRules {
    const NAME: &'static str = "answers-too-few";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn reprocess(state: &ClaimState) -> Decision {
        reprise_claim_status::reprocess(state)
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

#[cfg(target_arch = "wasm32")]
const _: () = {
    reprise_rules::bindings::claim_status::export_claim_status_component!(
        OneShort with_types_in reprise_rules::bindings::claim_status
    );
};
