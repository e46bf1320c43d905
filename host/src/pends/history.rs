//! Which pend reasons of a claim were resolved, by whom, when and how: those that an operation was about, and those that
//! reprocessing removed.

use reprise_model::PendLevel;
use reprise_store::HistoryEntry;
use serde::Deserialize;
use serde_json::Value;

use crate::{Host, HostError};

/// How many entries of the history are read at once.
const AT_ONCE: u32 = 1_000;

/// A pend reason that was resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendHistoryRow {
    /// The id of the entry in the claim's history that it is from.
    pub entry: i64,
    /// Its code.
    pub pend_reason: String,
    /// What it was attached to.
    pub level: PendLevel,
    /// The bill's or line's code.
    pub of: Option<String>,
    /// Its number in the claim; none if it was removed before pend reasons had numbers.
    pub number: Option<u32>,
    /// Who resolved it.
    pub user: String,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub at_ms: i64,
    /// By which operation, such as `resolve-pend` or `reprocess`.
    pub operation: String,
    /// The activity that did it, if one did.
    pub activity: Option<i64>,
}

/// A part of a claim's pend history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendHistory {
    /// The pend reasons that were resolved, in the order in which they were. What one operation resolved is not parted.
    pub rows: Vec<PendHistoryRow>,
    /// After which entry of the claim's history to ask for what follows.
    pub next: i64,
}

/// A pend reason as an entry of the history names it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    level: PendLevel,
    #[serde(default)]
    of: Option<String>,
    code: String,
    #[serde(default)]
    number: Option<u32>,
    /// Of one that was removed: whether somebody had resolved it before.
    #[serde(default)]
    was_resolved: bool,
}

impl Host {
    /// What was resolved of the payer's claim by the operations after the history entry with this id, at most so many
    /// operations. `id_or_code` is read as [`Host::claim`] reads it.
    pub fn pend_history(
        &self,
        payer: &str,
        id_or_code: &str,
        after: i64,
        limit: u32,
    ) -> Result<PendHistory, HostError> {
        let claim = self.claim(payer, id_or_code)?.id.unwrap_or_default();
        let mut found = PendHistory {
            rows: Vec::new(),
            next: after,
        };
        let mut operations = 0;
        loop {
            let entries = self.inner.store.claim_history(payer, claim, found.next, AT_ONCE)?;
            let is_end = entries.len() < AT_ONCE as usize;
            for entry in entries {
                let rows = rows_of(&entry)?;
                if !rows.is_empty() {
                    if operations == limit {
                        return Ok(found);
                    }
                    operations += 1;
                }
                found.next = entry.id;
                found.rows.extend(rows);
            }
            if is_end {
                return Ok(found);
            }
        }
    }
}

/// What an entry says was resolved by it.
fn rows_of(entry: &HistoryEntry) -> Result<Vec<PendHistoryRow>, HostError> {
    let mut rows = Vec::new();
    for member in ["pendReasonsResolved", "pendReasonsRemoved"] {
        let Some(named) = entry.details.get(member) else {
            continue;
        };
        let resolved = named_in(named).map_err(|error| {
            HostError::Technical(format!(
                "entry {} of a claim's history cannot be read: {error}",
                entry.id
            ))
        })?;
        rows.extend(resolved.into_iter().map(|named| PendHistoryRow {
            entry: entry.id,
            pend_reason: named.code,
            level: named.level,
            of: named.of,
            number: named.number,
            user: entry.user.clone(),
            at_ms: entry.at_ms,
            operation: entry.operation.clone(),
            activity: entry.activity,
        }));
    }
    Ok(rows)
}

/// The pend reasons of a list that were not resolved before.
fn named_in(list: &Value) -> Result<Vec<Named>, serde_json::Error> {
    let mut named = Vec::<Named>::deserialize(list)?;
    named.retain(|named| !named.was_resolved);
    Ok(named)
}

#[cfg(test)]
mod tests {
    use reprise_store::HistoryEntry;
    use serde_json::{Value, json};

    use super::rows_of;

    fn check(operation: &str, details: Value, expected: &[&str]) {
        let entry = HistoryEntry {
            id: 12,
            operation: operation.to_owned(),
            user: "clerk".to_owned(),
            activity: Some(3),
            at_ms: 1_700_000_000_000,
            details,
        };
        let rows = rows_of(&entry).expect("readable");
        let shown: Vec<String> = rows
            .iter()
            .map(|row| {
                assert_eq!((row.entry, row.at_ms, row.activity), (12, 1_700_000_000_000, Some(3)));
                assert_eq!((row.user.as_str(), row.operation.as_str()), ("clerk", operation));
                let of = row.of.as_deref().unwrap_or_default();
                let number = row.number.map(|number| number.to_string());
                let number = number.unwrap_or_else(|| "none".to_owned());
                format!("{} {of} {} {number}", row.level, row.pend_reason)
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_was_resolved_is_told_whichever_way_it_was() {
        check(
            "submit",
            json!({ "statusBefore": "CHANGE", "statusAfter": "INITIAL", "pendReasonsResolved": [
                { "level": "claim", "code": "A", "number": 1 },
                { "level": "bill", "of": "X", "code": "A", "number": 3 },
            ] }),
            &["claim  A 1", "bill X A 3"],
        );
        check("submit", json!({ "pendReasonsResolved": [] }), &[]);
        check(
            "reprocess",
            json!({ "pendReasonsRemoved": [
                { "level": "claim", "code": "A", "wasResolved": true, "number": 1 },
                { "level": "line", "of": "L1", "code": "B", "wasResolved": false, "number": 4 },
                { "level": "line", "of": "L2", "code": "B", "wasResolved": false },
            ] }),
            &["line L1 B 4", "line L2 B none"],
        );
        check("create", json!({ "claimNum": 7 }), &[]);
    }
}
