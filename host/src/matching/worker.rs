//! One worker of a matching: it decides the claims of a block with an instance of the component of its own.
//!
//! In a block a stage sees only the rows that the stage before let pass, with no column but those it asks for. Before
//! the first stage, rows that lack what every hit has in common are struck, by the ranges of the matcher's prefilter on
//! the columns as the block holds them. What is in question is a bit for each row throughout.

use reprise_engine::{Bound, Fault, Matcher};
use reprise_index::{Block, ColumnBuffer, IndexError, RowRuns, RowSelection, rows_of};
use reprise_model::Granularity;

/// Why a block cannot be decided.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MatchError {
    /// The component failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The index has no such rows as the component's plan asks for.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// What a matcher's prefilter, what it says every hit has in common, is used for. A hit never depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prefilter {
    /// For nothing: the component decides every claim that may be reprocessed.
    Off,
    /// Blocks that can hold no hit are passed over.
    Blocks,
    /// And so are the rows that can be no hit.
    #[default]
    Rows,
}

/// A matcher with room for the rows and columns of one block, used again for the next.
pub(crate) struct Worker {
    matcher: Matcher,
    prefilter: Prefilter,
    /// A bit for each claim or line that is still in question.
    claim_words: Vec<u64>,
    line_words: Vec<u64>,
    /// Those that a stage is asked about.
    rows: RowRuns,
    /// The claims that are hit.
    hits: Vec<u32>,
    /// One for each column of a stage.
    buffers: Vec<ColumnBuffer>,
    /// For where claims' lines are.
    places: ColumnBuffer,
    rows_decided: u64,
}

impl Worker {
    pub(crate) fn new(matcher: Matcher, prefilter: Prefilter) -> Self {
        let columns_max = matcher
            .plan()
            .stages
            .iter()
            .map(|stage| stage.columns.len())
            .max()
            .unwrap_or(0);
        let buffers = std::iter::repeat_with(ColumnBuffer::default)
            .take(columns_max)
            .collect();
        Self {
            matcher,
            prefilter,
            claim_words: Vec::new(),
            line_words: Vec::new(),
            rows: RowRuns::default(),
            hits: Vec::new(),
            buffers,
            places: ColumnBuffer::default(),
            rows_decided: 0,
        }
    }

    /// The claims of a block that are hit, by their rows, ascending.
    pub(crate) fn match_block(&mut self, block: &Block) -> Result<&[u32], MatchError> {
        let stages = self.matcher.plan().stages.len();
        let claim_stages = self
            .matcher
            .plan()
            .stages
            .iter()
            .take_while(|stage| stage.granularity == Granularity::Claim)
            .count();
        if self.prefilter != Prefilter::Off && !can_hit(block, self.matcher.prefilter()) {
            return Ok(&[]);
        }
        self.claim_words.clear();
        self.claim_words.extend(block.candidates().words());
        self.keep_within_prefilter(block, Granularity::Claim);
        for stage in 0..claim_stages {
            if !self.keep_passing(stage, block)? {
                return Ok(&[]);
            }
        }
        if claim_stages == stages {
            // A claim is hit by a line; one that has none is not.
            rows_of(&self.claim_words, &mut self.hits);
            self.hits.retain(|claim| !block.lines_of(*claim).is_empty());
            return Ok(&self.hits);
        }
        block.lines_of_claims(&self.claim_words, &mut self.places, &mut self.line_words);
        self.keep_within_prefilter(block, Granularity::Line);
        for stage in claim_stages..stages {
            if !self.keep_passing(stage, block)? {
                return Ok(&[]);
            }
        }
        block.keep_claims_of(&self.line_words, &mut self.places, &mut self.claim_words);
        rows_of(&self.claim_words, &mut self.hits);
        Ok(&self.hits)
    }

    /// Strikes the rows that do not pass a stage. Whether any row is left to ask the next about.
    fn keep_passing(&mut self, stage: usize, block: &Block) -> Result<bool, MatchError> {
        let granularity = self.matcher.plan().stages[stage].granularity;
        let (words, all) = match granularity {
            Granularity::Claim => (&mut self.claim_words, block.claim_count()),
            Granularity::Line => (&mut self.line_words, block.line_count()),
        };
        self.rows.set(words);
        let count = self.rows.row_count();
        if count == 0 {
            return Ok(false);
        }
        let whole = count == all as usize;
        let selection = if whole {
            // The block's columns need no gathering.
            RowSelection::All(granularity)
        } else {
            RowSelection::Some(granularity, &self.rows)
        };
        let columns = self.matcher.plan().stages[stage]
            .columns
            .iter()
            .zip(&mut self.buffers)
            .map(|(column, buffer)| block.slice(*column, selection, buffer))
            .collect::<Result<Vec<_>, IndexError>>()?;
        self.rows_decided += count as u64;
        let passed = self.matcher.match_batch(stage, count, &columns)?;
        if whole {
            words.copy_from_slice(&passed);
        } else {
            self.rows.keep(&passed, words);
        }
        Ok(true)
    }

    /// Strikes the rows that lack what every hit has in common.
    fn keep_within_prefilter(&mut self, block: &Block, granularity: Granularity) {
        if self.prefilter != Prefilter::Rows {
            return;
        }
        let words = match granularity {
            Granularity::Claim => &mut self.claim_words,
            Granularity::Line => &mut self.line_words,
        };
        for bound in self.matcher.prefilter() {
            if bound.column.granularity() == granularity {
                block.keep_within(bound.column, bound.least, bound.greatest, words);
            }
        }
    }

    /// How many rows of claims and lines the component was asked about, a row for each stage.
    pub(crate) const fn rows_decided(&self) -> u64 {
        self.rows_decided
    }
}

/// Whether a block can hold a hit, by what every hit has in common.
fn can_hit(block: &Block, prefilter: &[Bound]) -> bool {
    block.candidates().set_count() > 0
        && prefilter
            .iter()
            .all(|bound| block.bounds(bound.column).may_hold(bound.least, bound.greatest))
}
