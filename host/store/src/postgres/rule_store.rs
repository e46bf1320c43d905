//! Rule components on PostgreSQL, as the rest of Reprise asks for them.

use std::time::Duration;

use super::write::PostgresWrite;
use super::{Postgres, components, counter, generations, installations, rule_faults, serving_hosts, trust};
use crate::rules::kept_words;
use crate::{
    Activation, ComponentSignature, Generation, Installation, InstallationOutcome, InstallationState, NewActivation,
    NewComponent, NewComponentSignature, NewGeneration, NewInstallation, NewTrustedKey, RuleFault, RuleStore,
    RuleWriting, RulesOf, RulesPolicy, ServingHost, StoreError, StoredComponent, TrustedKey,
};

impl RuleStore for Postgres {
    fn rules_sequence(&self) -> Result<u64, StoreError> {
        self.read(|session| counter(session, "rules"))
    }

    fn component(&self, digest: &str) -> Result<Option<StoredComponent>, StoreError> {
        self.look_up(&[digest], |session| components::by_digest(session, digest))
    }

    fn component_bytes(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.look_up(&[digest], |session| components::bytes(session, digest))
    }

    fn installed_components(&self, of: RulesOf<'_>) -> Result<Vec<StoredComponent>, StoreError> {
        self.look_up(&[of.owner().flatten().unwrap_or_default()], |session| {
            components::installed(session, of)
        })
    }

    fn installation(&self, payer: Option<&str>, digest: &str) -> Result<Option<Installation>, StoreError> {
        self.look_up(&[payer.unwrap_or_default(), digest], |session| {
            installations::find(session, payer, digest)
        })
    }

    fn installations(&self, of: RulesOf<'_>) -> Result<Vec<Installation>, StoreError> {
        self.look_up(&[of.owner().flatten().unwrap_or_default()], |session| {
            installations::all(session, of)
        })
    }

    fn generation(&self, payer: Option<&str>, number: i64) -> Result<Option<Generation>, StoreError> {
        self.look_up(&[payer.unwrap_or_default()], |session| {
            generations::by_number(session, payer, number)
        })
    }

    fn generations(&self, payer: Option<&str>, before: Option<i64>, limit: u32) -> Result<Vec<Generation>, StoreError> {
        self.look_up(&[payer.unwrap_or_default()], |session| {
            generations::page(session, payer, before, limit)
        })
    }

    fn activations(&self, payer: Option<&str>, before: Option<i64>, limit: u32) -> Result<Vec<Activation>, StoreError> {
        self.look_up(&[payer.unwrap_or_default()], |session| {
            generations::activations(session, payer, before, limit)
        })
    }

    fn active_generation(&self, payer: Option<&str>) -> Result<Option<Generation>, StoreError> {
        self.look_up(&[payer.unwrap_or_default()], |session| {
            generations::active(session, payer)
        })
    }

    fn active_generations(&self) -> Result<Vec<Generation>, StoreError> {
        self.read(generations::all_active)
    }

    fn serving_hosts(&self, alive_within: Duration) -> Result<Vec<ServingHost>, StoreError> {
        self.read(|session| serving_hosts::alive(session, alive_within))
    }

    fn trusted_keys(&self, payer: Option<&str>) -> Result<Vec<TrustedKey>, StoreError> {
        self.look_up(&[payer.unwrap_or_default()], |session| trust::keys(session, payer))
    }

    fn signatures(&self, payer: Option<&str>, digest: &str) -> Result<Vec<ComponentSignature>, StoreError> {
        self.look_up(&[payer.unwrap_or_default(), digest], |session| {
            trust::signatures(session, payer, digest)
        })
    }

    fn rules_policy(&self, payer: Option<&str>) -> Result<RulesPolicy, StoreError> {
        self.look_up(&[payer.unwrap_or_default()], |session| trust::policy(session, payer))
    }

    fn faults_since(&self, payer: &str, digest: &str, since_ms: i64) -> Result<u64, StoreError> {
        self.look_up(&[payer, digest], |session| {
            rule_faults::since(session, payer, digest, since_ms)
        })
    }

    fn last_faults(&self, payer: &str, digest: &str, limit: u32) -> Result<Vec<RuleFault>, StoreError> {
        self.look_up(&[payer, digest], |session| {
            rule_faults::last(session, payer, digest, limit)
        })
    }
}

impl RuleWriting for PostgresWrite<'_> {
    fn store_component(&mut self, component: &NewComponent) -> Result<bool, StoreError> {
        self.attempt(|session, _| components::store(session, component))
    }

    fn install_component(&mut self, installation: &NewInstallation) -> Result<InstallationOutcome, StoreError> {
        self.attempt(|session, raised| installations::install(session, raised, installation))
    }

    fn set_installation_state(
        &mut self,
        payer: Option<&str>,
        digest: &str,
        from: &[InstallationState],
        to: InstallationState,
        reason: Option<&str>,
    ) -> Result<bool, StoreError> {
        let reason = reason.map(kept_words);
        let reason = reason.as_deref();
        self.attempt(|session, raised| installations::set_state(session, raised, payer, digest, from, to, reason))
    }

    fn create_generation(&mut self, generation: &NewGeneration) -> Result<i64, StoreError> {
        self.attempt(|session, raised| generations::create(session, raised, generation))
    }

    fn append_activation(&mut self, activation: &NewActivation) -> Result<i64, StoreError> {
        self.attempt(|session, raised| generations::append_activation(session, raised, activation))
    }

    fn note_host(&mut self, host: &str, address: Option<&str>, rules_sequence: u64) -> Result<(), StoreError> {
        self.attempt(|session, _| serving_hosts::note(session, host, address, rules_sequence))
    }

    fn forget_host(&mut self, host: &str) -> Result<(), StoreError> {
        self.attempt(|session, _| serving_hosts::forget(session, host))
    }

    fn add_trusted_key(&mut self, key: &NewTrustedKey) -> Result<bool, StoreError> {
        self.attempt(|session, raised| trust::add_key(session, raised, key))
    }

    fn revoke_trusted_key(&mut self, payer: Option<&str>, id: &str) -> Result<bool, StoreError> {
        self.attempt(|session, _| trust::revoke_key(session, payer, id))
    }

    fn add_signature(&mut self, signature: &NewComponentSignature) -> Result<bool, StoreError> {
        self.attempt(|session, raised| trust::add_signature(session, raised, signature))
    }

    fn set_rules_policy(&mut self, payer: Option<&str>, policy: &RulesPolicy) -> Result<(), StoreError> {
        self.attempt(|session, raised| trust::set_policy(session, raised, payer, policy))
    }

    fn note_fault(&mut self, payer: &str, digest: &str, host: &str, text: &str) -> Result<(), StoreError> {
        self.attempt(|session, raised| rule_faults::note(session, raised, payer, digest, host, text))
    }
}
