//! Rego, by the crate `regorus` and its virtual machine.

use std::sync::Arc;

use anyhow::bail;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::program::Program;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Rc, Value};

use crate::engine::RuleEngine;
use crate::workload::{Fact, Workload};

/// A virtual machine with the program in it, and each row as an input of its own.
pub(crate) struct Regorus {
    machine: RegoVM,
    rows: Vec<Value>,
}

impl Regorus {
    pub(crate) fn new(workload: &Workload) -> anyhow::Result<Self> {
        const ANSWER: &str = "data.decision.answer";
        let mut engine = Engine::new();
        engine.add_policy("decision.rego".to_owned(), workload.text("rego")?)?;
        let policy = engine.compile_with_entrypoint(&Rc::from(ANSWER))?;
        let program: Arc<Program> =
            Compiler::compile_from_policy(&policy, &[ANSWER]).map_err(|error| anyhow::anyhow!("{error}"))?;
        let mut machine = RegoVM::new();
        machine.load_program(program);
        machine.set_max_instructions(usize::MAX);
        let row = |row: &Vec<Fact>| {
            let members = workload.fields.iter().zip(row).map(|(field, fact)| {
                let value = match fact {
                    Fact::Number(number) => Value::from(*number),
                    Fact::Flag(flag) => Value::from(*flag),
                };
                (Value::from(field.as_str()), value)
            });
            let members: std::collections::BTreeMap<_, _> = members.collect();
            Value::from(members)
        };
        Ok(Self {
            machine,
            rows: workload.rows.iter().map(row).collect(),
        })
    }
}

impl RuleEngine for Regorus {
    fn name(&self) -> String {
        "regorus 0.14".to_owned()
    }

    fn mode(&self) -> &'static str {
        "program compiled once for its virtual machine, which stays; inputs made beforehand and shared"
    }

    fn decide(&mut self, answers: &mut Vec<i64>) -> anyhow::Result<()> {
        for row in &self.rows {
            self.machine.set_input(row.clone());
            answers.push(
                match self.machine.execute().map_err(|error| anyhow::anyhow!("{error}"))? {
                    Value::Bool(flag) => i64::from(flag),
                    Value::Number(number) => match number.as_i64() {
                        Some(number) => number,
                        None => bail!("regorus answers a number with a fraction"),
                    },
                    other => bail!("regorus answers `{other:?}`, neither a number nor a flag"),
                },
            );
        }
        Ok(())
    }
}
