//! Does not say what it is called; decides nothing.

use reprise_rules::{CriteriaPack, CriterionDefinition};

struct Nameless;

impl CriteriaPack for Nameless {
    const NAME: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        Vec::new()
    }
}

reprise_rules::export_criteria!(Nameless);
