//! Decides by process type and product alone, and says so.

use reprise_rules::{CriteriaPack, CriterionDefinition};

struct TwoCriteria;

impl CriteriaPack for TwoCriteria {
    const NAME: &'static str = "knows-less";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        let mut criteria = reprise_criteria::criteria();
        criteria.retain(|criterion| ["process-type", "product"].contains(&criterion.name()));
        criteria
    }
}

reprise_rules::export_criteria!(TwoCriteria);
