//! Says that it decides by the weather, which no request can ask for.

use reprise_rules::{CodeTest, Column, CompileContext, CriteriaPack, CriterionDefinition, LineTest, Test};

struct Weather;

impl CriterionDefinition for Weather {
    fn name(&self) -> &'static str {
        "weather"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let codes = asked.codes()?;
        Ok(Box::new(CodeTest::any_of(
            context.reference(),
            Column::Attributes,
            codes,
        )?))
    }
}

struct Inventive;

impl CriteriaPack for Inventive {
    const NAME: &'static str = "invents-criterion";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        vec![Box::new(Weather)]
    }
}

reprise_rules::export_criteria!(Inventive);
