//! The components that a process is started with: those that its command line names, or those that it brings along.

use std::path::Path;
use std::sync::Arc;

use reprise_engine::{
    CallLimits, ClaimStatusComponent, CriteriaComponent, Digest, PrecompiledCache, Refusal, RuleEngine,
};

use crate::configuration::{Configuration, ConfigurationError, MachineCodeCache};

/// Checked and compiled rule components, and the engine that runs them. Cheap to clone: several hosts of one process may
/// have the same.
#[derive(Clone)]
pub struct Rules {
    pub(super) engine: RuleEngine,
    pub(super) criteria: Provided<CriteriaComponent>,
    pub(super) claim_status: Provided<ClaimStatusComponent>,
}

/// A component that a process is started with.
#[derive(Clone)]
pub(crate) struct Provided<Component> {
    pub(super) component: Component,
    digest: Digest,
    pub(super) bytes: Arc<[u8]>,
    /// Whether the configuration names it; else it is the one that the program brings along.
    pub(super) is_named: bool,
}

impl<Component> Provided<Component> {
    /// What the component is known by.
    pub(super) const fn digest(&self) -> Digest {
        self.digest
    }
}

impl Rules {
    /// Check and compile the components that a configuration names, or the default ones.
    pub fn load(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let mut engine = RuleEngine::new(configuration.admission, CallLimits::default())?
            .with_compiler(configuration.compiler.clone());
        if let Some(MachineCodeCache { directory, keys }) = &configuration.machine_code_cache {
            let cache = PrecompiledCache::open(directory, keys.for_machine_code());
            engine = engine.with_cache(cache.map_err(|cause| ConfigurationError::MachineCodeCache {
                directory: directory.clone(),
                cause,
            })?);
        }
        let (file, bytes) = component_bytes(configuration.rules.as_deref(), bundled_criteria)?;
        let criteria = Provided {
            component: engine.load_criteria(&bytes).map_err(refused_as(file))?,
            digest: Digest::of(&bytes),
            bytes: bytes.into(),
            is_named: configuration.rules.is_some(),
        };
        let (file, bytes) = component_bytes(configuration.claim_status_rules.as_deref(), bundled_claim_status)?;
        let claim_status = Provided {
            component: engine.load_claim_status(&bytes).map_err(refused_as(file))?,
            digest: Digest::of(&bytes),
            bytes: bytes.into(),
            is_named: configuration.claim_status_rules.is_some(),
        };
        Ok(Self {
            engine,
            criteria,
            claim_status,
        })
    }

    /// Whether the configuration names a component.
    pub(super) const fn is_named(&self) -> bool {
        self.criteria.is_named || self.claim_status.is_named
    }
}

type Bundled = fn() -> Result<Vec<u8>, ConfigurationError>;

/// What a component is called in messages, and its bytes: those of the file, or the default ones.
fn component_bytes(file: Option<&Path>, bundled: Bundled) -> Result<(String, Vec<u8>), ConfigurationError> {
    match file {
        Some(file) => {
            let bytes = std::fs::read(file).map_err(|cause| ConfigurationError::RulesFile {
                file: file.to_owned(),
                cause,
            })?;
            Ok((file.display().to_string(), bytes))
        }
        None => Ok(("the default component".to_owned(), bundled()?)),
    }
}

fn refused_as(rules: String) -> impl FnOnce(Refusal) -> ConfigurationError {
    |refusal| ConfigurationError::Rules { rules, refusal }
}

#[cfg(feature = "bundle")]
#[expect(clippy::unnecessary_wraps, reason = "a build without the bundle has none to give")]
fn bundled_criteria() -> Result<Vec<u8>, ConfigurationError> {
    Ok(reprise_bundle::CRITERIA.to_vec())
}

#[cfg(feature = "bundle")]
#[expect(clippy::unnecessary_wraps, reason = "a build without the bundle has none to give")]
fn bundled_claim_status() -> Result<Vec<u8>, ConfigurationError> {
    Ok(reprise_bundle::CLAIM_STATUS.to_vec())
}

#[cfg(not(feature = "bundle"))]
fn bundled_criteria() -> Result<Vec<u8>, ConfigurationError> {
    Err(ConfigurationError::NoBundledRules("--rules"))
}

#[cfg(not(feature = "bundle"))]
fn bundled_claim_status() -> Result<Vec<u8>, ConfigurationError> {
    Err(ConfigurationError::NoBundledRules("--claim-status-rules"))
}
