//! A bit for each row, 64 rows to a word, row 0 the lowest bit of the first word: the shape of the contract's bitmaps.

/// A bit for each row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitmap {
    words: Box<[u64]>,
    row_count: u32,
}

impl Bitmap {
    /// The bitmap of as many rows as there are values, set where the value is true.
    pub(crate) fn from_values(row_count: u32, values: impl Iterator<Item = bool>) -> Self {
        let mut words = vec![0_u64; (row_count as usize).div_ceil(64)];
        for (row, _) in values.enumerate().filter(|(_, value)| *value) {
            words[row / 64] |= 1 << (row % 64);
        }
        Self {
            words: words.into(),
            row_count,
        }
    }

    /// The bitmap of so many rows in these words; none if there are bits beyond the last row.
    pub(crate) fn of(words: Box<[u64]>, row_count: u32) -> Option<Self> {
        let (rows, used) = (row_count as usize, row_count % 64);
        let beyond = words.last().filter(|_| used > 0).map_or(0, |word| word >> used);
        (words.len() == rows.div_ceil(64) && beyond == 0).then_some(Self { words, row_count })
    }

    /// The same bitmap without these rows.
    pub(crate) fn without(&self, rows: &[u32]) -> Self {
        let mut words = self.words.clone();
        for &row in rows {
            words[row as usize / 64] &= !(1 << (row % 64));
        }
        Self {
            words,
            row_count: self.row_count,
        }
    }

    /// Whether the row's bit is set.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn is_set(&self, row: u32) -> bool {
        self.words[row as usize / 64] >> (row % 64) & 1 == 1
    }

    /// How many rows it has, set or not.
    pub fn row_count(&self) -> u32 {
        self.row_count
    }

    /// How many rows are set.
    pub fn set_count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// Its words; bits beyond the last row are 0.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The set rows, ascending.
    pub fn rows(&self) -> impl Iterator<Item = u32> + '_ {
        (0_u32..)
            .step_by(64)
            .zip(self.words.iter().copied())
            .flat_map(|(first, word)| {
                std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)))
                    .take_while(|rest| *rest != 0)
                    .map(move |rest| first + rest.trailing_zeros())
            })
    }

    /// Its size in memory.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val::<[u64]>(&self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::Bitmap;

    #[test]
    fn tells_its_rows_in_order() {
        for set in [
            vec![],
            vec![0],
            vec![63, 64],
            vec![1, 2, 65, 129],
            (0..130).collect::<Vec<u32>>(),
        ] {
            let bitmap = Bitmap::from_values(130, (0..130).map(|row| set.contains(&row)));
            assert_eq!(bitmap.rows().collect::<Vec<_>>(), set);
            assert_eq!(bitmap.set_count() as usize, set.len());
            assert!((0..130).all(|row| bitmap.is_set(row) == set.contains(&row)));
        }
    }

    #[test]
    fn loses_only_the_rows_taken_away() {
        let bitmap = Bitmap::from_values(70, (0..70).map(|_| true)).without(&[0, 64, 69]);
        assert_eq!(bitmap.set_count(), 67);
        assert!(!bitmap.is_set(0) && !bitmap.is_set(64) && !bitmap.is_set(69) && bitmap.is_set(63));
    }
}
