//! The claim's process type is one of those asked for.
//!
//! Asks: CLAIM or RESERVATION.
//! Source: reprocess criteria, "process type".
//! Meets when: the claim's process type equals a given one.
//! Does not when: it is another.

use reprise_rules::{CompileContext, CriterionDefinition, KindTest, LineTest, PROCESS_TYPES, Test};

/// The claim's process type is one of those asked for.
pub(super) struct ProcessType;

impl CriterionDefinition for ProcessType {
    fn name(&self) -> &'static str {
        "process-type"
    }

    fn compile(&self, asked: &Test, _context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        Ok(Box::new(KindTest::any_of(PROCESS_TYPES, asked.codes()?)?))
    }
}
