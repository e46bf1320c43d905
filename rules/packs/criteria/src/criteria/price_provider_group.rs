//! The line's price individual or price organization provider belongs to a provider group.
//!
//! Asks: provider group codes.
//! Source: reprocess criteria, "price provider group".
//! Meets when: either of the two is a member of a given group on the line's service start date.
//! Does not when: neither is on that day, or the line has neither provider or no such date.

use reprise_rules::{Column, CompileContext, CriterionDefinition, DatedGroupTest, Either, GroupKind, LineTest, Test};

/// The line's price individual or price organization provider belongs to a provider group.
pub(super) struct PriceProviderGroup;

impl CriterionDefinition for PriceProviderGroup {
    fn name(&self) -> &'static str {
        "price-provider-group"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let groups = asked.codes()?;
        let belongs = |column| DatedGroupTest::any_of(context.reference(), column, GroupKind::Provider, groups);
        Ok(Box::new(Either(vec![
            Box::new(belongs(Column::PriceIndividualProvider)?),
            Box::new(belongs(Column::PriceOrganizationProvider)?),
        ])))
    }
}
