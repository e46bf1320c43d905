//! Takes memory for ever when certain products are asked for; decides everything else as the default criteria do.

use reprise_rules::{
    Bitmap, CodeTest, Column, CompileContext, CriteriaPack, CriterionDefinition, Line, LineTest, Reference, Rows, Test,
    with_criterion,
};

/// By its product: grows here, or is compiled into what grows.
struct Product;

impl CriterionDefinition for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let codes = asked.codes()?;
        match codes[0].as_str() {
            "GROW-IN-COMPILE" => grow(),
            "GROW-IN-MATCH" => Ok(Box::new(Grows)),
            _ => Ok(Box::new(CodeTest::any_of(
                context.reference(),
                Column::Products,
                codes,
            )?)),
        }
    }
}

/// Grows on the first line.
struct Grows;

impl LineTest for Grows {
    fn columns(&self) -> Vec<Column> {
        vec![Column::Products]
    }

    fn is_met(&self, _: &Line<'_>) -> bool {
        grow()
    }

    fn reason(&self, _: &Line<'_>, _: bool, _: &Reference) -> String {
        grow()
    }

    fn keep(&self, _: &Rows<'_>, _: &mut Bitmap) {
        grow()
    }
}

fn grow() -> ! {
    let mut hoard = Vec::new();
    loop {
        hoard.push(vec![1_u8; 1 << 20]);
    }
}

/// The default criteria with this one in place of that of products.
struct GrowingCriteria;

impl CriteriaPack for GrowingCriteria {
    const NAME: &'static str = "grows";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        with_criterion(reprise_criteria::criteria(), Product)
    }
}

reprise_rules::export_criteria!(GrowingCriteria);
