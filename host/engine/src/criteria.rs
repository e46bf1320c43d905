//! A criteria component, what it says of itself, and how it compiles a request.

use std::sync::Arc;

use reprise_model::Criterion;
use wasmtime::component::{Component, InstancePre};

use crate::CallLimits;
use crate::asked::{ContractCriterion, to_contract};
use crate::bindings::CriteriaComponentPre;
use crate::bindings::exports::reprise::rules::criteria as contract;
use crate::digest::Digest;
use crate::fault::Fault;
use crate::load::{AdmissionStep, Refusal, cannot_be_instantiated, check_description};
use crate::matcher::Matcher;
use crate::plan::{check_plan, check_prefilter};
use crate::reference::{EmptyReference, ReferenceSource};
use crate::runtime::{enter, new_store};
use crate::state::State;

/// A component that was checked and may decide. Cheap to clone.
#[derive(Clone)]
pub struct CriteriaComponent {
    prepared: Arc<CriteriaComponentPre<State>>,
    digest: Digest,
    limits: CallLimits,
    description: Arc<Description>,
    conditions: Arc<[ComponentCondition]>,
}

/// What a component says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// The criteria that it understands, by the contract's names.
    pub criteria: Vec<String>,
}

/// What a condition is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionKind {
    /// The line's procedures.
    Procedure,
    /// The line's primary diagnosis.
    Diagnosis,
}

/// A named predicate that a component brings along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentCondition {
    /// What a request names it by.
    pub code: String,
    /// What it is asked about.
    pub kind: ConditionKind,
    /// What it means.
    pub description: String,
}

/// Why a request was not compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// The component says no.
    #[error("{reason}")]
    Refused {
        /// The criterion at fault, by the contract's name; empty if it is none in particular.
        criterion: String,
        /// The component's reason.
        reason: String,
    },
    /// The component failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl CriteriaComponent {
    /// The last steps of admission: instantiate it once and ask what it is.
    pub(crate) fn introduce(prepared: InstancePre<State>, digest: Digest, limits: CallLimits) -> Result<Self, Refusal> {
        let prepared = CriteriaComponentPre::new(prepared).map_err(|error| cannot_be_instantiated(&error))?;
        let mut store = new_store(prepared.engine(), limits, Arc::new(EmptyReference));
        let instance = enter(&mut store, |store| prepared.instantiate(store))
            .map_err(|fault| Refusal::new(AdmissionStep::Instantiation, fault.to_string()))?;
        let describe = |fault: Fault| Refusal::new(AdmissionStep::Description, fault.to_string());
        let exports = instance.reprise_rules_criteria();
        let description = enter(&mut store, |store| exports.call_describe(store)).map_err(describe)?;
        let conditions = enter(&mut store, |store| exports.call_conditions(store)).map_err(describe)?;
        check_description(&description.name, &description.version)?;
        let conditions = conditions
            .into_iter()
            .map(|condition| ComponentCondition {
                code: condition.code,
                kind: match condition.kind {
                    contract::ConditionKind::Procedure => ConditionKind::Procedure,
                    contract::ConditionKind::Diagnosis => ConditionKind::Diagnosis,
                },
                description: condition.description,
            })
            .collect();
        let description = Description {
            name: description.name,
            version: description.version,
            criteria: description.criteria,
        };
        Ok(Self {
            prepared: Arc::new(prepared),
            digest,
            limits,
            description: Arc::new(description),
            conditions,
        })
    }

    /// The same component, whose calls run under these limits.
    #[must_use]
    pub fn with_limits(&self, limits: CallLimits) -> Self {
        Self { limits, ..self.clone() }
    }

    /// As the sandbox holds it.
    pub(crate) fn compiled(&self) -> &Component {
        self.prepared.instance_pre().component()
    }

    /// What it is known by.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What it says of itself.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// The conditions that it brings along.
    pub fn conditions(&self) -> &[ComponentCondition] {
        &self.conditions
    }

    /// Compile a request in a fresh instance. Instances are never shared: a matcher owns its own.
    pub fn compile(
        &self,
        reference: Arc<dyn ReferenceSource>,
        criteria: &[Criterion],
    ) -> Result<Matcher, CompileError> {
        let mut store = new_store(self.prepared.engine(), self.limits, reference);
        let instance = enter(&mut store, |store| self.prepared.instantiate(store))?;
        let asked = criteria.iter().map(|criterion| criterion.name).collect();
        let criteria = to_contract(criteria);
        let criteria: Vec<_> = criteria.iter().map(ContractCriterion::borrow).collect();
        let exports = instance.reprise_rules_criteria();
        let resource = match enter(&mut store, |store| exports.call_compile(store, &criteria))? {
            Ok(resource) => resource,
            Err(refusal) => {
                return Err(CompileError::Refused {
                    criterion: refusal.criterion,
                    reason: refusal.reason,
                });
            }
        };
        let plan = enter(&mut store, |store| exports.matcher().call_plan(store, resource))?;
        let prefilter = enter(&mut store, |store| exports.matcher().call_prefilter(store, resource))?;
        let plan = check_plan(plan)?;
        let prefilter = check_prefilter(&prefilter)?;
        Ok(Matcher::new(store, instance, resource, asked, plan, prefilter))
    }
}
