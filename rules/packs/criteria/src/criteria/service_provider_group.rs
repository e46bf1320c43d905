//! The line's service provider belongs to a provider group on the service start date.
//!
//! Asks: provider group codes.
//! Source: reprocess criteria, "benefits / service / location provider group".
//! Meets when: that provider is itself a member of a given group on that day.
//! Does not when: it is not on that day, or the line has no such provider or no such date.

use reprise_rules::{Column, CompileContext, CriterionDefinition, DatedGroupTest, GroupKind, LineTest, Test};

/// The line's service provider belongs to a provider group on the service start date.
pub(super) struct ServiceProviderGroup;

impl CriterionDefinition for ServiceProviderGroup {
    fn name(&self) -> &'static str {
        "service-provider-group"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let groups = asked.codes()?;
        Ok(Box::new(DatedGroupTest::any_of(
            context.reference(),
            Column::ServiceProvider,
            GroupKind::Provider,
            groups,
        )?))
    }
}
