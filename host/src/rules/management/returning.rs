//! Going back by itself from a component that fails, where the payer wants that.

use std::time::Duration;

use reprise_store::{ActivationKind, Generation};

use super::activating::{ActivationRequest, Choice};
use super::{RulesManagement, WORDS_BYTES_MAX};
use crate::HostError;

impl RulesManagement<'_> {
    /// Has decide again what decided before a component that fails and decides now: the last generation before that one
    /// without it that may still decide, else the platform's default. Nothing changes if it does not decide.
    pub(in crate::rules) fn return_from(&self, digest: &str, reason: &str) -> Result<(), HostError> {
        let has_it = |generation: &Generation| {
            let mut parts = generation.criteria.iter().chain(&generation.claim_status);
            parts.any(|part| part == digest)
        };
        if !self
            .store
            .active_generation(self.payer)?
            .is_some_and(|active| has_it(&active))
        {
            return Ok(());
        }
        let reason = format!("component {digest} is quarantined: {reason}").replace(char::is_control, " ");
        let request = ActivationRequest {
            reason: &reason[..reason.floor_char_boundary(WORDS_BYTES_MAX)],
            // Those who are served here are not kept waiting for other hosts.
            wait_max: Duration::ZERO,
            once: None,
        };
        self.decide(ActivationKind::Quarantine, request, || {
            for number in self.decided_before()?.earlier() {
                let Some(generation) = self.store.generation(self.payer, number)? else {
                    continue;
                };
                let is_without = !has_it(&generation);
                let choice = Choice::Generation(generation);
                if is_without
                    && self
                        .check_let_in(&self.all_found()?, &choice, ActivationKind::Quarantine)
                        .is_ok()
                {
                    return Ok(choice);
                }
            }
            Ok(Choice::Default)
        })?;
        Ok(())
    }
}
