//! Never comes back when certain products are asked for; decides everything else as the default criteria do.

use reprise_rules::{
    Bitmap, CodeTest, Column, CompileContext, CriteriaPack, CriterionDefinition, Line, LineTest, Reference, Rows, Test,
    with_criterion,
};

/// By its product: loops here, or is compiled into what loops.
struct Product;

impl CriterionDefinition for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let codes = asked.codes()?;
        match codes[0].as_str() {
            "LOOP-IN-COMPILE" => spin(),
            "LOOP-IN-MATCH" => Ok(Box::new(Loops)),
            _ => Ok(Box::new(CodeTest::any_of(
                context.reference(),
                Column::Products,
                codes,
            )?)),
        }
    }
}

/// Loops on the first line.
struct Loops;

impl LineTest for Loops {
    fn columns(&self) -> Vec<Column> {
        vec![Column::Products]
    }

    fn is_met(&self, _: &Line<'_>) -> bool {
        spin()
    }

    fn reason(&self, _: &Line<'_>, _: bool, _: &Reference) -> String {
        spin()
    }

    fn keep(&self, _: &Rows<'_>, _: &mut Bitmap) {
        spin()
    }
}

fn spin() -> ! {
    loop {
        std::hint::black_box(());
    }
}

/// The default criteria with this one in place of that of products.
struct LoopingCriteria;

impl CriteriaPack for LoopingCriteria {
    const NAME: &'static str = "loops";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        with_criterion(reprise_criteria::criteria(), Product)
    }
}

reprise_rules::export_criteria!(LoopingCriteria);
