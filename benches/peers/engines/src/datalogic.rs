//! JSONLogic, by the crate `datalogic-rs`.

use anyhow::Context as _;
use datalogic_rs::bumpalo::Bump;
use datalogic_rs::{Engine, Logic, ParsedData};

use crate::engine::RuleEngine;
use crate::workload::{Fact, Workload};

/// So many rows share an arena before it is emptied.
const ROWS_IN_ARENA: usize = 256;

/// A compiled rule, and each row parsed beforehand.
pub(crate) struct DataLogic {
    engine: Engine,
    logic: Logic,
    rows: Vec<ParsedData>,
    arena: Bump,
}

impl DataLogic {
    pub(crate) fn new(workload: &Workload) -> anyhow::Result<Self> {
        let engine = Engine::new();
        let text = workload.text("jsonlogic")?;
        let logic = engine
            .compile(text.as_str())
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        let row = |row: &Vec<Fact>| {
            let text = workload.object(row).to_string();
            ParsedData::from_json(&text).map_err(|error| anyhow::anyhow!("{error}"))
        };
        Ok(Self {
            engine,
            logic,
            rows: workload.rows.iter().map(row).collect::<anyhow::Result<_>>()?,
            arena: Bump::new(),
        })
    }
}

impl RuleEngine for DataLogic {
    fn name(&self) -> String {
        "datalogic-rs 5.4".to_owned()
    }

    fn mode(&self) -> &'static str {
        "rule compiled once, data parsed beforehand and lent, one arena that is emptied now and then"
    }

    fn decide(&mut self, answers: &mut Vec<i64>) -> anyhow::Result<()> {
        for rows in self.rows.chunks(ROWS_IN_ARENA) {
            for row in rows {
                let answer = self
                    .engine
                    .evaluate(&self.logic, row, &self.arena)
                    .map_err(|error| anyhow::anyhow!("{error}"))?;
                let number = answer.as_bool().map(i64::from).or_else(|| answer.as_i64());
                answers.push(number.context("datalogic-rs answers neither a number nor a flag")?);
            }
            self.arena.reset();
        }
        Ok(())
    }
}
