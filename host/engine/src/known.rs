//! Components that were admitted before: from the cache of machine code, or else from their bytes.

use wasmtime::component::Component;

use crate::admission::{Refusal, RuleComponent};
use crate::cache::{CacheTrouble, PrecompiledCache};
use crate::contract::ComponentKind;
use crate::digest::Digest;
use crate::fault::root_cause;
use crate::precompiled::MachineCode;
use crate::runtime::RuleEngine;

/// Why a component that is known by its digest was not loaded. `E` is what can go wrong with getting its bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError<E> {
    /// Its bytes could not be had.
    #[error("its bytes could not be had: {0}")]
    Bytes(E),
    /// The bytes are another component's.
    #[error("the bytes of component {wanted} are those of {found}; they were damaged or exchanged where they are kept")]
    OtherDigest {
        /// What was asked for.
        wanted: Digest,
        /// What the bytes are known by.
        found: Digest,
    },
    /// It is not taken, although it was before: this engine's limits are closer.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl RuleEngine {
    /// The same engine, with a cache of machine code.
    #[must_use]
    pub fn with_cache(mut self, cache: PrecompiledCache) -> Self {
        self.cache = Some(cache.into());
        self
    }

    /// Load a component that was admitted before, by its digest: from the cache, without its bytes; else its bytes are
    /// asked for, compared with the digest, checked, compiled and kept.
    ///
    /// What was wrong with the cache does not keep a component from being loaded; [`RuleEngine::take_cache_troubles`]
    /// tells it.
    pub fn load_known<E>(
        &self,
        digest: Digest,
        bytes: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<RuleComponent, LoadError<E>> {
        if let Some((kind, component)) = self.cached(digest) {
            return Ok(self.introduce(kind, &component, digest)?);
        }
        let bytes = bytes().map_err(LoadError::Bytes)?;
        let found = Digest::of(&bytes);
        if found != digest {
            return Err(LoadError::OtherDigest { wanted: digest, found });
        }
        let component = self.load_any(&bytes)?;
        self.keep_precompiled(&component);
        Ok(component)
    }

    /// Keep the machine code of a component that has been admitted, if this engine has a cache: the next process loads
    /// it without compiling.
    pub fn keep_precompiled(&self, component: &RuleComponent) {
        let Some(cache) = &self.cache else {
            return;
        };
        match MachineCode::of_loaded(component.compiled()) {
            Ok(machine_code) => cache.keep(&self.engine, component.digest(), component.kind(), &machine_code),
            Err(error) => cache.note(CacheTrouble::not_kept(component.digest(), root_cause(&error))),
        }
    }

    /// What was wrong with the cache since this was last asked, for the log: files that were not trusted and removed,
    /// and components whose machine code could not be kept.
    pub fn take_cache_troubles(&self) -> Vec<CacheTrouble> {
        self.cache
            .as_ref()
            .map(|cache| cache.take_troubles())
            .unwrap_or_default()
    }

    fn cached(&self, digest: Digest) -> Option<(ComponentKind, Component)> {
        let cache = self.cache.as_ref()?;
        let (kind, machine_code) = cache.find(&self.engine, digest)?;
        match machine_code.load(&self.engine) {
            Ok(component) => Some((kind, component)),
            Err(error) => {
                cache.discard(&self.engine, digest, root_cause(&error));
                None
            }
        }
    }
}

impl RuleComponent {
    /// The size of its machine code, as it lies in memory: most of what it takes while nobody runs it.
    pub fn machine_code_bytes(&self) -> usize {
        machine_code_bytes(self.compiled())
    }

    /// As the sandbox holds it.
    fn compiled(&self) -> &Component {
        match self {
            Self::Criteria(component) => component.compiled(),
            Self::ClaimStatus(component) => component.compiled(),
        }
    }
}

/// The size of a component's machine code.
pub(crate) fn machine_code_bytes(component: &Component) -> usize {
    let image = component.image_range();
    image.end.addr().saturating_sub(image.start.addr())
}
