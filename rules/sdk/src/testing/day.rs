//! Dates as a test writes them.

use crate::text;

/// The number of a date such as `2009-06-30`. Ends the test if it is none.
pub fn day(date: &str) -> i32 {
    let parts: Vec<i32> = date.split('-').filter_map(|part| part.parse().ok()).collect();
    if let [year, month, _] = parts[..] {
        // No day is further from this guess than a year, and the text decides.
        let guess = (year - 1970) * 365 + (year - 1969) / 4 + (month - 1) * 30;
        if let Some(number) = (guess - 400..guess + 400).find(|&number| text::day(number) == date) {
            return number;
        }
    }
    crate::rows::broken(&format!("`{date}` is not a date such as 2009-06-30"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_written() {
        for number in (-40_000..40_000).step_by(97) {
            assert_eq!(day(&text::day(number)), number);
        }
    }
}
