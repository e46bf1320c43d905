//! The line is priced with a line of a fee schedule.
//!
//! Asks: fee schedule codes.
//! Source: reprocess criteria, "fee schedule".
//! Meets when: the line is priced with a given schedule.
//! Does not when: it is priced with others alone, or with none.

use reprise_rules::{CodeTest, Column, CompileContext, CriterionDefinition, LineTest, Test};

/// The line is priced with a line of a fee schedule.
pub(super) struct FeeSchedule;

impl CriterionDefinition for FeeSchedule {
    fn name(&self) -> &'static str {
        "fee-schedule"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        Ok(Box::new(CodeTest::any_of(
            context.reference(),
            Column::FeeSchedules,
            asked.codes()?,
        )?))
    }
}
