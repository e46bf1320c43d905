//! The line's primary diagnosis meets a condition.
//!
//! Asks: codes of conditions on diagnoses that the pack brings along.
//! Source: reprocess criteria, "diagnosis condition".
//! Meets when: the diagnosis with the lowest sequence meets a given condition.
//! Does not when: only another diagnosis does, or the line has none.

use reprise_rules::{CompileContext, ConditionKind, CriterionDefinition, LineTest, Test};

/// The line's primary diagnosis meets a condition.
pub(super) struct DiagnosisCondition;

impl CriterionDefinition for DiagnosisCondition {
    fn name(&self) -> &'static str {
        "diagnosis-condition"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        super::any_condition(ConditionKind::Diagnosis, asked, context)
    }
}
