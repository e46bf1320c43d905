//! Asks a claim-status component its vectors: the single function, and the batch where there is one.

use std::sync::Arc;

use reprise_model::OfficeSetting;
use serde_json::Value;

use super::claim_status_facts::{Asked, ClaimStatusVector};
use super::{Found, failure, read, stopped};
use crate::admission::trial::{Budget, Stop, answers, instantiate};
use crate::claim_status::ClaimStatusComponent;
use crate::reference::EmptyReference;

/// What each vector that fails was expected to say and said; an error if one cannot be asked.
pub(super) fn failures(
    component: &ClaimStatusComponent,
    found: &[Found],
    budget: &mut Budget,
) -> Result<Vec<String>, String> {
    let mut failures = Vec::new();
    for found in found {
        let vector: ClaimStatusVector = read(found)?;
        let wrong = |error: String| format!("vector {}: {error}", found.named);
        let asked = vector.asked().map_err(wrong)?;
        let expected = vector.expected(&asked).map_err(wrong)?;
        let came = ask(component, &asked, &vector.office(), budget).map_err(|stop| stopped(found, stop))?;
        for (way, answer) in came {
            if in_short(&answer) != expected {
                failures.push(failure(
                    found,
                    &expected.to_string(),
                    &format!("{answer} came from `{way}`"),
                ));
                break;
            }
        }
    }
    Ok(failures)
}

/// A vector names a refusal by its code alone.
fn in_short(answer: &Value) -> Value {
    match answer.get("refused") {
        Some(code) => serde_json::json!({ "refused": code }),
        None => answer.clone(),
    }
}

/// The answers, by the functions that gave them, of an instance of its own.
fn ask(
    component: &ClaimStatusComponent,
    asked: &Asked,
    office: &[OfficeSetting],
    budget: &mut Budget,
) -> Result<Vec<(&'static str, Value)>, Stop> {
    let rules = &mut instantiate(component, &Arc::new(EmptyReference), budget)?;
    Ok(match asked {
        Asked::Reprocess(state) => {
            let alone = budget.spend(rules, |rules| rules.reprocess(*state))?;
            let batch = budget.spend(rules, |rules| rules.reprocess_batch(&[*state]))?;
            let of_batch = batch
                .iter()
                .map(|decision| ("reprocess-batch", answers::reprocess(decision)));
            std::iter::once(("reprocess", answers::reprocess(&alone)))
                .chain(of_batch)
                .collect()
        }
        Asked::Create(facts) => {
            let alone = budget.spend(rules, |rules| rules.create(facts, office))?;
            let batch = budget.spend(rules, |rules| rules.create_batch(&[*facts], office))?;
            let of_batch = batch.iter().map(|creation| ("create-batch", answers::create(creation)));
            std::iter::once(("create", answers::create(&alone)))
                .chain(of_batch)
                .collect()
        }
        Asked::NewClaim(facts) => {
            let claims = budget.spend(rules, |rules| rules.new_claims(facts, office))?;
            vec![("new-claim", answers::new_claim(&claims))]
        }
        Asked::Change(facts) => {
            let status = budget.spend(rules, |rules| rules.change(facts, office))?;
            vec![("change", answers::change(&status))]
        }
        Asked::Release(facts) => {
            let status = budget.spend(rules, |rules| rules.release(facts, office))?;
            vec![("release", answers::release(&status))]
        }
    })
}
