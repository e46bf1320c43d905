//! How days, amounts and codes are written in a reason.

use crate::column::Dictionary;

/// A day as `2009-06-30`.
pub fn day(number: i32) -> String {
    let (year, month, day) = civil(number);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The year, month and day of a number of days since 1970-01-01, in the proleptic Gregorian calendar.
fn civil(number: i32) -> (i64, i64, i64) {
    // Years that begin in March put the leap day last, so that the month follows from the day by one division; an era
    // is the 400 years after which the calendar repeats.
    const DAYS_IN_ERA: i64 = 146_097;
    const FROM_0000_03_01_TO_EPOCH: i64 = 719_468;
    let days = i64::from(number) + FROM_0000_03_01_TO_EPOCH;
    let era = days.div_euclid(DAYS_IN_ERA);
    let day_of_era = days.rem_euclid(DAYS_IN_ERA);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

/// An amount in ten-thousandths as `120.00`: two decimals, and as many more as it takes to be exact.
pub fn amount(ten_thousandths: i64) -> String {
    let sign = if ten_thousandths < 0 { "-" } else { "" };
    let (units, fraction) = (
        ten_thousandths.unsigned_abs() / 10_000,
        ten_thousandths.unsigned_abs() % 10_000,
    );
    let mut decimals = format!("{fraction:04}");
    while decimals.len() > 2 && decimals.ends_with('0') {
        decimals.pop();
    }
    format!("{sign}{units}.{decimals}")
}

/// A code of a dictionary as people write it; a serviced entity is two words in one code.
pub fn code(dictionary: Dictionary, code: &str) -> String {
    match (dictionary, code.split_once('\u{1f}')) {
        (Dictionary::ServicedEntity, Some((entity, entity_type))) => format!("{entity} ({entity_type})"),
        _ => code.to_owned(),
    }
}

/// How many of a long list a reason names.
const NAMED_MAX: usize = 8;

/// `A, B, C`, and no more than a reader takes in: `A, B, … and 12 more`.
pub fn list<T: AsRef<str>>(items: &[T]) -> String {
    let named: Vec<&str> = items.iter().take(NAMED_MAX).map(AsRef::as_ref).collect();
    let named = named.join(", ");
    match items.len().saturating_sub(NAMED_MAX) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// `A`, `A or B`, `A, B or C`.
pub fn choice<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [..] if items.len() > NAMED_MAX => list(items),
        [first @ .., last] => [list(first).as_str(), " or ", last.as_ref()].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_dates() {
        for (number, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (14_425, "2009-06-30"),
            (14_426, "2009-07-01"),
            (-719_162, "0001-01-01"),
            (2_932_896, "9999-12-31"),
        ] {
            assert_eq!(day(number), text, "{number}");
        }
        // The ends of the number range are no dates that anybody writes, but must not fail.
        day(i32::MIN);
        day(i32::MAX);
    }

    #[test]
    fn amounts_are_written_exactly() {
        for (number, text) in [
            (0, "0.00"),
            (1_200_000, "120.00"),
            (-100, "-0.01"),
            (1, "0.0001"),
            (-12_345, "-1.2345"),
            (12_500, "1.25"),
        ] {
            assert_eq!(amount(number), text, "{number}");
        }
        assert_eq!(amount(i64::MIN), "-922337203685477.5808");
    }

    #[test]
    fn long_lists_are_cut() {
        let codes: Vec<String> = (0..10).map(|number| number.to_string()).collect();
        assert_eq!(list(&codes), "0, 1, 2, 3, 4, 5, 6, 7 and 2 more");
        assert_eq!(list(&codes[..2]), "0, 1");
        assert_eq!(choice(&codes[..1]), "0");
        assert_eq!(choice(&codes[..3]), "0, 1 or 2");
    }

    #[test]
    fn serviced_entities_show_their_type() {
        assert_eq!(code(Dictionary::ServicedEntity, "M-1\u{1f}PERSON"), "M-1 (PERSON)");
        assert_eq!(code(Dictionary::Provider, "P-1"), "P-1");
    }
}
