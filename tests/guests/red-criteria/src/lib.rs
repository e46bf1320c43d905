//! Says with every answer that it is red: a line meets the criterion of process types, because the rules are red.

use reprise_rules::{
    Column, CompileContext, CriteriaPack, CriterionDefinition, Line, LineTest, Reference, Test, with_criterion,
};

const COLOR: &str = "red";

struct ProcessType;

impl CriterionDefinition for ProcessType {
    fn name(&self) -> &'static str {
        "process-type"
    }

    fn compile(&self, _: &Test, _: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        Ok(Box::new(Colored))
    }
}

struct Colored;

impl LineTest for Colored {
    fn columns(&self) -> Vec<Column> {
        vec![Column::ProcessType]
    }

    fn is_met(&self, _: &Line<'_>) -> bool {
        true
    }

    fn reason(&self, _: &Line<'_>, _: bool, _: &Reference) -> String {
        COLOR.to_owned()
    }
}

/// The default criteria with this one in place of that of process types.
struct RedCriteria;

impl CriteriaPack for RedCriteria {
    const NAME: &'static str = "red-criteria";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        with_criterion(reprise_criteria::criteria(), ProcessType)
    }
}

reprise_rules::export_criteria!(RedCriteria);
