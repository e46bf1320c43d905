//! The claim or the line has a pend reason.
//!
//! Asks: pend reason codes.
//! Source: reprocess criteria, "pend reason".
//! Meets when: the claim's header or the line has a given reason attached, resolved or not.
//! Does not when: neither has.

use reprise_rules::{CodeTest, Column, CompileContext, CriterionDefinition, Either, LineTest, Test};

/// The claim or the line has a pend reason.
pub(super) struct PendReason;

impl CriterionDefinition for PendReason {
    fn name(&self) -> &'static str {
        "pend-reason"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let reasons = asked.codes()?;
        let has = |column| CodeTest::any_of(context.reference(), column, reasons);
        Ok(Box::new(Either(vec![
            Box::new(has(Column::ClaimPendReasons)?),
            Box::new(has(Column::LinePendReasons)?),
        ])))
    }
}
