//! The default criteria component: the criteria of the reprocess request, one file each, and two conditions that show
//! how a pack brings its own.
//!
//! As a library (without its feature `component`) it lends its criteria to packs that change some of them.

pub mod conditions;
mod criteria;

use reprise_rules::{ConditionDefinition, CriteriaPack, CriterionDefinition};

pub use conditions::conditions;
pub use criteria::criteria;

/// The rules that decide where a payer has none of its own.
pub struct DefaultCriteria;

impl CriteriaPack for DefaultCriteria {
    const NAME: &'static str = "default-criteria";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        criteria()
    }

    fn conditions() -> Vec<Box<dyn ConditionDefinition>> {
        conditions()
    }
}

#[cfg(feature = "component")]
reprise_rules::export_criteria!(DefaultCriteria);
