//! Integer tables: what every peer is given, each column as narrow as its values allow.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::{Map, Value, json};

/// A column's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    /// Whole numbers below 2^8.
    Bytes(Vec<u8>),
    /// Whole numbers within 16 bits with a sign, so that PostgreSQL has such a type too.
    Shorts(Vec<i16>),
    /// Whole numbers within 32 bits with a sign.
    Integers(Vec<i32>),
}

/// A table by columns.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// What it is called.
    pub(crate) name: String,
    /// Its columns by name, all of the same length.
    pub(crate) columns: Vec<(String, Values)>,
}

impl Values {
    /// These values, as narrow as they allow.
    pub(crate) fn narrowed(values: Vec<i32>) -> Self {
        let bytes: Result<Vec<u8>, _> = values.iter().map(|value| u8::try_from(*value)).collect();
        if let Ok(bytes) = bytes {
            return Self::Bytes(bytes);
        }
        let shorts: Result<Vec<i16>, _> = values.iter().map(|value| i16::try_from(*value)).collect();
        shorts.map_or(Self::Integers(values), Self::Shorts)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bytes(values) => values.len(),
            Self::Shorts(values) => values.len(),
            Self::Integers(values) => values.len(),
        }
    }

    /// One of them, widened.
    pub(crate) fn cell(&self, row: usize) -> i32 {
        match self {
            Self::Bytes(values) => values[row].into(),
            Self::Shorts(values) => values[row].into(),
            Self::Integers(values) => values[row],
        }
    }

    /// The type as the array libraries name it.
    const fn type_name(&self) -> &'static str {
        match self {
            Self::Bytes(_) => "u1",
            Self::Shorts(_) => "i2",
            Self::Integers(_) => "i4",
        }
    }

    /// The type in PostgreSQL, which has none of a byte.
    pub(crate) const fn postgres_type(&self) -> &'static str {
        match self {
            Self::Bytes(_) | Self::Shorts(_) => "smallint",
            Self::Integers(_) => "integer",
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Bytes(values) => values.clone(),
            Self::Shorts(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Self::Integers(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        }
    }
}

impl Table {
    /// A table of these columns, which must have the same length.
    pub(crate) fn new(name: impl Into<String>, columns: Vec<(String, Values)>) -> anyhow::Result<Self> {
        let name = name.into();
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        ensure!(
            columns.iter().all(|(_, values)| values.len() == rows),
            "the columns of table `{name}` have different lengths"
        );
        Ok(Self { name, columns })
    }

    /// How many rows it has.
    pub(crate) fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, values)| values.len())
    }

    /// The column of this name.
    pub(crate) fn column(&self, name: &str) -> anyhow::Result<&Values> {
        let found = self.columns.iter().find(|(own, _)| own == name);
        let (_, values) = found.with_context(|| format!("table `{}` has no column `{name}`", self.name))?;
        Ok(values)
    }

    /// Write each column into a file of its own, and say which and of what type.
    pub(crate) fn write(&self, directory: &Path) -> anyhow::Result<Value> {
        let mut columns = Map::new();
        for (name, values) in &self.columns {
            let file = directory.join(format!("{}.{name}.{}", self.name, values.type_name()));
            std::fs::write(&file, values.to_bytes()).with_context(|| format!("`{}`", file.display()))?;
            columns.insert(name.clone(), json!({"file": file, "type": values.type_name()}));
        }
        Ok(json!({"name": self.name, "columns": columns}))
    }
}
