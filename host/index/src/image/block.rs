//! A block in an image. Bounds, candidates, claims' totals and each line's claim are not written: they follow from the rest.

use reprise_model::{Cell, Column, Currency, Granularity, ProcessingStatus};

use super::bytes::{Bytes, Flaw, Number, check, write_count};
use super::columns;
use crate::amounts::ClaimTotals;
use crate::bitmap::Bitmap;
use crate::block::{Block, BlockRows};
use crate::packed::Packed;
use crate::rows::BLOCK_ROWS_MAX;
use crate::tables::TableMarks;

/// Adds a block.
pub(super) fn write(block: &Block, out: &mut Vec<u8>) {
    let rows = block.rows();
    u32::write(&[rows.claim_count, rows.line_count], out);
    for bitmap in [block.live(), &rows.settled, &rows.locked] {
        u64::write(bitmap.words(), out);
    }
    out.extend(rows.statuses.iter().map(|status| status.number()));
    write_count(rows.currencies.len(), out);
    for currency in &rows.currencies {
        out.extend_from_slice(currency.code().as_bytes());
    }
    write_count(rows.codes.len(), out);
    out.extend_from_slice(rows.codes.as_bytes());
    for numbers in [&rows.currency_numbers, &rows.ids, &rows.code_starts, &rows.first_lines] {
        columns::write(numbers, out);
    }
    for column in &rows.columns {
        columns::write(column, out);
    }
}

/// A block whose codes and lists are within these marks.
pub(super) fn read(bytes: &mut Bytes<'_>, marks: &TableMarks) -> Result<Block, Flaw> {
    let (claim_count, line_count) = (bytes.word()?, bytes.word()?);
    // INVARIANT: before anything is made of these counts, since columns may have many rows in few bytes.
    check(
        claim_count <= BLOCK_ROWS_MAX && (line_count <= BLOCK_ROWS_MAX || claim_count == 1),
        "it has more rows than a block may have",
    )?;
    check(claim_count > 0 || line_count == 0, "it has lines without a claim")?;
    let (claims, lines) = (claim_count as usize, line_count as usize);
    let live = read_bitmap(bytes, claim_count)?;
    let settled = read_bitmap(bytes, claim_count)?;
    let locked = read_bitmap(bytes, claim_count)?;
    let statuses = bytes
        .take(claims)?
        .iter()
        .map(|number| ProcessingStatus::from_number(*number).ok_or(Flaw("a claim is in a status that there is not")))
        .collect::<Result<Box<[_]>, _>>()?;
    let currencies = read_currencies(bytes)?;
    let code_length = bytes.count(1)?;
    let codes: Box<str> = bytes.text(code_length)?.into();
    let currency_numbers = columns::read_numbers(bytes, claims)?;
    let ids = columns::read_numbers(bytes, claims)?;
    let code_starts = columns::read_numbers(bytes, claims + 1)?;
    let first_lines = columns::read_numbers(bytes, claims + 1)?;

    let mut cells: Vec<Cell> = Vec::new();
    ids.unpack(None, &mut cells);
    check(
        cells.is_sorted_by(|one, next| one < next),
        "claims are not in the order of their ids",
    )?;
    currency_numbers.unpack(None, &mut cells);
    check(
        cells
            .iter()
            .all(|number| usize::try_from(*number).is_ok_and(|number| number <= currencies.len())),
        "a claim is in a currency that the block does not have",
    )?;
    code_starts.unpack(None, &mut cells);
    check(
        runs_to(&cells, codes.len())
            && cells
                .iter()
                .all(|start| usize::try_from(*start).is_ok_and(|start| codes.is_char_boundary(start))),
        "codes of claims are not one after the other",
    )?;
    first_lines.unpack(None, &mut cells);
    check(runs_to(&cells, lines), "lines of claims are not one after the other")?;
    let line_claims = line_claims(&cells, lines);

    let (mut packed, mut bounds) = (Vec::new(), Vec::new());
    for column in Column::ALL {
        let length = match column.granularity() {
            Granularity::Claim => claims,
            Granularity::Line => lines,
        };
        let (values, between) = columns::read_column(bytes, *column, length, marks)?;
        packed.push(values);
        bounds.push(between);
    }
    bytes.end()?;
    let totals = |column: Column| ClaimTotals::of(&packed[column.position()], &first_lines);
    let rows = BlockRows {
        claim_count,
        line_count,
        allowed_totals: totals(Column::AllowedAmount),
        covered_totals: totals(Column::CoveredAmount),
        columns: packed.into(),
        bounds: bounds.into(),
        ids,
        codes,
        code_starts,
        first_lines,
        line_claims,
        statuses,
        currency_numbers,
        currencies,
        settled,
        locked,
    };
    Ok(Block::restored(rows, live))
}

fn read_bitmap(bytes: &mut Bytes<'_>, rows: u32) -> Result<Bitmap, Flaw> {
    let words = u64::read(bytes, (rows as usize).div_ceil(64))?;
    Bitmap::of(words, rows).ok_or(Flaw("a bitmap has rows that the block does not have"))
}

fn read_currencies(bytes: &mut Bytes<'_>) -> Result<Box<[Currency]>, Flaw> {
    (0..bytes.count(3)?)
        .map(|_| {
            bytes
                .text(3)?
                .parse()
                .map_err(|_| Flaw("a currency is none of ISO 4217"))
        })
        .collect()
}

/// Whether these begin with 0, never fall, and end with this.
fn runs_to(starts: &[Cell], end: usize) -> bool {
    starts.first() == Some(&0) && starts.is_sorted() && starts.last().copied() == Cell::try_from(end).ok()
}

/// Each line's claim, by where the lines of each claim start.
fn line_claims(first_lines: &[Cell], lines: usize) -> Packed {
    // Nothing is made of the lines of a single claim, which may be many in few bytes.
    if first_lines.len() <= 2 {
        return Packed::constant(0, lines);
    }
    let mut claims: Vec<Cell> = Vec::with_capacity(lines);
    for (claim, end) in (0..).zip(&first_lines[1..]) {
        claims.resize(usize::try_from(*end).unwrap_or(lines).min(lines), claim);
    }
    Packed::of_numbers(&claims)
}
