//! Loads rule components, runs them within limits and tells their faults apart.
//!
//! The only crate that names wasmtime. It knows nothing of stores, files or HTTP: bytes come in, decisions go out, and
//! what a component asks of the payer's data it asks through [`ReferenceSource`].
//!
//! The way of a component: [`RuleEngine::load_criteria`] checks its bytes step by step and either refuses them with a
//! step and a reason ([`Refusal`]) or answers a [`CriteriaComponent`]; [`CriteriaComponent::compile`] makes an instance
//! of it, hands it a request and answers a [`Matcher`]; the matcher decides batches and lines. A component that
//! misbehaves costs its caller a [`Fault`] and its instance, nothing else.

mod bindings;
mod criteria;
mod fault;
mod inspect;
mod limits;
mod load;
mod precompiled;
mod reference;
mod runtime;
mod state;

pub use criteria::{Bound, Matcher, Plan, Stage};
pub use criteria::{CompileError, ComponentCondition, ConditionKind, CriteriaComponent, Description, Finding};
pub use fault::Fault;
pub use limits::{AdmissionLimits, CallLimits};
pub use load::{AdmissionStep, Digest, Refusal};
pub use reference::{EmptyReference, Membership, ReferenceSource, SetLists};
pub use runtime::{EngineError, RuleEngine};
