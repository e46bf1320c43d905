//! What every rule engine decides: rows of named values, one number for each, and the decision in each one's language.

use serde_json::{Value, json};

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
    /// What is decided.
    pub(crate) title: &'static str,
    /// The names of the values.
    pub(crate) fields: &'static [&'static str],
    /// The values of each row, in the order of the names.
    pub(crate) rows: Vec<Vec<Fact>>,
    /// What Reprise decides of each row: a number, or 1 for yes and 0 for no.
    pub(crate) expected: Vec<i64>,
    /// The same in each language.
    pub(crate) texts: Texts,
}

/// A decision in the languages of the engines.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    pub(crate) cel: String,
    pub(crate) zen: String,
    /// The package is `decision`, the answer its `answer`.
    pub(crate) rego: String,
    pub(crate) jsonlogic: Value,
}

impl Workload {
    /// What the engines are given: all but what Reprise decides.
    pub(crate) fn to_json(&self) -> Value {
        let fact = |fact: &Fact| match fact {
            Fact::Number(number) => Value::from(*number),
            Fact::Flag(flag) => Value::from(*flag),
        };
        let rows: Vec<Vec<_>> = self.rows.iter().map(|row| row.iter().map(fact).collect()).collect();
        json!({
            "fields": self.fields,
            "rows": rows,
            "texts": {
                "cel": self.texts.cel,
                "zen": self.texts.zen,
                "rego": self.texts.rego,
                "jsonlogic": self.texts.jsonlogic,
            },
        })
    }
}
