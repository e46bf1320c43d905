//! The audit log: who did what, when, and under which rules.
//!
//! Two ledgers, both only ever added to, read as one. What is done to a claim is in the claim's history, in the
//! transaction that does it; a run of a million claims has no second entry for each. Everything else, and every attempt
//! that was refused, has an entry of its own.

use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use reprise_model::MessageKey;
use reprise_store::{AuditEntry, AuditOf, HistoryEntry, NewAuditEntry, Store};
use serde_json::{Value, json};

use super::Principal;
use crate::claims::claim_id;
use crate::reprocess::json_text;
use crate::time::time_text;
use crate::{Host, HostError};

/// An entry about something that was done, or is done in this transaction.
pub(crate) fn audited(
    payer: Option<&str>,
    user: &str,
    operation: &str,
    object: String,
    details: &Value,
) -> NewAuditEntry {
    NewAuditEntry {
        payer: payer.map(str::to_owned),
        user: user.to_owned(),
        operation: operation.to_owned(),
        object,
        claim: None,
        refused: false,
        rules: None,
        details: json_text(details),
    }
}

/// How far somebody has read in the two ledgers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditPosition {
    history: i64,
    audit: i64,
}

impl std::fmt::Display for AuditPosition {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}-{}", self.history, self.audit)
    }
}

impl FromStr for AuditPosition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let position = text.split_once('-').and_then(|(history, audit)| {
            Some(Self {
                history: history.parse().ok().filter(|id| *id >= 0)?,
                audit: audit.parse().ok().filter(|id| *id >= 0)?,
            })
        });
        position.ok_or_else(|| format!("`{text}` is no place in the audit log; one is what an answer gives as `next`"))
    }
}

/// Which entries are asked for. What is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// About the claim with this id or code.
    pub claim: Option<String>,
    /// By this user.
    pub user: Option<String>,
    /// Of this operation.
    pub operation: Option<String>,
    /// By this activity, or about it.
    pub activity: Option<i64>,
    /// At this moment or later, in milliseconds since 1970-01-01T00:00:00Z.
    pub from_ms: Option<i64>,
    /// Before this moment.
    pub until_ms: Option<i64>,
}

/// Entries in the order in which things were done, and where those begin that follow.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditPage {
    /// The entries, as they are shown.
    pub entries: Vec<Value>,
    /// Where to go on; the same place where nothing follows.
    pub next: AuditPosition,
}

impl Host {
    /// The entries of a payer, or of the platform, after this place; at most so many.
    pub fn audit(
        &self,
        payer: Option<&str>,
        filter: &AuditFilter,
        after: AuditPosition,
        limit: u32,
    ) -> Result<AuditPage, HostError> {
        read_audit(self.inner.store.as_ref(), payer, filter, after, limit)
    }

    /// Keep that somebody has asked for what it may not have done. Those who wait to have theirs kept share a transaction:
    /// who is refused often does not keep others from writing.
    pub(crate) fn note_refusal(&self, principal: &Principal, attempt: &RefusedAttempt) -> Result<(), HostError> {
        let store = self.inner.store.as_ref();
        let payer = principal.payer.as_deref();
        let details = json!({ "reason": attempt.reason });
        let object = attempt.object.clone();
        let mut entry = audited(payer, &principal.name, &attempt.operation, object, &details);
        entry.refused = true;
        entry.claim = match (payer, &attempt.claim) {
            // Of another payer's claim, or one that never was, there is nothing to be found by it.
            (Some(payer), Some(claim)) => match claim_id(claim) {
                Some(id) => store.claim_by_id(payer, id)?.and_then(|found| found.id),
                None => store.claim_by_code(payer, claim)?.and_then(|found| found.id),
            },
            _ => None,
        };
        let refusals = &self.inner.refusals;
        lock(&refusals.waiting).push(entry);
        let _writing = lock(&refusals.writing);
        // Whoever wrote before has taken this one along, or failed to and has said so.
        let entries = std::mem::take(&mut *lock(&refusals.waiting));
        if !entries.is_empty() {
            store.write(|transaction| transaction.append_audit(&entries))?;
        }
        Ok(())
    }
}

/// Somebody has asked for what it may not have done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefusedAttempt {
    /// The operation, as the audit log names it.
    pub(crate) operation: String,
    /// Method and path.
    pub(crate) object: String,
    /// The id or code of the claim that it is about, if it is about one.
    pub(crate) claim: Option<String>,
    /// Why it may not.
    pub(crate) reason: String,
}

/// Refused attempts that wait to be kept.
#[derive(Default)]
pub(crate) struct Refusals {
    waiting: Mutex<Vec<NewAuditEntry>>,
    writing: Mutex<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The id of a claim that is or was there: of one that was deleted its id alone tells.
fn audited_claim(store: &dyn Store, payer: Option<&str>, claim: &str) -> Result<i64, HostError> {
    let Some(payer) = payer else {
        let reason = "the platform has no claims; ask as a principal of the payer";
        return Err(HostError::refused(
            MessageKey::BadValue,
            ["query parameter claim", reason],
        ));
    };
    if let Some(id) = claim_id(claim) {
        return Ok(id);
    }
    let found = store.claim_by_code(payer, claim)?.and_then(|found| found.id);
    found.ok_or_else(|| HostError::not_found(&format!("claim {claim}")))
}

/// Reads both ledgers of a payer, or of the platform, and puts what they say into one order.
pub(crate) fn read_audit(
    store: &dyn Store,
    payer: Option<&str>,
    filter: &AuditFilter,
    after: AuditPosition,
    limit: u32,
) -> Result<AuditPage, HostError> {
    let claim = filter
        .claim
        .as_deref()
        .map(|claim| audited_claim(store, payer, claim))
        .transpose()?;
    let query = |after: i64| reprise_store::AuditQuery {
        payer: payer.map_or(AuditOf::Platform, AuditOf::Payer),
        claim,
        user: filter.user.as_deref(),
        operation: filter.operation.as_deref(),
        from_ms: filter.from_ms,
        until_ms: filter.until_ms,
        activity: filter.activity,
        after,
        limit,
    };
    let done_to_claims = store.claim_audit(&query(after.history))?;
    let done_else = store.audit_entries(&query(after.audit))?;
    let mut done_to_claims = done_to_claims.into_iter().peekable();
    let mut done_else = done_else.into_iter().peekable();
    let mut page = AuditPage {
        entries: Vec::new(),
        next: after,
    };
    while page.entries.len() < limit as usize {
        let claims_first = match (done_to_claims.peek(), done_else.peek()) {
            (Some((_, _, entry)), Some(other)) => entry.at_ms <= other.at_ms,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => break,
        };
        if claims_first {
            let Some((claim, code, entry)) = done_to_claims.next() else {
                break;
            };
            page.next.history = entry.id;
            page.entries.push(of_claim(claim, &code, &entry));
        } else {
            let Some(entry) = done_else.next() else { break };
            page.next.audit = entry.id;
            page.entries.push(of_other(&entry));
        }
    }
    Ok(page)
}

/// Something that was done to a claim.
fn of_claim(claim: i64, code: &str, entry: &HistoryEntry) -> Value {
    json!({
        "time": time_text(entry.at_ms),
        "user": entry.user,
        "operation": entry.operation,
        "object": format!("claim {code}"),
        "claim": claim,
        "activity": entry.activity,
        "refused": entry.details.get("error").is_some(),
        "rules": entry.details.get("rules"),
        "generation": entry.details.get("generation"),
        "details": entry.details,
    })
}

/// Anything else that was done, or was refused.
fn of_other(entry: &AuditEntry) -> Value {
    json!({
        "time": time_text(entry.at_ms),
        "user": entry.user,
        "operation": entry.operation,
        "object": entry.object,
        "claim": entry.claim,
        "activity": entry.object.strip_prefix("activity ").and_then(|id| id.parse::<i64>().ok()),
        "refused": entry.refused,
        "rules": entry.rules,
        "generation": entry.details.get("generation"),
        "details": entry.details,
    })
}

#[cfg(test)]
mod tests {
    use super::AuditPosition;

    #[test]
    fn a_place_is_read_as_it_is_shown() {
        for (text, shown) in [
            ("0-0", Some("0-0")),
            ("12-7", Some("12-7")),
            ("", None),
            ("1", None),
            ("-1-2", None),
            ("a-b", None),
        ] {
            let read = text.parse::<AuditPosition>().ok().map(|position| position.to_string());
            assert_eq!(read.as_deref(), shown, "{text}");
        }
    }
}
