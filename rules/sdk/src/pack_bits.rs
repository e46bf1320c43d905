//! 64 verdicts of a byte each, 0 or 1, into the bits of a word.

/// Verdict `i` becomes bit `i`.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
pub(crate) fn pack(verdicts: &[u8; 64]) -> u64 {
    use core::arch::wasm32::{i8x16_bitmask, i8x16_ne, u64x2, u64x2_splat};
    let mut word = 0;
    // Intrinsics that load through a pointer are unsafe; a vector put together from two words is the same load once
    // it has been compiled.
    for (quarter, bytes) in verdicts.chunks_exact(16).enumerate() {
        let (low, high) = bytes.split_at(8);
        let lanes = u64x2(eight(low), eight(high));
        word |= u64::from(i8x16_bitmask(i8x16_ne(lanes, u64x2_splat(0)))) << (quarter * 16);
    }
    word
}

/// Verdict `i` becomes bit `i`.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
pub(crate) fn pack(verdicts: &[u8; 64]) -> u64 {
    // Eight bytes of 0 or 1 times this constant bring the eight bits together in the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    verdicts.chunks_exact(8).enumerate().fold(0, |word, (byte, verdicts)| {
        word | (eight(verdicts).wrapping_mul(GATHER) >> 56) << (byte * 8)
    })
}

/// Eight bytes as one word, the first lowest.
#[inline(always)]
fn eight(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::pack;

    #[test]
    fn each_verdict_is_its_bit() {
        for bit in 0..64 {
            let mut verdicts = [0; 64];
            verdicts[bit] = 1;
            assert_eq!(pack(&verdicts), 1 << bit);
            let inverse = verdicts.map(|verdict| 1 - verdict);
            assert_eq!(pack(&inverse), !(1 << bit));
        }
    }
}
