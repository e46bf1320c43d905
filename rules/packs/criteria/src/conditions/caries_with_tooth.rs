//! Dental caries on a named tooth.
//!
//! Asks: diagnosis condition `CARIES-WITH-TOOTH`.
//! Meets when: the line's primary diagnosis has a code that starts with K02 (dental caries), and the line says which
//! tooth in its attribute `tooth`.
//! Does not when: only another diagnosis has such a code, or the attribute is absent or empty.

use reprise_rules::{AttributesTest, CodeTest, Column, ConditionDefinition, ConditionKind, Every, LineTest, Reference};

/// Dental caries on a named tooth.
pub struct CariesWithTooth;

impl ConditionDefinition for CariesWithTooth {
    fn code(&self) -> &'static str {
        "CARIES-WITH-TOOTH"
    }

    fn kind(&self) -> ConditionKind {
        ConditionKind::Diagnosis
    }

    fn description(&self) -> &'static str {
        "A primary diagnosis whose code starts with K02, on a line whose attribute `tooth` says which tooth"
    }

    fn compile(&self, reference: &Reference) -> Result<Box<dyn LineTest>, String> {
        let is_caries = |code: &str| code.starts_with("K02");
        let diagnosis = CodeTest::described(
            reference,
            Column::PrimaryDiagnosis,
            "a code that starts with K02",
            is_caries,
        )?;
        let attributes = AttributesTest::new(reference, "a tooth", |attributes| {
            attributes.get("tooth").is_some_and(|tooth| !tooth.is_empty())
        });
        Ok(Box::new(Every(vec![Box::new(diagnosis), Box::new(attributes)])))
    }
}
