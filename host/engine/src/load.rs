//! From bytes to a component that may decide: every step in order, each with its own refusal.

use std::fmt;
use wasmtime::component::InstancePre;

use crate::AdmissionLimits;
use crate::claim_status::ClaimStatusComponent;
use crate::contract::{ComponentKind, check_contract, check_imports};
use crate::criteria::CriteriaComponent;
use crate::digest::Digest;
use crate::fault::root_cause;
use crate::inspect::inspect;
use crate::runtime::RuleEngine;
use crate::state::State;

/// The steps that a component goes through before it may decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdmissionStep {
    /// It is not too large.
    Size,
    /// It is a component, valid, made of allowed parts.
    Validation,
    /// It imports nothing but the contract's interfaces.
    Imports,
    /// It exports what the contract says, with the contract's types.
    Contract,
    /// It compiles within the time it is given.
    Compilation,
    /// It can be instantiated within its limits.
    Instantiation,
    /// It says what it is.
    Description,
}

impl AdmissionStep {
    /// The step's name, for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Validation => "validation",
            Self::Imports => "imports",
            Self::Contract => "contract",
            Self::Compilation => "compilation",
            Self::Instantiation => "instantiation",
            Self::Description => "description",
        }
    }
}

impl fmt::Display for AdmissionStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Why a component is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the component is refused at step `{step}`: {reason}")]
pub struct Refusal {
    /// The step that it failed.
    pub step: AdmissionStep,
    /// What is wrong and what would be right, in words that its author can act on.
    pub reason: String,
}

impl Refusal {
    pub(crate) fn new(step: AdmissionStep, reason: impl Into<String>) -> Self {
        Self {
            step,
            reason: reason.into(),
        }
    }
}

/// A component of whichever kind.
#[derive(Clone)]
pub enum RuleComponent {
    /// It decides which claim lines a request hits.
    Criteria(CriteriaComponent),
    /// It decides in which status a claim may be.
    ClaimStatus(ClaimStatusComponent),
}

impl RuleComponent {
    /// What it is for.
    pub fn kind(&self) -> ComponentKind {
        match self {
            Self::Criteria(_) => ComponentKind::Criteria,
            Self::ClaimStatus(_) => ComponentKind::ClaimStatus,
        }
    }

    /// The name that it gives itself.
    pub fn name(&self) -> &str {
        match self {
            Self::Criteria(component) => &component.description().name,
            Self::ClaimStatus(component) => &component.description().name,
        }
    }

    /// Its own version.
    pub fn version(&self) -> &str {
        match self {
            Self::Criteria(component) => &component.description().version,
            Self::ClaimStatus(component) => &component.description().version,
        }
    }

    /// What it is known by.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Criteria(component) => component.digest(),
            Self::ClaimStatus(component) => component.digest(),
        }
    }
}

impl RuleEngine {
    /// Take a criteria component, or say at which step and why not. Instantiates it once and asks what it is; takes
    /// tens of milliseconds for a component of 100 kB.
    pub fn load_criteria(&self, bytes: &[u8]) -> Result<CriteriaComponent, Refusal> {
        let (_, prepared) = self.prepare(bytes, Some(ComponentKind::Criteria))?;
        CriteriaComponent::introduce(prepared, Digest::of(bytes), self.call)
    }

    /// Take a claim-status component, or say at which step and why not.
    pub fn load_claim_status(&self, bytes: &[u8]) -> Result<ClaimStatusComponent, Refusal> {
        let (_, prepared) = self.prepare(bytes, Some(ComponentKind::ClaimStatus))?;
        ClaimStatusComponent::introduce(prepared, Digest::of(bytes), self.call)
    }

    /// Take a component as what it is, or say at which step and why not.
    pub fn load_any(&self, bytes: &[u8]) -> Result<RuleComponent, Refusal> {
        let (kind, prepared) = self.prepare(bytes, None)?;
        let digest = Digest::of(bytes);
        Ok(match kind {
            ComponentKind::Criteria => {
                RuleComponent::Criteria(CriteriaComponent::introduce(prepared, digest, self.call)?)
            }
            ComponentKind::ClaimStatus => {
                RuleComponent::ClaimStatus(ClaimStatusComponent::introduce(prepared, digest, self.call)?)
            }
        })
    }

    /// The steps before a component is run for the first time. Its kind is the wanted one, or else what its exports
    /// say.
    fn prepare(
        &self,
        bytes: &[u8],
        wanted: Option<ComponentKind>,
    ) -> Result<(ComponentKind, InstancePre<State>), Refusal> {
        check_size(bytes, &self.admission)?;
        let inspection = inspect(bytes, &self.admission)?;
        check_imports(&inspection.imports)?;
        let kind = match wanted {
            Some(kind) => kind,
            None => ComponentKind::of_exports(&inspection.exports)?,
        };
        check_contract(bytes, &inspection.exports, kind)?;
        let component = self.compile(bytes)?;
        self.check_resources(&component)?;
        let prepared = self.linker.instantiate_pre(&component);
        Ok((kind, prepared.map_err(|error| cannot_be_instantiated(&error))?))
    }

    fn check_resources(&self, component: &wasmtime::component::Component) -> Result<(), Refusal> {
        let Some(required) = component.resources_required() else {
            return Ok(());
        };
        let page_bytes = 65_536;
        let initial = required.max_initial_memory_size.unwrap_or(0).saturating_mul(page_bytes);
        if initial > self.call.memory_bytes_max as u64 {
            return Err(Refusal::new(
                AdmissionStep::Instantiation,
                format!(
                    "it starts with {initial} bytes of memory; {} are allowed",
                    self.call.memory_bytes_max
                ),
            ));
        }
        Ok(())
    }
}

fn check_size(bytes: &[u8], limits: &AdmissionLimits) -> Result<(), Refusal> {
    if bytes.len() <= limits.component_bytes_max {
        return Ok(());
    }
    Err(Refusal::new(
        AdmissionStep::Size,
        format!(
            "it is {} bytes long; {} are allowed",
            bytes.len(),
            limits.component_bytes_max
        ),
    ))
}

/// Why no instance can be made of a component that fits the contract's world.
pub(crate) fn cannot_be_instantiated(error: &wasmtime::Error) -> Refusal {
    Refusal::new(AdmissionStep::Instantiation, root_cause(error))
}

/// What a component calls itself is shown in lists and logs.
pub(crate) fn check_description(name: &str, version: &str) -> Result<(), Refusal> {
    let is_showable = |text: &str| text.len() <= 200 && !text.contains(char::is_control);
    if !name.is_empty() && is_showable(name) && is_showable(version) {
        return Ok(());
    }
    Err(Refusal::new(
        AdmissionStep::Description,
        "`describe` must answer a name of 1 to 200 bytes and a version of at most 200, without control characters",
    ))
}

#[cfg(test)]
mod tests {
    use super::AdmissionStep;

    #[test]
    fn steps_are_ordered_as_they_are_taken() {
        use AdmissionStep::{Compilation, Contract, Description, Imports, Instantiation, Size, Validation};
        let steps = [
            Size,
            Validation,
            Imports,
            Contract,
            Compilation,
            Instantiation,
            Description,
        ];
        assert!(steps.is_sorted());
        let names = "size validation imports contract compilation instantiation description";
        assert_eq!(steps.map(AdmissionStep::as_str).join(" "), names);
    }
}
