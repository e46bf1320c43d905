//! What became of a component at each step of admission, and what the host adds to the steps.

use std::fmt;
use std::time::{Duration, Instant};

use super::step::{AdmissionStep, Refusal};
use crate::contract::ComponentKind;
use crate::digest::Digest;

/// What became of a component at each step that it was put through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionReport {
    /// What it is known by.
    pub digest: Digest,
    /// How long it is.
    pub size_bytes: usize,
    /// The steps in their order; the last is the first that it failed, or else the last there is.
    pub steps: Vec<StepOutcome>,
    /// What it says of itself, if it came so far.
    pub identity: Option<ComponentIdentity>,
}

impl AdmissionReport {
    /// Why it is not taken; nothing if it is.
    pub fn refusal(&self) -> Option<Refusal> {
        let last = self.steps.last()?;
        let reason = last.result.as_ref().err()?;
        Some(Refusal::new(last.step, reason))
    }
}

/// What became of a component at one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepOutcome {
    /// The step.
    pub step: AdmissionStep,
    /// How long it took.
    pub elapsed: Duration,
    /// What was found, as a phrase, or why the component is refused, as a sentence.
    pub result: Result<String, String>,
}

/// What a component says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentIdentity {
    /// What it is for.
    pub kind: ComponentKind,
    /// Its name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// The version of the contract that it was checked against: `0.1.0`.
    pub contract: String,
}

/// Who vouches for a component of this digest, as a phrase, or why nobody who may does, as a sentence.
pub type SignatureCheck<'a> = &'a dyn Fn(Digest) -> Result<String, String>;

/// Whether a component is what was announced; if not, why not, as a sentence.
pub type IdentityCheck<'a> = &'a dyn Fn(&ComponentIdentity) -> Result<(), String>;

/// What the host adds to the steps of admission. By default nothing.
#[derive(Clone, Copy, Default)]
pub struct AdmissionChecks<'a> {
    /// Step [`AdmissionStep::Signature`]; without it nothing is asked there.
    pub signature: Option<SignatureCheck<'a>>,
    /// Part of step [`AdmissionStep::Description`]: what a manifest says must be what the component says.
    pub identity: Option<IdentityCheck<'a>>,
    /// Called as each step begins, for whoever watches.
    pub at_step: Option<&'a dyn Fn(AdmissionStep)>,
}

impl fmt::Debug for AdmissionChecks<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AdmissionChecks")
            .field("signature", &self.signature.is_some())
            .field("identity", &self.identity.is_some())
            .field("at_step", &self.at_step.is_some())
            .finish()
    }
}

/// The steps taken so far. Each adds its outcome.
pub(crate) struct Walk<'a> {
    pub(crate) checks: &'a AdmissionChecks<'a>,
    pub(crate) steps: Vec<StepOutcome>,
}

impl Walk<'_> {
    /// Take a step: what it yields for the next and what was found, or nothing if the component is refused.
    pub(crate) fn step<T>(
        &mut self,
        step: AdmissionStep,
        take: impl FnOnce() -> Result<(T, String), String>,
    ) -> Option<T> {
        if let Some(at_step) = self.checks.at_step {
            at_step(step);
        }
        let start = Instant::now();
        let (yielded, result) = match take() {
            Ok((yielded, found)) => (Some(yielded), Ok(found)),
            Err(reason) => (None, Err(reason)),
        };
        self.steps.push(StepOutcome {
            step,
            elapsed: start.elapsed(),
            result,
        });
        yielded
    }
}
