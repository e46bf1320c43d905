//! Brings more conditions than anybody chooses from; decides nothing.

use reprise_rules::{
    CodeTest, Column, ConditionDefinition, ConditionKind, CriteriaPack, CriterionDefinition, LineTest, Reference,
};

/// One of many.
struct Numbered(u32);

impl ConditionDefinition for Numbered {
    fn code(&self) -> &'static str {
        Box::leak(format!("CONDITION-{}", self.0).into_boxed_str())
    }

    fn kind(&self) -> ConditionKind {
        ConditionKind::Procedure
    }

    fn description(&self) -> &'static str {
        "One of many"
    }

    fn compile(&self, reference: &Reference) -> Result<Box<dyn LineTest>, String> {
        let code = [format!("G{:04}", self.0)];
        Ok(Box::new(CodeTest::any_of(reference, Column::Procedures, &code)?))
    }
}

struct Enormous;

impl CriteriaPack for Enormous {
    const NAME: &'static str = "lists-too-much";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        Vec::new()
    }

    fn conditions() -> Vec<Box<dyn ConditionDefinition>> {
        let condition = |number| Box::new(Numbered(number)) as Box<dyn ConditionDefinition>;
        (0..5_000).map(condition).collect()
    }
}

reprise_rules::export_criteria!(Enormous);
