//! Tests of a column whose values are a small fixed vocabulary.

use crate::bitmap::Bitmap;
use crate::column::Column;
use crate::estimate::{Estimate, share};
use crate::line_test::LineTest;
use crate::reference::Reference;
use crate::rows::{Line, Rows};
use crate::rules::Bound;
use crate::text;

/// The values that a column of kinds can have, by the contract.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary {
    column: Column,
    /// By their numbers, from 1.
    values: &'static [&'static str],
}

/// Process types of claims.
pub const PROCESS_TYPES: Vocabulary = Vocabulary {
    column: Column::ProcessType,
    values: &["CLAIM", "RESERVATION"],
};

/// Types of claims.
pub const CLAIM_TYPES: Vocabulary = Vocabulary {
    column: Column::ClaimType,
    values: &["PROVIDER", "RESTITUTION"],
};

/// Processing statuses of claims.
pub const CLAIM_STATUSES: Vocabulary = Vocabulary {
    column: Column::ClaimStatus,
    values: &[
        "ENTRY",
        "INITIAL",
        "SENT OUT FOR PREPROCESSING",
        "CHANGE",
        "SENT OUT FOR PRICING",
        "MANUAL PRICING",
        "PRICING DONE",
        "MANUAL PRICING ADJUDICATION",
        "PRICING ADJUDICATION DONE",
        "PRICING FINALIZED",
        "MANUAL BENEFITS",
        "BENEFITS DONE",
        "MANUAL ADJUDICATION",
        "ADJUDICATION DONE",
        "FINALIZED",
    ],
};

impl Vocabulary {
    /// The column whose values these are.
    pub const fn column(&self) -> Column {
        self.column
    }

    /// The number of a value.
    pub fn number_of(&self, text: &str) -> Option<u8> {
        self.numbered()
            .find(|(_, value)| *value == text)
            .map(|(number, _)| number)
    }

    /// The value with a number.
    pub fn text_of(&self, number: u8) -> Option<&'static str> {
        self.numbered()
            .find(|(known, _)| *known == number)
            .map(|(_, value)| value)
    }

    fn numbered(&self) -> impl Iterator<Item = (u8, &'static str)> {
        (1..).zip(self.values.iter().copied())
    }
}

/// The claim's value is one of these.
#[derive(Debug)]
pub struct KindTest {
    vocabulary: Vocabulary,
    asked: Vec<String>,
    /// INVARIANT: in order, none twice.
    numbers: Vec<u8>,
}

impl KindTest {
    /// Any of these values.
    ///
    /// # Errors
    ///
    /// A sentence that names a text which is none of the vocabulary's, and those that are.
    pub fn any_of(vocabulary: Vocabulary, texts: &[String]) -> Result<Self, String> {
        let number = |text: &String| {
            vocabulary.number_of(text).ok_or_else(|| {
                format!(
                    "`{text}` is not a {}; it is one of: {}",
                    vocabulary.column.noun(),
                    vocabulary.values.join(", ")
                )
            })
        };
        let mut numbers = texts.iter().map(number).collect::<Result<Vec<_>, _>>()?;
        numbers.sort_unstable();
        numbers.dedup();
        Ok(Self {
            vocabulary,
            asked: texts.to_vec(),
            numbers,
        })
    }
}

impl LineTest for KindTest {
    fn columns(&self) -> Vec<Column> {
        vec![self.vocabulary.column]
    }

    fn is_met(&self, line: &Line<'_>) -> bool {
        self.numbers.contains(&line.kind(self.vocabulary.column))
    }

    fn reason(&self, line: &Line<'_>, met: bool, _reference: &Reference) -> String {
        let column = self.vocabulary.column;
        let (owner, noun) = (column.owner(), column.noun());
        match self.vocabulary.text_of(line.kind(column)) {
            Some(text) if met => format!("{owner} has {noun} {text}"),
            Some(text) => format!("{owner} has {noun} {text}, not {}", text::choice(&self.asked)),
            None => format!("{owner} has no {noun}"),
        }
    }

    fn keep(&self, rows: &Rows<'_>, hits: &mut Bitmap) {
        let values = rows.kinds(self.vocabulary.column);
        if self.numbers.len() <= 2 {
            hits.keep_equal::<u8, 2>(values, &self.numbers);
        } else {
            hits.keep_equal::<u8, 16>(values, &self.numbers);
        }
    }

    fn estimate(&self) -> Estimate {
        Estimate {
            passing: share(self.numbers.len(), self.vocabulary.values.len()),
            cost: Estimate::COMPARISON_COST,
        }
    }

    fn bounds(&self) -> Vec<Bound> {
        let ends = self.numbers.first().zip(self.numbers.last());
        let (&least, &greatest) = ends.unwrap_or((&1, &0));
        vec![Bound {
            column: self.vocabulary.column,
            least: least.into(),
            greatest: greatest.into(),
        }]
    }
}
