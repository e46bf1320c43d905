//! What becomes of a component that fails: each fault is noted, and too many of them in too short a time keep it from
//! deciding for that payer.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reprise_engine::{Fault, FaultObserver};
use reprise_store::{InstallationState, NewInstallation};
use serde_json::json;

use super::providing::REPRISE;
use super::turns::Turns;
use crate::access::audited;
use crate::activities::Signal;
use crate::time::now_ms;
use crate::{Host, HostError};

/// So many faults wait to be noted at most; those that come then are not counted.
const WAITING_MAX: usize = 1_024;

/// How much is kept of what a fault says.
const WORDS_BYTES_MAX: usize = 1_024;

/// From which states a component is quarantined.
const MAY_DECIDE: [InstallationState; 5] = [
    InstallationState::Received,
    InstallationState::Checked,
    InstallationState::Active,
    InstallationState::Draining,
    InstallationState::Retired,
];

/// Faults that wait to be noted in the database: where one happens, a transaction may be under way.
pub(crate) struct FaultNotes {
    waiting: Mutex<Vec<FaultNote>>,
    turns: Turns,
    /// For how long a payer whose rules have failed gets one turn at a time.
    one_by_one: Duration,
    /// Wakes who notes them.
    signal: Arc<Signal>,
}

struct FaultNote {
    payer: String,
    digest: String,
    text: String,
}

impl FaultNotes {
    pub(crate) fn new(one_by_one: Duration, signal: Arc<Signal>) -> Self {
        Self {
            waiting: Mutex::default(),
            turns: Turns::default(),
            one_by_one,
            signal,
        }
    }

    /// Whose turn it is.
    pub(crate) const fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Who notes the faults of a component where it decides for a payer.
    pub(super) fn of(self: &Arc<Self>, payer: &str, digest: &str) -> Arc<dyn FaultObserver> {
        Arc::new(FaultsOfComponent {
            notes: Arc::clone(self),
            payer: payer.to_owned(),
            digest: digest.to_owned(),
        })
    }

    fn take(&self) -> Vec<FaultNote> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct FaultsOfComponent {
    notes: Arc<FaultNotes>,
    payer: String,
    digest: String,
}

impl FaultObserver for FaultsOfComponent {
    fn failed(&self, fault: &Fault) {
        tracing::error!(payer = self.payer, digest = self.digest, %fault, "a rule component failed");
        crate::metrics::rules_failed();
        self.notes.turns.one_by_one(&self.payer, self.notes.one_by_one);
        let text = fault.to_string();
        let note = FaultNote {
            payer: self.payer.clone(),
            digest: self.digest.clone(),
            text: text[..text.floor_char_boundary(WORDS_BYTES_MAX)].to_owned(),
        };
        let mut waiting = self.notes.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < WAITING_MAX {
            waiting.push(note);
        }
        drop(waiting);
        self.notes.signal.wake();
    }
}

impl Host {
    /// Note the faults that wait, and quarantine what has failed too often.
    pub(super) fn settle_faults(&self) -> Result<(), HostError> {
        let notes = self.inner.rules.faults().take();
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
        if store.rules_policy(Some(payer))?.return_after_quarantine {
            // First, so that what is quarantined and decides still is what nobody wanted back.
            self.rules(Some(payer), REPRISE).return_from(digest, &reason)?;
        }
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
        let entry = audited(
            Some(payer),
            REPRISE,
            "quarantine_rules",
            format!("component {digest}"),
            &details,
        );
        transaction.append_audit(&[entry])?;
        transaction.commit()?;
        tracing::error!(payer, digest, reason, "a rule component is quarantined");
        self.follow_rules()
    }
}
