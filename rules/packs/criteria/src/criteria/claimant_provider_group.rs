//! The claim's claimant provider belongs to a provider group on the line's service start date.
//!
//! Asks: provider group codes.
//! Source: reprocess criteria, "claimant provider group".
//! Meets when: the claim's claimant provider is a member of a given group on the day on which the line's service starts.
//! Does not when: it is not on that day, or the claim has no claimant provider, or the line no such date.

use reprise_rules::{Column, CompileContext, CriterionDefinition, DatedGroupTest, GroupKind, LineTest, Test};

/// The claim's claimant provider belongs to a provider group on the line's service start date.
pub(super) struct ClaimantProviderGroup;

impl CriterionDefinition for ClaimantProviderGroup {
    fn name(&self) -> &'static str {
        "claimant-provider-group"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let groups = asked.codes()?;
        Ok(Box::new(DatedGroupTest::any_of(
            context.reference(),
            Column::ClaimantProvider,
            GroupKind::Provider,
            groups,
        )?))
    }
}
