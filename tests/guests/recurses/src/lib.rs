//! Calls itself for ever when certain products are asked for; decides everything else as the default criteria do.

use reprise_rules::{
    CodeTest, Column, CompileContext, CriteriaPack, CriterionDefinition, LineTest, Test, with_criterion,
};

/// By its product: recurses with nothing to remember at each level, or with much.
struct Product;

impl CriterionDefinition for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let codes = asked.codes()?;
        match codes[0].as_str() {
            "RECURSE" => Err(descend(1).to_string()),
            "RECURSE-WITH-LUGGAGE" => Err(descend_with_luggage([1; 256]).to_string()),
            _ => Ok(Box::new(CodeTest::any_of(
                context.reference(),
                Column::Products,
                codes,
            )?)),
        }
    }
}

/// The depth that it never reaches; one the compiler cannot know.
fn bottom() -> u64 {
    std::hint::black_box(u64::MAX)
}

fn descend(depth: u64) -> u64 {
    if depth == bottom() {
        depth
    } else {
        descend(depth + 1) ^ bottom()
    }
}

fn descend_with_luggage(luggage: [u64; 256]) -> u64 {
    let mut heavier = std::hint::black_box(luggage);
    heavier[0] += 1;
    if heavier[0] == bottom() {
        heavier[0]
    } else {
        descend_with_luggage(heavier) ^ heavier[1]
    }
}

/// The default criteria with this one in place of that of products.
struct RecursingCriteria;

impl CriteriaPack for RecursingCriteria {
    const NAME: &'static str = "recurses";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        with_criterion(reprise_criteria::criteria(), Product)
    }
}

reprise_rules::export_criteria!(RecursingCriteria);
