//! A block: up to 16,384 lines with their claims, as columns. What matching reads.
//!
//! The rows of a block never change. What changes is which of its claims are live: a claim that changes is marked dead
//! here and added to another block. Snapshots that were taken before keep the block as it was.

use std::ops::Range;
use std::sync::Arc;

use reprise_model::{Cell, Column, ColumnForm, ColumnSlice, Currency, Granularity, ProcessingStatus};

use crate::amounts::ClaimTotals;
use crate::bitmap::Bitmap;
use crate::bounds::Bounds;
use crate::packed::{Packed, Value};
use crate::row_filter::{Left, any_in_range, set_range, words_for};
use crate::row_runs::RowRuns;
use crate::{IndexError, IndexMemory};

/// Up to 16,384 lines with their claims, a claim's lines side by side. A claim with more lines has a block to itself.
///
/// A row number is only good for the block it came from; the methods that take one panic if there is no such row.
#[derive(Debug)]
pub struct Block {
    rows: Arc<BlockRows>,
    live: Bitmap,
    candidates: Bitmap,
    live_claim_count: u32,
    live_line_count: u32,
}

/// What never changes of a block.
#[derive(Debug)]
pub(crate) struct BlockRows {
    pub(crate) claim_count: u32,
    pub(crate) line_count: u32,
    /// By [`Column::position`].
    pub(crate) columns: Box<[Packed]>,
    pub(crate) bounds: Box<[Bounds]>,
    // INVARIANT: ascending, so that a claim is found by halving.
    pub(crate) ids: Packed,
    pub(crate) codes: Box<str>,
    /// Where each claim's code starts, and at last where the last one ends.
    pub(crate) code_starts: Packed,
    /// Each claim's first line, and at last the number of lines.
    pub(crate) first_lines: Packed,
    /// Each line's claim.
    pub(crate) line_claims: Packed,
    /// What each claim's lines are worth together.
    pub(crate) allowed_totals: ClaimTotals,
    pub(crate) covered_totals: ClaimTotals,
    pub(crate) statuses: Box<[ProcessingStatus]>,
    /// Each claim's currency, counted from 1 in `currencies`; 0 is none.
    pub(crate) currency_numbers: Packed,
    pub(crate) currencies: Box<[Currency]>,
    pub(crate) settled: Bitmap,
    pub(crate) locked: Bitmap,
}

/// Which rows of a block.
#[derive(Clone, Copy, Debug)]
pub enum RowSelection<'a> {
    /// All its claims, or all its lines, live or not.
    All(Granularity),
    /// These of its claims, or of its lines.
    Some(Granularity, &'a RowRuns),
}

/// Room for the values of a column, to be used again and again.
#[derive(Debug, Default)]
pub struct ColumnBuffer {
    kinds: Vec<u8>,
    ids: Vec<u32>,
    days: Vec<i32>,
    amounts: Vec<i64>,
    claims: Vec<u32>,
}

impl Block {
    /// A block whose claims are all live; `candidates` are those in a status that a reprocess request may reach.
    pub(crate) fn new(rows: BlockRows, candidates: Bitmap) -> Self {
        let live = Bitmap::from_values(rows.claim_count, (0..rows.claim_count).map(|_| true));
        Self {
            live,
            candidates,
            live_claim_count: rows.claim_count,
            live_line_count: rows.line_count,
            rows: Arc::new(rows),
        }
    }

    /// A block of which these claims are live.
    pub(crate) fn restored(rows: BlockRows, live: Bitmap) -> Self {
        let is_candidate = |(claim, status): (u32, &ProcessingStatus)| live.is_set(claim) && status.is_reprocessable();
        let candidates = Bitmap::from_values(rows.claim_count, (0..).zip(&rows.statuses).map(is_candidate));
        let mut block = Self {
            live_claim_count: live.set_count(),
            live_line_count: 0,
            live,
            candidates,
            rows: Arc::new(rows),
        };
        block.live_line_count = block
            .live
            .rows()
            .map(|claim| block.lines_of(claim).len())
            .fold(0, |sum, lines| {
                // No more than there are lines, which are counted in as many bits.
                sum + u32::try_from(lines).unwrap_or(u32::MAX)
            });
        block
    }

    /// The same block with these live claims dead.
    pub(crate) fn without(&self, claims: &[u32]) -> Self {
        let line_count = |row: &u32| {
            let lines = self.lines_of(*row);
            lines.end - lines.start
        };
        let live = self.live.without(claims);
        Self {
            live_claim_count: live.set_count(),
            live_line_count: self.live_line_count - claims.iter().map(line_count).sum::<u32>(),
            live,
            candidates: self.candidates.without(claims),
            rows: Arc::clone(&self.rows),
        }
    }

    /// What never changes of it.
    pub(crate) fn rows(&self) -> &BlockRows {
        &self.rows
    }

    /// How many claim rows it has, live or not.
    pub fn claim_count(&self) -> u32 {
        self.rows.claim_count
    }

    /// How many line rows it has, live or not.
    pub fn line_count(&self) -> u32 {
        self.rows.line_count
    }

    /// How many of its claims are live.
    pub fn live_claim_count(&self) -> u32 {
        self.live_claim_count
    }

    /// How many lines its live claims have.
    pub fn live_line_count(&self) -> u32 {
        self.live_line_count
    }

    /// Its live claims: those that have not changed since.
    pub fn live(&self) -> &Bitmap {
        &self.live
    }

    /// Its live claims in a status that a reprocess request may reach.
    pub fn candidates(&self) -> &Bitmap {
        &self.candidates
    }

    /// What the values of a column lie between, those of dead claims included.
    pub fn bounds(&self, column: Column) -> Bounds {
        self.rows.bounds[column.position()]
    }

    /// Clears the bits of rows whose value of a column lies outside of a range, both ends inclusive: claims' bits for a
    /// column of claims, lines' for one of lines. A cell that stands for "no value" is a value here.
    pub fn keep_within(&self, column: Column, least: Cell, greatest: Cell, words: &mut [u64]) {
        match Left::of(self.bounds(column), least, greatest) {
            Left::All => {}
            Left::Nothing => words.fill(0),
            Left::Some => self.rows.columns[column.position()].keep_within(words, least, greatest),
        }
    }

    /// Replaces what `lines` holds by the lines of the claims whose bits are set: a bit for each line.
    pub fn lines_of_claims(&self, claims: &[u64], buffer: &mut ColumnBuffer, lines: &mut Vec<u64>) {
        lines.clear();
        lines.resize(words_for(self.line_count()), 0);
        self.rows.first_lines.unpack(None, &mut buffer.claims);
        for (first_lines, &word) in (0..).step_by(64).map(|first| buffer.claims.get(first..)).zip(claims) {
            let (Some(first_lines), mut left) = (first_lines, word) else {
                break;
            };
            // The lines of claims side by side lie side by side.
            while left != 0 {
                let start = left.trailing_zeros();
                let end = start + (left >> start).trailing_ones();
                set_range(lines, first_lines[start as usize], first_lines[end as usize]);
                left &= u64::MAX.checked_shl(end).unwrap_or(0);
            }
        }
    }

    /// Clears the bits of claims none of whose lines' bits are set.
    pub fn keep_claims_of(&self, lines: &[u64], buffer: &mut ColumnBuffer, claims: &mut [u64]) {
        self.rows.first_lines.unpack(None, &mut buffer.claims);
        for (first_lines, word) in (0..).step_by(64).map(|first| buffer.claims.get(first..)).zip(claims) {
            let Some(first_lines) = first_lines else {
                break;
            };
            let (mut kept, mut left) = (0, *word);
            while left != 0 {
                let claim = left.trailing_zeros();
                let (from, to) = (first_lines[claim as usize], first_lines[claim as usize + 1]);
                kept |= u64::from(any_in_range(lines, from, to)) << claim;
                left &= left - 1;
            }
            *word = kept;
        }
    }

    /// The values of a column for these rows, a claim's repeated for each of its lines where lines are asked for. They
    /// are lent by the block where it holds them in the form of the column, else written into the buffer.
    pub fn slice<'a>(
        &'a self,
        column: Column,
        rows: RowSelection<'_>,
        buffer: &'a mut ColumnBuffer,
    ) -> Result<ColumnSlice<'a>, IndexError> {
        let packed = &self.rows.columns[column.position()];
        let ColumnBuffer {
            kinds,
            ids,
            days,
            amounts,
            claims,
        } = buffer;
        let rows = match (column.granularity(), rows) {
            (Granularity::Line, RowSelection::All(Granularity::Claim) | RowSelection::Some(Granularity::Claim, _)) => {
                return Err(IndexError::LineColumn(column));
            }
            (Granularity::Claim, RowSelection::All(Granularity::Line)) => {
                self.rows.line_claims.unpack(None, claims);
                Picked::Each(claims)
            }
            (Granularity::Claim, RowSelection::Some(Granularity::Line, rows)) => {
                Picked::Each(self.rows.line_claims.gather(rows, claims))
            }
            (_, RowSelection::Some(_, rows)) => Picked::Runs(rows),
            (_, RowSelection::All(_)) => Picked::All,
        };
        Ok(match column.form() {
            ColumnForm::Kinds => ColumnSlice::Kinds(values(packed, rows, Packed::as_bytes, kinds)),
            ColumnForm::Codes(_) | ColumnForm::Sets(_) => ColumnSlice::Ids(values(packed, rows, Packed::as_words, ids)),
            ColumnForm::Days => ColumnSlice::Days(values(packed, rows, |_| None, days)),
            ColumnForm::Amounts => ColumnSlice::Amounts(values(packed, rows, Packed::as_longs, amounts)),
        })
    }

    /// The value of a column for one line, widened; a claim's for any of its lines.
    pub fn cell(&self, column: Column, line: u32) -> Cell {
        let row = match column.granularity() {
            Granularity::Claim => self.claim_of(line),
            Granularity::Line => line,
        };
        self.rows.columns[column.position()].cell(row)
    }

    /// Replaces what `out` holds by all values of a column, widened.
    pub(crate) fn cells(&self, column: Column, out: &mut Vec<Cell>) {
        self.rows.columns[column.position()].unpack(None, out);
    }

    /// The claim's id.
    pub fn claim_id(&self, claim: u32) -> i64 {
        self.rows.ids.cell(claim)
    }

    /// The claim's code.
    pub fn claim_code(&self, claim: u32) -> &str {
        &self.rows.codes[place(&self.rows.code_starts, claim)..place(&self.rows.code_starts, claim + 1)]
    }

    /// The claim's lines.
    pub fn lines_of(&self, claim: u32) -> Range<u32> {
        row(&self.rows.first_lines, claim)..row(&self.rows.first_lines, claim + 1)
    }

    /// The line's claim.
    pub fn claim_of(&self, line: u32) -> u32 {
        row(&self.rows.line_claims, line)
    }

    /// Where the claim stands.
    pub fn status(&self, claim: u32) -> ProcessingStatus {
        self.rows.statuses[claim as usize]
    }

    /// Whether the claim carries a settlement reason.
    pub fn is_settled(&self, claim: u32) -> bool {
        self.rows.settled.is_set(claim)
    }

    /// Whether another process held the claim when it was last written.
    pub fn is_locked(&self, claim: u32) -> bool {
        self.rows.locked.is_set(claim)
    }

    /// The currency of the claim's amounts.
    pub fn currency(&self, claim: u32) -> Option<Currency> {
        let number = place(&self.rows.currency_numbers, claim);
        number.checked_sub(1).map(|place| self.rows.currencies[place])
    }

    /// The row of the live claim with this id.
    pub(crate) fn find(&self, id: i64) -> Option<u32> {
        let claim = self.rows.ids.first_not_below(id);
        (claim < self.claim_count() && self.claim_id(claim) == id && self.live.is_set(claim)).then_some(claim)
    }

    /// The least and the greatest id, of live claims and dead.
    pub(crate) fn id_range(&self) -> Option<(i64, i64)> {
        let last = self.claim_count().checked_sub(1)?;
        Some((self.claim_id(0), self.claim_id(last)))
    }

    /// Adds its sizes.
    pub(crate) fn measure(&self, memory: &mut IndexMemory) {
        let rows = &self.rows;
        let numbers = [&rows.ids, &rows.first_lines, &rows.line_claims, &rows.currency_numbers];
        memory.columns_bytes += rows.columns.iter().chain(numbers).map(Packed::bytes).sum::<usize>()
            + rows.allowed_totals.bytes()
            + rows.covered_totals.bytes()
            + size_of_val::<[Bounds]>(&rows.bounds)
            + size_of_val::<[ProcessingStatus]>(&rows.statuses)
            + size_of_val::<[Currency]>(&rows.currencies)
            + [&self.live, &self.candidates, &rows.settled, &rows.locked]
                .map(Bitmap::bytes)
                .iter()
                .sum::<usize>()
            + size_of::<Self>()
            + size_of::<BlockRows>();
        memory.claim_codes_bytes += rows.codes.len() + rows.code_starts.bytes();
    }
}

/// Which values of a column are asked for.
#[derive(Clone, Copy)]
enum Picked<'a> {
    All,
    Runs(&'a RowRuns),
    /// These, one after the other.
    Each(&'a [u32]),
}

/// The values as the block holds them, if all are asked for and it holds them so, else unpacked.
fn values<'a, V: Value>(
    packed: &'a Packed,
    rows: Picked<'_>,
    lend: impl FnOnce(&'a Packed) -> Option<&'a [V]>,
    buffer: &'a mut Vec<V>,
) -> &'a [V] {
    match rows {
        Picked::Runs(rows) => return packed.gather(rows, buffer),
        Picked::Each(rows) => packed.unpack(Some(rows), buffer),
        Picked::All => match lend(packed) {
            Some(values) => return values,
            None => packed.unpack(None, buffer),
        },
    }
    buffer
}

/// A row number out of a column that holds nothing else.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "only u32 values were put in"
)]
fn row(packed: &Packed, at: u32) -> u32 {
    packed.cell(at) as u32
}

/// An index into memory out of a column that holds nothing else.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "only usize values were put in"
)]
pub(crate) fn place(packed: &Packed, at: u32) -> usize {
    packed.cell(at) as usize
}
