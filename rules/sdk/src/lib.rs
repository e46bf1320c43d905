//! What a rule author writes against.
//!
//! A criteria component decides which claim lines a reprocess request hits; a claim-status component decides in which
//! status a claim may be. This crate turns Rust into one: implement a trait, call one macro, build for WebAssembly.
//! Nothing here needs `unsafe`, and nothing here knows the host: the contract, `wit/rules.wit`, is the only thing that
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
//! [`claim_status::ClaimStatusRules`] is one function: from a claim and what a request wants of it to the state in which
//! it is processed again, or to a refusal. The batch follows by itself. A payer that refuses more than the default rules
//! do asks its own question and leaves the rest to them:
//!
//! ```
//! use reprise_rules::claim_status::{ClaimState, ClaimStatusRules, Decision, Disposition, ProcessingStatus, Refusal};
//!
//! struct OnlyPended;
//!
//! impl ClaimStatusRules for OnlyPended {
//!     const NAME: &'static str = "only-pended";
//!     const VERSION: &'static str = "1.0.0";
//!
//!     fn reprocess(state: &ClaimState) -> Decision {
//!         if !state.status.is_pended() {
//!             return Err(Refusal::other("we process a claim again only while it waits for somebody"));
//!         }
//!         Ok(Disposition {
//!             status: ProcessingStatus::Initial,
//!             preprocessing_done: state.preprocessing_done,
//!             pricing_done: false,
//!         })
//!     }
//! }
//!
//! reprise_rules::export_claim_status!(OnlyPended);
//! ```
//!
//! # Testing
//!
//! Rules are ordinary Rust: `cargo test` runs them on the machine at hand, with [`testing`] in the host's place.

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
