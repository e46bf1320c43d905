//! A claim-status component, what it says of itself, and the instances of it that decide about claims.

use std::sync::Arc;

use reprise_model::{Disposition, DispositionDecision, DispositionRefusal, ReprocessState};
use wasmtime::Store;
use wasmtime::component::{Component, InstancePre};

use crate::admission::{check_name, description_fault};
use crate::bindings::claim_status::exports::reprise::rules::disposition as contract;
use crate::bindings::claim_status::{ClaimStatusComponent as Instance, ClaimStatusComponentPre};
use crate::digest::Digest;
use crate::fault::{Fault, root_cause};
use crate::observer::{FaultObserver, Observed};
use crate::reference::{EmptyReference, ReferenceSource};
use crate::runtime::{enter, new_store};
use crate::state::State;
use crate::words::one_trimmed_line;
use crate::{AdmissionLimits, CallLimits};

/// A component that was checked and may decide about claims' status. Cheap to clone.
#[derive(Clone)]
pub struct ClaimStatusComponent {
    prepared: Arc<ClaimStatusComponentPre<State>>,
    digest: Digest,
    limits: CallLimits,
    observed: Observed,
    description: Arc<ClaimStatusDescription>,
}

/// What a claim-status component says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimStatusDescription {
    /// Its name.
    pub name: String,
    /// Its own version.
    pub version: String,
}

/// A component's first instance, before anybody knows what it is.
pub(crate) struct FirstInstance {
    prepared: ClaimStatusComponentPre<State>,
    store: Store<State>,
    instance: Instance,
}

impl FirstInstance {
    /// Instantiate a component under the limits that its instances will have.
    pub(crate) fn new(prepared: InstancePre<State>, limits: CallLimits) -> Result<Self, String> {
        let prepared = ClaimStatusComponentPre::new(prepared).map_err(|error| root_cause(&error))?;
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
    ) -> Result<ClaimStatusComponent, String> {
        let budget = admission.of_description(limits);
        self.store.data_mut().limits = budget;
        let instance = &self.instance;
        let description = enter(&mut self.store, |store| {
            instance.reprise_rules_identity().call_describe(store)
        })
        .map_err(|fault| description_fault(&fault, budget))?;
        check_name(&description.name, &description.version)?;
        Ok(ClaimStatusComponent {
            prepared: Arc::new(self.prepared),
            digest,
            limits,
            observed: Observed::default(),
            description: Arc::new(ClaimStatusDescription {
                name: description.name,
                version: description.version,
            }),
        })
    }
}

impl ClaimStatusComponent {
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

    /// The same component, whose faults nobody is told of.
    #[must_use]
    pub fn unobserved(&self) -> Self {
        Self {
            observed: Observed::default(),
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
    pub fn description(&self) -> &ClaimStatusDescription {
        &self.description
    }

    /// A fresh instance. Instances are never shared: each run and each worker takes its own, and after a fault another.
    pub fn instantiate(&self, reference: Arc<dyn ReferenceSource>) -> Result<StatusRules, Fault> {
        let mut store = new_store(self.prepared.engine(), self.limits, reference);
        let instance = enter(&mut store, |store| self.prepared.instantiate(store));
        Ok(StatusRules {
            instance: instance.inspect_err(|fault| self.observed.tell(fault))?,
            store,
            fault: None,
            observed: self.observed.clone(),
        })
    }
}

/// A claim-status component in an instance of its own.
pub struct StatusRules {
    store: Store<State>,
    instance: Instance,
    /// The instance is not entered again after a fault.
    fault: Option<Fault>,
    observed: Observed,
}

impl StatusRules {
    /// Whether a claim is processed again, and how it then starts.
    ///
    /// What the component says, not what the host does: that a settled claim stays as it is, say, is the host's to see
    /// to.
    pub fn reprocess(&mut self, state: ReprocessState) -> Result<DispositionDecision, Fault> {
        let asked = contract::ClaimState {
            status: state.status.into(),
            process_type: state.process_type.into(),
            flags: (&state).into(),
        };
        let outcome = self.call(|instance, store| instance.reprise_rules_disposition().call_reprocess(store, asked))?;
        self.check(check_outcome(outcome))
    }

    /// The same for many claims in one call, within the limits of one: an answer for each, in their order.
    ///
    /// A fault costs all of them their answer. Which claim it is that the component fails on, is found with
    /// [`StatusRules::reprocess`] in instances of their own.
    pub fn reprocess_batch(&mut self, states: &[ReprocessState]) -> Result<Vec<DispositionDecision>, Fault> {
        let statuses: Vec<_> = states.iter().map(|state| state.status.into()).collect();
        let process_types: Vec<_> = states.iter().map(|state| state.process_type.into()).collect();
        let flags: Vec<_> = states.iter().map(contract::ClaimFlags::from).collect();
        let asked = contract::ClaimStates {
            statuses: &statuses,
            process_types: &process_types,
            flags: &flags,
        };
        let outcomes =
            self.call(|instance, store| instance.reprise_rules_disposition().call_reprocess_batch(store, asked))?;
        self.check(check_outcomes(outcomes, states.len()))
    }

    /// Fuel that the last call took.
    pub fn fuel_used(&self) -> u64 {
        let limits = self.store.data().limits;
        limits.fuel_max.saturating_sub(self.store.get_fuel().unwrap_or(0))
    }

    /// What its instance runs in.
    pub(crate) fn store_mut(&mut self) -> &mut Store<State> {
        &mut self.store
    }

    /// Enter the component, unless it has failed before.
    pub(crate) fn call<Answer>(
        &mut self,
        call: impl FnOnce(&Instance, &mut Store<State>) -> wasmtime::Result<Answer>,
    ) -> Result<Answer, Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let instance = &self.instance;
        let answer = enter(&mut self.store, |store| call(instance, store));
        self.check(answer)
    }

    /// Remember a fault, so that the instance is not entered again.
    pub(crate) fn check<Answer>(&mut self, answer: Result<Answer, Fault>) -> Result<Answer, Fault> {
        answer.inspect_err(|fault| {
            if self.fault.replace(fault.clone()).is_none() {
                self.observed.tell(fault);
            }
        })
    }
}

type Outcome = Result<contract::Disposition, contract::Refusal>;

/// An outcome of fewer claims than were asked about would be another claim's.
fn check_outcomes(outcomes: Vec<Outcome>, claims: usize) -> Result<Vec<DispositionDecision>, Fault> {
    if outcomes.len() != claims {
        return Err(Fault::broke_contract(format!(
            "it answers {} outcomes for a batch of {claims} claims",
            outcomes.len()
        )));
    }
    outcomes.into_iter().map(check_outcome).collect()
}

/// A refusal is shown to whoever asked for the claim, so that its sentence must say something, on one line.
fn check_outcome(outcome: Outcome) -> Result<DispositionDecision, Fault> {
    match outcome {
        Ok(disposition) => Ok(Ok(Disposition::from(disposition))),
        Err(refusal) => {
            let sentence = one_trimmed_line(refusal.sentence);
            if sentence.is_empty() {
                return Err(Fault::broke_contract(
                    "it refuses a claim without a sentence that says why",
                ));
            }
            Ok(Err(DispositionRefusal {
                reason: refusal.reason.into(),
                sentence,
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use reprise_model::{DispositionRefusalReason, ProcessingStatus};

    use super::*;
    use crate::bindings::reprise::rules::types;

    fn refusal(sentence: &str) -> Outcome {
        Err(contract::Refusal {
            reason: contract::RefusalReason::Other,
            sentence: sentence.to_owned(),
        })
    }

    fn initial() -> Outcome {
        Ok(contract::Disposition {
            status: types::ProcessingStatus::Initial,
            preprocessing_done: true,
            pricing_done: false,
        })
    }

    #[test]
    fn a_batch_has_an_outcome_for_each_claim() {
        for outcomes in 0..4_usize {
            let checked = check_outcomes((0..outcomes).map(|_| initial()).collect(), 2);
            assert_eq!(checked.is_ok(), outcomes == 2, "{outcomes} for 2 claims");
        }
        let decided = check_outcomes(vec![initial()], 1).expect("one for one");
        let expected = Disposition {
            status: ProcessingStatus::Initial,
            preprocessing_done: true,
            pricing_done: false,
        };
        assert_eq!(decided, [Ok(expected)]);
    }

    #[test]
    fn a_refusal_says_why_on_one_line() {
        for nothing in ["", "  \n\t"] {
            check_outcome(refusal(nothing)).expect_err("a refusal without a word");
        }
        for (said, kept) in [
            ("held by the payer", "held by the payer".to_owned()),
            ("\nheld\nby the payer ", "held by the payer".to_owned()),
            (&"x".repeat(2_000), "x".repeat(1_024)),
        ] {
            let expected = DispositionRefusal {
                reason: DispositionRefusalReason::Other,
                sentence: kept,
            };
            assert_eq!(check_outcome(refusal(said)), Ok(Err(expected)), "{said}");
        }
    }
}
