//! What a component is known by.

use std::fmt;
use std::str::FromStr;

use ring::digest::{SHA256, digest};

/// The SHA-256 of a component's bytes: what it is known by. As text, 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// Why a text is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the digest of a component; it must be 64 hexadecimal digits")]
pub struct DigestError {
    text: String,
}

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut sum = [0; 32];
        sum.copy_from_slice(digest(&SHA256, bytes).as_ref());
        Self(sum)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || DigestError { text: text.to_owned() };
        if text.len() != 64 {
            return Err(error());
        }
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let high = hexadecimal_value(digits[0]).ok_or_else(error)?;
            let low = hexadecimal_value(digits[1]).ok_or_else(error)?;
            *byte = high << 4 | low;
        }
        Ok(Self(bytes))
    }
}

const fn hexadecimal_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    const OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_digest_is_the_sha_256_in_small_hexadecimal_digits() {
        assert_eq!(Digest::of(b"").to_string(), OF_NOTHING);
        assert_eq!(format!("{:?}", Digest::of(b"")), format!("Digest({OF_NOTHING})"));
    }

    #[test]
    fn a_digest_is_read_from_its_text() {
        for text in [OF_NOTHING, &OF_NOTHING.to_uppercase()] {
            assert_eq!(text.parse(), Ok(Digest::of(b"")), "{text}");
        }
    }

    #[test]
    fn what_is_no_digest_is_not_read() {
        let long = format!("{OF_NOTHING}0");
        let signed = OF_NOTHING.replacen("e3", "+3", 1);
        let other_letters = OF_NOTHING.replacen("e3b", "é3", 1);
        for text in ["", "e3b0", &OF_NOTHING[1..], &long, &signed, &other_letters] {
            let error = text.parse::<Digest>().expect_err(text);
            assert_eq!(
                error.to_string(),
                format!("`{text}` is not the digest of a component; it must be 64 hexadecimal digits")
            );
        }
    }
}
