//! The components that this process has at hand, by their digests.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reprise_engine::{Digest, Fault, LoadError, RuleComponent, RuleEngine};
use reprise_store::{Store, StoreError};

use crate::HostError;

/// Components that are loaded.
pub(super) struct LoadedComponents {
    slots: Mutex<HashMap<Digest, Slot>>,
}

/// A component that is loaded, or is being loaded by whoever holds it: others wait for that one alone.
type Slot = Arc<Mutex<Loading>>;

#[derive(Default)]
enum Loading {
    #[default]
    NotYet,
    Loaded(RuleComponent),
    /// Why not, and when that was found out.
    Failed(String, Instant),
}

/// After so long it is tried again to load what could not be loaded: the reason may have passed.
const TRY_AGAIN: Duration = Duration::from_secs(5);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LoadedComponents {
    /// With these at hand.
    pub(super) fn with(components: impl IntoIterator<Item = RuleComponent>) -> Self {
        let slots = components
            .into_iter()
            .map(|component| (component.digest(), Arc::new(Mutex::new(Loading::Loaded(component)))));
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
        let not_loaded = |reason: String| HostError::RuleFault(Fault::NotLoaded { digest, reason });
        match &*loaded {
            Loading::Loaded(component) => return Ok(component.clone()),
            Loading::Failed(reason, when) if when.elapsed() < TRY_AGAIN => return Err(not_loaded(reason.clone())),
            _ => {}
        }
        let component = engine.load_known(digest, || {
            let bytes = store.component_bytes(&digest.to_string())?;
            bytes.ok_or(NoBytes::NotThere)
        });
        for trouble in engine.take_cache_troubles() {
            tracing::warn!(%trouble, "cache of machine code");
        }
        match component {
            Ok(component) => {
                *loaded = Loading::Loaded(component.clone());
                Ok(component)
            }
            Err(LoadError::Bytes(NoBytes::Store(error))) => Err(HostError::Store(error)),
            Err(error) => {
                let reason = match error {
                    LoadError::Bytes(missing) => missing.to_string(),
                    other => other.to_string(),
                };
                *loaded = Loading::Failed(reason.clone(), Instant::now());
                Err(not_loaded(reason))
            }
        }
    }

    /// Has a component at hand that is loaded already.
    pub(super) fn keep(&self, component: RuleComponent) {
        let slot = Arc::clone(lock(&self.slots).entry(component.digest()).or_default());
        *lock(&slot) = Loading::Loaded(component);
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
        let loaded = slots
            .into_iter()
            .filter_map(|(digest, slot)| match &*slot.try_lock().ok()? {
                Loading::Loaded(component) => Some((digest, component.machine_code_bytes())),
                _ => None,
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
