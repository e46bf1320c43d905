//! The values of one column of one block, each in as few bytes as the column's range allows.
//!
//! A column whose values are all the same takes no room. Any other is held as offsets from its least value in one, two
//! or four bytes each, or in full. Where a column has rows without a value, the greatest offset of that width stands
//! for it. Offsets count from 0 rather than from the least value where that costs no wider a type: then the offsets
//! are the values and can be lent as they are.

mod rows;
mod sums;

use reprise_model::Cell;

use crate::bounds::{Bounds, bounds_of};
use crate::row_filter::keep_offsets;

/// The values of a column.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) base: Cell,
    /// The cell for which the greatest offset stands, if it does.
    pub(crate) absent: Option<Cell>,
    pub(crate) values: Values,
    pub(crate) length: usize,
}

#[derive(Debug)]
pub(crate) enum Values {
    /// Every value is the base.
    Constant,
    Bytes(Box<[u8]>),
    Shorts(Box<[u16]>),
    Words(Box<[u32]>),
    /// The values themselves; the base is 0.
    Longs(Box<[i64]>),
}

/// An unsigned type that offsets are held in.
trait Offset: Copy + Ord + TryFrom<u64> {
    const LEAST: Self;
    const GREATEST: Self;
    fn widened(self) -> u32;
}

macro_rules! offset {
    ($($type:ty),+) => { $(impl Offset for $type {
        const LEAST: Self = Self::MIN;
        const GREATEST: Self = Self::MAX;
        #[inline]
        fn widened(self) -> u32 {
            u32::from(self)
        }
    })+ };
}
offset!(u8, u16, u32);

/// A type that the contract passes values in.
pub(crate) trait Value: Copy {
    /// The cell in this type. Every cell of a column fits its form's type.
    fn of(cell: Cell) -> Self;
    /// The value this far above a base. Wraps on the way where base and offset straddle the type's middle; the result
    /// is the value that was packed.
    fn above(self, offset: u32) -> Self;
}

macro_rules! value {
    ($($type:ty),+) => { $(impl Value for $type {
        #[inline]
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cell fits its form's type")]
        fn of(cell: Cell) -> Self {
            cell as Self
        }
        #[inline]
        #[allow(
            clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_lossless, trivial_numeric_casts,
            clippy::unnecessary_cast, reason = "modular arithmetic gives the packed value back"
        )]
        fn above(self, offset: u32) -> Self {
            self.wrapping_add(offset as Self)
        }
    })+ };
}
value!(u8, u32, i32, i64);

impl Packed {
    /// Packs the values; `absent` is the cell that stands for "no value" among them.
    pub(crate) fn new(cells: &[Cell], absent: Option<Cell>) -> (Self, Bounds) {
        let bounds = bounds_of(cells, absent);
        (Self::within(cells, bounds), bounds)
    }

    /// Packs numbers that are all there.
    pub(crate) fn of_numbers(cells: &[Cell]) -> Self {
        Self::new(cells, None).0
    }

    /// So many times this value.
    pub(crate) fn constant(base: Cell, length: usize) -> Self {
        Self {
            base,
            absent: None,
            values: Values::Constant,
            length,
        }
    }

    fn within(cells: &[Cell], bounds: Bounds) -> Self {
        let length = cells.len();
        let constant = |base| Self::constant(base, length);
        let (least, greatest) = match (bounds.present, bounds.absent) {
            (None, absent) => return constant(absent.unwrap_or(0)),
            (Some((least, greatest)), None) if least == greatest => return constant(least),
            (Some(present), _) => present,
        };
        // Over all cells, with those that stand for "no value" taken as they are.
        let (lowest, highest) = bounds
            .absent
            .map_or((least, greatest), |absent| (least.min(absent), greatest.max(absent)));
        // Exact: a difference of two i64 always fits in u64.
        let span = greatest.wrapping_sub(least).cast_unsigned();
        let room = |most: u64| span < most || (span == most && bounds.absent.is_none());
        let layout = |most: u32| {
            if lowest >= 0 && highest <= i64::from(most) {
                (0, None)
            } else {
                (least, bounds.absent)
            }
        };
        let (base, absent, values) = if room(u8::MAX.into()) {
            let (base, absent) = layout(u8::MAX.into());
            (base, absent, Values::Bytes(offsets(cells, base, absent)))
        } else if room(u16::MAX.into()) {
            let (base, absent) = layout(u16::MAX.into());
            (base, absent, Values::Shorts(offsets(cells, base, absent)))
        } else if room(u32::MAX.into()) {
            let (base, absent) = layout(u32::MAX);
            (base, absent, Values::Words(offsets(cells, base, absent)))
        } else {
            (0, None, Values::Longs(cells.into()))
        };
        Self {
            base,
            absent,
            values,
            length,
        }
    }

    /// The value of a row.
    #[inline]
    pub(crate) fn cell(&self, row: u32) -> Cell {
        let row = row as usize;
        let offset = match &self.values {
            Values::Constant => return self.base,
            Values::Longs(values) => return values[row],
            Values::Bytes(offsets) => widened(offsets[row]),
            Values::Shorts(offsets) => widened(offsets[row]),
            Values::Words(offsets) => widened(offsets[row]),
        };
        match (offset, self.absent) {
            (None, Some(absent)) => absent,
            (None, None) => self.base.wrapping_add(self.greatest_offset()),
            (Some(offset), _) => self.base.wrapping_add(offset.into()),
        }
    }

    fn greatest_offset(&self) -> Cell {
        match self.values {
            Values::Bytes(_) => u8::MAX.into(),
            Values::Shorts(_) => u16::MAX.into(),
            Values::Words(_) => u32::MAX.into(),
            Values::Constant | Values::Longs(_) => 0,
        }
    }

    /// What stands for "no value" among the offsets: the greatest, or the cell itself where that is as held; none if nothing
    /// does.
    fn stand_in<O: Offset>(&self, absent: Option<Cell>) -> Option<O> {
        if self.absent.is_some() {
            return Some(O::GREATEST);
        }
        let offset = u64::try_from(absent?.checked_sub(self.base)?).ok()?;
        O::try_from(offset).ok()
    }

    /// Clears the bits of rows whose value lies outside of a range, both ends inclusive.
    pub(crate) fn keep_within(&self, words: &mut [u64], least: Cell, greatest: Cell) {
        match &self.values {
            Values::Constant => {
                if !(least..=greatest).contains(&self.base) {
                    words.fill(0);
                }
            }
            Values::Bytes(offsets) => self.keep_offsets(words, offsets, least, greatest),
            Values::Shorts(offsets) => self.keep_offsets(words, offsets, least, greatest),
            Values::Words(offsets) => self.keep_offsets(words, offsets, least, greatest),
            Values::Longs(values) if least <= greatest => keep_offsets(words, values, least, greatest, least),
            Values::Longs(_) => words.fill(0),
        }
    }

    fn keep_offsets<O: Offset>(&self, words: &mut [u64], offsets: &[O], least: Cell, greatest: Cell) {
        // The greatest offset is no value where it stands for "no value".
        let most = u64::from(O::GREATEST.widened()) - u64::from(self.absent.is_some());
        // Exact: cells and offsets lie within 65 bits of each other.
        let base = i128::from(self.base);
        let (low, high) = (i128::from(least) - base, i128::from(greatest) - base);
        let (low, high) = (low.max(0), high.min(most.into()));
        let offset = |number: i128| u64::try_from(number).ok().and_then(|number| O::try_from(number).ok());
        let range = (low <= high).then(|| offset(low).zip(offset(high))).flatten();
        let absent = self.absent.is_some_and(|cell| (least..=greatest).contains(&cell));
        match (range, absent) {
            (Some((low, high)), true) => keep_offsets(words, offsets, low, high, O::GREATEST),
            (Some((low, high)), false) => keep_offsets(words, offsets, low, high, low),
            (None, true) => keep_offsets(words, offsets, O::GREATEST, O::GREATEST, O::GREATEST),
            (None, false) => words.fill(0),
        }
    }

    /// The bounds of the values, as they were when these were packed; `absent` is the cell that stands for "no value" among
    /// them. None if a value would be beyond what a cell can hold.
    pub(crate) fn bounds(&self, absent: Option<Cell>) -> Option<Bounds> {
        match &self.values {
            Values::Constant => Some(bounds_of(&[self.base][..self.length.min(1)], absent)),
            Values::Longs(values) => Some(bounds_of(values, absent)),
            Values::Bytes(offsets) => self.offset_bounds(offsets, absent),
            Values::Shorts(offsets) => self.offset_bounds(offsets, absent),
            Values::Words(offsets) => self.offset_bounds(offsets, absent),
        }
    }

    fn offset_bounds<O: Offset>(&self, offsets: &[O], absent: Option<Cell>) -> Option<Bounds> {
        let stand_in = self.stand_in(absent);
        let (mut least, mut greatest, mut absent_count) = (O::GREATEST, O::LEAST, 0_usize);
        match stand_in {
            None => {
                for &offset in offsets {
                    least = least.min(offset);
                    greatest = greatest.max(offset);
                }
            }
            Some(stand_in) => {
                for &offset in offsets {
                    let is_absent = offset == stand_in;
                    absent_count += usize::from(is_absent);
                    least = least.min(if is_absent { O::GREATEST } else { offset });
                    greatest = greatest.max(if is_absent { O::LEAST } else { offset });
                }
            }
        }
        let value = |offset: O| self.base.checked_add(offset.widened().into());
        Some(Bounds {
            present: match absent_count < offsets.len() {
                true => Some((value(least)?, value(greatest)?)),
                false => None,
            },
            absent: absent.filter(|_| absent_count > 0),
        })
    }

    fn is_as_held(&self) -> bool {
        self.base == 0 && self.absent.is_none()
    }

    /// The values as they are held, if that is in one byte each.
    pub(crate) fn as_bytes(&self) -> Option<&[u8]> {
        match &self.values {
            Values::Bytes(values) if self.is_as_held() => Some(values),
            _ => None,
        }
    }

    /// The values as they are held, if that is in four bytes each.
    pub(crate) fn as_words(&self) -> Option<&[u32]> {
        match &self.values {
            Values::Words(values) if self.is_as_held() => Some(values),
            _ => None,
        }
    }

    /// The values as they are held, if that is in eight bytes each.
    pub(crate) fn as_longs(&self) -> Option<&[i64]> {
        match &self.values {
            Values::Longs(values) => Some(values),
            _ => None,
        }
    }

    /// The first row whose value is not below this one, among ascending values.
    pub(crate) fn first_not_below(&self, cell: Cell) -> u32 {
        let (mut low, mut high) = (0, u32::try_from(self.length).unwrap_or(u32::MAX));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.cell(middle) < cell {
                low = middle + 1
            } else {
                high = middle
            }
        }
        low
    }

    /// Its size in memory, itself included.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>()
            + match &self.values {
                Values::Constant => 0,
                Values::Bytes(values) => size_of_val::<[u8]>(values),
                Values::Shorts(values) => size_of_val::<[u16]>(values),
                Values::Words(values) => size_of_val::<[u32]>(values),
                Values::Longs(values) => size_of_val::<[i64]>(values),
            }
    }
}

/// The offset, or none if it is the greatest of its type.
#[inline]
fn widened<O: Offset>(offset: O) -> Option<u32> {
    (offset != O::GREATEST).then(|| offset.widened())
}

/// What the offsets of the cells are; the caller has chosen a type that holds them.
fn offsets<O: Offset>(cells: &[Cell], base: Cell, absent: Option<Cell>) -> Box<[O]> {
    let offset = |cell: Cell| O::try_from(cell.wrapping_sub(base).cast_unsigned()).unwrap_or(O::GREATEST);
    match absent {
        None => cells.iter().map(|cell| offset(*cell)).collect(),
        Some(absent) => cells
            .iter()
            .map(|cell| if *cell == absent { O::GREATEST } else { offset(*cell) })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::Packed;
    use crate::row_runs::RowRuns;

    /// Packs the cells, checks that they come back, and tells how wide they are held.
    fn check(cells: &[i64], absent: Option<i64>) -> &'static str {
        let (packed, bounds) = Packed::new(cells, absent);
        check_within(&packed, cells);
        let mut all = vec![7];
        packed.unpack(None, &mut all);
        assert_eq!(all, cells);
        let rows: Vec<u32> = (0..u32::try_from(cells.len()).expect("few cells")).rev().collect();
        packed.unpack(Some(&rows), &mut all);
        assert!(all.iter().eq(cells.iter().rev()));
        assert!(rows.iter().all(|row| packed.cell(*row) == cells[*row as usize]));
        check_gathered(&packed, cells, absent);
        assert!(cells.iter().all(|cell| bounds.may_hold(*cell, *cell)));
        let present = || cells.iter().copied().filter(|cell| Some(*cell) != absent);
        assert_eq!(bounds.present, present().min().zip(present().max()));
        assert_eq!(bounds.absent, absent.filter(|absent| cells.contains(absent)));
        assert_eq!(
            packed.bounds(absent),
            Some(bounds),
            "the bounds follow from what is held"
        );
        match packed.values {
            super::Values::Constant => "constant",
            super::Values::Bytes(_) => "bytes",
            super::Values::Shorts(_) => "shorts",
            super::Values::Words(_) => "words",
            super::Values::Longs(_) => "longs",
        }
    }

    /// Rows by some rules, gathered into a room that something else was in, and the sums of rows side by side.
    fn check_gathered(packed: &Packed, cells: &[i64], absent: Option<i64>) {
        let mut room = vec![7];
        for every in 1..4 {
            for but in 0..every + 1 {
                let rows = || (0..cells.len()).filter(|row| row % (every + 1) != but);
                let runs: RowRuns = rows().map(|row| u32::try_from(row).expect("few")).collect();
                let gathered: Vec<i64> = packed.gather(&runs, &mut room).to_vec();
                assert_eq!(gathered, rows().map(|row| cells[row]).collect::<Vec<_>>(), "{cells:?}");
            }
        }
        for first in 0..=cells.len() {
            let rows = first..cells.len();
            let Some(absent) = absent else { continue };
            let present = || cells[rows.clone()].iter().filter(|cell| **cell != absent);
            let expected: i128 = present().map(|cell| i128::from(*cell)).sum();
            let has_value = present().next().is_some();
            assert_eq!(
                packed.sum(rows, absent),
                has_value.then_some(expected),
                "from {first} of {cells:?}"
            );
        }
    }

    /// Every range that begins and ends at, below or above one of the values leaves what lies within it.
    fn check_within(packed: &Packed, cells: &[i64]) {
        let ends: Vec<i64> = cells
            .iter()
            .flat_map(|cell| [cell.saturating_sub(1), *cell, cell.saturating_add(1)])
            .chain([i64::MIN, 0, i64::MAX])
            .collect();
        for &least in &ends {
            for &greatest in &ends {
                let mut words = [u64::MAX];
                packed.keep_within(&mut words, least, greatest);
                for (row, cell) in cells.iter().enumerate() {
                    let kept = words[0] >> row & 1 == 1;
                    assert_eq!(
                        kept,
                        least <= *cell && *cell <= greatest,
                        "{cell} in {least}..={greatest} of {cells:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_column_is_held_as_narrow_as_its_range_allows() {
        const NONE: i64 = i64::MIN;
        for (cells, width) in [
            (vec![], "constant"),
            (vec![5], "constant"),
            (vec![-5, -5], "constant"),
            (vec![NONE, NONE], "constant"),
            (vec![NONE, 9], "bytes"),
            (vec![0, 255], "bytes"),
            (vec![1_000, 1_255], "bytes"),
            (vec![1_000, 1_256], "shorts"),
            (vec![-100, 154, NONE], "bytes"),
            (vec![-100, 155, NONE], "shorts"),
            (vec![-100, 155], "bytes"),
            (vec![-70_000, -4_466, NONE], "shorts"),
            (vec![-70_000, -4_465, NONE], "words"),
            (vec![-70_000, -4_465], "shorts"),
            (vec![0, 65_536], "words"),
            (vec![-1, 4_294_967_294], "words"),
            (vec![-1, 4_294_967_293, NONE], "words"),
            (vec![-1, 4_294_967_294, NONE], "longs"),
            (vec![0, 4_294_967_296], "longs"),
            (vec![i64::MIN + 1, i64::MAX, NONE], "longs"),
        ] {
            assert_eq!(check(&cells, Some(NONE)), width, "{cells:?}");
        }
    }

    #[test]
    fn many_rows_are_gathered() {
        const NONE: i64 = i64::MIN;
        for (step, base) in [(1, 0), (1, -40), (300, 5), (1_000_000, -7), (10_000_000_000, 3)] {
            let cells: Vec<i64> = (0..60)
                .map(|row| if row % 11 == 4 { NONE } else { base + row * step })
                .collect();
            check(&cells, Some(NONE));
        }
    }

    #[test]
    fn codes_are_lent_where_they_are_held_as_they_are() {
        for (cells, lent) in [
            (vec![0_i64, 1, 70_000], true),
            (vec![5, 4_294_967_295], true),
            (vec![0, 1, 4_294_967_295], true),
            (vec![0, 1, 255], false),
        ] {
            check(&cells, Some(0));
            let (packed, _) = Packed::new(&cells, Some(0));
            let lendable = packed
                .as_words()
                .map(|words| words.iter().copied().map(i64::from).collect::<Vec<_>>());
            assert_eq!(lendable, lent.then_some(cells));
        }
        let (kinds, _) = Packed::new(&[0, 2, 1], Some(0));
        assert_eq!(kinds.as_bytes(), Some(&[0, 2, 1][..]));
    }

    #[test]
    fn days_straddle_the_middle_of_their_type() {
        let days = [i64::from(i32::MIN), i64::from(i32::MIN) + 1, -1, 0, i64::from(i32::MAX)];
        let (packed, _) = Packed::new(&days, Some(days[0]));
        let mut out: Vec<i32> = Vec::new();
        packed.unpack(None, &mut out);
        assert!(out.iter().map(|day| i64::from(*day)).eq(days));
    }
}
