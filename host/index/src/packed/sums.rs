//! Sums of values.

use std::ops::Range;

use reprise_model::Cell;

use super::{Offset, Packed, Values};

impl Packed {
    /// The sum of the values of rows side by side; those that are `absent`, which stands for "no value", are none of them.
    /// None if there is no value.
    pub(crate) fn sum(&self, rows: Range<usize>, absent: Cell) -> Option<i128> {
        let (sum, count) = match &self.values {
            Values::Constant => self.constant_sum(rows.len(), absent),
            Values::Bytes(offsets) => self.offset_sum(&offsets[rows], absent),
            Values::Shorts(offsets) => self.offset_sum(&offsets[rows], absent),
            Values::Words(offsets) => self.offset_sum(&offsets[rows], absent),
            Values::Longs(values) => long_sum(&values[rows], absent),
        };
        (count > 0).then_some(sum)
    }

    /// The sum of so many rows and how many of them have a value.
    fn constant_sum(&self, rows: usize, absent: Cell) -> (i128, u64) {
        let count = if self.base == absent { 0 } else { rows as u64 };
        (i128::from(self.base) * i128::from(count), count)
    }

    /// The sum of the values at these offsets and how many there are.
    fn offset_sum<O: Offset>(&self, offsets: &[O], absent: Cell) -> (i128, u64) {
        let stand_in = self.stand_in(Some(absent));
        // At most 2^32 offsets of four bytes each: their sum fits.
        let (mut sum, mut count) = (0_u64, 0_u64);
        for &offset in offsets {
            let is_value = stand_in != Some(offset);
            count += u64::from(is_value);
            sum += u64::from(if is_value { offset.widened() } else { 0 });
        }
        (i128::from(self.base) * i128::from(count) + i128::from(sum), count)
    }
}

/// The sum of the values that are not `absent` and how many there are.
fn long_sum(values: &[i64], absent: Cell) -> (i128, u64) {
    values
        .iter()
        .filter(|value| **value != absent)
        .fold((0, 0), |(sum, count), &value| (sum + i128::from(value), count + 1))
}
