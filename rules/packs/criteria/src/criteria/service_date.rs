//! The line's service starts within a range of days.
//!
//! Asks: a range of days; an open end leaves that side free.
//! Source: reprocess criteria, "service dates".
//! Meets when: the line's service start date is in the range, both ends included.
//! Does not when: it is before or after, or the line has none.

use reprise_rules::{Column, CompileContext, CriterionDefinition, DayRangeTest, LineTest, Test};

/// The line's service starts within a range of days.
pub(super) struct ServiceDate;

impl CriterionDefinition for ServiceDate {
    fn name(&self) -> &'static str {
        "service-date"
    }

    fn compile(&self, asked: &Test, _context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        Ok(Box::new(DayRangeTest::new(Column::ServiceStartDate, asked.days()?)?))
    }
}
