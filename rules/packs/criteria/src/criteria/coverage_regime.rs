//! The line has benefits applied from a coverage regime.
//!
//! Asks: coverage regime codes.
//! Source: reprocess criteria, "product; coverage regime".
//! Meets when: any of the line's applied benefits is from a given regime.
//! Does not when: none is, or none are applied.

use reprise_rules::{CodeTest, Column, CompileContext, CriterionDefinition, LineTest, Test};

/// The line has benefits applied from a coverage regime.
pub(super) struct CoverageRegime;

impl CriterionDefinition for CoverageRegime {
    fn name(&self) -> &'static str {
        "coverage-regime"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        Ok(Box::new(CodeTest::any_of(
            context.reference(),
            Column::CoverageRegimes,
            asked.codes()?,
        )?))
    }
}
