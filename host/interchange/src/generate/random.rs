//! Chance that is the same everywhere: a seeded cipher and whole numbers, nothing that a platform or a library's next
//! version could do another way.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A stream of chance.
pub(super) struct Random(ChaCha8Rng);

impl Random {
    /// The stream with this number of this seed. Streams of one seed have nothing to do with each other.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut key = *b"........reprise generate, one...";
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut cipher = ChaCha8Rng::from_seed(key);
        cipher.set_stream(stream);
        Self(cipher)
    }

    /// A number below the bound, each about as likely; 0 if the bound is 0.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()) * u64::from(bound);
        u32::try_from(wide >> 32).unwrap_or_default()
    }

    /// A number from the first through the last, each about as likely.
    pub(super) fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(last - first + 1)
    }

    /// A number below the bound, small ones much likelier: half of them lie in the first fifth.
    pub(super) fn low_below(&mut self, bound: u32) -> u32 {
        let bound = self.below(bound);
        self.below(bound + 1)
    }

    /// True this many times in ten thousand.
    pub(super) fn chance(&mut self, in_ten_thousand: u32) -> bool {
        self.below(10_000) < in_ten_thousand
    }

    /// One of these, each as likely as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, choices: &[(u32, T)]) -> T {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        let last = choices.len() - 1;
        for (weight, choice) in &choices[..last] {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return *choice,
            }
        }
        choices[last].1
    }

    /// One of these, each as likely.
    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let bound = u32::try_from(of.len()).unwrap_or(u32::MAX);
        &of[self.below(bound) as usize]
    }
}

/// Items with a long tail: the n-th is drawn about 1/n as often as the first.
pub(super) struct LongTail<T> {
    items: Vec<T>,
    /// For each item, the weights up to and with it.
    cumulated: Vec<u32>,
}

impl<T> LongTail<T> {
    /// The items, the most frequent first. There is at least one.
    pub(super) fn new(items: Vec<T>) -> Self {
        const FIRST_WEIGHT: u32 = 100_000_000;
        let mut sum = 0;
        let weights = (1..).take(items.len()).map(|rank: u32| FIRST_WEIGHT / rank);
        let cumulated = weights.map(|weight| {
            sum += weight;
            sum
        });
        Self {
            cumulated: cumulated.collect(),
            items,
        }
    }

    /// One of them.
    pub(super) fn draw(&self, random: &mut Random) -> &T {
        let at = random.below(self.cumulated.last().copied().unwrap_or_default());
        &self.items[self.cumulated.partition_point(|upto| *upto <= at)]
    }

    /// All of them, the most frequent first.
    pub(super) fn items(&self) -> &[T] {
        &self.items
    }
}

#[cfg(test)]
mod tests {
    use super::{LongTail, Random};

    #[test]
    fn a_seed_and_a_stream_give_the_same_chance_everywhere() {
        let drawn = |seed, stream| {
            let mut random = Random::new(seed, stream);
            [
                random.below(1_000_000),
                random.below(1_000_000),
                random.below(1_000_000),
            ]
        };
        assert_eq!(drawn(1, 0), [176_491, 977_215, 120_929]);
        assert_ne!(drawn(1, 0), drawn(1, 1));
        assert_ne!(drawn(1, 0), drawn(2, 0));
    }

    #[test]
    fn bounds_hold() {
        let mut random = Random::new(1, 1);
        for _ in 0..1000 {
            assert!(random.below(3) < 3);
            assert!((5..=7).contains(&random.between(5, 7)));
            assert!(random.low_below(10) < 10);
            assert!(["a", "b"].contains(&random.weighted(&[(1, "a"), (0, "never"), (3, "b")])));
        }
        assert_eq!(random.below(0), 0);
    }

    #[test]
    fn a_long_tail_is_long() {
        let mut random = Random::new(1, 1);
        let tail = LongTail::new((0..1000).collect());
        let mut times = vec![0; 1000];
        for _ in 0..100_000 {
            times[*tail.draw(&mut random)] += 1;
        }
        assert!((12_000..15_000).contains(&times[0]), "{}", times[0]);
        assert!((1_000..1_700).contains(&times[9]), "{}", times[9]);
        assert!(times.iter().filter(|times| **times > 0).count() > 990);
    }
}
