//! Claims that wait for a procedure to be finished: looked at again whenever reference data has changed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Weak;
use std::time::{Duration, Instant};

use reprise_model::{Message, MessageKey, SubmissionStatus};
use reprise_store::{IntakeQuery, StoreError};

use super::ATTEMPTS_MAX;
use super::release::{Releases, WaitedFor};
use crate::activities::Signal;
use crate::host::Inner;
use crate::{Host, HostError};

/// How soon after a change of reference data the claims are looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How soon after a change of claims, if no reference data changes.
const LOOK_AT_CLAIMS_AGAIN: Duration = Duration::from_secs(30);
/// How many claims are looked at, at once.
const PAGE_CLAIMS: u32 = 256;
/// Who does it, as the history keeps it.
const USER: &str = "reprise";

/// After how many faults on single claims of a payer the next payer is looked at.
const FAULTS_MAX: usize = 8;

/// Lets claims leave status I when their procedures are finished, until the signal says to stop.
pub(crate) fn watch_in_process(host: &Weak<Inner>, signal: &Signal) {
    let mut watch = Watch::default();
    let mut seen = 0;
    while !signal.is_stopped() {
        let Some(inner) = host.upgrade() else { return };
        watch.look(&Host { inner }, signal);
        signal.wait(&mut seen, LOOK_AGAIN);
    }
}

/// What is remembered between two looks.
#[derive(Default)]
struct Watch {
    /// The changes of reference data and of claims that were looked at last, and when.
    looked_at: Option<(u64, u64, Instant)>,
    /// The payers whose claims are to be looked at, with how far each is. One whose rules fail, or that has no turn, is
    /// gone on with at the next look, so that it holds up no other payer.
    waiting: BTreeMap<String, Progress>,
    /// What went wrong the last time, by payer, or without one. Said once, not five times a second.
    trouble: HashMap<Option<String>, String>,
}

/// How far the claims of a payer are looked at.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// The claims up to this id are.
    after: i64,
    /// Since the first of them were, something has changed: they are to be looked at once more after the last one.
    once_more: bool,
}

impl Watch {
    fn look(&mut self, host: &Host, signal: &Signal) {
        let noticed = self.notice_changes(host);
        self.say(None, noticed);
        let payers: Vec<String> = self.waiting.keys().cloned().collect();
        for payer in payers {
            if signal.is_stopped() {
                return;
            }
            let Some(progress) = self.waiting.get_mut(&payer) else {
                continue;
            };
            let looked = host.release_finished(&payer, progress);
            // Where nothing decides for the payer, it is no use to ask again before something has changed.
            if matches!(looked, Ok(true) | Err(HostError::RuleFault(_))) {
                self.waiting.remove(&payer);
            }
            self.say(Some(payer), looked.map(drop));
        }
    }

    /// Has the claims of all payers looked at, if there is a reason: changes to reference data at once; to claims, of which
    /// one may have been brought in that waits for nothing any more, now and then.
    fn notice_changes(&mut self, host: &Host) -> Result<(), HostError> {
        // Read before the claims are: what changes between the two is looked at once more.
        let store = &host.inner.store;
        let found = (store.reference_sequence()?, store.change_sequence()?);
        let is_due = self.looked_at.is_none_or(|(reference, change, at)| {
            reference != found.0 || (change != found.1 && at.elapsed() >= LOOK_AT_CLAIMS_AGAIN)
        });
        if is_due {
            for payer in store.payers()? {
                let progress = self.waiting.entry(payer).or_default();
                progress.once_more = progress.after > 0;
            }
            self.looked_at = Some((found.0, found.1, Instant::now()));
        }
        Ok(())
    }

    fn say(&mut self, payer: Option<String>, looked: Result<(), HostError>) {
        let Err(error) = looked else {
            self.trouble.remove(&payer);
            return;
        };
        let sentence = error.to_string();
        if self.trouble.get(&payer) != Some(&sentence) {
            tracing::warn!(payer, %error, "claims that wait for a procedure to be finished could not be looked at");
            self.trouble.insert(payer, sentence);
        }
    }
}

impl Host {
    /// Releases the payer's claims whose procedures are finished, and answers whether all were looked at. What a component
    /// fails on stays, and is looked at again with the next change.
    fn release_finished(&self, payer: &str, progress: &mut Progress) -> Result<bool, HostError> {
        let mut faults = 0;
        loop {
            let query = IntakeQuery {
                patient: None,
                status: Some(SubmissionStatus::InProcess),
                edited_from_ms: None,
                after: progress.after,
                offset: 0,
                limit: PAGE_CLAIMS,
            };
            let page = self.inner.store.intake_claims(payer, &query)?;
            let claims: Vec<i64> = page.iter().map(|encoded| encoded.id).collect();
            let Some(last) = claims.last() else {
                let once_more = progress.once_more;
                *progress = Progress::default();
                return Ok(!once_more);
            };
            match self.release_claims(payer, &claims) {
                Err(HostError::RuleFault(fault)) if fault.is_of_the_component() => {
                    // It fails on one of these: that one alone stays.
                    for claim in &claims {
                        faults += usize::from(self.release_one(payer, *claim)?);
                        progress.after = *claim;
                        if faults >= FAULTS_MAX {
                            return Ok(false);
                        }
                    }
                }
                released => released?,
            }
            progress.after = *last;
        }
    }

    /// Releases a claim whose procedures are finished, and answers whether the component failed on it.
    fn release_one(&self, payer: &str, claim: i64) -> Result<bool, HostError> {
        match self.release_claims(payer, &[claim]) {
            Err(HostError::RuleFault(fault)) if fault.is_of_the_component() => {
                tracing::warn!(payer, claim, %fault, "the rules failed on a claim that waits for a procedure");
                Ok(true)
            }
            released => released.map(|()| false),
        }
    }

    fn release_claims(&self, payer: &str, claims: &[i64]) -> Result<(), HostError> {
        let waited_for = WaitedFor::Finish { claims };
        for _ in 0..ATTEMPTS_MAX {
            // A turn is not waited for: one thread looks at the claims of all payers.
            let rules = self.rules_of_now(payer)?.ok_or_else(|| {
                let sentence =
                    "The payer's rules failed a moment ago and decide one request at a time; others come first";
                HostError::NotYet(Message::new(MessageKey::NotYet, [sentence]))
            })?;
            let releases = Releases::decide(self, &rules, payer, waited_for)?;
            drop(rules);
            if !releases.releases_any() {
                return Ok(());
            }
            let mut transaction = self.inner.store.begin_write()?;
            if releases.write(self, transaction.as_mut(), payer, USER, waited_for)? {
                transaction.commit()?;
                return Ok(());
            }
        }
        Err(HostError::Store(StoreError::Unavailable {
            reason: "what was decided on changed each time before it could be written".to_owned(),
        }))
    }
}
