//! Hands over far more than it was asked for when certain products are asked for; decides everything else as the
//! default criteria do.

use reprise_rules::bindings::reprise::rules::diagnostics::note;
use reprise_rules::{
    CodeTest, Column, CompileContext, CriteriaPack, CriterionDefinition, Line, LineTest, Reference, Test,
    with_criterion,
};

/// By its product: a note that is too long, too many notes, a refusal or a reason that is too long.
struct Product;

impl CriterionDefinition for Product {
    fn name(&self) -> &'static str {
        "product"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let codes = asked.codes()?;
        match codes[0].as_str() {
            "LONG-NOTE" => note(&too_much()),
            "MANY-NOTES" => many_notes(),
            "LONG-REFUSAL" => return Err(too_much()),
            "LONG-REASON" => return Ok(Box::new(LongWinded)),
            _ => {}
        }
        Ok(Box::new(CodeTest::any_of(
            context.reference(),
            Column::Products,
            codes,
        )?))
    }
}

/// Has every line hit, and a long reason for each.
struct LongWinded;

impl LineTest for LongWinded {
    fn columns(&self) -> Vec<Column> {
        vec![Column::Products]
    }

    fn is_met(&self, _: &Line<'_>) -> bool {
        true
    }

    fn reason(&self, _: &Line<'_>, _: bool, _: &Reference) -> String {
        too_much()
    }
}

fn too_much() -> String {
    "because ".repeat(4 << 20)
}

#[expect(clippy::panic, reason = "what was noted is told when a call fails")]
fn many_notes() -> ! {
    for number in 0..10_000 {
        note(&format!("note {number} {}", "x".repeat(2_000)));
    }
    panic!("after many notes")
}

/// The default criteria with this one in place of that of products.
struct TalkativeCriteria;

impl CriteriaPack for TalkativeCriteria {
    const NAME: &'static str = "says-too-much";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        with_criterion(reprise_criteria::criteria(), Product)
    }
}

reprise_rules::export_criteria!(TalkativeCriteria);
