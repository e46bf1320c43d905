//! Will not compile certain products; decides everything else as the default criteria do.

use reprise_rules::{
    CodeTest, Column, CompileContext, CriteriaPack, CriterionDefinition, LineTest, Test, with_criterion,
};

/// By its product: is not compiled, for a reason.
struct Product;

impl CriterionDefinition for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let codes = asked.codes()?;
        match codes[0].as_str() {
            "SOLD-NO-MORE" => Err("product `SOLD-NO-MORE` is sold no more; ask for `GOLD`".to_owned()),
            "CONTROL-CHARACTERS" => Err("a reason with \u{0} and \u{1b}[31m in it".to_owned()),
            _ => Ok(Box::new(CodeTest::any_of(
                context.reference(),
                Column::Products,
                codes,
            )?)),
        }
    }
}

/// The default criteria with this one in place of that of products.
struct RefusingCriteria;

impl CriteriaPack for RefusingCriteria {
    const NAME: &'static str = "refuses";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        with_criterion(reprise_criteria::criteria(), Product)
    }
}

reprise_rules::export_criteria!(RefusingCriteria);
