//! The header `Range`: which bytes of a content are asked for.

use std::ops::Range;

/// What of a content is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of it: no range is asked for, several are, or what is asked for is no range of bytes.
    Whole,
    /// These bytes of it, at least one.
    Part(Range<u64>),
    /// Bytes that it does not have.
    Beyond,
}

/// Whether a header asks for a range at all, so that the length has to be known.
pub(super) fn is_range(header: &str) -> bool {
    parse(header).is_some()
}

/// What a header asks for of a content of this length.
pub(super) fn asked(header: &str, length_bytes: u64) -> Asked {
    match parse(header) {
        None => Asked::Whole,
        Some(Bytes::From(start, last)) if start < length_bytes => {
            let end = last.map_or(length_bytes, |last| last.saturating_add(1).min(length_bytes));
            Asked::Part(start..end)
        }
        Some(Bytes::Last(count)) if count > 0 && length_bytes > 0 => {
            Asked::Part(length_bytes.saturating_sub(count)..length_bytes)
        }
        Some(_) => Asked::Beyond,
    }
}

enum Bytes {
    /// From the first to the last of them, or to the end.
    From(u64, Option<u64>),
    /// So many at the end.
    Last(u64),
}

/// One range of bytes; none where the header asks for several or for something else, which may be passed over.
fn parse(header: &str) -> Option<Bytes> {
    let (unit, ranges) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = ranges.trim().split_once('-')?;
    let (first, last) = (first.trim_end(), last.trim_start());
    match (first, last) {
        ("", last) => Some(Bytes::Last(number(last)?)),
        (first, "") => Some(Bytes::From(number(first)?, None)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Bytes::From(first, Some(last)))
        }
    }
}

/// Digits only; more than fit are as good as the most that fit.
fn number(digits: &str) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::Asked::{self, Beyond, Part, Whole};
    use super::asked;

    fn check(header: &str, length_bytes: u64, expected: &Asked) {
        assert_eq!(asked(header, length_bytes), *expected, "{header} of {length_bytes}");
    }

    #[test]
    fn one_range_is_a_part() {
        for (header, length_bytes, part) in [
            ("bytes=0-0", 10, 0..1),
            ("bytes=0-9", 10, 0..10),
            ("bytes=3-5", 10, 3..6),
            ("bytes=3-", 10, 3..10),
            ("bytes=3-99999999999999999999999", 10, 3..10),
            ("bytes=-3", 10, 7..10),
            ("bytes=-11", 10, 0..10),
            ("Bytes = 3 - 5", 10, 3..6),
        ] {
            check(header, length_bytes, &Part(part));
        }
    }

    #[test]
    fn what_the_content_does_not_have_is_beyond() {
        for (header, length_bytes) in [
            ("bytes=10-", 10),
            ("bytes=10-12", 10),
            ("bytes=99999999999999999999999-", 10),
            ("bytes=-0", 10),
            ("bytes=0-", 0),
            ("bytes=-1", 0),
        ] {
            check(header, length_bytes, &Beyond);
        }
    }

    #[test]
    fn several_ranges_and_what_is_no_range_are_passed_over() {
        for header in [
            "bytes=0-1,3-4",
            "bytes=5-3",
            "bytes=-",
            "bytes=",
            "bytes",
            "",
            "lines=0-1",
            "bytes=+1-2",
            "bytes=a-b",
            "bytes=1--2",
        ] {
            check(header, 10, &Whole);
        }
    }
}
