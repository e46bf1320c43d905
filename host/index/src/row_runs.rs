//! Rows of a block in ascending order, as runs of rows that lie side by side.
//!
//! A claim's lines lie side by side, and so do claims of which most are left: the rows in question are far fewer runs than
//! rows. A run is passed on at the speed of memory, where each row by itself would cost a look-up for each column.

use std::ops::Range;

const WORD_BITS: u32 = u64::BITS;

/// Rows of a block, ascending.
#[derive(Clone, Debug, Default)]
pub struct RowRuns {
    /// INVARIANT: ascending, none empty, a row between any two.
    runs: Vec<Range<u32>>,
    row_count: usize,
}

impl RowRuns {
    /// Replaces the rows by those whose bits are set.
    pub fn set(&mut self, words: &[u64]) {
        self.runs.clear();
        self.row_count = words.iter().map(|word| word.count_ones() as usize).sum();
        // The run that goes on, which the next word may continue.
        let mut run = 0..0;
        for (first, &word) in (0_u32..).step_by(WORD_BITS as usize).zip(words) {
            let mut left = word;
            while left != 0 {
                let low = left.trailing_zeros();
                let high = low + (left >> low).trailing_ones();
                if run.end != first + low {
                    if !run.is_empty() {
                        self.runs.push(run);
                    }
                    run = first + low..first + low;
                }
                run.end = first + high;
                left &= u64::MAX.checked_shl(high).unwrap_or(0);
            }
        }
        if !run.is_empty() {
            self.runs.push(run);
        }
    }

    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.row_count
    }

    /// The runs.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Range<u32>> {
        self.runs.iter()
    }

    /// Replaces bits for all rows of the block: set are those of these rows whose bit in `passed`, which has a bit for each of
    /// them, is set.
    pub fn keep(&self, passed: &[u64], words: &mut [u64]) {
        words.fill(0);
        let mut place = 0;
        for run in &self.runs {
            let mut row = run.start;
            while row < run.end {
                // As many as lie in one word of either.
                let count = (run.end - row)
                    .min(WORD_BITS - row % WORD_BITS)
                    .min(WORD_BITS - place % WORD_BITS);
                let bits = passed[(place / WORD_BITS) as usize] >> (place % WORD_BITS);
                let bits = bits & (u64::MAX >> (WORD_BITS - count));
                words[(row / WORD_BITS) as usize] |= bits << (row % WORD_BITS);
                row += count;
                place += count;
            }
        }
    }
}

impl FromIterator<u32> for RowRuns {
    /// These rows, which ascend.
    fn from_iter<Rows: IntoIterator<Item = u32>>(rows: Rows) -> Self {
        let mut runs = Self::default();
        for row in rows {
            runs.row_count += 1;
            match runs.runs.last_mut() {
                Some(last) if last.end == row => last.end = row + 1,
                _ => runs.runs.push(row..row + 1),
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row_filter::rows_of;

    /// Rows by a rule, of so many, as bits.
    fn bits(rows: u32, is_set: impl Fn(u32) -> bool) -> Vec<u64> {
        let mut words = vec![0; rows.div_ceil(WORD_BITS) as usize];
        for row in (0..rows).filter(|row| is_set(*row)) {
            words[(row / WORD_BITS) as usize] |= 1 << (row % WORD_BITS);
        }
        words
    }

    fn check(rows: u32, is_set: impl Fn(u32) -> bool, passes: impl Fn(u32) -> bool) {
        let mut words = bits(rows, &is_set);
        let mut runs = RowRuns::default();
        runs.set(&[u64::MAX]);
        runs.set(&words);
        let expected: Vec<u32> = (0..rows).filter(|row| is_set(*row)).collect();
        assert_eq!(runs.row_count(), expected.len());
        assert!(runs.iter().all(|run| run.start < run.end));
        assert_eq!(runs.iter().cloned().flatten().collect::<Vec<_>>(), expected);
        let collected: RowRuns = expected.iter().copied().collect();
        assert!(collected.iter().eq(runs.iter()));
        assert_eq!(collected.row_count(), runs.row_count());

        let count = u32::try_from(expected.len()).expect("few");
        let passed = bits(count, |place| passes(expected[place as usize]));
        runs.keep(&passed, &mut words);
        let mut kept = Vec::new();
        rows_of(&words, &mut kept);
        let left: Vec<u32> = expected.into_iter().filter(|row| passes(*row)).collect();
        assert_eq!(kept, left, "of {rows} rows");
    }

    #[test]
    fn runs_are_the_rows_whose_bits_are_set() {
        for rows in [0, 1, 63, 64, 65, 128, 200, 1_000] {
            check(rows, |_| true, |_| true);
            check(rows, |_| false, |_| true);
            check(rows, |row| row % 2 == 0, |row| row % 3 == 0);
            check(rows, |row| row % 7 != 3, |row| row % 5 != 0);
            check(rows, |row| row % 70 > 2, |row| row % 70 < 66);
            check(rows, |row| (60..140).contains(&row), |row| row != 64);
        }
    }
}
