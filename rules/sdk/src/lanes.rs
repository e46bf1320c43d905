//! Four numbers of four bytes at once: what tests of many rows are made of.
//!
//! The compiler makes a comparison in a loop for several rows at once by itself, but four at a time with their verdicts
//! written to memory one byte each, and every turn of a loop costs the sandbox a look at its fuel and its clock. Here
//! sixteen rows are tested between two such looks, and their verdicts stay in registers. Outside of the sandbox, where
//! tests run, the same is done one by one.

/// Four numbers, or four verdicts: numbers whose highest bit is set, or not.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[derive(Clone, Copy)]
pub(crate) struct Quad(core::arch::wasm32::v128);

/// Four numbers, or four verdicts: numbers whose highest bit is set, or not.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[derive(Clone, Copy)]
pub(crate) struct Quad([u32; 4]);

/// A number that four of make a [`Quad`].
pub(crate) trait Lane: Copy + Default {
    /// Its bits.
    fn bits(self) -> u32;
}

impl Lane for u32 {
    #[inline(always)]
    fn bits(self) -> u32 {
        self
    }
}

impl Lane for i32 {
    #[inline(always)]
    fn bits(self) -> u32 {
        self.cast_unsigned()
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod of_the_sandbox {
    use core::arch::wasm32::{
        i32x4_bitmask, i32x4_eq, i32x4_gt, i32x4_shl, i32x4_sub, u32x4, u32x4_lt, u32x4_shr, u32x4_splat, v128_and,
        v128_or,
    };

    use super::{Lane, Quad};

    impl Quad {
        #[inline(always)]
        pub(crate) fn of<L: Lane>(lanes: [L; 4]) -> Self {
            let [a, b, c, d] = lanes.map(Lane::bits);
            Self(u32x4(a, b, c, d))
        }

        #[inline(always)]
        pub(crate) fn splat(number: u32) -> Self {
            Self(u32x4_splat(number))
        }

        #[inline(always)]
        pub(crate) fn minus(self, other: Self) -> Self {
            Self(i32x4_sub(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn upper_half(self) -> Self {
            Self(u32x4_shr(self.0, 16))
        }

        #[inline(always)]
        pub(crate) fn lower_half_raised(self) -> Self {
            Self(i32x4_shl(self.0, 16))
        }

        #[inline(always)]
        pub(crate) fn and(self, other: Self) -> Self {
            Self(v128_and(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn or(self, other: Self) -> Self {
            Self(v128_or(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn equals(self, other: Self) -> Self {
            Self(i32x4_eq(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn is_below(self, other: Self) -> Self {
            Self(u32x4_lt(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn is_above_signed(self, other: Self) -> Self {
            Self(i32x4_gt(self.0, other.0))
        }

        #[inline(always)]
        pub(super) fn bits(self) -> u32 {
            i32x4_bitmask(self.0).into()
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod one_by_one {
    use super::{Lane, Quad};

    impl Quad {
        pub(crate) fn of<L: Lane>(lanes: [L; 4]) -> Self {
            Self(lanes.map(Lane::bits))
        }

        pub(crate) const fn splat(number: u32) -> Self {
            Self([number; 4])
        }

        fn zip(self, other: Self, each: impl Fn(u32, u32) -> u32) -> Self {
            Self(std::array::from_fn(|lane| each(self.0[lane], other.0[lane])))
        }

        pub(crate) fn minus(self, other: Self) -> Self {
            self.zip(other, u32::wrapping_sub)
        }

        pub(crate) fn upper_half(self) -> Self {
            Self(self.0.map(|number| number >> 16))
        }

        pub(crate) fn lower_half_raised(self) -> Self {
            Self(self.0.map(|number| number << 16))
        }

        pub(crate) fn and(self, other: Self) -> Self {
            self.zip(other, |left, right| left & right)
        }

        pub(crate) fn or(self, other: Self) -> Self {
            self.zip(other, |left, right| left | right)
        }

        pub(crate) fn equals(self, other: Self) -> Self {
            self.zip(other, |left, right| verdict(left == right))
        }

        pub(crate) fn is_below(self, other: Self) -> Self {
            self.zip(other, |left, right| verdict(left < right))
        }

        pub(crate) fn is_above_signed(self, other: Self) -> Self {
            self.zip(other, |left, right| verdict(left.cast_signed() > right.cast_signed()))
        }

        pub(super) fn bits(self) -> u32 {
            (0..)
                .zip(self.0)
                .fold(0, |bits, (lane, number)| bits | number >> 31 << lane)
        }
    }

    const fn verdict(passes: bool) -> u32 {
        if passes { u32::MAX } else { 0 }
    }
}

/// The verdicts on 64 rows: verdict `i` becomes bit `i`.
#[inline(always)]
pub(crate) fn tested<L: Lane>(lanes: &[L; 64], test: impl Fn(Quad) -> Quad) -> u64 {
    let mut word = 0;
    for (place, lanes) in lanes.as_chunks::<16>().0.iter().enumerate() {
        word |= bits(quads(lanes).map(&test)) << (place * 16);
    }
    word
}

/// Sixteen verdicts.
#[inline(always)]
fn bits([a, b, c, d]: [Quad; 4]) -> u64 {
    u64::from(a.bits() | b.bits() << 4 | c.bits() << 8 | d.bits() << 12)
}

/// Sixteen numbers.
#[inline(always)]
fn quads<L: Lane>(lanes: &[L; 16]) -> [Quad; 4] {
    let quad = |first: usize| Quad::of([lanes[first], lanes[first + 1], lanes[first + 2], lanes[first + 3]]);
    [quad(0), quad(4), quad(8), quad(12)]
}

/// Two verdicts on each of 64 rows, from the pair of what its left value is looked up as and its right value.
#[inline(always)]
pub(crate) fn tested_pairs<T: Copy, L: Lane>(
    left: &[T; 64],
    right: &[L; 64],
    look_up: impl Fn(T) -> u32,
    test: impl Fn(Quad, Quad) -> (Quad, Quad),
) -> (u64, u64) {
    let (mut first, mut second) = (0, 0);
    let chunks = left.as_chunks::<16>().0.iter().zip(right.as_chunks::<16>().0);
    for (place, (left, right)) in chunks.enumerate() {
        let (found, right) = (quads(&left.map(&look_up)), quads(right));
        let verdicts: [(Quad, Quad); 4] = [0, 1, 2, 3].map(|quad| test(found[quad], right[quad]));
        first |= bits(verdicts.map(|(first, _)| first)) << (place * 16);
        second |= bits(verdicts.map(|(_, second)| second)) << (place * 16);
    }
    (first, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_become_the_bits_of_their_rows() {
        let numbers: [u32; 64] = std::array::from_fn(|row| u32::try_from(row * row % 37).expect("small"));
        let word = tested(&numbers, |quad| {
            quad.is_below(Quad::splat(9)).or(quad.equals(Quad::splat(30)))
        });
        let days = numbers.map(|number| number.cast_signed() - 20);
        let (first, second) = tested_pairs(
            &numbers,
            &days,
            |number| number << 16 | 7,
            |found, day| {
                let back = found.upper_half().minus(day);
                (
                    back.equals(Quad::splat(20)),
                    found
                        .and(Quad::splat(0xFFFF))
                        .equals(Quad::splat(7))
                        .and(day.is_below(Quad::splat(5))),
                )
            },
        );
        assert_eq!(first, u64::MAX);
        let minus_three = Quad::splat((-3_i32).cast_unsigned());
        let above = tested(&days, |day| day.is_above_signed(minus_three));
        for (row, number) in numbers.into_iter().enumerate() {
            assert_eq!(word >> row & 1 == 1, number < 9 || number == 30, "row {row}");
            assert_eq!(above >> row & 1 == 1, number > 17, "row {row}");
            assert_eq!(second >> row & 1 == 1, (20..25).contains(&number), "row {row}");
        }
    }
}
