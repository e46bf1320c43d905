//! Hits lines by product in the first batch that an instance is asked about, and none in any later one, so that whoever
//! tries it with one batch sees nothing amiss; decides everything else as the default criteria do.

use std::cell::Cell;

use reprise_rules::{
    Bitmap, CodeTest, Column, CompileContext, CriteriaPack, CriterionDefinition, Line, LineTest, Reference, Rows, Test,
    with_criterion,
};

/// By its product, as long as nobody asks twice.
struct Product;

impl CriterionDefinition for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let honest = CodeTest::any_of(context.reference(), Column::Products, asked.codes()?)?;
        Ok(Box::new(FirstBatch {
            honest,
            is_over: Cell::new(false),
        }))
    }
}

/// Honest once.
struct FirstBatch {
    honest: CodeTest,
    is_over: Cell<bool>,
}

impl LineTest for FirstBatch {
    fn columns(&self) -> Vec<Column> {
        self.honest.columns()
    }

    fn is_met(&self, line: &Line<'_>) -> bool {
        self.honest.is_met(line)
    }

    fn reason(&self, line: &Line<'_>, met: bool, reference: &Reference) -> String {
        self.honest.reason(line, met, reference)
    }

    fn keep(&self, rows: &Rows<'_>, hits: &mut Bitmap) {
        if self.is_over.replace(true) {
            let all = hits.clone();
            hits.remove(&all);
        } else {
            self.honest.keep(rows, hits);
        }
    }
}

/// The default criteria with this one in place of that of products.
struct ForgettingCriteria;

impl CriteriaPack for ForgettingCriteria {
    const NAME: &'static str = "keeps-state";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        with_criterion(reprise_criteria::criteria(), Product)
    }
}

reprise_rules::export_criteria!(ForgettingCriteria);
