//! The line's primary diagnosis belongs to a diagnosis group on the service start date.
//!
//! Asks: diagnosis group codes.
//! Source: reprocess criteria, "diagnosis group".
//! Meets when: the diagnosis with the lowest sequence (a tie: the lowest code) is a member on that day.
//! Does not when: only another diagnosis is a member, or the line has no diagnosis or no such date.

use reprise_rules::{Column, CompileContext, CriterionDefinition, DatedGroupTest, GroupKind, LineTest, Test};

/// The line's primary diagnosis belongs to a diagnosis group on the service start date.
pub(super) struct DiagnosisGroup;

impl CriterionDefinition for DiagnosisGroup {
    fn name(&self) -> &'static str {
        "diagnosis-group"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let groups = asked.codes()?;
        Ok(Box::new(DatedGroupTest::any_of(
            context.reference(),
            Column::PrimaryDiagnosis,
            GroupKind::Diagnosis,
            groups,
        )?))
    }
}
