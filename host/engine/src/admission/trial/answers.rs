//! What a claim-status component answers, as vectors write it.

use reprise_model::{Birth, DispositionDecision, IntakeRefusal, MadeClaim, SubmissionStatus};
use serde_json::{Value, json};

use super::names::ContractName;

/// A decision or a refusal.
fn outcome<T>(outcome: &Result<T, Value>, gives: impl Fn(&T) -> Value) -> Value {
    match outcome {
        Ok(given) => json!({ "gives": gives(given) }),
        Err(refusal) => refusal.clone(),
    }
}

fn refused(refusal: &IntakeRefusal) -> Value {
    let allowed: Vec<_> = refusal.allowed.iter().map(|status| status.name()).collect();
    json!({
        "refused": refusal.code,
        "field": refusal.field,
        "sentence": refusal.sentence,
        "allowed": allowed,
    })
}

/// Of `reprocess`.
pub(crate) fn reprocess(decision: &DispositionDecision) -> Value {
    let refused = |refusal: &reprise_model::DispositionRefusal| json!({ "refused": refusal.reason.name(), "sentence": refusal.sentence });
    outcome(&decision.as_ref().map_err(refused), |disposition| {
        json!({
            "status": disposition.status.name(),
            "preprocessing-done": disposition.preprocessing_done,
            "pricing-done": disposition.pricing_done,
        })
    })
}

/// Of `create`.
pub(crate) fn create(creation: &Result<Birth, IntakeRefusal>) -> Value {
    outcome(&creation.as_ref().map_err(refused), |birth| self::birth(birth))
}

fn birth(birth: &Birth) -> Value {
    json!({
        "claim-type": birth.claim_type.name(),
        "status": birth.status.name(),
        "settles-in": birth.settles_in.name(),
    })
}

/// Of `new-claim`.
pub(crate) fn new_claim(claims: &Result<Vec<MadeClaim>, IntakeRefusal>) -> Value {
    let made = |claim: &MadeClaim| {
        let mut value = birth(&claim.birth);
        value["subscription"] = claim.subscription.into();
        value["other-subscription"] = claim.other_subscription.into();
        value["procedures"] = claim.procedures.clone().into();
        value["dated"] = claim.dated.into();
        value
    };
    outcome(&claims.as_ref().map_err(refused), |claims| {
        claims.iter().map(made).collect()
    })
}

/// Of `change`.
pub(crate) fn change(status: &Result<SubmissionStatus, IntakeRefusal>) -> Value {
    outcome(&status.as_ref().map_err(refused), |status| status.name().into())
}

/// Of `release`: the status, or none if the claim stays as it is.
pub(crate) fn release(status: &Option<SubmissionStatus>) -> Value {
    json!({ "gives": status.map(ContractName::name) })
}
