//! Loads rule components, runs them within limits and tells their faults apart.
//!
//! The only crate that names wasmtime. It knows nothing of stores, files or HTTP: bytes come in, decisions go out, and
//! what a component asks of the payer's data it asks through [`ReferenceSource`].
//!
//! The way of a component: [`RuleEngine::admit`] checks its bytes step by step, up to having it decide test vectors, and
//! either refuses them with a step and a reason ([`Refusal`]) or answers a [`RuleComponent`]; one that was admitted before
//! is taken by [`RuleEngine::load_any`] without being tried again. [`CriteriaComponent::compile`] makes an instance of a
//! criteria component, hands it a request and answers a [`Matcher`]; the matcher decides batches and lines.
//! [`ClaimStatusComponent::instantiate`] makes an instance of a component for claims' status, [`StatusRules`], which
//! decides batches and single claims, how they are born, and how they go on. A component that misbehaves costs its caller
//! a [`Fault`] and its instance, nothing else.

mod admission;
mod asked;
mod bindings;
mod cache;
mod claim_status;
mod compilation;
mod contract;
mod criteria;
mod digest;
mod fault;
mod inspect;
mod intake;
mod known;
mod limits;
mod matcher;
mod meter;
mod observer;
mod plan;
mod precompiled;
mod reference;
mod rule_limits;
mod runtime;
mod state;
mod versions;
mod words;

pub use admission::{
    AdmissionChecks, AdmissionReport, AdmissionStep, ComponentIdentity, IdentityCheck, Refusal, RuleComponent,
    SignatureCheck, StepOutcome,
};
pub use cache::{CacheTrouble, PrecompiledCache};
pub use claim_status::{ClaimStatusComponent, ClaimStatusDescription, StatusRules};
pub use compilation::{CompileChildError, Compiler, compile_as_child};
pub use contract::ComponentKind;
pub use criteria::{CompileError, ComponentCondition, ConditionKind, CriteriaComponent, Description};
pub use digest::{Digest, DigestError};
pub use fault::Fault;
pub use known::LoadError;
pub use limits::{AdmissionLimits, CallLimits};
pub use matcher::{Finding, Matcher};
pub use observer::FaultObserver;
pub use plan::{Bound, Plan, Stage};
pub use reference::{EmptyReference, Membership, ReferenceSource, SetLists};
pub use rule_limits::{RuleLimits, RuleLimitsError};
pub use runtime::{EngineError, RuleEngine};
pub use versions::served_contracts;
