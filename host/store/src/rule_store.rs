//! What a database does for rule components, in the words of the domain: a part of [`Store`] and of
//! [`WriteTransaction`].
//!
//! What is a payer's, or the platform's where no payer is given, is nobody else's: a payer sees neither what another one
//! has installed nor, as its own, what the platform has. Only a component itself is everybody's who knows its digest.
//!
//! [`Store`]: crate::Store
//! [`WriteTransaction`]: crate::WriteTransaction

use std::time::Duration;

use crate::{
    Activation, ComponentSignature, Generation, Installation, InstallationOutcome, InstallationState, NewActivation,
    NewComponent, NewComponentSignature, NewGeneration, NewInstallation, NewTrustedKey, RuleFault, RulesOf,
    RulesPolicy, ServingHost, StoreError, StoredComponent, TrustedKey,
};

/// Reads of components, of which of them decide, and of what is known of them.
pub trait RuleStore {
    /// The number of the last change to what decides; 0 if there was none. Cheap.
    ///
    /// Raised by one with each transaction that appends an activation or changes the state of an installation. Numbers
    /// follow the order of commits: what is read after a number is not older than that number.
    fn rules_sequence(&self) -> Result<u64, StoreError>;

    /// The component with this digest, whoever has installed it.
    fn component(&self, digest: &str) -> Result<Option<StoredComponent>, StoreError>;

    /// The bytes of the component with this digest, whoever has installed it.
    fn component_bytes(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The components that are installed, each once, by digest in byte order.
    fn installed_components(&self, of: RulesOf<'_>) -> Result<Vec<StoredComponent>, StoreError>;

    /// That a component is installed for a payer, or for the platform if none is given.
    fn installation(&self, payer: Option<&str>, digest: &str) -> Result<Option<Installation>, StoreError>;

    /// What is installed, by payer in byte order and by when it was installed; what is for the platform comes first.
    fn installations(&self, of: RulesOf<'_>) -> Result<Vec<Installation>, StoreError>;

    /// The generation with this number, of a payer, or of the platform if none is given.
    fn generation(&self, payer: Option<&str>, number: i64) -> Result<Option<Generation>, StoreError>;

    /// The generations with a lower number than this one, or the last ones, of a payer, or of the platform if none is given,
    /// by number from the highest; at most so many.
    fn generations(&self, payer: Option<&str>, before: Option<i64>, limit: u32) -> Result<Vec<Generation>, StoreError>;

    /// The activations with a lower id than this one, or the last ones, of a payer, or of the platform if none is given, by
    /// id from the highest; at most so many.
    fn activations(&self, payer: Option<&str>, before: Option<i64>, limit: u32) -> Result<Vec<Activation>, StoreError>;

    /// The generation that decides for a payer, or for the platform if none is given: that of the last activation. None if
    /// there was none, or if it has left deciding to the platform's default.
    fn active_generation(&self, payer: Option<&str>) -> Result<Option<Generation>, StoreError>;

    /// The generations that decide, as they did at one moment: that of the platform first, then those of the payers that
    /// have one, by payer in byte order.
    fn active_generations(&self) -> Result<Vec<Generation>, StoreError>;

    /// The hosts that have given a sign of life within so long, by name in byte order.
    fn serving_hosts(&self, alive_within: Duration) -> Result<Vec<ServingHost>, StoreError>;

    /// The keys that a payer trusts, or the platform if none is given, those that have expired or were revoked included, by
    /// when they were added.
    fn trusted_keys(&self, payer: Option<&str>) -> Result<Vec<TrustedKey>, StoreError>;

    /// The signatures under a component that count for a payer, or for the platform if none is given, by when they were
    /// added.
    fn signatures(&self, payer: Option<&str>, digest: &str) -> Result<Vec<ComponentSignature>, StoreError>;

    /// What a payer, or the platform if none is given, wants to be done about components. Nothing unless it was set.
    fn rules_policy(&self, payer: Option<&str>) -> Result<RulesPolicy, StoreError>;

    /// How often a component has faulted for a payer since this moment, in milliseconds since 1970-01-01T00:00:00Z by the
    /// database's clock; no fault is known for longer than [`FAULT_KEPT_FOR`](crate::FAULT_KEPT_FOR).
    fn faults_since(&self, payer: &str, digest: &str, since_ms: i64) -> Result<u64, StoreError>;

    /// The last faults of a component for a payer, the last one first; at most so many.
    fn last_faults(&self, payer: &str, digest: &str, limit: u32) -> Result<Vec<RuleFault>, StoreError>;
}

/// Writes of components, of which of them decide, and of what is known of them. A payer that is named is added if new,
/// where something of it is created.
pub trait RuleWriting {
    /// Stores a component, and answers whether it is new. One that is there stays as it is: it has the same bytes.
    fn store_component(&mut self, component: &NewComponent) -> Result<bool, StoreError>;

    /// Installs a component, which must be stored; it is then received.
    fn install_component(&mut self, installation: &NewInstallation) -> Result<InstallationOutcome, StoreError>;

    /// Moves an installed component from any of these states to another one, and answers whether it was in one of them. The
    /// reason is the new state's; nothing changes if it stands there already, for the same reason.
    fn set_installation_state(
        &mut self,
        payer: Option<&str>,
        digest: &str,
        from: &[InstallationState],
        to: InstallationState,
        reason: Option<&str>,
    ) -> Result<bool, StoreError>;

    /// Creates a generation, and answers its number. Its components must be of the right kinds, and be installed for the
    /// payer or for the platform. It decides nothing until it is activated.
    fn create_generation(&mut self, generation: &NewGeneration) -> Result<i64, StoreError>;

    /// Adds to the record of activations, has that generation decide from now on, and answers the entry's id. The generation
    /// must be there: the payer's own, or the platform's for the platform.
    fn append_activation(&mut self, activation: &NewActivation) -> Result<i64, StoreError>;

    /// Notes that a host is alive, and by which rules it decides; forgets those that have given no sign of life for
    /// [`HOST_KEPT_FOR`](crate::HOST_KEPT_FOR).
    fn note_host(&mut self, host: &str, address: Option<&str>, rules_sequence: u64) -> Result<(), StoreError>;

    /// Forgets a host, which serves no more.
    fn forget_host(&mut self, host: &str) -> Result<(), StoreError>;

    /// Has a key be trusted, and answers whether it is new to who trusts it. One that is there stays as it is, revoked or
    /// not.
    fn add_trusted_key(&mut self, key: &NewTrustedKey) -> Result<bool, StoreError>;

    /// Revokes a key, and answers whether there is one. When it was revoked first stays on record.
    fn revoke_trusted_key(&mut self, payer: Option<&str>, id: &str) -> Result<bool, StoreError>;

    /// Adds a signature to a component, which must be stored, and answers whether it is new.
    fn add_signature(&mut self, signature: &NewComponentSignature) -> Result<bool, StoreError>;

    /// Says what a payer, or the platform if none is given, wants to be done about components.
    fn set_rules_policy(&mut self, payer: Option<&str>, policy: &RulesPolicy) -> Result<(), StoreError>;

    /// Notes that a component faulted for a payer; forgets faults that are older than
    /// [`FAULT_KEPT_FOR`](crate::FAULT_KEPT_FOR).
    fn note_fault(&mut self, payer: &str, digest: &str, host: &str, text: &str) -> Result<(), StoreError>;
}
