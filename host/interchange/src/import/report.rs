//! What became of an import.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reprise_model::ReferenceKind;
use reprise_store::{StoreError, WriteOutcome};

/// The kinds of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// A claim.
    Claim,
    /// A row of reference data.
    Reference(ReferenceKind),
}

impl RecordKind {
    /// The kind as the import format writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Reference(kind) => kind.as_str(),
        }
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What became of the lines of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeCounts {
    /// New.
    pub inserted: u64,
    /// Took the place of other content.
    pub replaced: u64,
    /// There already, with the same content.
    pub unchanged: u64,
    /// There already, with other content, which stays. Each of these lines is also among the refused ones.
    pub conflict: u64,
}

impl OutcomeCounts {
    pub(super) fn count(&mut self, outcome: WriteOutcome) {
        *match outcome {
            WriteOutcome::Inserted => &mut self.inserted,
            WriteOutcome::Replaced => &mut self.replaced,
            WriteOutcome::Unchanged => &mut self.unchanged,
            WriteOutcome::Conflict => &mut self.conflict,
        } += 1;
    }
}

/// A line that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLine {
    /// The name of its source.
    pub source: Arc<str>,
    /// Its number in the source, from 1.
    pub line: u64,
    /// Why, as a sentence for people.
    pub reason: String,
}

impl fmt::Display for RefusedLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.source, self.line, self.reason)
    }
}

/// What became of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// What was kept, by kind. Lines that were refused before they came to the store are not in it.
    pub kinds: BTreeMap<RecordKind, OutcomeCounts>,
    /// Lines that are not blank.
    pub lines: u64,
    /// Lines refused.
    pub refused: u64,
    /// The first of them, [`Self::REFUSED_LINES_MAX`] at most.
    pub refused_lines: Vec<RefusedLine>,
    /// Bytes read, as they lie in the sources.
    pub bytes: u64,
    /// How long it took.
    pub elapsed: Duration,
}

impl ImportReport {
    /// How many refused lines are kept.
    pub const REFUSED_LINES_MAX: usize = 100;

    /// How many lines the store holds now, new or not.
    pub fn lines_kept(&self) -> u64 {
        self.kinds
            .values()
            .map(|counts| counts.inserted + counts.replaced + counts.unchanged)
            .sum()
    }

    /// What became of the claims.
    pub fn claims(&self) -> OutcomeCounts {
        self.kinds.get(&RecordKind::Claim).copied().unwrap_or_default()
    }
}

/// Why an import did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A line was refused, and the import is strict. Nothing was imported; all lines were looked at.
    #[error("{} of {} lines were refused, so nothing was imported; correct them, or import without `--strict`", .0.refused, .0.lines)]
    Refused(Box<ImportReport>),
    /// A source cannot be read to its end. Unless the import is strict, what came before is imported.
    #[error("`{source_name}` cannot be read from line {line} on: {reason}; {}", if *.strict { "nothing was imported" } else { "the lines before were imported" })]
    Unreadable {
        /// The name of the source.
        source_name: Arc<str>,
        /// The first line that is not there.
        line: u64,
        /// Why.
        reason: String,
        /// Whether the import is strict.
        strict: bool,
        /// What became of it so far.
        report: Box<ImportReport>,
    },
    /// The store failed. What the report counts is imported.
    #[error("{error}; {} lines were imported before", .report.lines_kept())]
    Store {
        /// What the store said.
        error: StoreError,
        /// What became of it so far.
        report: Box<ImportReport>,
    },
}

impl ImportError {
    /// What became of the import so far.
    pub fn report(&self) -> &ImportReport {
        match self {
            Self::Refused(report) | Self::Unreadable { report, .. } | Self::Store { report, .. } => report,
        }
    }
}
