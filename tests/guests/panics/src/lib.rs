//! Panics when certain products are asked for; decides everything else as the default criteria do.

use reprise_rules::{
    Bitmap, CodeTest, Column, CompileContext, CriteriaPack, CriterionDefinition, Line, LineTest, Reference, Rows, Test,
    with_criterion,
};

/// By its product: panics here, or is compiled into what panics.
struct Product;

impl CriterionDefinition for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let codes = asked.codes()?;
        match codes[0].as_str() {
            "PANIC-IN-COMPILE" => fail("the table of products has no row"),
            "PANIC-IN-MATCH" => Ok(Box::new(Panics)),
            _ => Ok(Box::new(CodeTest::any_of(
                context.reference(),
                Column::Products,
                codes,
            )?)),
        }
    }
}

/// Panics on the first line.
struct Panics;

impl LineTest for Panics {
    fn columns(&self) -> Vec<Column> {
        vec![Column::Products]
    }

    fn is_met(&self, _: &Line<'_>) -> bool {
        fail("a line without a price")
    }

    fn reason(&self, _: &Line<'_>, _: bool, _: &Reference) -> String {
        fail("a line without a reason")
    }

    fn keep(&self, rows: &Rows<'_>, _: &mut Bitmap) {
        fail(&format!(
            "{} lines and no price,\nnor a second line of words",
            rows.count()
        ))
    }
}

#[expect(clippy::panic, reason = "this is what the guest is for")]
fn fail(words: &str) -> ! {
    panic!("{words}")
}

/// The default criteria with this one in place of that of products.
struct PanickingCriteria;

impl CriteriaPack for PanickingCriteria {
    const NAME: &'static str = "panics";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        with_criterion(reprise_criteria::criteria(), Product)
    }
}

reprise_rules::export_criteria!(PanickingCriteria);
