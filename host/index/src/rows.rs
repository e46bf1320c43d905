//! Claims and lines on their way into a block: one plain vector for each column.
//!
//! Builders fill these from claims, merges from other blocks; [`RowBuffer::pack`] makes the block.

use reprise_model::{Cell, Column, Currency, ProcessingStatus};

use crate::amounts::ClaimTotals;
use crate::bitmap::Bitmap;
use crate::block::{Block, BlockRows};
use crate::bounds::absent_cell;
use crate::packed::Packed;

/// A claim apart from its columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClaimRow<'a> {
    pub(crate) id: i64,
    pub(crate) code: &'a str,
    pub(crate) status: ProcessingStatus,
    pub(crate) currency: Option<Currency>,
    pub(crate) settled: bool,
    pub(crate) locked: bool,
}

/// Claims and lines in the making.
#[derive(Debug)]
pub(crate) struct RowBuffer {
    pub(crate) columns: Vec<Vec<Cell>>,
    ids: Vec<Cell>,
    codes: String,
    code_starts: Vec<Cell>,
    first_lines: Vec<Cell>,
    line_claims: Vec<Cell>,
    statuses: Vec<ProcessingStatus>,
    currency_numbers: Vec<Cell>,
    currencies: Vec<Currency>,
    settled: Vec<bool>,
    locked: Vec<bool>,
    claim_count: u32,
    line_count: u32,
}

impl Default for RowBuffer {
    fn default() -> Self {
        Self {
            columns: Column::ALL.iter().map(|_| Vec::new()).collect(),
            ids: Vec::new(),
            codes: String::new(),
            code_starts: vec![0],
            first_lines: vec![0],
            line_claims: Vec::new(),
            statuses: Vec::new(),
            currency_numbers: Vec::new(),
            currencies: Vec::new(),
            settled: Vec::new(),
            locked: Vec::new(),
            claim_count: 0,
            line_count: 0,
        }
    }
}

/// How many lines a block holds, and how many claims; a claim with more lines has a block of its own.
pub(crate) const BLOCK_ROWS_MAX: u32 = 16_384;

impl RowBuffer {
    /// Whether it has no claim.
    pub(crate) fn is_empty(&self) -> bool {
        self.claim_count == 0
    }

    /// Whether a block of these and one more claim of so many lines is within bounds.
    pub(crate) fn has_room_for(&self, lines: u32) -> bool {
        self.claim_count < BLOCK_ROWS_MAX && self.line_count.saturating_add(lines) <= BLOCK_ROWS_MAX
    }

    /// Adds a claim with so many lines; its columns are for the caller to add. None if lines can no longer be numbered.
    pub(crate) fn add(&mut self, claim: ClaimRow<'_>, lines: u32) -> Option<()> {
        let line_count = self.line_count.checked_add(lines)?;
        self.ids.push(claim.id);
        self.codes.push_str(claim.code);
        self.code_starts.push(Cell::try_from(self.codes.len()).ok()?);
        self.line_claims.resize(line_count as usize, self.claim_count.into());
        self.first_lines.push(line_count.into());
        self.statuses.push(claim.status);
        let number = claim.currency.map_or(0, |currency| self.currency_number(currency));
        self.currency_numbers.push(number);
        self.settled.push(claim.settled);
        self.locked.push(claim.locked);
        self.claim_count += 1;
        self.line_count = line_count;
        Some(())
    }

    fn currency_number(&mut self, currency: Currency) -> Cell {
        let place = self
            .currencies
            .iter()
            .position(|known| *known == currency)
            .unwrap_or_else(|| {
                self.currencies.push(currency);
                self.currencies.len() - 1
            });
        // A few hundred currencies exist.
        Cell::try_from(place).unwrap_or(0) + 1
    }

    /// Makes the block and leaves nothing behind but the room.
    pub(crate) fn pack(&mut self) -> Block {
        let reprocessable = self.statuses.iter().map(|status| status.is_reprocessable());
        let (columns, bounds) = Column::ALL
            .iter()
            .map(|column| Packed::new(&self.columns[column.position()], Some(absent_cell(column.form()))))
            .unzip::<_, _, Vec<_>, Vec<_>>();
        let first_lines = Packed::of_numbers(&self.first_lines);
        let totals = |column: Column| ClaimTotals::of(&columns[column.position()], &first_lines);
        let rows = BlockRows {
            claim_count: self.claim_count,
            line_count: self.line_count,
            allowed_totals: totals(Column::AllowedAmount),
            covered_totals: totals(Column::CoveredAmount),
            columns: columns.into(),
            bounds: bounds.into(),
            ids: Packed::of_numbers(&self.ids),
            codes: self.codes.as_str().into(),
            code_starts: Packed::of_numbers(&self.code_starts),
            first_lines,
            line_claims: Packed::of_numbers(&self.line_claims),
            statuses: self.statuses.as_slice().into(),
            currency_numbers: Packed::of_numbers(&self.currency_numbers),
            currencies: self.currencies.as_slice().into(),
            settled: Bitmap::from_values(self.claim_count, self.settled.iter().copied()),
            locked: Bitmap::from_values(self.claim_count, self.locked.iter().copied()),
        };
        let candidates = Bitmap::from_values(self.claim_count, reprocessable);
        self.clear();
        Block::new(rows, candidates)
    }

    fn clear(&mut self) {
        self.columns.iter_mut().for_each(Vec::clear);
        self.ids.clear();
        self.codes.clear();
        self.code_starts.truncate(1);
        self.first_lines.truncate(1);
        self.line_claims.clear();
        self.statuses.clear();
        self.currency_numbers.clear();
        self.currencies.clear();
        self.settled.clear();
        self.locked.clear();
        self.claim_count = 0;
        self.line_count = 0;
    }
}
