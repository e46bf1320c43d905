//! Everybody decides all rows in turns, round by round, so that whatever else the machine does befalls all of them alike.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::workload::Workload;
use crate::conversation::{Conversation, text_of, time_of};

/// How one of them did.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) mode: String,
    /// How long all rows took, in each round.
    pub(crate) times: Vec<Duration>,
    /// Why there are no times that count, if so.
    pub(crate) trouble: Option<Trouble>,
}

/// Why there are no times that count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Its answers differ.
    Void(String),
    /// It cannot do it.
    Unable(String),
}

/// A workload with everybody's times; Reprise's two rows are first, in batches and one by one.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) title: &'static str,
    pub(crate) decisions: usize,
    pub(crate) rows: Vec<Row>,
}

impl Row {
    fn new(name: impl Into<String>, mode: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            mode: mode.into(),
            times: Vec::new(),
            trouble: None,
        }
    }

    /// Whether its answers differ.
    pub(crate) fn is_void(&self) -> bool {
        matches!(self.trouble, Some(Trouble::Void(_)))
    }

    fn take(&mut self, decided: anyhow::Result<Duration>, answers: &[i64], expected: &[i64]) {
        match decided {
            Ok(elapsed) => self.times.push(elapsed),
            Err(error) => self.trouble = Some(Trouble::Unable(format!("{error:#}"))),
        }
        if self.trouble.is_none() && answers != expected {
            let differing = answers.iter().zip(expected).filter(|(own, ours)| own != ours).count();
            let missing = expected.len().abs_diff(answers.len());
            self.trouble = Some(Trouble::Void(format!(
                "{differing} answers differ and {missing} are missing"
            )));
        }
    }
}

/// How Reprise decides all rows: the answers, and how long they took.
type Decide<Ours> = fn(&mut Ours, &mut Vec<i64>) -> anyhow::Result<Duration>;

/// Have Reprise and every engine decide the workload, round by round.
pub(crate) fn measure<Ours>(
    workload: &Workload,
    rounds: usize,
    directory: &Path,
    engines: &mut Conversation,
    ours: &mut Ours,
    in_batches: Decide<Ours>,
    singly: Decide<Ours>,
) -> anyhow::Result<Measured> {
    let own = [
        (
            "Reprise, in batches",
            "component in its sandbox, whole columns at a time",
            in_batches,
        ),
        (
            "Reprise, one by one",
            "component in its sandbox, a call for each",
            singly,
        ),
    ];
    let mut rows: Vec<_> = own.iter().map(|(name, mode, _)| Row::new(*name, *mode)).collect();
    let file = directory.join("workload.json");
    std::fs::write(&file, workload.to_json().to_string()).with_context(|| format!("`{}`", file.display()))?;
    let loaded = engines.ask(&json!({"do": "load", "file": file}))?;
    std::fs::remove_file(&file)?;
    let described = loaded.get("engines").and_then(Value::as_array);
    for engine in described.context("no engine is there")? {
        let mut row = Row::new(text_of(engine, "name")?, text_of(engine, "mode").unwrap_or_default());
        row.trouble = text_of(engine, "error").ok().map(Trouble::Unable);
        rows.push(row);
    }
    let mut answers = Vec::with_capacity(workload.rows.len());
    // The first round warms up and is not kept.
    for round in 0..=rounds {
        for (row, (_, _, decide)) in rows.iter_mut().zip(&own) {
            answers.clear();
            let decided = decide(ours, &mut answers);
            row.take(decided, &answers, &workload.expected);
        }
        for (place, row) in rows.iter_mut().skip(own.len()).enumerate() {
            if row.trouble.is_none() {
                answers.clear();
                let decided = decide(engines, place, &mut answers);
                row.take(decided, &answers, &workload.expected);
            }
        }
        if round == 0 {
            rows.iter_mut().for_each(|row| row.times.clear());
        }
    }
    Ok(Measured {
        title: workload.title,
        decisions: workload.rows.len(),
        rows,
    })
}

/// Have an engine decide all rows; the time is its own.
fn decide(engines: &mut Conversation, place: usize, answers: &mut Vec<i64>) -> anyhow::Result<Duration> {
    let answer = engines.ask(&json!({"do": "decide", "engine": place}))?;
    let numbers = answer
        .get("answers")
        .and_then(Value::as_array)
        .context("there are no answers")?;
    answers.extend(numbers.iter().filter_map(Value::as_i64));
    time_of(&answer)
}
