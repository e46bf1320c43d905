//! The claim's type is one of those asked for.
//!
//! Asks: PROVIDER or RESTITUTION.
//! Source: reprocess criteria, "form / type / status".
//! Meets when: the claim's type equals a given one.
//! Does not when: it is another, or the claim has none.

use reprise_rules::{CLAIM_TYPES, CompileContext, CriterionDefinition, KindTest, LineTest, Test};

/// The claim's type is one of those asked for.
pub(super) struct ClaimType;

impl CriterionDefinition for ClaimType {
    fn name(&self) -> &'static str {
        "claim-type"
    }

    fn compile(&self, asked: &Test, _context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        Ok(Box::new(KindTest::any_of(CLAIM_TYPES, asked.codes()?)?))
    }
}
