//! The claim's processing status is one of those asked for.
//!
//! Asks: processing statuses. Which of them a request may name is for the host to say.
//! Source: reprocess criteria, "form / type / status".
//! Meets when: the claim's status equals a given one.
//! Does not when: it is another.

use reprise_rules::{CLAIM_STATUSES, CompileContext, CriterionDefinition, KindTest, LineTest, Test};

/// The claim's processing status is one of those asked for.
pub(super) struct ClaimStatus;

impl CriterionDefinition for ClaimStatus {
    fn name(&self) -> &'static str {
        "claim-status"
    }

    fn compile(&self, asked: &Test, _context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        Ok(Box::new(KindTest::any_of(CLAIM_STATUSES, asked.codes()?)?))
    }
}
