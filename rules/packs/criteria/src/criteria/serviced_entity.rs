//! The line's serviced entity is the one asked for.
//!
//! Asks: a serviced entity, by code and type together.
//! Source: reprocess criteria, "serviced entity".
//! Meets when: the line's serviced entity has that code and that type.
//! Does not when: either differs, or the line has none.

use reprise_rules::{CodeTest, Column, CompileContext, CriterionDefinition, LineTest, Test};

/// The line's serviced entity is the one asked for.
pub(super) struct ServicedEntityCriterion;

impl CriterionDefinition for ServicedEntityCriterion {
    fn name(&self) -> &'static str {
        "serviced-entity"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let entity = asked.entity()?;
        // The dictionary holds an entity under both its names.
        let key = format!("{}\u{1f}{}", entity.code, entity.entity_type);
        Ok(Box::new(CodeTest::any_of(
            context.reference(),
            Column::ServicedEntity,
            &[key],
        )?))
    }
}
