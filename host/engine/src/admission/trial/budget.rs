//! What a whole step of admission may take, over all its calls into the component.

use std::time::{Duration, Instant};

use wasmtime::Store;

use crate::claim_status::StatusRules;
use crate::contract::ComponentKind;
use crate::fault::Fault;
use crate::matcher::Matcher;
use crate::state::State;
use crate::words::grouped;
use crate::{AdmissionLimits, CallLimits};

/// An instance whose calls are counted.
pub(crate) trait Metered {
    /// What it runs in.
    fn store(&mut self) -> &mut Store<State>;
}

impl Metered for Matcher {
    fn store(&mut self) -> &mut Store<State> {
        self.store_mut()
    }
}

impl Metered for StatusRules {
    fn store(&mut self) -> &mut Store<State> {
        self.store_mut()
    }
}

/// Why a step of admission ends early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A call failed by itself.
    Fault(Fault),
    /// There is nothing left to spend; a sentence.
    Exhausted(String),
}

/// What is left to spend.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    call: CallLimits,
    fuel_max: u64,
    fuel_left: u64,
    time_max: Duration,
    start: Instant,
}

impl Budget {
    /// For a step of which each call has these limits too, and those that a component of its kind is to do with.
    pub(crate) fn new(kind: ComponentKind, call: CallLimits, admission: &AdmissionLimits) -> Self {
        Self {
            // Fuel says the same on every machine, so the clock is left to the trial as a whole.
            call: call.at_most(CallLimits {
                time_max: admission.trial_time_max,
                ..CallLimits::of(kind)
            }),
            fuel_max: admission.trial_fuel_max,
            fuel_left: admission.trial_fuel_max,
            time_max: admission.trial_time_max,
            start: Instant::now(),
        }
    }

    /// The limits of the next call, which may take no more than what is left.
    pub(crate) fn limits(&self) -> Result<CallLimits, Stop> {
        let time_left = self.time_max.saturating_sub(self.start.elapsed());
        if time_left.is_zero() {
            return Err(self.out_of_time());
        }
        if self.fuel_left == 0 {
            return Err(self.out_of_fuel());
        }
        Ok(CallLimits {
            fuel_max: self.call.fuel_max.min(self.fuel_left),
            time_max: self.call.time_max.min(time_left),
            ..self.call
        })
    }

    /// A call, at the budget's expense.
    pub(crate) fn spend<Instance: Metered, Answer>(
        &mut self,
        instance: &mut Instance,
        call: impl FnOnce(&mut Instance) -> Result<Answer, Fault>,
    ) -> Result<Answer, Stop> {
        let limits = self.limits()?;
        instance.store().data_mut().limits = limits;
        let before = instance.store().data().fuel_used;
        let answer = call(instance);
        self.charge(instance.store().data().fuel_used - before);
        answer.map_err(|fault| self.stop(fault, limits))
    }

    /// The first calls of a fresh instance, which were made under these limits.
    pub(crate) fn charge(&mut self, fuel_used: u64) {
        self.fuel_left = self.fuel_left.saturating_sub(fuel_used);
    }

    /// What ended a call under these limits: the component, or that there was little left.
    pub(crate) fn stop(&self, fault: Fault, limits: CallLimits) -> Stop {
        match fault {
            Fault::OutOfFuel { .. } if limits.fuel_max < self.call.fuel_max => self.out_of_fuel(),
            Fault::OutOfTime { .. } if limits.time_max < self.call.time_max => self.out_of_time(),
            fault => Stop::Fault(fault),
        }
    }

    fn out_of_fuel(&self) -> Stop {
        Stop::Exhausted(format!(
            "deciding all of it takes more than {} units of fuel",
            grouped(self.fuel_max)
        ))
    }

    fn out_of_time(&self) -> Stop {
        Stop::Exhausted(format!(
            "deciding all of it takes longer than {} ms",
            grouped(self.time_max.as_millis())
        ))
    }
}
