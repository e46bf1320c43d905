//! From bytes to a component that may decide: every step in order, each with its own refusal.

use std::fmt;
use std::sync::mpsc;

use sha2::{Digest as _, Sha256};
use wit_parser::Resolve;

use crate::bindings::CriteriaComponentPre;
use crate::criteria::CriteriaComponent;
use crate::fault::root_cause;
use crate::inspect::inspect;
use crate::runtime::RuleEngine;
use crate::{AdmissionLimits, precompiled};

/// The contract that is served.
const CONTRACT: &str = include_str!("../../../wit/rules.wit");
/// The world of it that a criteria component is made for.
const CRITERIA_WORLD: &str = "criteria-component";

/// The SHA-256 of a component's bytes: what it is known by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Digest({self})")
    }
}

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

impl RuleEngine {
    /// Take a criteria component, or say at which step and why not. Instantiates it once and asks what it is; takes
    /// tens of milliseconds for a component of 100 kB.
    pub fn load_criteria(&self, bytes: &[u8]) -> Result<CriteriaComponent, Refusal> {
        check_size(bytes, &self.admission)?;
        let inspection = inspect(bytes, &self.admission)?;
        check_imports(&inspection.imports)?;
        check_contract(bytes)?;
        let component = self.compile(bytes)?;
        self.check_resources(&component)?;
        let instantiation = |error: wasmtime::Error| Refusal::new(AdmissionStep::Instantiation, root_cause(&error));
        let prepared = self.linker.instantiate_pre(&component).map_err(instantiation)?;
        let prepared = CriteriaComponentPre::new(prepared).map_err(instantiation)?;
        CriteriaComponent::introduce(prepared, Digest::of(bytes), self.call)
    }

    /// Compile on threads of its own, so that a component which is made to compile for ever costs a refusal.
    fn compile(&self, bytes: &[u8]) -> Result<wasmtime::component::Component, Refusal> {
        let refuse = |reason: String| Refusal::new(AdmissionStep::Compilation, reason);
        let (sender, receiver) = mpsc::channel();
        let (config, engine, owned) = (self.config.clone(), self.engine.clone(), bytes.to_vec());
        // Threads of its own: a compilation that takes longer than its time goes on until it is done, and on threads
        // that all share, others would wait for it.
        let threads = rayon::ThreadPoolBuilder::new()
            .thread_name(|_| "rule-compiler".to_owned())
            // Without a handler a compiler that panics would end the process; what it had to say is missed below.
            .panic_handler(|_| ())
            .build()
            .map_err(|error| refuse(format!("no threads to compile it on: {error}")))?;
        threads.spawn(move || {
            // Nobody listens any more when the time is over; the result is dropped then.
            let _ = sender.send(precompiled::compile(&config, &engine, &owned));
        });
        let limit = self.admission.compile_time_max;
        match receiver.recv_timeout(limit) {
            Ok(compiled) => compiled.map_err(|error| refuse(root_cause(&error))),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(refuse(format!(
                "compiling it takes longer than {} ms",
                limit.as_millis()
            ))),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                Err(refuse("the compiler could not cope with it and gave up".to_owned()))
            }
        }
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

/// The linker offers nothing else anyway; refusing here says it in the author's words.
fn check_imports(imports: &[String]) -> Result<(), Refusal> {
    const ALLOWED: [&str; 3] = [
        "reprise:rules/types@0.1.0",
        "reprise:rules/reference-data@0.1.0",
        "reprise:rules/diagnostics@0.1.0",
    ];
    let foreign: Vec<_> = imports
        .iter()
        .filter(|import| !ALLOWED.contains(&import.as_str()))
        .map(|import| format!("`{import}`"))
        .collect();
    if foreign.is_empty() {
        return Ok(());
    }
    let advice = if foreign.iter().any(|import| import.starts_with("`wasi:")) {
        "rules have no clock, files, randomness or network; build for target wasm32-unknown-unknown, without WASI"
            .to_owned()
    } else {
        format!(
            "what a rule may import is {}",
            ALLOWED.map(|import| format!("`{import}`")).join(", ")
        )
    };
    Err(Refusal::new(
        AdmissionStep::Imports,
        format!("it imports {}; {advice}", foreign.join(", ")),
    ))
}

fn check_contract(bytes: &[u8]) -> Result<(), Refusal> {
    let refuse = |error: String| Refusal::new(AdmissionStep::Contract, error);
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str("rules.wit", CONTRACT)
        .map_err(|error| refuse(format!("{error:#}")))?;
    let world = resolve
        .select_world(&[package], Some(CRITERIA_WORLD))
        .map_err(|error| refuse(format!("{error:#}")))?;
    wit_component::targets(&resolve, world, bytes).map_err(|error| {
        let cause = error.root_cause().to_string();
        // The first line speaks of the world as a whole; those below it lead to what is missing or of another type.
        let mut lines: Vec<_> = cause.lines().collect();
        if lines.len() > 1 {
            lines.remove(0);
        }
        let cause = lines.join(": ");
        let cause = cause.split(" (at offset").next().unwrap_or_default();
        refuse(format!(
            "it does not fit world `{CRITERIA_WORLD}` of reprise:rules@0.1.0: {cause}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::{AdmissionStep, Digest};

    #[test]
    fn a_digest_is_the_sha_256_in_small_hexadecimal_digits() {
        let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), of_nothing);
        assert_eq!(format!("{:?}", Digest::of(b"")), format!("Digest({of_nothing})"));
    }

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
