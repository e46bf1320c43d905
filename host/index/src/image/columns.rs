//! A column of a block in an image: a byte for the width, one for whether the greatest offset stands for "no value", the
//! base, and the offsets.

use reprise_model::{Cell, Column, ColumnForm};

use super::bytes::{Bytes, Flaw, Number, check};
use crate::bounds::{Bounds, absent_cell};
use crate::packed::{Packed, Values};
use crate::tables::TableMarks;

const CONSTANT: u8 = 0;
const BYTES: u8 = 1;
const SHORTS: u8 = 2;
const WORDS: u8 = 4;
const LONGS: u8 = 8;

/// Adds a column.
pub(super) fn write(packed: &Packed, out: &mut Vec<u8>) {
    let width = match packed.values {
        Values::Constant => CONSTANT,
        Values::Bytes(_) => BYTES,
        Values::Shorts(_) => SHORTS,
        Values::Words(_) => WORDS,
        Values::Longs(_) => LONGS,
    };
    out.extend([width, u8::from(packed.absent.is_some())]);
    out.extend_from_slice(&packed.base.to_le_bytes());
    match &packed.values {
        Values::Constant => {}
        Values::Bytes(values) => u8::write(values, out),
        Values::Shorts(values) => u16::write(values, out),
        Values::Words(values) => u32::write(values, out),
        Values::Longs(values) => i64::write(values, out),
    }
}

/// So many values, with their bounds; `absent` is the cell that stands for "no value" among them.
fn read(bytes: &mut Bytes<'_>, length: usize, absent: Option<Cell>) -> Result<(Packed, Bounds), Flaw> {
    let width = bytes.byte()?;
    let has_absent = match bytes.byte()? {
        0 => false,
        1 => true,
        _ => return Err(Flaw("a column is neither with nor without absent values")),
    };
    let base = bytes.cell()?;
    let values = match width {
        CONSTANT => Values::Constant,
        BYTES => Values::Bytes(Number::read(bytes, length)?),
        SHORTS => Values::Shorts(Number::read(bytes, length)?),
        WORDS => Values::Words(Number::read(bytes, length)?),
        LONGS => Values::Longs(Number::read(bytes, length)?),
        _ => return Err(Flaw("a column has a width that there is not")),
    };
    let may_have_absent = absent.is_some() && matches!(width, BYTES | SHORTS | WORDS);
    check(
        may_have_absent || !has_absent,
        "a column has absent values where there are none",
    )?;
    check(width != LONGS || base == 0, "a column of whole values has a base")?;
    let packed = Packed {
        base,
        absent: absent.filter(|_| has_absent),
        values,
        length,
    };
    let bounds = packed
        .bounds(absent)
        .ok_or(Flaw("a column has values beyond 64 bits"))?;
    let holds = |cell: Cell| {
        bounds
            .present
            .is_some_and(|(least, greatest)| (least..=greatest).contains(&cell))
    };
    check(
        !packed.absent.is_some_and(holds),
        "a column holds what stands for no value in two ways",
    )?;
    Ok((packed, bounds))
}

/// So many numbers that are all there.
pub(super) fn read_numbers(bytes: &mut Bytes<'_>, length: usize) -> Result<Packed, Flaw> {
    Ok(read(bytes, length, None)?.0)
}

/// So many values of a column, each within what its form allows.
pub(super) fn read_column(
    bytes: &mut Bytes<'_>,
    column: Column,
    length: usize,
    marks: &TableMarks,
) -> Result<(Packed, Bounds), Flaw> {
    let form = column.form();
    let (packed, bounds) = read(bytes, length, Some(absent_cell(form)))?;
    let (least, end) = match form {
        ColumnForm::Kinds => (0, Cell::from(u8::MAX) + 1),
        ColumnForm::Codes(dictionary) => (1, cell(marks.code_count(dictionary)).saturating_add(1)),
        ColumnForm::Sets(table) => (1, cell(marks.list_count(table))),
        ColumnForm::Days => (i32::MIN.into(), Cell::from(i32::MAX) + 1),
        ColumnForm::Amounts => return Ok((packed, bounds)),
    };
    check(
        bounds
            .present
            .is_none_or(|(lowest, highest)| least <= lowest && highest < end),
        "a column has a number of something that there is not",
    )?;
    Ok((packed, bounds))
}

fn cell(count: usize) -> Cell {
    Cell::try_from(count).unwrap_or(Cell::MAX)
}
