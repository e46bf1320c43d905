//! The expressions of GoRules ZEN, by the crate that zen-engine itself evaluates them with: a decision graph or table of
//! zen-engine runs the same expressions and has its own work around them.

use anyhow::Context as _;
use zen_expression::expression::Standard;
use zen_expression::vm::VM;
use zen_expression::{Expression, Variable, compile_expression};

use crate::engine::RuleEngine;
use crate::workload::{Fact, Workload};

/// A compiled expression, and each row as an object of its own.
pub(crate) struct Zen {
    expression: Expression<Standard>,
    machine: VM,
    rows: Vec<Variable>,
}

impl Zen {
    pub(crate) fn new(workload: &Workload) -> anyhow::Result<Self> {
        let expression = compile_expression(&workload.text("zen")?).map_err(|error| anyhow::anyhow!("{error}"))?;
        let row = |row: &Vec<Fact>| Variable::from(workload.object(row));
        Ok(Self {
            expression,
            machine: VM::new(),
            rows: workload.rows.iter().map(row).collect(),
        })
    }
}

impl RuleEngine for Zen {
    fn name(&self) -> String {
        "zen-expression 2.1".to_owned()
    }

    fn mode(&self) -> &'static str {
        "expression compiled once, one virtual machine, a row's object made beforehand; what zen-engine evaluates with"
    }

    fn decide(&mut self, answers: &mut Vec<i64>) -> anyhow::Result<()> {
        for row in &self.rows {
            // An object is shared, not copied.
            let answer = self
                .expression
                .evaluate_with(row.clone(), &mut self.machine)
                .map_err(|error| anyhow::anyhow!("{error}"))?;
            answers.push(match answer {
                Variable::Bool(flag) => i64::from(flag),
                answer => {
                    let number = answer.as_number().context("zen answers neither a number nor a flag")?;
                    i64::try_from(number).context("zen answers a number with a fraction")?
                }
            });
        }
        Ok(())
    }
}
