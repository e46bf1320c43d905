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
use crate::{Host, HostError};

/// So many faults of a payer wait to be noted at most; those that come then are not counted.
const WAITING_MAX: usize = 256;

/// How much is kept of what a fault says.
const WORDS_BYTES_MAX: usize = 1_024;

/// For how long a payer whose rules have failed gets one turn at a time.
const ONE_BY_ONE: Duration = Duration::from_secs(30);

/// From which states a component is quarantined: from every other one. What was refused for the payer may decide for it
/// all the same, as the platform's.
const NOT_QUARANTINED: [InstallationState; 6] = [
    InstallationState::Received,
    InstallationState::Checked,
    InstallationState::Refused,
    InstallationState::Active,
    InstallationState::Draining,
    InstallationState::Retired,
];

/// Faults that wait to be noted in the database: where one happens, a transaction may be under way.
pub(crate) struct FaultNotes {
    waiting: Mutex<Vec<FaultNote>>,
    turns: Turns,
    /// Wakes who notes them, and who has components at hand.
    signal: Arc<Signal>,
}

struct FaultNote {
    payer: String,
    digest: String,
    text: String,
}

impl FaultNotes {
    pub(crate) fn new() -> Self {
        Self {
            waiting: Mutex::default(),
            turns: Turns::default(),
            signal: Arc::default(),
        }
    }

    /// What wakes those who look after rules.
    pub(crate) const fn signal(&self) -> &Arc<Signal> {
        &self.signal
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

    /// Notes that could not be written wait on.
    fn put_back(&self, mut notes: Vec<FaultNote>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        notes.append(&mut waiting);
        *waiting = notes;
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
        self.notes.turns.one_by_one(&self.payer, &self.digest, ONE_BY_ONE);
        let text = fault.to_string();
        let note = FaultNote {
            payer: self.payer.clone(),
            digest: self.digest.clone(),
            text: text[..text.floor_char_boundary(WORDS_BYTES_MAX)].to_owned(),
        };
        let mut waiting = self.notes.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody's faults keep those of another payer from being noted.
        if waiting.iter().filter(|other| other.payer == self.payer).count() < WAITING_MAX {
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
        let noted = store.write(|transaction| {
            notes
                .iter()
                .try_for_each(|note| transaction.note_fault(&note.payer, &note.digest, host_name, &note.text))
        });
        if let Err(error) = noted {
            self.inner.rules.faults().put_back(notes);
            return Err(error.into());
        }
        let failed: BTreeSet<_> = notes.iter().map(|note| (&note.payer, &note.digest)).collect();
        for (payer, digest) in failed {
            // What goes wrong with one is no reason to let the others be.
            if let Err(error) = self.judge_component(payer, digest) {
                tracing::error!(payer, digest, %error, "whether a component failed too often cannot be settled");
            }
        }
        Ok(())
    }

    /// Quarantine a component if it has failed too often.
    fn judge_component(&self, payer: &str, digest: &str) -> Result<(), HostError> {
        let settings = &self.inner.rule_settings;
        let faults_max = settings.quarantine_faults;
        if faults_max == 0 {
            return Ok(());
        }
        let last = self.inner.store.last_faults(payer, digest, faults_max)?;
        // By the database's clock alone: hosts have clocks of their own.
        let span_ms = match last.as_slice() {
            [newest, .., oldest] => newest.at_ms.saturating_sub(oldest.at_ms),
            _ => 0,
        };
        let within = u128::try_from(span_ms).is_ok_and(|span| span <= settings.quarantine_window.as_millis());
        match last.first() {
            Some(newest) if last.len() >= faults_max as usize && within => self.quarantine(payer, digest, &newest.text),
            _ => Ok(()),
        }
    }

    fn quarantine(&self, payer: &str, digest: &str, last: &str) -> Result<(), HostError> {
        let store = self.inner.store.as_ref();
        if store.component(digest)?.is_none() {
            // It is not of the database, but of whoever has started this process.
            return Ok(());
        }
        let settings = &self.inner.rule_settings;
        let (faults, seconds) = (settings.quarantine_faults, settings.quarantine_window.as_secs());
        let reason = format!("it failed {faults} times within {seconds} s; the last time: {last}");
        let mut transaction = store.begin_write()?;
        transaction.install_component(&NewInstallation {
            payer: Some(payer.to_owned()),
            digest: digest.to_owned(),
            installed_by: REPRISE.to_owned(),
        })?;
        let to = InstallationState::Quarantined;
        if !transaction.set_installation_state(Some(payer), digest, &NOT_QUARANTINED, to, Some(&reason))? {
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

    /// Go back from what is quarantined and was to decide, for the payers that want that. Found in what is in force, so that
    /// a process which dies in between leaves nothing undone.
    pub(super) fn return_from_quarantined(&self) -> Result<(), HostError> {
        for (payer, digest) in self.inner.rules.decided_by_quarantined() {
            if self.inner.store.rules_policy(Some(&payer))?.return_after_quarantine
                && let Err(error) = self.rules(Some(&payer), REPRISE).return_from(&digest)
            {
                tracing::error!(payer, digest, %error, "what decided before cannot be had to decide again");
            }
        }
        Ok(())
    }
}
