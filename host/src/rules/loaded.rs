//! The components that this process has at hand, by their digests.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reprise_engine::{Digest, Fault, LoadError, RuleComponent, RuleEngine};
use reprise_store::{Store, StoreError};

use crate::HostError;

/// Components that are loaded.
pub(super) struct LoadedComponents {
    slots: Mutex<HashMap<Digest, Slot>>,
}

/// A component that is loaded, or is being loaded by whoever holds it: others wait for that one alone.
type Slot = Arc<Mutex<Option<RuleComponent>>>;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LoadedComponents {
    /// With these at hand.
    pub(super) fn with(components: impl IntoIterator<Item = RuleComponent>) -> Self {
        let slots = components
            .into_iter()
            .map(|component| (component.digest(), Arc::new(Mutex::new(Some(component)))));
        Self {
            slots: Mutex::new(slots.collect()),
        }
    }

    /// A component that is stored, loaded now if it was not; a fault if this process cannot run it.
    pub(super) fn get(
        &self,
        engine: &RuleEngine,
        store: &dyn Store,
        digest: Digest,
    ) -> Result<RuleComponent, HostError> {
        let slot = Arc::clone(lock(&self.slots).entry(digest).or_default());
        let mut loaded = lock(&slot);
        if let Some(component) = &*loaded {
            return Ok(component.clone());
        }
        let not_loaded = |reason: String| HostError::RuleFault(Fault::NotLoaded { digest, reason });
        let component = engine.load_known(digest, || {
            let bytes = store.component_bytes(&digest.to_string())?;
            bytes.ok_or(NoBytes::NotThere)
        });
        let component = component.map_err(|error| match error {
            LoadError::Bytes(NoBytes::Store(error)) => HostError::Store(error),
            LoadError::Bytes(missing) => not_loaded(missing.to_string()),
            other => not_loaded(other.to_string()),
        });
        for trouble in engine.take_cache_troubles() {
            tracing::warn!(%trouble, "cache of machine code");
        }
        Ok(loaded.insert(component?).clone())
    }

    /// Has a component at hand that is loaded already.
    pub(super) fn keep(&self, component: RuleComponent) {
        let slot = Arc::clone(lock(&self.slots).entry(component.digest()).or_default());
        lock(&slot).get_or_insert(component);
    }

    /// Forgets the components that are not among these. Whoever decides by one of them keeps it.
    pub(super) fn keep_only(&self, wanted: &HashSet<Digest>) {
        lock(&self.slots).retain(|digest, _| wanted.contains(digest));
    }

    /// How many bytes of machine code each component that is at hand has.
    pub(super) fn machine_code_bytes(&self) -> Vec<(Digest, usize)> {
        let slots: Vec<_> = lock(&self.slots)
            .iter()
            .map(|(digest, slot)| (*digest, Arc::clone(slot)))
            .collect();
        // One that is being loaded just now is not waited for.
        let loaded = slots.into_iter().filter_map(|(digest, slot)| {
            let component = slot.try_lock().ok()?;
            Some((digest, component.as_ref()?.machine_code_bytes()))
        });
        loaded.collect()
    }
}

/// Why the bytes of a component could not be had.
#[derive(Debug, thiserror::Error)]
enum NoBytes {
    #[error("the database does not have it")]
    NotThere,
    #[error(transparent)]
    Store(#[from] StoreError),
}
