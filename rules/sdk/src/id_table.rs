//! Which numbers of a dictionary or set table are meant, ready to be asked for every row.

use crate::bitmap::Bitmap;
use crate::lanes::Quad;
use crate::lookup::looked_up;

/// Up to this many numbers are compared with each row's, several rows at once, instead of being looked up.
const FEW: usize = 4;

/// A set of numbers.
#[derive(Debug)]
pub(crate) struct IdTable {
    /// How many numbers there could be.
    length: u32,
    /// The numbers, if they are few.
    few: Option<Vec<u32>>,
    /// A bit for each number: eight times the numbers of a table of bytes stay in the cache.
    /// INVARIANT: the last word is 0.
    bits: Vec<u64>,
    count: usize,
}

impl IdTable {
    /// These numbers, of at most about `length` in all.
    pub(crate) fn of(length: u32, ids: impl IntoIterator<Item = u32>) -> Self {
        let mut bits = vec![0_u64; length as usize / 64 + 2];
        for id in ids {
            let word = id as usize / 64;
            if word + 1 >= bits.len() {
                bits.resize(word + 2, 0);
            }
            bits[word] |= 1 << (id % 64);
        }
        let count = bits.iter().map(|word| word.count_ones() as usize).sum();
        let mut table = Self {
            length,
            few: None,
            bits,
            count,
        };
        if count <= FEW {
            table.few = Some(table.ids().collect());
        }
        table
    }

    pub(crate) fn contains(&self, id: u32) -> bool {
        self.bits
            .get(id as usize / 64)
            .is_some_and(|word| word >> (id % 64) & 1 == 1)
    }

    /// Keeps the rows whose number is in the set.
    pub(crate) fn keep(&self, hits: &mut Bitmap, ids: &[u32]) {
        match &self.few {
            Some(few) => {
                let Some(&first) = few.first() else {
                    return hits.clear();
                };
                // A fixed number of comparisons; one that is made twice does no harm.
                let mut wanted = [Quad::splat(first); FEW];
                for (place, &id) in wanted.iter_mut().zip(few) {
                    *place = Quad::splat(id);
                }
                hits.keep_testing(ids, |id| {
                    let [a, b, c, d] = wanted.map(|wanted| id.equals(wanted));
                    a.or(b).or(c.or(d))
                });
            }
            None => {
                let word_of = looked_up(&self.bits);
                hits.keep_looking_up(ids, |id| word_of(id / 64) >> (id % 64) & 1 == 1);
            }
        }
    }

    pub(crate) const fn is_few(&self) -> bool {
        self.few.is_some()
    }

    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    pub(crate) const fn length(&self) -> usize {
        self.length as usize
    }

    /// The least and the greatest number.
    pub(crate) fn ends(&self) -> Option<(u32, u32)> {
        self.ids().next().zip(self.ids().last())
    }

    fn ids(&self) -> impl Iterator<Item = u32> {
        (0_u32..).zip(&self.bits).flat_map(|(word, &bits)| {
            (0..64)
                .filter(move |bit| bits >> bit & 1 == 1)
                .map(move |bit| word * 64 + bit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(length: u32, ids: &[u32]) {
        let table = IdTable::of(length, ids.iter().copied());
        let values: Vec<u32> = (0..length + 70).collect();
        let mut hits = Bitmap::all(values.len());
        table.keep(&mut hits, &values);
        for &value in &values {
            assert_eq!(table.contains(value), ids.contains(&value), "{value} of {ids:?}");
            assert_eq!(
                hits.contains(value as usize),
                ids.contains(&value),
                "{value} of {ids:?}, in a batch"
            );
        }
        assert_eq!(table.count(), ids.len());
        assert_eq!(table.ends(), ids.iter().min().copied().zip(ids.iter().max().copied()));
    }

    #[test]
    fn holds_what_it_was_made_of() {
        check(0, &[]);
        check(10, &[3]);
        check(200, &[0, 63, 64, 199]);
        check(200, &[1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144]);
        check(5, &[5, 70]);
    }
}
