//! Loads rule components, runs them within limits and tells their faults apart.
//!
//! The only crate that names wasmtime. It knows nothing of stores, files or HTTP: bytes come in, decisions go out, and
//! what a component asks of the payer's data it asks through [`ReferenceSource`].
//!
//! The way of a component: [`RuleEngine::load_criteria`] checks its bytes step by step and either refuses them with a
//! step and a reason ([`Refusal`]) or answers a [`CriteriaComponent`]; [`CriteriaComponent::compile`] makes an instance
//! of it, hands it a request and answers a [`Matcher`]; the matcher decides batches and lines. A component for claims'
//! status goes the same way: [`RuleEngine::load_claim_status`] answers a [`ClaimStatusComponent`],
//! [`ClaimStatusComponent::instantiate`] an instance of it, [`StatusRules`], which decides batches and single claims, how
//! they are born, and how they go on. A component that misbehaves costs its caller a [`Fault`] and its instance, nothing
//! else.

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
mod load;
mod matcher;
mod meter;
mod plan;
mod precompiled;
mod reference;
mod rule_limits;
mod runtime;
mod state;
mod words;

pub use cache::{CacheTrouble, PrecompiledCache};
pub use claim_status::{ClaimStatusComponent, ClaimStatusDescription, StatusRules};
pub use compilation::{CompileChildError, Compiler, compile_as_child};
pub use contract::ComponentKind;
pub use criteria::{CompileError, ComponentCondition, ConditionKind, CriteriaComponent, Description};
pub use digest::{Digest, DigestError};
pub use fault::Fault;
pub use known::LoadError;
pub use limits::{AdmissionLimits, CallLimits};
pub use load::{AdmissionStep, Refusal, RuleComponent};
pub use matcher::{Finding, Matcher};
pub use plan::{Bound, Plan, Stage};
pub use reference::{EmptyReference, Membership, ReferenceSource, SetLists};
pub use rule_limits::{RuleLimits, RuleLimitsError};
pub use runtime::{EngineError, RuleEngine};
