//! A calendar day.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A calendar day, as days since 1970-01-01. Written `YYYY-MM-DD`.
///
/// Ranges of days are inclusive at both ends everywhere in Reprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// Why a text is not a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a day; write it as YYYY-MM-DD, such as 2009-07-01")]
pub struct DayError {
    text: String,
}

impl Day {
    /// Stands for "no day" in columns; no real day has this number.
    pub const ABSENT_NUMBER: i32 = i32::MIN;

    /// The day with this many days since 1970-01-01.
    pub const fn from_number(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> i32 {
        self.0
    }
}

const EPOCH: Date = date(1970, 1, 1);

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || DayError { text: text.to_owned() };
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(refuse());
        }
        let digits = |range: std::ops::Range<usize>| {
            bytes[range].iter().try_fold(0_i16, |value, byte| {
                byte.is_ascii_digit().then(|| value * 10 + i16::from(byte - b'0'))
            })
        };
        let (Some(year @ 1..), Some(month), Some(day)) = (digits(0..4), digits(5..7), digits(8..10)) else {
            return Err(refuse());
        };
        let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else {
            return Err(refuse());
        };
        let date = Date::new(year, month, day).map_err(|_| refuse())?;
        EPOCH
            .until(date)
            .map(|span| Self(span.get_days()))
            .map_err(|_| refuse())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match EPOCH.checked_add(self.0.days()) {
            Ok(date) => write!(formatter, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
            // Beyond the years that can be written; no text is read into such a day.
            Err(_) => write!(formatter, "day {}", self.0),
        }
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i32(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i32::deserialize(deserializer).map(Day);
        }
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn every_day_of_four_centuries_is_read_as_it_is_written() {
        let first = "1800-01-01".parse::<Day>().expect("a day").number();
        for number in first..first + 146_097 {
            let day = Day::from_number(number);
            assert_eq!(day.to_string().parse::<Day>(), Ok(day));
        }
    }

    #[test]
    fn counts_from_the_first_of_january_1970() {
        for (text, number) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("2009-07-01", 14_426),
        ] {
            assert_eq!(text.parse::<Day>().map(Day::number), Ok(number), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_day() {
        for text in [
            "",
            "2009-7-1",
            "2009-02-29",
            "2009-13-01",
            "2009-00-10",
            "2009-01-32",
            "20090101",
            "2009-01-01T00",
            "٢٠٠٩-٠١",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }
}
