//! A component that was quarantined may decide again, since somebody says why it should: what failed may have been the machine.

use std::time::Duration;

use reprise_store::InstallationState;
use serde_json::json;

use super::naming::NamedComponent;
use super::{RulesManagement, check_words};
use crate::HostError;

/// A component that may decide again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reinstated {
    /// The component's digest.
    pub digest: String,
    /// Where it stands now: active if what decides names it, else checked.
    pub state: InstallationState,
    /// The hosts that are alive and do not go by it yet, by name.
    pub hosts_missing: Vec<String>,
}

impl RulesManagement<'_> {
    /// Has a component may decide again that was quarantined for whose rules these are. Its faults are not forgotten: if it
    /// fails again soon, it is quarantined again.
    pub fn reinstate(&self, named: &NamedComponent, reason: &str, wait_max: Duration) -> Result<Reinstated, HostError> {
        let done = self.reinstate_now(named, reason);
        let mut done = self.noting_refusal("reinstate_rules", &format!("component {named}"), done)?;
        self.here.follow();
        done.hosts_missing = self.wait_for_hosts(wait_max)?;
        Ok(done)
    }

    fn reinstate_now(&self, named: &NamedComponent, reason: &str) -> Result<Reinstated, HostError> {
        check_words("the reason", reason)?;
        let found = self.found_of(self.own())?;
        let digest = self.meant(&found, named)?.component.digest.clone();
        self.change("reinstate_rules", |transaction| {
            let active = self.store.active_generation(self.payer)?;
            let is_named = active.is_some_and(|active| {
                [&active.criteria, &active.claim_status]
                    .into_iter()
                    .any(|held| held.as_ref() == Some(&digest))
            });
            let state = if is_named {
                InstallationState::Active
            } else {
                InstallationState::Checked
            };
            let from = [InstallationState::Quarantined];
            if !transaction.set_installation_state(self.payer, &digest, &from, state, Some(reason))? {
                let sentence = format!("component `{digest}` is not quarantined for {}", self.whose());
                return Err(HostError::conflict(&sentence));
            }
            let details = json!({ "state": state.as_str(), "reason": reason });
            let object = format!("component {digest}");
            let reinstated = Reinstated {
                digest: digest.clone(),
                state,
                hosts_missing: Vec::new(),
            };
            Ok((reinstated, object, details))
        })
    }
}
