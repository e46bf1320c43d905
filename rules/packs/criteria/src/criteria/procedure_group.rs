//! A procedure of the line belongs to a procedure group on the service start date.
//!
//! Asks: procedure group codes.
//! Source: reprocess criteria, "procedure group".
//! Meets when: one or more of the line's procedures is a member of a given group on that day.
//! Does not when: none is a member on that day, or the line has no procedure or no such date.

use reprise_rules::{Column, CompileContext, CriterionDefinition, DatedGroupTest, GroupKind, LineTest, Test};

/// A procedure of the line belongs to a procedure group on the service start date.
pub(super) struct ProcedureGroup;

impl CriterionDefinition for ProcedureGroup {
    fn name(&self) -> &'static str {
        "procedure-group"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let groups = asked.codes()?;
        Ok(Box::new(DatedGroupTest::any_of(
            context.reference(),
            Column::Procedures,
            GroupKind::Procedure,
            groups,
        )?))
    }
}
