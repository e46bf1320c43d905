//! Claims that wait for a procedure to be finished: looked at again whenever reference data has changed.

use std::sync::Weak;
use std::time::Duration;

use reprise_model::SubmissionStatus;
use reprise_store::IntakeQuery;

use super::ATTEMPTS_MAX;
use super::release::{Releases, WaitedFor};
use crate::activities::Signal;
use crate::host::Inner;
use crate::{Host, HostError};

/// How soon after a change of reference data the claims are looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How many claims are looked at, at once.
const PAGE_CLAIMS: u32 = 256;
/// Who does it, as the history keeps it.
const USER: &str = "reprise";

/// Lets claims leave status I when their procedures are finished, until the signal says to stop.
pub(crate) fn watch_in_process(host: &Weak<Inner>, signal: &Signal) {
    let mut looked_at = None;
    let mut trouble = String::new();
    let mut seen = 0;
    while !signal.is_stopped() {
        let Some(inner) = host.upgrade() else { return };
        let host = Host { inner };
        let looked = host
            .inner
            .store
            .reference_sequence()
            .map_err(HostError::from)
            .and_then(|sequence| {
                if looked_at != Some(sequence) {
                    host.release_finished()?;
                    looked_at = Some(sequence);
                }
                Ok(())
            });
        match looked {
            Ok(()) => trouble.clear(),
            Err(error) => {
                // Said once, not five times a second.
                let sentence = error.to_string();
                if sentence != trouble {
                    tracing::warn!(%error, "claims that wait for a procedure to be finished could not be looked at");
                    trouble = sentence;
                }
            }
        }
        drop(host);
        signal.wait(&mut seen, LOOK_AGAIN);
    }
}

impl Host {
    /// Releases the claims of all payers whose procedures are finished.
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
                self.release_claims(&payer, &claims)?;
            }
        }
        Ok(())
    }

    fn release_claims(&self, payer: &str, claims: &[i64]) -> Result<(), HostError> {
        let waited_for = WaitedFor::Finish { claims };
        for _ in 0..ATTEMPTS_MAX {
            let releases = Releases::decide(self, payer, waited_for)?;
            if !releases.releases_any() {
                return Ok(());
            }
            let mut transaction = self.inner.store.begin_write()?;
            if releases.write(self, transaction.as_mut(), payer, USER, waited_for)? {
                transaction.commit()?;
                return Ok(());
            }
        }
        // Whoever was faster has changed what they wait for, so they are looked at again.
        Ok(())
    }
}
