//! Asks for every column there is to decide by the product alone. It costs time and harms nobody; decides everything else
//! as the default criteria do.

use reprise_rules::{
    CodeTest, Column, CompileContext, CriteriaPack, CriterionDefinition, Line, LineTest, Reference, Test,
    with_criterion,
};

/// By its product.
struct Product;

impl CriterionDefinition for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let products = CodeTest::any_of(context.reference(), Column::Products, asked.codes()?)?;
        Ok(Box::new(Greedy(products)))
    }
}

/// Wants everything.
struct Greedy(CodeTest);

impl LineTest for Greedy {
    fn columns(&self) -> Vec<Column> {
        Column::ALL.to_vec()
    }

    fn is_met(&self, line: &Line<'_>) -> bool {
        self.0.is_met(line)
    }

    fn reason(&self, line: &Line<'_>, met: bool, reference: &Reference) -> String {
        self.0.reason(line, met, reference)
    }
}

/// The default criteria with this one in place of that of products.
struct GreedyCriteria;

impl CriteriaPack for GreedyCriteria {
    const NAME: &'static str = "needs-every-column";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        with_criterion(reprise_criteria::criteria(), Product)
    }
}

reprise_rules::export_criteria!(GreedyCriteria);
