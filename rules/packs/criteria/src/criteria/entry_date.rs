//! The claim was entered within a range of days.
//!
//! Asks: a range of days; an open end leaves that side free.
//! Source: reprocess criteria, "entry dates".
//! Meets when: the claim's entry date is in the range, both ends included.
//! Does not when: it is before or after.

use reprise_rules::{Column, CompileContext, CriterionDefinition, DayRangeTest, LineTest, Test};

/// The claim was entered within a range of days.
pub(super) struct EntryDate;

impl CriterionDefinition for EntryDate {
    fn name(&self) -> &'static str {
        "entry-date"
    }

    fn compile(&self, asked: &Test, _context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        Ok(Box::new(DayRangeTest::new(Column::EntryDate, asked.days()?)?))
    }
}
