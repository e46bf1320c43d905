//! Which rows of a block are still in question: a bit for each, narrowed by ranges of values as the block holds them.
//!
//! Sixty-four rows at a time, by loops without a jump that depends on the data: the compiler makes them for several rows
//! at once, and a column held in one byte a row is passed through at the speed of memory.

use reprise_model::Cell;

use crate::bounds::Bounds;

const WORD_BITS: usize = 64;

/// How many words hold a bit for each of so many rows.
pub(crate) fn words_for(rows: u32) -> usize {
    (rows as usize).div_ceil(WORD_BITS)
}

/// Clears the bits of rows whose offset is below `least` or above `greatest`, `or_equal` aside.
#[inline(always)]
pub(crate) fn keep_offsets<O: Copy + Ord>(words: &mut [u64], offsets: &[O], least: O, greatest: O, or_equal: O) {
    let passes = |offset: O| (least <= offset) & (offset <= greatest) | (offset == or_equal);
    for (word, offsets) in words.iter_mut().zip(offsets.chunks(WORD_BITS)) {
        if *word == 0 {
            continue;
        }
        let mut verdicts = [0_u8; WORD_BITS];
        if let Ok(offsets) = <&[O; WORD_BITS]>::try_from(offsets) {
            for (verdict, &offset) in verdicts.iter_mut().zip(offsets) {
                *verdict = u8::from(passes(offset));
            }
        } else {
            for (verdict, &offset) in verdicts.iter_mut().zip(offsets) {
                *verdict = u8::from(passes(offset));
            }
        }
        *word &= packed(&verdicts);
    }
}

/// Verdict `i`, 0 or 1, becomes bit `i`.
#[inline(always)]
fn packed(verdicts: &[u8; WORD_BITS]) -> u64 {
    // Eight bytes of 0 or 1 times this constant bring the eight bits together in the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    verdicts.chunks_exact(8).enumerate().fold(0, |word, (byte, verdicts)| {
        let verdicts = verdicts.try_into().map_or(0, u64::from_le_bytes);
        word | (verdicts.wrapping_mul(GATHER) >> 56) << (byte * 8)
    })
}

/// What of these bounds a range of values leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Every row passes.
    All,
    /// No row passes.
    Nothing,
    /// Some may not.
    Some,
}

impl Left {
    /// Of a column with these bounds, for a range with both ends inclusive.
    pub(crate) fn of(bounds: Bounds, least: Cell, greatest: Cell) -> Self {
        let within = |cell: Cell| (least..=greatest).contains(&cell);
        let all =
            bounds.present.is_none_or(|(low, high)| within(low) && within(high)) && bounds.absent.is_none_or(within);
        if all {
            Self::All
        } else if bounds.may_hold(least, greatest) {
            Self::Some
        } else {
            Self::Nothing
        }
    }
}

/// Sets the bits from one row up to, not including, another.
#[inline]
pub(crate) fn set_range(words: &mut [u64], from: u32, to: u32) {
    let (Some(last), from) = (to.checked_sub(1), from as usize) else {
        return;
    };
    let last = last as usize;
    if last < from {
        return;
    }
    let (first_word, last_word) = (from / WORD_BITS, last / WORD_BITS);
    let (low, high) = (
        u64::MAX << (from % WORD_BITS),
        u64::MAX >> (WORD_BITS - 1 - last % WORD_BITS),
    );
    if first_word == last_word {
        words[first_word] |= low & high;
        return;
    }
    words[first_word] |= low;
    words[first_word + 1..last_word].fill(u64::MAX);
    words[last_word] |= high;
}

/// Whether a bit is set from one row up to, not including, another.
#[inline]
pub(crate) fn any_in_range(words: &[u64], from: u32, to: u32) -> bool {
    let (from, to) = (from as usize, to as usize);
    let length = to.saturating_sub(from);
    if length == 0 {
        return false;
    }
    let (first_word, shift) = (from / WORD_BITS, from % WORD_BITS);
    if length > WORD_BITS {
        let (last_word, last) = ((to - 1) / WORD_BITS, (to - 1) % WORD_BITS);
        return words[first_word] >> shift != 0
            || words[last_word] << (WORD_BITS - 1 - last) != 0
            || words[first_word + 1..last_word].iter().any(|&word| word != 0);
    }
    // Nearly every claim: its lines lie in a word or two. No jump depends on which.
    let word = |place: usize| words.get(place).copied().unwrap_or(0);
    let bits = word(first_word) >> shift | word(first_word + 1) << 1 << (WORD_BITS - 1 - shift);
    bits & (u64::MAX >> (WORD_BITS - length)) != 0
}

/// Replaces what `rows` holds by the rows whose bits are set, ascending.
pub fn rows_of(words: &[u64], rows: &mut Vec<u32>) {
    let count = words.iter().map(|word| word.count_ones() as usize).sum();
    rows.clear();
    rows.resize(count, 0);
    let mut places = rows.as_mut_slice();
    for (first, &word) in (0_u32..).step_by(WORD_BITS).zip(words) {
        let (here, rest) = places.split_at_mut(word.count_ones() as usize);
        places = rest;
        if word == u64::MAX {
            for (place, row) in here.iter_mut().zip(first..) {
                *place = row;
            }
            continue;
        }
        let mut left = word;
        for place in here {
            *place = first + left.trailing_zeros();
            left &= left.wrapping_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_rows_are_set() {
        for (from, to) in [
            (0, 0),
            (5, 5),
            (0, 1),
            (3, 64),
            (63, 65),
            (0, 200),
            (64, 128),
            (70, 199),
            (199, 200),
            (9, 3),
        ] {
            let mut words = vec![0_u64; 4];
            assert!(!any_in_range(&words, from, to));
            set_range(&mut words, from, to);
            assert_eq!(any_in_range(&words, from, to), from < to, "{from}..{to}");
            assert!(!any_in_range(&words, 0, from) && !any_in_range(&words, from.max(to), 256));
            assert_eq!(any_in_range(&words, 0, 256), from < to);
            for first in 0..205 {
                for end in first..(first + 70).min(257) {
                    let expected = first.max(from) < end.min(to);
                    assert_eq!(
                        any_in_range(&words, first, end),
                        expected,
                        "{first}..{end} of {from}..{to}"
                    );
                }
            }
            let mut rows = vec![7];
            rows_of(&words, &mut rows);
            assert_eq!(rows, (from..to).collect::<Vec<_>>(), "{from}..{to}");
        }
    }

    #[test]
    fn offsets_out_of_range_are_struck_where_they_are_asked_for() {
        let offsets: Vec<u8> = (0..150)
            .map(|row| u8::try_from(row * 7 % 256).expect("a byte"))
            .collect();
        for (least, greatest, or_equal) in [(0, 255, 0), (10, 20, 10), (200, 254, 255), (255, 0, 3), (255, 255, 255)] {
            let start = [u64::MAX, 0xF0F0, (1 << 22) - 1];
            let mut words = start;
            keep_offsets(&mut words, &offsets, least, greatest, or_equal);
            for (row, &offset) in offsets.iter().enumerate() {
                let expected = start[row / 64] >> (row % 64) & 1 == 1
                    && ((least..=greatest).contains(&offset) || offset == or_equal);
                assert_eq!(
                    words[row / 64] >> (row % 64) & 1 == 1,
                    expected,
                    "{offset} within {least}..={greatest}"
                );
            }
        }
    }
}
