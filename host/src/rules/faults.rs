//! What becomes of a component that fails: each fault is noted, and too many of them in too short a time keep it from
//! deciding for that payer.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use reprise_engine::Fault;
use reprise_store::{
    ActivationKind, InstallationState, NewActivation, NewInstallation, RulesPolicy, WriteTransaction,
};
use serde_json::json;

use super::history::decided_before;
use super::providing::REPRISE;
use crate::access::audited;
use crate::time::now_ms;
use crate::{Host, HostError};

/// So many faults wait to be noted at most; those that come then are not counted.
const WAITING_MAX: usize = 1_024;

/// How many characters are kept of what a fault says.
const WORDS_MAX: usize = 1_024;

/// From which states a component is quarantined.
const MAY_DECIDE: [InstallationState; 5] = [
    InstallationState::Received,
    InstallationState::Checked,
    InstallationState::Active,
    InstallationState::Draining,
    InstallationState::Retired,
];

/// Faults that wait to be noted in the database: where one happens, a transaction may be under way.
#[derive(Debug, Default)]
pub(crate) struct FaultNotes {
    waiting: Mutex<Vec<FaultNote>>,
}

#[derive(Debug)]
struct FaultNote {
    payer: String,
    digest: String,
    text: String,
}

impl FaultNotes {
    fn push(&self, note: FaultNote) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < WAITING_MAX {
            waiting.push(note);
        }
    }

    fn take(&self) -> Vec<FaultNote> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Host {
    /// A component of a generation in force has failed for a payer. From now on that payer gets one turn at a time.
    pub(super) fn note_fault(&self, payer: &str, digest: &str, fault: &Fault) {
        tracing::error!(payer, digest, %fault, "a rule component failed");
        crate::metrics::rules_failed();
        let inner = &self.inner;
        inner.turns.one_by_one(payer, inner.rule_settings.quarantine_window);
        let text = fault.to_string();
        inner.fault_notes.push(FaultNote {
            payer: payer.to_owned(),
            digest: digest.to_owned(),
            text: text[..text.floor_char_boundary(WORDS_MAX)].to_owned(),
        });
        inner.scheduler.wake();
    }

    /// Note the faults that wait, and quarantine what has failed too often.
    pub(super) fn settle_faults(&self) -> Result<(), HostError> {
        let notes = self.inner.fault_notes.take();
        if notes.is_empty() {
            return Ok(());
        }
        let store = self.inner.store.as_ref();
        let host_name = self.inner.scheduler.host_name();
        store.write(|transaction| {
            notes
                .iter()
                .try_for_each(|note| transaction.note_fault(&note.payer, &note.digest, host_name, &note.text))
        })?;
        let settings = &self.inner.rule_settings;
        let failed: BTreeSet<_> = notes.iter().map(|note| (&note.payer, &note.digest)).collect();
        let window_ms = i64::try_from(settings.quarantine_window.as_millis()).unwrap_or(i64::MAX);
        for (payer, digest) in failed {
            let faults = store.faults_since(payer, digest, now_ms().saturating_sub(window_ms))?;
            if settings.quarantine_faults > 0 && faults >= u64::from(settings.quarantine_faults) {
                self.quarantine(payer, digest, faults)?;
            }
        }
        Ok(())
    }

    fn quarantine(&self, payer: &str, digest: &str, faults: u64) -> Result<(), HostError> {
        let store = self.inner.store.as_ref();
        if store.component(digest)?.is_none() {
            // It is not of the database, but of whoever has started this process.
            return Ok(());
        }
        let last = store.last_faults(payer, digest, 1)?.pop();
        let seconds = self.inner.rule_settings.quarantine_window.as_secs();
        let last = last.map_or_else(String::new, |last| format!("; the last time: {}", last.text));
        let reason = format!("it failed {faults} times within {seconds} s{last}");
        let policy = store.rules_policy(Some(payer))?;
        let mut transaction = store.begin_write()?;
        transaction.install_component(&NewInstallation {
            payer: Some(payer.to_owned()),
            digest: digest.to_owned(),
            installed_by: REPRISE.to_owned(),
        })?;
        let to = InstallationState::Quarantined;
        if !transaction.set_installation_state(Some(payer), digest, &MAY_DECIDE, to, Some(&reason))? {
            // Another host was faster, or it was never let in.
            return Ok(());
        }
        let details = json!({ "component": digest, "reason": reason });
        let entry = audited(Some(payer), REPRISE, "quarantine_rules", format!("component {digest}"), &details);
        transaction.append_audit(&[entry])?;
        if policy.return_after_quarantine {
            self.return_from(transaction.as_mut(), payer, digest, &reason)?;
        }
        transaction.commit()?;
        tracing::error!(payer, digest, reason, "a rule component is quarantined");
        self.follow_rules()
    }

    /// Have decide what decided before a generation that has the component.
    fn return_from(
        &self,
        transaction: &mut dyn WriteTransaction,
        payer: &str,
        digest: &str,
        reason: &str,
    ) -> Result<(), HostError> {
        let store = self.inner.store.as_ref();
        let Some(active) = store.active_generation(Some(payer))? else {
            return Ok(());
        };
        let has_it = |part: &Option<String>| part.as_deref() == Some(digest);
        if !has_it(&active.criteria) && !has_it(&active.claim_status) {
            return Ok(());
        }
        let before = decided_before(store, Some(payer), |generation| {
            !has_it(&generation.criteria) && !has_it(&generation.claim_status)
        })?;
        let reason = format!("component {digest} is quarantined: {reason}");
        transaction.append_activation(&NewActivation {
            payer: Some(payer.to_owned()),
            generation: before,
            kind: ActivationKind::Quarantine,
            user: REPRISE.to_owned(),
            reason: reason.clone(),
        })?;
        let details = json!({ "generation": before, "before": active.number, "reason": reason });
        let object = before.map_or_else(|| "the platform's default".to_owned(), |number| format!("generation {number}"));
        transaction.append_audit(&[audited(Some(payer), REPRISE, "rollback_rules", object, &details)])?;
        Ok(())
    }
}
