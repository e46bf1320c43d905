//! By which rules an activity is done, as its bookmark keeps them: read back for whoever looks at it.

use reprise_store::Activity;
use serde_json::{Value, json};

use crate::DecidedBy;

/// What is kept of an activity that has matched and is done.
pub(super) fn begun_by_criteria(decided_by: &DecidedBy) -> Value {
    json!({ "criteriaComponent": decided_by.rules, "criteriaGeneration": decided_by.generation })
}

/// By which rules an activity is done: of each kind that decides in it, `rules` and `generation`; null before it has begun.
pub(crate) fn rules_of(activity: &Activity) -> Value {
    let Some(bookmark) = &activity.bookmark else {
        return Value::Null;
    };
    let of_kind = |component: &str, generation: &str| {
        let rules = bookmark.get(component)?.as_str()?;
        let generation = bookmark.get(generation).and_then(Value::as_str);
        Some(json!({ "rules": rules, "generation": generation }))
    };
    let claim_status = of_kind("claimStatusComponent", "claimStatusGeneration");
    let batch = || bookmark.get("decidedBy").filter(|begun| begun.is_object()).cloned();
    let said = [
        ("criteria", of_kind("criteriaComponent", "criteriaGeneration")),
        ("claimStatus", claim_status.or_else(batch)),
    ];
    let said: serde_json::Map<String, Value> = said
        .into_iter()
        .filter_map(|(kind, by)| Some((kind.to_owned(), by?)))
        .collect();
    if said.is_empty() { Value::Null } else { said.into() }
}
