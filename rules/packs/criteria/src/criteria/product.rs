//! The line has benefits applied from a product.
//!
//! Asks: product codes.
//! Source: reprocess criteria, "product; coverage regime".
//! Meets when: any of the line's applied benefits is from a given product.
//! Does not when: none is, or none are applied.

use reprise_rules::{CodeTest, Column, CompileContext, CriterionDefinition, LineTest, Test};

/// The line has benefits applied from a product.
pub(super) struct Product;

impl CriterionDefinition for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        Ok(Box::new(CodeTest::any_of(
            context.reference(),
            Column::Products,
            asked.codes()?,
        )?))
    }
}
