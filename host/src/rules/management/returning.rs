//! Going back by itself from a component that fails, where the payer wants that.

use std::cell::Cell;
use std::time::Duration;

use reprise_store::{ActivationKind, Generation};

use super::activating::{ActivationRequest, Choice};
use super::{RulesManagement, WORDS_BYTES_MAX};
use crate::HostError;

impl RulesManagement<'_> {
    /// Has decide again what decided before a component that is quarantined and was to decide: the last generation before
    /// that one without it that may decide and can be loaded, else the platform's default. Nothing changes if it is not to
    /// decide any more: another host, or a person, was faster.
    pub(in crate::rules) fn return_from(&self, digest: &str) -> Result<(), HostError> {
        let held = self.store.installation(self.payer, digest)?;
        let why = held.and_then(|held| held.reason).unwrap_or_default();
        let reason = format!("component {digest} is quarantined: {why}").replace(char::is_control, " ");
        let request = ActivationRequest {
            reason: &reason[..reason.floor_char_boundary(WORDS_BYTES_MAX)],
            // Those who are served here are not kept waiting for other hosts.
            wait_max: Duration::ZERO,
            once: None,
        };
        let is_over = Cell::new(false);
        let decided = self.decide(ActivationKind::Quarantine, request, || {
            let active = self.store.active_generation(self.payer)?;
            if !active.is_some_and(|active| has(&active, digest)) {
                is_over.set(true);
                return Err(HostError::Technical(
                    "what decides now does not have the component".to_owned(),
                ));
            }
            for number in self.decided_before()?.earlier() {
                let Some(generation) = self.store.generation(self.payer, number)? else {
                    continue;
                };
                if has(&generation, digest) {
                    continue;
                }
                let choice = Choice::Generation(generation);
                if self.can_decide(&choice)? {
                    return Ok(choice);
                }
            }
            Ok(Choice::Default)
        });
        match decided {
            Err(_) if is_over.get() => Ok(()),
            decided => decided.map(|_| ()),
        }
    }

    /// Whether all of a choice may decide and can be loaded here.
    fn can_decide(&self, choice: &Choice) -> Result<bool, HostError> {
        let may = self.check_let_in(&self.all_found()?, choice, ActivationKind::Quarantine);
        let mut digests = choice.digests().into_iter();
        Ok(may.is_ok() && digests.all(|digest| self.here.prepare(self.store, digest).is_ok()))
    }
}

fn has(generation: &Generation, digest: &str) -> bool {
    let mut parts = generation.criteria.iter().chain(&generation.claim_status);
    parts.any(|part| part == digest)
}
