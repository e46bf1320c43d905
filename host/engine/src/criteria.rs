//! A criteria component, what it says of itself, and how it compiles a request.

use std::sync::Arc;

use reprise_model::Criterion;
use wasmtime::Store;
use wasmtime::component::{Component, InstancePre};

use crate::admission::{check_conditions, check_criteria, check_name, description_fault};
use crate::asked::{ContractCriterion, to_contract};
use crate::bindings::exports::reprise::rules::criteria as contract;
use crate::bindings::{CriteriaComponent as Instance, CriteriaComponentPre};
use crate::digest::Digest;
use crate::fault::{Fault, root_cause};
use crate::matcher::Matcher;
use crate::observer::{FaultObserver, Observed};
use crate::plan::{check_plan, check_prefilter};
use crate::reference::{EmptyReference, ReferenceSource};
use crate::runtime::{enter, new_store};
use crate::state::State;
use crate::{AdmissionLimits, CallLimits};

/// A component that was checked and may decide. Cheap to clone.
#[derive(Clone)]
pub struct CriteriaComponent {
    prepared: Arc<CriteriaComponentPre<State>>,
    digest: Digest,
    limits: CallLimits,
    observed: Observed,
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

/// A component's first instance, before anybody knows what it is.
pub(crate) struct FirstInstance {
    prepared: CriteriaComponentPre<State>,
    store: Store<State>,
    instance: Instance,
}

impl FirstInstance {
    /// Instantiate a component under the limits that its instances will have.
    pub(crate) fn new(prepared: InstancePre<State>, limits: CallLimits) -> Result<Self, String> {
        let prepared = CriteriaComponentPre::new(prepared).map_err(|error| root_cause(&error))?;
        let mut store = new_store(prepared.engine(), limits, Arc::new(EmptyReference));
        let instance = enter(&mut store, |store| prepared.instantiate(store));
        let instance = instance.map_err(|fault| format!("it cannot be started: {fault}"))?;
        Ok(Self {
            prepared,
            store,
            instance,
        })
    }

    /// Ask what the component is, within what that may take.
    pub(crate) fn describe(
        mut self,
        digest: Digest,
        limits: CallLimits,
        admission: &AdmissionLimits,
    ) -> Result<CriteriaComponent, String> {
        let budget = admission.of_description(limits);
        self.store.data_mut().limits = budget;
        let refuse = |fault: Fault| description_fault(&fault, budget);
        let (exports, store) = (self.instance.reprise_rules_criteria(), &mut self.store);
        let description = enter(store, |store| exports.call_describe(store)).map_err(refuse)?;
        let conditions = enter(store, |store| exports.call_conditions(store)).map_err(refuse)?;
        let conditions: Vec<_> = conditions.into_iter().map(ComponentCondition::from).collect();
        check_name(&description.name, &description.version)?;
        check_criteria(&description.criteria)?;
        check_conditions(&conditions)?;
        Ok(CriteriaComponent {
            prepared: Arc::new(self.prepared),
            digest,
            limits,
            observed: Observed::default(),
            description: Arc::new(Description {
                name: description.name,
                version: description.version,
                criteria: description.criteria,
            }),
            conditions: conditions.into(),
        })
    }
}

impl From<contract::Condition> for ComponentCondition {
    fn from(condition: contract::Condition) -> Self {
        Self {
            code: condition.code,
            kind: match condition.kind {
                contract::ConditionKind::Procedure => ConditionKind::Procedure,
                contract::ConditionKind::Diagnosis => ConditionKind::Diagnosis,
            },
            description: condition.description,
        }
    }
}

impl CriteriaComponent {
    /// The same component, whose calls run under these limits.
    #[must_use]
    pub fn with_limits(&self, limits: CallLimits) -> Self {
        Self { limits, ..self.clone() }
    }

    /// The same component, whose faults somebody is told of.
    #[must_use]
    pub fn observed_by(&self, observer: Arc<dyn FaultObserver>) -> Self {
        Self {
            observed: Observed::by(observer),
            ..self.clone()
        }
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
        self.compile_unobserved(reference, criteria).inspect_err(|error| {
            if let CompileError::Fault(fault) = error {
                self.observed.tell(fault);
            }
        })
    }

    fn compile_unobserved(
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
        let observed = self.observed.clone();
        Ok(Matcher::new(
            store, instance, resource, asked, plan, prefilter, observed,
        ))
    }
}
