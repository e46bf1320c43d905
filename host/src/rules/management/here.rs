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
            Self::Server(host) => &host.inner.engine,
            Self::Command(engine) => engine,
        }
    }

    /// Loads a component that is stored, so that it can be activated at no cost; or says why it cannot be.
    pub(super) fn prepare(&self, store: &dyn Store, digest: &str) -> Result<RuleComponent, HostError> {
        let known = digest
            .parse::<Digest>()
            .map_err(|error| HostError::Technical(error.to_string()))?;
        let bytes = store.component_bytes(digest)?;
        let bytes = bytes.ok_or_else(|| HostError::Technical(format!("component `{digest}` is not stored")))?;
        if Digest::of(&bytes) != known {
            let reason = format!("the bytes that are stored of component `{digest}` are not its own");
            return Err(HostError::Technical(reason));
        }
        let loaded = self.engine().load_any(&bytes);
        loaded.map_err(|refusal| {
            HostError::conflict(&format!(
                "component `{digest}` was let in before, and this version of Reprise does not take it: {refusal}"
            ))
        })
    }

    /// Has this process decide by what the database says from now on.
    #[expect(clippy::unnecessary_wraps, reason = "a server that follows may fail to")]
    pub(super) fn follow(&self) -> Result<(), HostError> {
        Ok(())
    }

    /// How much machine code of a component is loaded here, if it is.
    pub(super) fn machine_code_bytes(&self, _digest: &str) -> Option<u64> {
        None
    }
}
