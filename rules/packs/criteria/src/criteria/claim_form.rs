//! The claim's form is one of those asked for.
//!
//! Asks: claim form codes.
//! Source: reprocess criteria, "form / type / status".
//! Meets when: the claim's form has a given code.
//! Does not when: it has another, or the claim has none.

use reprise_rules::{CodeTest, Column, CompileContext, CriterionDefinition, LineTest, Test};

/// The claim's form is one of those asked for.
pub(super) struct ClaimForm;

impl CriterionDefinition for ClaimForm {
    fn name(&self) -> &'static str {
        "claim-form"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        Ok(Box::new(CodeTest::any_of(
            context.reference(),
            Column::ClaimForm,
            asked.codes()?,
        )?))
    }
}
