//! A process that is asked in lines of JSON and answers in them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// A process that answers, until this is dropped.
#[derive(Debug)]
pub(crate) struct Conversation {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Conversation {
    /// Start it.
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let program = command.get_program().display().to_string();
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{program}` cannot be started"))?;
        let input = process.stdin.take().context("the process has no input")?;
        let output = process.stdout.take().context("the process has no output")?;
        Ok(Self {
            process,
            input,
            output: BufReader::new(output),
        })
    }

    /// Ask, and wait for the answer.
    pub(crate) fn ask(&mut self, question: &Value) -> anyhow::Result<Value> {
        writeln!(self.input, "{question}").context("the process has ended")?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        ensure!(!line.is_empty(), "the process has ended without an answer");
        let answer: Value = serde_json::from_str(&line).context("the answer is no JSON")?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(anyhow::anyhow!("{error}")),
            None => Ok(answer),
        }
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A text of an answer.
pub(crate) fn text_of(answer: &Value, name: &str) -> anyhow::Result<String> {
    let text = answer.get(name).and_then(Value::as_str);
    Ok(text.with_context(|| format!("the answer has no {name}"))?.to_owned())
}

/// The time of an answer.
pub(crate) fn time_of(answer: &Value) -> anyhow::Result<Duration> {
    let seconds = answer.get("seconds").and_then(Value::as_f64);
    Ok(Duration::try_from_secs_f64(seconds.context("the answer has no time")?)?)
}
