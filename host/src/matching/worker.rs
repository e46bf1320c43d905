//! One worker of a matching: it decides the claims of a block with an instance of the component of its own.
//!
//! In a block a stage sees only the rows that the stage before let pass, with no column but those it asks for. Before
//! the first stage, rows that lack what every hit has in common are struck, by the ranges of the matcher's prefilter on
//! the columns as the block holds them.

use reprise_engine::{Bound, Fault, Matcher};
use reprise_index::{Block, ColumnBuffer, IndexError, RowSelection, rows_of};
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
    claims: Vec<u32>,
    lines: Vec<u32>,
    buffers: Vec<ColumnBuffer>,
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
            .take(columns_max.max(1))
            .collect();
        Self {
            matcher,
            prefilter,
            claim_words: Vec::new(),
            line_words: Vec::new(),
            claims: Vec::new(),
            lines: Vec::new(),
            buffers,
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
        if claim_stages > 0 {
            rows_of(&self.claim_words, &mut self.claims);
            for stage in 0..claim_stages {
                if self.claims.is_empty() {
                    return Ok(&[]);
                }
                self.rows_decided += self.claims.len() as u64;
                match_stage(&mut self.matcher, stage, block, &mut self.claims, &mut self.buffers)?;
            }
            self.claim_words.fill(0);
            for &claim in &self.claims {
                self.claim_words[claim as usize / 64] |= 1 << (claim % 64);
            }
        }
        if claim_stages == stages {
            // A claim is hit by a line; one that has none is not.
            self.claims.retain(|claim| !block.lines_of(*claim).is_empty());
            return Ok(&self.claims);
        }
        let Some(buffer) = self.buffers.first_mut() else {
            return Ok(&[]);
        };
        block.lines_of_claims(&self.claim_words, buffer, &mut self.line_words);
        self.keep_within_prefilter(block, Granularity::Line);
        rows_of(&self.line_words, &mut self.lines);
        for stage in claim_stages..stages {
            if self.lines.is_empty() {
                return Ok(&[]);
            }
            self.rows_decided += self.lines.len() as u64;
            match_stage(&mut self.matcher, stage, block, &mut self.lines, &mut self.buffers)?;
        }
        block.claims_of_lines(&self.lines, &mut self.claims);
        Ok(&self.claims)
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

/// Whether a block can hold a hit, by what every hit has in common. Passing over blocks is all this does: a hit must
/// never depend on it.
fn can_hit(block: &Block, prefilter: &[Bound]) -> bool {
    block.candidates().set_count() > 0
        && prefilter
            .iter()
            .all(|bound| block.bounds(bound.column).may_hold(bound.least, bound.greatest))
}

/// Keep the rows that pass a stage.
fn match_stage(
    matcher: &mut Matcher,
    stage: usize,
    block: &Block,
    rows: &mut Vec<u32>,
    buffers: &mut [ColumnBuffer],
) -> Result<(), MatchError> {
    let granularity = matcher.plan().stages[stage].granularity;
    let all = match granularity {
        Granularity::Claim => block.claim_count(),
        Granularity::Line => block.line_count(),
    };
    // Rows ascend and are unlike, so as many as there are means all of them: then the block's columns need no gathering.
    let selection = match granularity {
        granularity if rows.len() == all as usize => RowSelection::All(granularity),
        Granularity::Claim => RowSelection::Claims(rows),
        Granularity::Line => RowSelection::Lines(rows),
    };
    let columns = matcher.plan().stages[stage]
        .columns
        .iter()
        .zip(buffers)
        .map(|(column, buffer)| block.slice(*column, selection, buffer))
        .collect::<Result<Vec<_>, IndexError>>()?;
    let bitmap = matcher.match_batch(stage, rows.len(), &columns)?;
    keep(rows, &bitmap);
    Ok(())
}

/// Keep the rows whose bit is set.
fn keep(rows: &mut Vec<u32>, bitmap: &[u64]) {
    let mut kept = 0;
    for (word_number, word) in bitmap.iter().enumerate() {
        let mut rest = *word;
        while rest != 0 {
            rows[kept] = rows[word_number * 64 + rest.trailing_zeros() as usize];
            kept += 1;
            rest &= rest - 1;
        }
    }
    rows.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::keep;

    #[test]
    fn keeps_the_rows_whose_bit_is_set() {
        for (bitmap, expected) in [
            (vec![0, 0], vec![]),
            (vec![u64::MAX, 0b11], (100..166).collect::<Vec<u32>>()),
            (vec![1 << 63, 0b10], vec![163, 165]),
        ] {
            let mut rows: Vec<u32> = (100..166).collect();
            keep(&mut rows, &bitmap);
            assert_eq!(rows, expected);
        }
    }
}
