//! From bytes to a component that may decide: every step in order, each with its own refusal.

mod conformance;
mod description;
mod report;
mod step;
mod trial;
mod vectors;

use wasmtime::component::{Component, InstancePre};

use crate::AdmissionLimits;
use crate::claim_status::{self, ClaimStatusComponent};
use crate::contract::{ComponentKind, check_contract, check_imports};
use crate::criteria::{self, CriteriaComponent};
use crate::digest::Digest;
use crate::fault::root_cause;
use crate::inspect::inspect;
use crate::known::machine_code_bytes;
use crate::runtime::RuleEngine;
use crate::state::State;
use crate::versions::CONTRACT_VERSION;
use crate::words::{grouped, listed};

pub(crate) use description::{check_conditions, check_criteria, check_name, description_fault};
pub use report::{AdmissionChecks, AdmissionReport, ComponentIdentity, IdentityCheck, SignatureCheck, StepOutcome};
pub use step::{AdmissionStep, Refusal};
pub(crate) use vectors::SECTION as VECTORS_SECTION;

use conformance::conform;
use report::Walk;
use trial::Budget;

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

    /// What it says of itself.
    fn identity(&self) -> ComponentIdentity {
        ComponentIdentity {
            kind: self.kind(),
            name: self.name().to_owned(),
            version: self.version().to_owned(),
            contract: CONTRACT_VERSION.to_owned(),
        }
    }
}

/// How far a component is put through the steps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Until it says what it is: enough for one that was admitted before.
    Known,
    /// All of them.
    All,
}

impl RuleEngine {
    /// Put a component that nobody has checked before through every step, up to the first that it fails. It may decide
    /// if there is one in the answer.
    pub fn admit(&self, bytes: &[u8], checks: &AdmissionChecks<'_>) -> (AdmissionReport, Option<RuleComponent>) {
        self.walk(bytes, None, checks, Extent::All)
    }

    /// Take a criteria component that was admitted before, or say at which step and why not. Instantiates it once and
    /// asks what it is, but runs no vectors; takes tens of milliseconds for a component of 100 kB.
    pub fn load_criteria(&self, bytes: &[u8]) -> Result<CriteriaComponent, Refusal> {
        match self.load(bytes, Some(ComponentKind::Criteria))? {
            RuleComponent::Criteria(component) => Ok(component),
            RuleComponent::ClaimStatus(_) => Err(other_kind(ComponentKind::ClaimStatus)),
        }
    }

    /// Take a claim-status component that was admitted before, or say at which step and why not.
    pub fn load_claim_status(&self, bytes: &[u8]) -> Result<ClaimStatusComponent, Refusal> {
        match self.load(bytes, Some(ComponentKind::ClaimStatus))? {
            RuleComponent::ClaimStatus(component) => Ok(component),
            RuleComponent::Criteria(_) => Err(other_kind(ComponentKind::Criteria)),
        }
    }

    /// Take a component that was admitted before as what it is, or say at which step and why not.
    pub fn load_any(&self, bytes: &[u8]) -> Result<RuleComponent, Refusal> {
        self.load(bytes, None)
    }

    fn load(&self, bytes: &[u8], wanted: Option<ComponentKind>) -> Result<RuleComponent, Refusal> {
        let (report, component) = self.walk(bytes, wanted, &AdmissionChecks::default(), Extent::Known);
        match (component, report.refusal()) {
            (Some(component), None) => Ok(component),
            (_, Some(refusal)) => Err(refusal),
            // INVARIANT: a walk ends with a component or with a refusal.
            (None, None) => Err(Refusal::new(AdmissionStep::Size, "it was not looked at")),
        }
    }

    /// Its kind is the wanted one, or else what its exports say.
    fn walk(
        &self,
        bytes: &[u8],
        wanted: Option<ComponentKind>,
        checks: &AdmissionChecks<'_>,
        extent: Extent,
    ) -> (AdmissionReport, Option<RuleComponent>) {
        let digest = Digest::of(bytes);
        let mut walk = Walk {
            checks,
            steps: Vec::with_capacity(AdmissionStep::ALL.len()),
        };
        let mut identity = None;
        let component = self.take_steps(bytes, digest, wanted, extent, &mut walk, &mut identity);
        let report = AdmissionReport {
            digest,
            size_bytes: bytes.len(),
            steps: walk.steps,
            identity,
        };
        (report, component)
    }

    fn take_steps(
        &self,
        bytes: &[u8],
        digest: Digest,
        wanted: Option<ComponentKind>,
        extent: Extent,
        walk: &mut Walk<'_>,
        identity: &mut Option<ComponentIdentity>,
    ) -> Option<RuleComponent> {
        let checks = walk.checks;
        walk.step(AdmissionStep::Size, || check_size(bytes, &self.admission))?;
        walk.step(AdmissionStep::Signature, || match checks.signature {
            Some(signature) => Ok(((), signature(digest)?)),
            None => Ok(((), "not asked for".to_owned())),
        })?;
        let inspection = walk.step(AdmissionStep::Validation, || {
            let inspection = inspect(bytes, &self.admission)?;
            let found = inspection.to_string();
            Ok((inspection, found))
        })?;
        walk.step(AdmissionStep::Imports, || {
            check_imports(&inspection.imports)?;
            Ok(((), listed(&inspection.imports).unwrap_or("none".to_owned())))
        })?;
        let kind = walk.step(AdmissionStep::Contract, || {
            let kind = match wanted {
                Some(kind) => kind,
                None => ComponentKind::of_exports(&inspection.exports)?,
            };
            let version = check_contract(bytes, &inspection.exports, kind)?;
            Ok((kind, format!("a {kind} component of {version}")))
        })?;
        let compiled = walk.step(AdmissionStep::Compilation, || {
            let compiled = self.compile(bytes).map_err(|refusal| refusal.reason)?;
            let found = format!("{} bytes of machine code", grouped(machine_code_bytes(&compiled)));
            Ok((compiled, found))
        })?;
        let first = walk.step(AdmissionStep::Instantiation, || {
            let initial_bytes = self.check_resources(&compiled)?;
            let prepared = self.linker.instantiate_pre(&compiled);
            let prepared = prepared.map_err(|error| root_cause(&error))?;
            let first = FirstInstance::new(kind, prepared, self)?;
            let found = format!("{} bytes of memory at the start", grouped(initial_bytes));
            Ok((first, found))
        })?;
        let component = walk.step(AdmissionStep::Description, || {
            let (component, found) = first.describe(digest, self)?;
            let own = component.identity();
            let matches = checks.identity.map_or(Ok(()), |check| check(&own));
            *identity = Some(own);
            matches?;
            Ok((component, found))
        })?;
        if extent == Extent::Known {
            return Some(component);
        }
        walk.step(AdmissionStep::Vectors, || {
            let budget = Budget::new(kind, self.call, &self.admission);
            let found = vectors::run(&component, bytes, &inspection.vectors, &self.admission, budget)?;
            Ok(((), found))
        })?;
        walk.step(AdmissionStep::Conformance, || {
            let budget = Budget::new(kind, self.call, &self.admission);
            Ok(((), conform(&component, budget)?))
        })?;
        Some(component)
    }

    /// A component whose machine code is loaded and was admitted before: instantiates it once and asks what it is.
    pub(crate) fn introduce(
        &self,
        kind: ComponentKind,
        compiled: &Component,
        digest: Digest,
    ) -> Result<RuleComponent, Refusal> {
        let refuse = |step| move |reason: String| Refusal::new(step, reason);
        let prepared = self.linker.instantiate_pre(compiled);
        let first = prepared
            .map_err(|error| root_cause(&error))
            .and_then(|prepared| FirstInstance::new(kind, prepared, self))
            .map_err(refuse(AdmissionStep::Instantiation))?;
        let described = first.describe(digest, self);
        described
            .map(|(component, _)| component)
            .map_err(refuse(AdmissionStep::Description))
    }

    /// How much memory an instance starts with.
    fn check_resources(&self, component: &Component) -> Result<usize, String> {
        let page_bytes = 65_536;
        let required = component.resources_required();
        let pages = required
            .and_then(|required| required.max_initial_memory_size)
            .unwrap_or(0);
        let initial = usize::try_from(pages.saturating_mul(page_bytes)).unwrap_or(usize::MAX);
        if initial <= self.call.memory_bytes_max {
            return Ok(initial);
        }
        Err(format!(
            "it starts with {} bytes of memory; {} are allowed",
            grouped(initial),
            grouped(self.call.memory_bytes_max)
        ))
    }
}

/// A component's first instance, which says what the component is.
enum FirstInstance {
    Criteria(criteria::FirstInstance),
    ClaimStatus(claim_status::FirstInstance),
}

impl FirstInstance {
    fn new(kind: ComponentKind, prepared: InstancePre<State>, engine: &RuleEngine) -> Result<Self, String> {
        Ok(match kind {
            ComponentKind::Criteria => Self::Criteria(criteria::FirstInstance::new(prepared, engine.call)?),
            ComponentKind::ClaimStatus => Self::ClaimStatus(claim_status::FirstInstance::new(prepared, engine.call)?),
        })
    }

    /// The component and what it says of itself.
    fn describe(self, digest: Digest, engine: &RuleEngine) -> Result<(RuleComponent, String), String> {
        let (component, more) = match self {
            Self::Criteria(first) => {
                let component = first.describe(digest, engine.call, &engine.admission)?;
                let (criteria, conditions) = (component.description().criteria.len(), component.conditions().len());
                let more = format!(", {criteria} criteria, {conditions} conditions");
                (RuleComponent::Criteria(component), more)
            }
            Self::ClaimStatus(first) => {
                let component = first.describe(digest, engine.call, &engine.admission)?;
                (RuleComponent::ClaimStatus(component), String::new())
            }
        };
        let found = format!("`{}` {}{more}", component.name(), component.version());
        Ok((component, found))
    }
}

fn check_size(bytes: &[u8], limits: &AdmissionLimits) -> Result<((), String), String> {
    let (length, allowed) = (grouped(bytes.len()), grouped(limits.component_bytes_max));
    if bytes.len() <= limits.component_bytes_max {
        return Ok(((), format!("{length} bytes; {allowed} are allowed")));
    }
    Err(format!("it is {length} bytes long; {allowed} are allowed"))
}

/// INVARIANT: a component of another kind than the wanted one does not fit the wanted one's world.
fn other_kind(kind: ComponentKind) -> Refusal {
    Refusal::new(AdmissionStep::Contract, format!("it is a {kind} component"))
}
