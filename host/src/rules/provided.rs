//! The components that a process is started with: those that its command line names, or those that it brings along.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use reprise_engine::{
    AdmissionChecks, CallLimits, ClaimStatusComponent, CriteriaComponent, Digest, PrecompiledCache, RuleEngine,
};

use super::kind::OfKind;
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

/// How far a component is checked that the configuration names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    /// Until it says what it is.
    Form,
    /// Through every step of admission.
    Admission,
}

impl<Component: OfKind> Provided<Component> {
    fn load(
        engine: &RuleEngine,
        file: Option<&Path>,
        bundled: Bundled,
        check: Check,
    ) -> Result<Self, ConfigurationError> {
        let (name, bytes) = component_bytes(file, bundled)?;
        let refused = |refusal| ConfigurationError::Rules {
            rules: name.clone(),
            refusal,
        };
        let digest = Digest::of(&bytes);
        let from_cache = || {
            let component = engine.load_known(digest, || Ok::<_, Infallible>(bytes.clone())).ok()?;
            Component::of(&component).cloned()
        };
        // What the program brings along was put through every step when it was made.
        let component = match file.is_none().then(from_cache).flatten() {
            Some(component) => component,
            None => Component::load(engine, &bytes).map_err(refused)?,
        };
        if file.is_some() && check == Check::Admission {
            let (report, _) = engine.admit(&bytes, &AdmissionChecks::default());
            report.refusal().map_or(Ok(()), |refusal| Err(refused(refusal)))?;
        }
        Ok(Self {
            component,
            digest,
            bytes: bytes.into(),
            is_named: file.is_some(),
        })
    }
}

impl<Component> Provided<Component> {
    /// What the component is known by.
    pub(super) const fn digest(&self) -> Digest {
        self.digest
    }
}

impl Rules {
    /// Check and compile the components that a configuration names, or the default ones. Those that are named are not tried:
    /// for whoever wants to see what they do.
    pub fn load(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        Self::load_checked(configuration, Check::Form)
    }

    /// The same for a server: components that the configuration names are put through every step of admission.
    pub fn admit(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        Self::load_checked(configuration, Check::Admission)
    }

    fn load_checked(configuration: &Configuration, check: Check) -> Result<Self, ConfigurationError> {
        let mut engine = RuleEngine::new(configuration.admission, CallLimits::default())?
            .with_compiler(configuration.compiler.clone());
        if let Some(MachineCodeCache { directory, keys }) = &configuration.machine_code_cache {
            let cache = PrecompiledCache::open(directory, keys.for_machine_code());
            engine = engine.with_cache(cache.map_err(|cause| ConfigurationError::MachineCodeCache {
                directory: directory.clone(),
                cause,
            })?);
        }
        let (criteria, claim_status) = (&configuration.rules, &configuration.claim_status_rules);
        let criteria = Provided::load(&engine, criteria.as_deref(), bundled_criteria, check)?;
        let claim_status = Provided::load(&engine, claim_status.as_deref(), bundled_claim_status, check)?;
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
