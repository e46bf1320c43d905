//! DuckDB and Polars, as their packages for Python: a process each, asked in lines of JSON.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::{Counted, Environment, Formulation, Given, Peer};
use crate::conversation::{Conversation, text_of, time_of};
use crate::membership::Memberships;
use crate::question::Question;
use crate::sql::{Counting, Membership, array_variables, of_claims, of_lines};

/// Which library answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// DuckDB, tables in memory.
    DuckDb,
    /// Polars, data frames in memory.
    Polars,
}

/// A process with the tables in it.
pub(crate) struct Driven {
    engine: Engine,
    threads: usize,
    version: String,
    conversation: Conversation,
    claims: usize,
    memberships: Memberships,
    answers: PathBuf,
    loading: Duration,
}

impl Engine {
    const fn word(self) -> &'static str {
        match self {
            Self::DuckDb => "duckdb",
            Self::Polars => "polars",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::DuckDb => "DuckDB",
            Self::Polars => "Polars",
        }
    }
}

impl Driven {
    /// A process with so many threads, given the tables whose description this is.
    pub(crate) fn start(
        engine: Engine,
        threads: usize,
        environment: &Environment,
        described: &[Value],
        given: &Given,
        directory: &Path,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(environment.python());
        command
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/driver.py"))
            .args([engine.word(), &threads.to_string()])
            .env("POLARS_MAX_THREADS", threads.to_string());
        let mut driven = Self {
            engine,
            threads,
            version: String::new(),
            conversation: Conversation::start(&mut command)?,
            claims: given.tables.codes.len(),
            memberships: Memberships {
                tables: given.memberships.tables.clone(),
            },
            answers: directory.join(format!("{}-{threads}-hits.i4", engine.word())),
            loading: Duration::ZERO,
        };
        driven.version = text_of(&driven.conversation.ask(&json!({"do": "version"}))?, "version")?;
        let started = Instant::now();
        driven.conversation.ask(&json!({"do": "load", "tables": described}))?;
        if engine == Engine::DuckDb {
            for (name, table) in &given.memberships.tables {
                let ids = table.periods.len();
                let last_id = format!("CREATE TABLE {name}_ids AS SELECT {} AS id", ids.saturating_sub(1));
                driven.conversation.ask(&json!({"do": "set", "settings": last_id}))?;
                for statement in array_variables(name, table.periods_max()) {
                    driven.conversation.ask(&json!({"do": "set", "settings": statement}))?;
                }
            }
        }
        driven.loading = started.elapsed();
        Ok(driven)
    }
}

impl Peer for Driven {
    fn name(&self) -> String {
        let threads = if self.threads == 1 { "thread" } else { "threads" };
        format!("{}, {} {threads}", self.engine.name(), self.threads)
    }

    fn about(&self) -> String {
        let tables = match self.engine {
            Engine::DuckDb => "tables in memory",
            Engine::Polars => "data frames in memory, the claims marked as sorted",
        };
        format!("{} {}, {tables}", self.engine.name(), self.version)
    }

    fn loading(&self) -> Duration {
        self.loading
    }

    fn formulations(&self, question: &Question) -> Vec<Formulation> {
        match self.engine {
            Engine::DuckDb => {
                let bits = Counting::Bits(self.claims);
                let lines = |membership, counting| of_lines(question, &self.memberships, membership, counting);
                vec![
                    lines(Membership::Exists, Counting::Distinct),
                    lines(Membership::Exists, bits),
                    lines(Membership::Join, Counting::Distinct),
                    lines(Membership::Join, bits),
                    of_claims(question),
                    lines(Membership::Arrays, bits),
                ]
            }
            Engine::Polars => {
                let conditions: Vec<_> = question
                    .conditions
                    .iter()
                    .map(|condition| condition.to_json())
                    .collect();
                let ways = ["gather", "gather step by step", "join"];
                let formulation = |way: &str| {
                    let statement = json!({"way": way, "conditions": conditions}).to_string();
                    Formulation {
                        name: way.to_owned(),
                        settings: String::new(),
                        count: statement.clone(),
                        hits: statement,
                    }
                };
                ways.into_iter().map(formulation).collect()
            }
        }
    }

    fn count(&mut self, formulation: &Formulation, time_max: Duration) -> anyhow::Result<Counted> {
        let seconds_max = time_max.as_secs_f64();
        let asked = json!({"do": "count", "statement": formulation.count, "seconds_max": seconds_max});
        let answer = self.conversation.ask(&asked)?;
        Ok(Counted {
            count: answer
                .get("count")
                .and_then(Value::as_u64)
                .context("the driver gives no count")?,
            elapsed: time_of(&answer)?,
        })
    }

    fn hits(&mut self, formulation: &Formulation) -> anyhow::Result<Vec<i32>> {
        let file = self.answers.clone();
        self.conversation
            .ask(&json!({"do": "hits", "statement": formulation.hits, "file": file}))?;
        let bytes = std::fs::read(&file)?;
        std::fs::remove_file(&file)?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        ensure!(rest.is_empty(), "the driver's numbers are cut off");
        Ok(numbers.iter().map(|number| i32::from_le_bytes(*number)).collect())
    }

    fn plan(&mut self, formulation: &Formulation) -> anyhow::Result<String> {
        let answer = self
            .conversation
            .ask(&json!({"do": "plan", "statement": formulation.count}))?;
        text_of(&answer, "plan")
    }
}
