//! Rule components on SQLite, as the rest of Reprise asks for them.

use std::time::Duration;

use super::write::SqliteWrite;
use super::{Sqlite, components, counter, generations, installations, rule_faults, serving_hosts, trust};
use crate::rules::kept_words;
use crate::{
    Activation, ComponentSignature, Generation, Installation, InstallationOutcome, InstallationState, NewActivation,
    NewComponent, NewComponentSignature, NewGeneration, NewInstallation, NewTrustedKey, RuleFault, RuleStore,
    RuleWriting, RulesOf, RulesPolicy, ServingHost, StoreError, StoredComponent, TrustedKey,
};

impl RuleStore for Sqlite {
    fn rules_sequence(&self) -> Result<u64, StoreError> {
        self.read(|connection| counter(connection, "rules"))
    }

    fn component(&self, digest: &str) -> Result<Option<StoredComponent>, StoreError> {
        self.read(|connection| components::by_digest(connection, digest))
    }

    fn component_bytes(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|connection| components::bytes(connection, digest))
    }

    fn installed_components(&self, of: RulesOf<'_>) -> Result<Vec<StoredComponent>, StoreError> {
        self.read(|connection| components::installed(connection, of))
    }

    fn installation(&self, payer: Option<&str>, digest: &str) -> Result<Option<Installation>, StoreError> {
        self.read(|connection| installations::find(connection, payer, digest))
    }

    fn installations(&self, of: RulesOf<'_>) -> Result<Vec<Installation>, StoreError> {
        self.read(|connection| installations::all(connection, of))
    }

    fn generation(&self, payer: Option<&str>, number: i64) -> Result<Option<Generation>, StoreError> {
        self.read(|connection| generations::by_number(connection, payer, number))
    }

    fn generations(&self, payer: Option<&str>, before: Option<i64>, limit: u32) -> Result<Vec<Generation>, StoreError> {
        self.read(|connection| generations::page(connection, payer, before, limit))
    }

    fn activations(&self, payer: Option<&str>, before: Option<i64>, limit: u32) -> Result<Vec<Activation>, StoreError> {
        self.read(|connection| generations::activations(connection, payer, before, limit))
    }

    fn active_generation(&self, payer: Option<&str>) -> Result<Option<Generation>, StoreError> {
        self.read(|connection| generations::active(connection, payer))
    }

    fn active_generations(&self) -> Result<Vec<Generation>, StoreError> {
        self.read(generations::all_active)
    }

    fn serving_hosts(&self, alive_within: Duration) -> Result<Vec<ServingHost>, StoreError> {
        self.read(|connection| serving_hosts::alive(connection, alive_within))
    }

    fn trusted_keys(&self, payer: Option<&str>) -> Result<Vec<TrustedKey>, StoreError> {
        self.read(|connection| trust::keys(connection, payer))
    }

    fn signatures(&self, payer: Option<&str>, digest: &str) -> Result<Vec<ComponentSignature>, StoreError> {
        self.read(|connection| trust::signatures(connection, payer, digest))
    }

    fn rules_policy(&self, payer: Option<&str>) -> Result<RulesPolicy, StoreError> {
        self.read(|connection| trust::policy(connection, payer))
    }

    fn faults_since(&self, payer: &str, digest: &str, since_ms: i64) -> Result<u64, StoreError> {
        self.read(|connection| rule_faults::since(connection, payer, digest, since_ms))
    }

    fn last_faults(&self, payer: &str, digest: &str, limit: u32) -> Result<Vec<RuleFault>, StoreError> {
        self.read(|connection| rule_faults::last(connection, payer, digest, limit))
    }
}

impl RuleWriting for SqliteWrite<'_> {
    fn store_component(&mut self, component: &NewComponent) -> Result<bool, StoreError> {
        self.attempt(|connection, _| components::store(connection, component))
    }

    fn install_component(&mut self, installation: &NewInstallation) -> Result<InstallationOutcome, StoreError> {
        self.attempt(|connection, raised| installations::install(connection, raised, installation))
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
        self.attempt(|connection, raised| installations::set_state(connection, raised, payer, digest, from, to, reason))
    }

    fn create_generation(&mut self, generation: &NewGeneration) -> Result<i64, StoreError> {
        self.attempt(|connection, raised| generations::create(connection, raised, generation))
    }

    fn append_activation(&mut self, activation: &NewActivation) -> Result<i64, StoreError> {
        self.attempt(|connection, raised| generations::append_activation(connection, raised, activation))
    }

    fn note_host(&mut self, host: &str, address: Option<&str>, rules_sequence: u64) -> Result<(), StoreError> {
        self.attempt(|connection, _| serving_hosts::note(connection, host, address, rules_sequence))
    }

    fn forget_host(&mut self, host: &str) -> Result<(), StoreError> {
        self.attempt(|connection, _| serving_hosts::forget(connection, host))
    }

    fn add_trusted_key(&mut self, key: &NewTrustedKey) -> Result<bool, StoreError> {
        self.attempt(|connection, raised| trust::add_key(connection, raised, key))
    }

    fn revoke_trusted_key(&mut self, payer: Option<&str>, id: &str) -> Result<bool, StoreError> {
        self.attempt(|connection, _| trust::revoke_key(connection, payer, id))
    }

    fn add_signature(&mut self, signature: &NewComponentSignature) -> Result<bool, StoreError> {
        self.attempt(|connection, raised| trust::add_signature(connection, raised, signature))
    }

    fn set_rules_policy(&mut self, payer: Option<&str>, policy: &RulesPolicy) -> Result<(), StoreError> {
        self.attempt(|connection, raised| trust::set_policy(connection, raised, payer, policy))
    }

    fn note_fault(&mut self, payer: &str, digest: &str, host: &str, text: &str) -> Result<(), StoreError> {
        self.attempt(|connection, raised| rule_faults::note(connection, raised, payer, digest, host, text))
    }
}
