//! Never comes back when it is asked what it is.

use reprise_rules::{CriteriaPack, CriterionDefinition};

struct Endless;

impl CriteriaPack for Endless {
    const NAME: &'static str = "loops-in-describe";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        loop {
            std::hint::black_box(Self::NAME);
        }
    }
}

reprise_rules::export_criteria!(Endless);
