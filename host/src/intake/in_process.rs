//! Claims that wait for a procedure to be finished: looked at again whenever reference data has changed.

use std::sync::Weak;
use std::time::{Duration, Instant};

use reprise_model::SubmissionStatus;
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

/// Lets claims leave status I when their procedures are finished, until the signal says to stop.
pub(crate) fn watch_in_process(host: &Weak<Inner>, signal: &Signal) {
    let mut watch = Watch::default();
    let mut seen = 0;
    while !signal.is_stopped() {
        let Some(inner) = host.upgrade() else { return };
        watch.look(&Host { inner });
        signal.wait(&mut seen, LOOK_AGAIN);
    }
}

/// What is remembered between two looks.
#[derive(Default)]
struct Watch {
    /// The changes of reference data and of claims that were looked at last, and when.
    looked_at: Option<(u64, u64, Instant)>,
    /// What went wrong the last time. Said once, not five times a second.
    trouble: Option<String>,
}

impl Watch {
    fn look(&mut self, host: &Host) {
        let looked = self.has_reason(host).and_then(|reason| {
            if let Some((reference, change)) = reason {
                host.release_finished()?;
                self.looked_at = Some((reference, change, Instant::now()));
            }
            Ok(())
        });
        match looked {
            Ok(()) => self.trouble = None,
            Err(error) => {
                let sentence = error.to_string();
                if self.trouble.as_ref() != Some(&sentence) {
                    tracing::warn!(%error, "claims that wait for a procedure to be finished could not be looked at");
                    self.trouble = Some(sentence);
                }
            }
        }
    }

    /// The changes to look at, if there are any: to reference data at once; to claims, of which one may have been brought
    /// in that waits for nothing any more, now and then.
    fn has_reason(&self, host: &Host) -> Result<Option<(u64, u64)>, HostError> {
        // Read before the claims are: what changes between the two is looked at once more.
        let store = &host.inner.store;
        let found = (store.reference_sequence()?, store.change_sequence()?);
        let is_due = self.looked_at.is_none_or(|(reference, change, at)| {
            reference != found.0 || (change != found.1 && at.elapsed() >= LOOK_AT_CLAIMS_AGAIN)
        });
        Ok(is_due.then_some(found))
    }
}

impl Host {
    /// Releases the claims of all payers whose procedures are finished. What a component fails on stays, and is looked at
    /// again with the next change.
    pub(super) fn release_finished(&self) -> Result<(), HostError> {
        for payer in self.inner.store.payers()? {
            let mut after = 0;
            loop {
                let query = IntakeQuery {
                    patient: None,
                    status: Some(SubmissionStatus::InProcess),
                    edited_from_ms: None,
                    after,
                    offset: 0,
                    limit: PAGE_CLAIMS,
                };
                let page = self.inner.store.intake_claims(&payer, &query)?;
                let claims: Vec<i64> = page.iter().map(|encoded| encoded.id).collect();
                let Some(last) = claims.last() else { break };
                after = *last;
                match self.release_claims(&payer, &claims) {
                    Err(HostError::RuleFault(_)) => self.release_one_by_one(&payer, &claims)?,
                    released => released?,
                }
            }
        }
        Ok(())
    }

    /// The component fails on one of these claims: that one alone stays.
    fn release_one_by_one(&self, payer: &str, claims: &[i64]) -> Result<(), HostError> {
        for claim in claims {
            match self.release_claims(payer, &[*claim]) {
                Err(HostError::RuleFault(fault)) => {
                    tracing::warn!(payer, claim, %fault, "the rules failed on a claim that waits for a procedure");
                }
                released => released?,
            }
        }
        Ok(())
    }

    fn release_claims(&self, payer: &str, claims: &[i64]) -> Result<(), HostError> {
        let waited_for = WaitedFor::Finish { claims };
        for _ in 0..ATTEMPTS_MAX {
            let releases = Releases::decide(self, &*self.rules_of(payer)?, payer, waited_for)?;
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
