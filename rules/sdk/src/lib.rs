//! What a rule author writes against.
//!
//! A criteria component decides which claim lines a reprocess request hits; a claim-status component decides in which
//! status a claim may be. This crate turns Rust into one: implement a trait, call one macro, build for WebAssembly.
//! No author needs `unsafe`, and nothing here knows the host: the contract, `wit/rules.wit`, is the only thing that
//! both sides share.
//!
//! There are two ways to write criteria, and one to decide about claims' status.
//!
//! # Composing criteria
//!
//! A [`CriteriaPack`] is a list of [`CriterionDefinition`]s. Each compiles what is asked into a [`LineTest`]; there are
//! ready ones for every form of column: [`KindTest`], [`DayRangeTest`], [`AmountRangeTest`], [`CodeTest`],
//! [`DatedGroupTest`], and [`Either`] and [`Every`] to combine them. The plan, its stages, matching by the batch and
//! by the line, explanations, negation and the prefilter follow by themselves. A payer that changes one criterion
//! takes the default pack's criteria and replaces that one:
//!
//! ```
//! use reprise_rules::{
//!     Column, CompileContext, CriteriaPack, CriterionDefinition, DatedGroupTest, GroupKind, LineTest, Test,
//! };
//!
//! struct AnyDiagnosis;
//!
//! impl CriterionDefinition for AnyDiagnosis {
//!     fn name(&self) -> &'static str {
//!         "diagnosis-group"
//!     }
//!
//!     fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
//!         let groups = asked.codes()?;
//!         Ok(Box::new(DatedGroupTest::any_of(context.reference(), Column::Diagnoses, GroupKind::Diagnosis, groups)?))
//!     }
//! }
//!
//! struct MyRules;
//!
//! impl CriteriaPack for MyRules {
//!     const NAME: &'static str = "my-rules";
//!     const VERSION: &'static str = "1.0.0";
//!
//!     fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
//!         vec![Box::new(AnyDiagnosis)]
//!     }
//! }
//!
//! reprise_rules::export_criteria!(MyRules);
//! ```
//!
//! # Deciding everything
//!
//! [`CriteriaRules`] with a [`Matcher`] of one's own is the contract itself with typed columns.
//!
//! # Deciding about claims' status
//!
//! [`claim_status::ClaimStatusRules`] is five functions, each from facts to a decision or a refusal: how a claim that is
//! asked for is born, which claims a patient's enrolment calls for, in which status a claim may be put, when one that
//! waits goes on, and how one is processed again. Batches follow by themselves. A payer or an office that decides one
//! thing in its own way asks its own question and leaves the rest to other rules, the default ones or its own:
//!
//! ```
//! # mod by_default {
//! #     use reprise_rules::claim_status::*;
//! #     pub fn create(facts: &ClaimFacts, _: &OfficeFlags) -> Creation {
//! #         Ok(Birth::in_status(facts.claim_type, SubmissionStatus::Waiting))
//! #     }
//! #     pub fn new_claim(_: &EnrolmentFacts, _: &OfficeFlags) -> Result<Vec<MadeClaim>, IntakeRefusal> {
//! #         Err(IntakeRefusal::new("never", "", "never"))
//! #     }
//! #     pub fn change(facts: &ChangeFacts, _: &OfficeFlags) -> Result<SubmissionStatus, IntakeRefusal> {
//! #         Ok(facts.current)
//! #     }
//! #     pub fn release(_: &ReleaseFacts, _: &OfficeFlags) -> Option<SubmissionStatus> { None }
//! #     pub fn reprocess(_: &ClaimState) -> Decision { Err(Refusal::other("never")) }
//! # }
//! use reprise_rules::claim_status::{
//!     ChangeFacts, ClaimFacts, ClaimState, ClaimStatusRules, Creation, Decision, EnrolmentFacts, IntakeRefusal,
//!     IntakeType, MadeClaim, OfficeFlags, ReleaseFacts, SubmissionStatus,
//! };
//!
//! struct NoPreAuthorizations;
//!
//! impl ClaimStatusRules for NoPreAuthorizations {
//!     const NAME: &'static str = "no-preauthorizations";
//!     const VERSION: &'static str = "1.0.0";
//!
//!     fn create(facts: &ClaimFacts, office: &OfficeFlags) -> Creation {
//!         if facts.claim_type == IntakeType::PreAuthorization {
//!             let sentence = "we answer no preauthorizations; call us instead";
//!             return Err(IntakeRefusal::new("no-preauthorizations", "ClaimType", sentence));
//!         }
//!         by_default::create(facts, office)
//!     }
//!
//!     fn new_claim(facts: &EnrolmentFacts, office: &OfficeFlags) -> Result<Vec<MadeClaim>, IntakeRefusal> {
//!         by_default::new_claim(facts, office)
//!     }
//!
//!     fn change(facts: &ChangeFacts, office: &OfficeFlags) -> Result<SubmissionStatus, IntakeRefusal> {
//!         by_default::change(facts, office)
//!     }
//!
//!     fn release(facts: &ReleaseFacts, office: &OfficeFlags) -> Option<SubmissionStatus> {
//!         by_default::release(facts, office)
//!     }
//!
//!     fn reprocess(state: &ClaimState) -> Decision {
//!         by_default::reprocess(state)
//!     }
//! }
//!
//! reprise_rules::export_claim_status!(NoPreAuthorizations);
//! ```
//!
//! # Testing
//!
//! Rules are ordinary Rust: `cargo test` runs them on the machine at hand, with [`testing`] in the host's place.

#[cfg(any(target_arch = "wasm32", test))]
mod allocator;
#[doc(hidden)]
pub mod bindings;
mod bitmap;
pub mod claim_status;
mod codes;
mod column;
mod combined;
#[doc(hidden)]
pub mod component;
mod composed;
mod dated;
mod estimate;
mod id_table;
mod kinds;
mod lanes;
mod line_test;
mod lookup;
mod pack;
mod pack_bits;
mod period_table;
mod periods;
mod ranges;
mod reference;
mod rows;
mod rules;
pub mod testing;
pub mod text;

pub use bitmap::Bitmap;
pub use codes::{Attributes, AttributesTest, CodeTest};
pub use column::{ABSENT_AMOUNT, ABSENT_DAY, Column, ColumnForm, Dictionary, Granularity, SetTable, dictionary_of};
pub use combined::{Either, Every};
pub use composed::ComposedMatcher;
pub use dated::DatedGroupTest;
pub use estimate::Estimate;
pub use kinds::{CLAIM_STATUSES, CLAIM_TYPES, KindTest, PROCESS_TYPES, Vocabulary};
pub use line_test::LineTest;
pub use pack::{CompileContext, ConditionDefinition, CriteriaPack, CriterionDefinition, with_criterion};
pub use ranges::{AmountRangeTest, DayRangeTest};
pub use reference::{GroupKind, HostReferenceData, Membership, Reference, ReferenceData, SetLists};
pub use rows::{ColumnValues, Layout, Line, Rows};
pub use rules::{
    AmountRange, Bound, Condition, ConditionKind, CriteriaRules, Criterion, DayRange, Description, Finding, Matcher,
    Plan, Refusal, ServicedEntity, Stage, Test,
};

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator::new();

/// Makes the crate a criteria component that decides by these rules: a type that is [`CriteriaRules`] or
/// [`CriteriaPack`]. Once in a crate; without effect but a check of the type when it is not built for WebAssembly.
#[macro_export]
macro_rules! export_criteria {
    ($rules:ty) => {
        const _: () = {
            const fn is_criteria_rules<R: $crate::CriteriaRules>() {}
            is_criteria_rules::<$rules>();
        };

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Component = $crate::component::Exported<$rules>;
    $crate::bindings::export_component!(Component with_types_in $crate::bindings);
        };
    };
}

/// Makes the crate a claim-status component that decides by these rules: a type that is
/// [`ClaimStatusRules`](claim_status::ClaimStatusRules). Once in a crate; without effect but a check of the type when it
/// is not built for WebAssembly.
#[macro_export]
macro_rules! export_claim_status {
    ($rules:ty) => {
        const _: () = {
            const fn is_claim_status_rules<R: $crate::claim_status::ClaimStatusRules>() {}
            is_claim_status_rules::<$rules>();
        };

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Component = $crate::claim_status::component::Exported<$rules>;
            $crate::bindings::claim_status::export_claim_status_component!(
                Component with_types_in $crate::bindings::claim_status
            );
        };
    };
}
