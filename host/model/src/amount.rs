//! An amount of money.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount of money, exactly, in ten-thousandths of its currency's unit: 12.34 USD is 123,400.
///
/// One scale for every currency (ISO 4217 knows none finer), so that a range of amounts holds for claims of several
/// currencies. Whether an amount is whole in its currency's own smallest unit is checked where both are known, by
/// [`Currency::admits`](crate::Currency::admits).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

/// Why a text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an amount; write it as a decimal number with at most four decimals, such as 120.00")]
pub struct AmountError {
    text: String,
}

impl Amount {
    /// Stands for "no amount" in columns; no real amount has this number.
    pub const ABSENT_NUMBER: i64 = i64::MIN;
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// Ten-thousandths in one unit of currency.
    pub const SCALE: i64 = 10_000;

    /// The amount of this many ten-thousandths.
    pub const fn from_number(ten_thousandths: i64) -> Self {
        Self(ten_thousandths)
    }

    /// Ten-thousandths of the currency's unit.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The sum, or none if it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The amount as text with this many decimals at least, and as many more as it takes to be exact.
    pub fn to_text(self, decimals_min: u32) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let scale = Self::SCALE.unsigned_abs();
        let (units, mut fraction) = (self.0.unsigned_abs() / scale, self.0.unsigned_abs() % scale);
        let mut decimals = 4;
        while decimals > decimals_min && fraction % 10 == 0 {
            fraction /= 10;
            decimals -= 1;
        }
        if decimals == 0 {
            format!("{sign}{units}")
        } else {
            format!("{sign}{units}.{fraction:0width$}", width = decimals as usize)
        }
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || AmountError { text: text.to_owned() };
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (units, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(units) || !all_digits(fraction) {
            return Err(refuse());
        }
        // Zeros beyond the fourth decimal say nothing.
        let (kept, beyond) = fraction.split_at(fraction.len().min(4));
        if beyond.bytes().any(|byte| byte != b'0') {
            return Err(refuse());
        }
        let mut number: i64 = units.parse().map_err(|_| refuse())?;
        for position in 0..4 {
            let digit = kept.as_bytes().get(position).map_or(0, |byte| i64::from(byte - b'0'));
            number = number
                .checked_mul(10)
                .and_then(|scaled| scaled.checked_add(digit))
                .ok_or_else(refuse)?;
        }
        Ok(Self(if negative { -number } else { number }))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_text(2))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Amount);
        }
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn is_read_exactly() {
        for (text, number) in [
            ("0", 0),
            ("120.00", 1_200_000),
            ("-0.01", -100),
            ("0.0001", 1),
            ("7.5", 75_000),
            ("1.000000", 10_000),
        ] {
            assert_eq!(text.parse::<Amount>().map(Amount::number), Ok(number), "{text}");
        }
    }

    #[test]
    fn is_written_with_as_many_decimals_as_asked_and_needed() {
        for (number, decimals_min, text) in [
            (1_200_000, 2, "120.00"),
            (-100, 2, "-0.01"),
            (1, 2, "0.0001"),
            (120_000, 0, "12"),
            (125_000, 0, "12.5"),
        ] {
            assert_eq!(Amount::from_number(number).to_text(decimals_min), text);
        }
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1,00",
            "1e3",
            "0.00001",
            "+1",
            "99999999999999999",
            "1.0.0",
            "--1",
        ] {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
    }
}
