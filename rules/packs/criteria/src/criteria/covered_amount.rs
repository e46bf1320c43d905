//! The line's covered amount is in a range.
//!
//! Asks: a range of amounts; an open end leaves that side free.
//! Source: reprocess criteria, "beyond the source".
//! Meets when: the amount is in the range, both ends included.
//! Does not when: it is below or above, or the line has none.

use reprise_rules::{AmountRangeTest, Column, CompileContext, CriterionDefinition, LineTest, Test};

/// The line's covered amount is in a range.
pub(super) struct CoveredAmount;

impl CriterionDefinition for CoveredAmount {
    fn name(&self) -> &'static str {
        "covered-amount"
    }

    fn compile(&self, asked: &Test, _context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        Ok(Box::new(AmountRangeTest::new(Column::CoveredAmount, asked.amounts()?)?))
    }
}
