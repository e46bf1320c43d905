//! The Common Expression Language, by the crate `cel`.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::bail;
use cel::common::types::{CelBool, CelInt};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Program, Value};

use crate::engine::RuleEngine;
use crate::workload::{Fact, Workload};

/// A program, and the rows as its own values.
pub(crate) struct Cel {
    program: Program,
    rows: Rows,
}

/// Lends the variables of the row that is decided; nothing is made anew for a row.
struct Rows {
    fields: Vec<String>,
    rows: Vec<Vec<CelFact>>,
    current: AtomicUsize,
}

enum CelFact {
    Number(CelInt),
    Flag(CelBool),
}

impl VariableResolver for Rows {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let place = self.fields.iter().position(|field| field == variable)?;
        let value: &dyn Val = match &self.rows[self.current.load(Ordering::Relaxed)][place] {
            CelFact::Number(number) => number,
            CelFact::Flag(flag) => flag,
        };
        Some(CowVal::Borrowed(value))
    }
}

impl Cel {
    pub(crate) fn new(workload: &Workload) -> anyhow::Result<Self> {
        let program = Program::compile(&workload.text("cel")?).map_err(|error| anyhow::anyhow!("{error}"))?;
        let fact = |fact: &Fact| match fact {
            Fact::Number(number) => CelFact::Number(CelInt::from(*number)),
            Fact::Flag(flag) => CelFact::Flag(CelBool::from(*flag)),
        };
        let rows = workload.rows.iter().map(|row| row.iter().map(fact).collect()).collect();
        Ok(Self {
            program,
            rows: Rows {
                fields: workload.fields.clone(),
                rows,
                current: AtomicUsize::new(0),
            },
        })
    }
}

impl RuleEngine for Cel {
    fn name(&self) -> String {
        "cel 0.15".to_owned()
    }

    fn mode(&self) -> &'static str {
        "program compiled once, context made once, variables lent by a resolver"
    }

    fn decide(&mut self, answers: &mut Vec<i64>) -> anyhow::Result<()> {
        let mut context = Context::default();
        context.set_variable_resolver(&self.rows);
        for row in 0..self.rows.rows.len() {
            self.rows.current.store(row, Ordering::Relaxed);
            let value =
                Value::resolve_val(self.program.expression(), &context).map_err(|error| anyhow::anyhow!("{error}"))?;
            answers.push(if let Some(flag) = value.downcast_ref::<CelBool>() {
                i64::from(*flag.inner())
            } else if let Some(number) = value.downcast_ref::<CelInt>() {
                *number.inner()
            } else {
                bail!("cel answers neither a number nor a flag");
            });
        }
        Ok(())
    }
}
