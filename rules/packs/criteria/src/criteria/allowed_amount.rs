//! The line's allowed amount is in a range.
//!
//! Asks: a range of amounts; an open end leaves that side free.
//! Source: reprocess criteria, "beyond the source".
//! Meets when: the amount is in the range, both ends included.
//! Does not when: it is below or above, or the line has none.

use reprise_rules::{AmountRangeTest, Column, CompileContext, CriterionDefinition, LineTest, Test};

/// The line's allowed amount is in a range.
pub(super) struct AllowedAmount;

impl CriterionDefinition for AllowedAmount {
    fn name(&self) -> &'static str {
        "allowed-amount"
    }

    fn compile(&self, asked: &Test, _context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        Ok(Box::new(AmountRangeTest::new(Column::AllowedAmount, asked.amounts()?)?))
    }
}
