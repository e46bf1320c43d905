//! A procedure of the line meets a condition.
//!
//! Asks: codes of conditions on procedures that the pack brings along.
//! Source: reprocess criteria, "procedure condition".
//! Meets when: one or more of the line's procedures meets a given condition.
//! Does not when: none does, or the line has none.

use reprise_rules::{CompileContext, ConditionKind, CriterionDefinition, LineTest, Test};

/// A procedure of the line meets a condition.
pub(super) struct ProcedureCondition;

impl CriterionDefinition for ProcedureCondition {
    fn name(&self) -> &'static str {
        "procedure-condition"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        super::any_condition(ConditionKind::Procedure, asked, context)
    }
}
