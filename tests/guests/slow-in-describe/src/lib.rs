//! Takes a fifth of a second to say what it is, as one does that reads its tables then; decides nothing.

use reprise_rules::{CriteriaPack, CriterionDefinition};

struct Slow;

impl CriteriaPack for Slow {
    const NAME: &'static str = "slow-in-describe";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        // On a fast machine.
        for turn in 0..300_000_000_u32 {
            std::hint::black_box(turn);
        }
        Vec::new()
    }
}

reprise_rules::export_criteria!(Slow);
