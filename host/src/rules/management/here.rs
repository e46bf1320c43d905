//! What managing rules comes to in this process: a server has what is activated at hand and follows it; a command only
//! sees to it that it could.

use reprise_engine::{Digest, RuleComponent, RuleEngine};
use reprise_store::Store;

use crate::{Host, HostError};

/// Where rules are managed.
pub(super) enum Here<'a> {
    /// In a server.
    Server(&'a Host),
    /// In a command, with an engine of its own.
    Command(&'a RuleEngine),
}

impl Here<'_> {
    /// What checks components.
    pub(super) fn engine(&self) -> &RuleEngine {
        match self {
            Self::Server(host) => host.inner.rules.engine(),
            Self::Command(engine) => engine,
        }
    }

    /// Loads a component that is stored, so that it can be activated at no cost; or says why it cannot be.
    pub(super) fn prepare(&self, store: &dyn Store, digest: &str) -> Result<(), HostError> {
        let not_loaded = |reason: String| HostError::conflict(&format!("component `{digest}` cannot decide: {reason}"));
        let known = digest
            .parse::<Digest>()
            .map_err(|error| HostError::Technical(error.to_string()))?;
        match self {
            Self::Server(host) => match host.inner.rules.prepare(store, known) {
                Ok(_) => Ok(()),
                Err(HostError::RuleFault(fault)) => Err(not_loaded(fault.to_string())),
                Err(error) => Err(error),
            },
            Self::Command(engine) => {
                let bytes = store.component_bytes(digest)?.unwrap_or_default();
                if Digest::of(&bytes) != known {
                    return Err(not_loaded(
                        "what the database has under this digest is something else".to_owned(),
                    ));
                }
                let loaded = engine.load_any(&bytes);
                loaded.map(|_| ()).map_err(|refusal| not_loaded(refusal.to_string()))
            }
        }
    }

    /// Has a component at hand that was let in just now, so that it is not compiled again.
    pub(super) fn keep(&self, component: RuleComponent) {
        if let Self::Server(host) = self {
            host.inner.rules.keep(component);
        }
    }

    /// Has this process decide by what the database says from now on. It would with the next request anyhow, so that what
    /// goes wrong is said then.
    pub(super) fn follow(&self) {
        if let Self::Server(host) = self {
            if let Err(error) = host.follow_rules() {
                tracing::warn!(%error, "rules cannot be followed just now");
            }
            host.inner.rules.faults().signal().wake();
        }
    }

    /// How much machine code of a component is loaded here, if it is.
    pub(super) fn machine_code_bytes(&self, digest: &str) -> Option<u64> {
        let Self::Server(host) = self else { return None };
        let mut loaded = host.inner.rules.machine_code_bytes().into_iter();
        let (_, bytes) = loaded.find(|(known, _)| known.to_string() == digest)?;
        u64::try_from(bytes).ok()
    }
}
