//! Panics when it is asked what it is.

use reprise_rules::{CriteriaPack, CriterionDefinition};

struct Nameless;

impl CriteriaPack for Nameless {
    const NAME: &'static str = "panics-in-describe";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    #[expect(clippy::panic, reason = "this is what the guest is for")]
    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        panic!("the list of criteria is not written yet")
    }
}

reprise_rules::export_criteria!(Nameless);
