//! What every engine decides: rows of named values, and the decision in each one's language.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// A whole number.
    Number(i64),
    /// Whether something is so.
    Flag(bool),
}

/// Many rows that are decided alike.
#[derive(Debug)]
pub(crate) struct Workload {
    /// The names of the values.
    pub(crate) fields: Vec<String>,
    /// The values of each row, in the order of the names.
    pub(crate) rows: Vec<Vec<Fact>>,
    texts: Value,
}

impl Workload {
    /// The workload that a file holds as JSON.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
        let mut value: Value = serde_json::from_slice(&text)?;
        let texts = value["texts"].take();
        let list = |name: &str| {
            let list = value.get(name).and_then(Value::as_array);
            list.with_context(|| format!("the workload has no list `{name}`"))
        };
        let name = |name: &Value| Some(name.as_str()?.to_owned());
        let fields: Option<Vec<_>> = list("fields")?.iter().map(name).collect();
        Ok(Self {
            fields: fields.context("a field is named by a text")?,
            rows: list("rows")?.iter().map(row).collect::<anyhow::Result<_>>()?,
            texts,
        })
    }

    /// The decision in a language.
    pub(crate) fn text(&self, language: &str) -> anyhow::Result<String> {
        match &self.texts[language] {
            Value::Null => bail!("the workload is not written in {language}"),
            Value::String(text) => Ok(text.clone()),
            other => Ok(other.to_string()),
        }
    }

    /// A row as an object of JSON.
    pub(crate) fn object(&self, row: &[Fact]) -> Value {
        let members = self.fields.iter().zip(row).map(|(field, fact)| {
            let value = match fact {
                Fact::Number(number) => Value::from(*number),
                Fact::Flag(flag) => Value::from(*flag),
            };
            (field.clone(), value)
        });
        Value::Object(members.collect())
    }
}

fn row(row: &Value) -> anyhow::Result<Vec<Fact>> {
    let fact = |value: &Value| match value {
        Value::Bool(flag) => Some(Fact::Flag(*flag)),
        value => value.as_i64().map(Fact::Number),
    };
    let facts = row.as_array().and_then(|row| row.iter().map(fact).collect());
    facts.context("a row is a list of whole numbers and flags")
}
