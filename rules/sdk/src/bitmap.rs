//! Which rows of a batch are still hits: a bit for each row, narrowed by one criterion after the other.
//!
//! The loops here are what matching spends its time in. Each goes through the rows 64 at a time, passes over a word
//! that has no hit left, and turns 64 verdicts into a word at once.

use crate::lanes::{Lane, Quad, tested, tested_pairs};
use crate::pack_bits::pack;

const WORD_BITS: usize = 64;

/// Below this many hits in a word, looking at each of them beats looking at all 64 rows.
const FEW_HITS: u32 = 20;

/// A bit for each row of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitmap {
    rows: usize,
    /// INVARIANT: exactly as many words as the rows need, and no bit set beyond the last row.
    words: Vec<u64>,
}

impl Bitmap {
    /// Every row is a hit.
    pub fn all(rows: usize) -> Self {
        let mut words = vec![u64::MAX; rows.div_ceil(WORD_BITS)];
        let beyond = words.len() * WORD_BITS - rows;
        if let Some(last) = words.last_mut() {
            *last >>= beyond;
        }
        Self { rows, words }
    }

    /// No row is a hit.
    pub fn none(rows: usize) -> Self {
        Self {
            rows,
            words: vec![0; rows.div_ceil(WORD_BITS)],
        }
    }

    /// How many rows there are.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// How many rows are hits.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no row is a hit.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Whether a row is a hit.
    pub fn contains(&self, row: usize) -> bool {
        self.words
            .get(row / WORD_BITS)
            .is_some_and(|word| word >> (row % WORD_BITS) & 1 == 1)
    }

    /// The hits, as the contract wants them.
    pub fn into_words(self) -> Vec<u64> {
        self.words
    }

    /// Takes all hits away.
    pub(crate) fn clear(&mut self) {
        self.words.fill(0);
    }

    /// Adds the hits of another bitmap of the same rows.
    pub fn add(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Takes away the hits of another bitmap of the same rows.
    pub fn remove(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
    }

    /// Keeps the hits that pass a test on the row's number. For tests that nothing below fits.
    pub fn keep_rows(&mut self, mut passes: impl FnMut(usize) -> bool) {
        for (index, word) in self.words.iter_mut().enumerate() {
            *word = keep_hits(*word, |bit| passes(index * WORD_BITS + bit));
        }
    }

    /// Keeps the hits whose value passes a test that is cheap enough to be made for every row: a comparison, which the
    /// compiler makes for several rows at once.
    #[inline]
    pub fn keep_comparing<T: Copy>(&mut self, values: &[T], passes: impl Fn(T) -> bool) {
        for (word, values) in self.words.iter_mut().zip(values.chunks(WORD_BITS)) {
            if *word == 0 {
                continue;
            }
            let mut verdicts = [0_u8; WORD_BITS];
            if let Ok(values) = <&[T; WORD_BITS]>::try_from(values) {
                for (verdict, &value) in verdicts.iter_mut().zip(values) {
                    *verdict = u8::from(passes(value));
                }
            } else {
                for (verdict, &value) in verdicts.iter_mut().zip(values) {
                    *verdict = u8::from(passes(value));
                }
            }
            *word &= pack(&verdicts);
        }
    }

    /// Keeps the hits whose value is one of those wanted; fast for up to `N` of them.
    pub fn keep_equal<T: Copy + PartialEq, const N: usize>(&mut self, values: &[T], wanted: &[T]) {
        let Some(&first) = wanted.first() else {
            self.words.fill(0);
            return;
        };
        if wanted.len() > N {
            return self.keep_looking_up(values, |value| wanted.contains(&value));
        }
        // A fixed number of comparisons is made for several rows at once; one that is made twice does no harm.
        let mut padded = [first; N];
        for (place, &value) in padded.iter_mut().zip(wanted) {
            *place = value;
        }
        self.keep_comparing(values, |value| {
            padded.iter().fold(false, |any, &wanted| any | (value == wanted))
        });
    }

    /// Keeps the hits whose value passes a test that looks something up.
    #[inline]
    pub fn keep_looking_up<T: Copy>(&mut self, values: &[T], passes: impl Fn(T) -> bool) {
        for (word, values) in self.words.iter_mut().zip(values.chunks(WORD_BITS)) {
            match <&[T; WORD_BITS]>::try_from(values) {
                Ok(values) if word.count_ones() >= FEW_HITS => *word &= keep_dense(|row| passes(values[row])),
                _ => *word = keep_hits(*word, |row| values.get(row).is_some_and(|&value| passes(value))),
            }
        }
    }

    /// Keeps the hits whose pair of values passes a test that looks something up.
    #[inline]
    pub fn keep_looking_up_pairs<T: Copy, U: Copy>(&mut self, left: &[T], right: &[U], passes: impl Fn(T, U) -> bool) {
        let values = left.chunks(WORD_BITS).zip(right.chunks(WORD_BITS));
        for (word, (left, right)) in self.words.iter_mut().zip(values) {
            match (<&[T; WORD_BITS]>::try_from(left), <&[U; WORD_BITS]>::try_from(right)) {
                (Ok(left), Ok(right)) if word.count_ones() >= FEW_HITS => {
                    *word &= keep_dense(|row| passes(left[row], right[row]));
                }
                _ => {
                    *word = keep_hits(*word, |row| {
                        left.get(row)
                            .zip(right.get(row))
                            .is_some_and(|(&left, &right)| passes(left, right))
                    });
                }
            }
        }
    }

    /// Keeps the hits whose four-byte value passes a test that is cheap enough to be made for every row.
    #[inline]
    pub(crate) fn keep_testing<L: Lane>(&mut self, values: &[L], test: impl Fn(Quad) -> Quad) {
        for (word, values) in self.words.iter_mut().zip(values.chunks(WORD_BITS)) {
            if *word == 0 {
                continue;
            }
            *word &= match values.try_into() {
                Ok(values) => tested(values, &test),
                Err(_) => {
                    let mut padded = [L::default(); WORD_BITS];
                    padded[..values.len()].copy_from_slice(values);
                    tested(&padded, &test)
                }
            };
        }
    }

    /// Keeps the hits whose left value is looked up and passes with the right one. The test tells first whether they pass,
    /// and whether that is in doubt: where it is, `settle` says. Where few hits are left it says alone.
    #[inline]
    pub(crate) fn keep_testing_pairs<T: Copy, L: Lane>(
        &mut self,
        left: &[T],
        right: &[L],
        look_up: impl Fn(T) -> u32,
        test: impl Fn(Quad, Quad) -> (Quad, Quad),
        settle: impl Fn(T, L) -> bool,
    ) {
        let values = left.chunks(WORD_BITS).zip(right.chunks(WORD_BITS));
        for (word, (left, right)) in self.words.iter_mut().zip(values) {
            match (left.try_into(), right.try_into()) {
                (Ok(left), Ok(right)) if word.count_ones() >= FEW_HITS => {
                    let (passing, doubtful) = tested_pairs(left, right, &look_up, &test);
                    let doubtful = *word & doubtful;
                    *word &= passing & !doubtful;
                    if doubtful != 0 {
                        *word |= keep_hits(doubtful, |row| settle(left[row], right[row]));
                    }
                }
                _ => {
                    *word = keep_hits(*word, |row| {
                        let pair = left.get(row).zip(right.get(row));
                        pair.is_some_and(|(&left, &right)| settle(left, right))
                    });
                }
            }
        }
    }
}

/// The bits of a word whose rows pass.
#[inline(always)]
fn keep_hits(word: u64, mut passes: impl FnMut(usize) -> bool) -> u64 {
    let (mut kept, mut left) = (0, word);
    while left != 0 {
        let row = left.trailing_zeros();
        kept |= u64::from(passes(row as usize)) << row;
        left &= left - 1;
    }
    kept
}

/// A word of the verdicts on all 64 rows.
#[inline(always)]
fn keep_dense(passes: impl Fn(usize) -> bool) -> u64 {
    let mut word = 0;
    for byte in 0..8 {
        let mut bits = 0_u32;
        for bit in 0..8 {
            bits |= u32::from(passes(byte * 8 + bit)) << bit;
        }
        word |= u64::from(bits) << (byte * 8);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every way of narrowing must say the same of the same rows.
    fn check(rows: usize, hit: impl Fn(usize) -> bool, passes: impl Fn(u32) -> bool) {
        let values: Vec<u32> = (0..rows)
            .map(|row| u32::try_from(row * 7 % 13).expect("small"))
            .collect();
        let mut start = Bitmap::all(rows);
        start.keep_rows(&hit);
        let expected: Vec<bool> = (0..rows).map(|row| hit(row) && passes(values[row])).collect();
        let mut narrowed = [(); 6].map(|()| start.clone());
        narrowed[0].keep_comparing(&values, &passes);
        narrowed[1].keep_looking_up(&values, &passes);
        narrowed[2].keep_looking_up_pairs(&values, &values, |left, right| left == right && passes(right));
        narrowed[3].keep_rows(|row| passes(values[row]));
        // Odd values are decided at once, and wrongly said to pass where they are in doubt.
        narrowed[4].keep_testing_pairs(
            &values,
            &values,
            |value| u32::from(passes(value)),
            |found, value| {
                let even = value.and(Quad::splat(1)).equals(Quad::splat(0));
                (even.or(found.equals(Quad::splat(1))), even)
            },
            |_, value| passes(value),
        );
        narrowed[5].keep_testing(&values, |value| {
            let wanted = (0..13).filter(|value| passes(*value)).map(Quad::splat);
            wanted.fold(Quad::splat(0), |any, wanted| any.or(value.equals(wanted)))
        });
        for bitmap in narrowed {
            assert_eq!(
                (0..rows).map(|row| bitmap.contains(row)).collect::<Vec<_>>(),
                expected,
                "{rows} rows"
            );
            assert_eq!(
                bitmap.count(),
                expected.iter().filter(|&&hit| hit).count(),
                "{rows} rows: bits beyond the last"
            );
            assert_eq!(bitmap.into_words().len(), rows.div_ceil(64));
        }
    }

    #[test]
    fn every_way_of_narrowing_agrees() {
        for rows in [0, 1, 63, 64, 65, 127, 128, 200, 640] {
            check(rows, |_| true, |value| value < 6);
            check(rows, |_| false, |_| true);
            check(rows, |row| row % 9 == 0, |value| value != 4);
            check(rows, |row| row % 64 < 20, |value| value % 2 == 0);
            check(rows, |_| true, |_| true);
            check(rows, |_| true, |_| false);
        }
    }

    #[test]
    fn hits_are_added_and_removed() {
        let mut evens = Bitmap::all(100);
        evens.keep_rows(|row| row % 2 == 0);
        let mut bitmap = Bitmap::none(100);
        assert!(bitmap.is_empty());
        bitmap.add(&evens);
        assert_eq!(bitmap, evens);
        let mut odds = Bitmap::all(100);
        odds.remove(&evens);
        assert_eq!(odds.count(), 50);
        assert!(odds.contains(99) && !odds.contains(98) && !odds.contains(100));
    }
}
