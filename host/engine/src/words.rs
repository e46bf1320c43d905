//! What a component says, made fit for logs and answers.

/// What is kept of one thing that it says.
const BYTES_MAX: usize = 1_024;

/// One line of bounded length, without control characters and without blanks around it.
pub(crate) fn one_trimmed_line(words: String) -> String {
    // Nearly every sentence is fit as it is, and is not copied.
    let has_blanks = words.starts_with(char::is_whitespace) || words.ends_with(char::is_whitespace);
    if !has_blanks && words.len() <= BYTES_MAX && is_plain(&words) {
        return words;
    }
    one_line(words.trim())
}

/// Whether a text is made of letters, digits, signs and blanks of ASCII alone. All of it is looked at, many bytes at a time.
fn is_plain(words: &str) -> bool {
    words
        .bytes()
        .fold(true, |is_plain, byte| is_plain & (b' '..=b'~').contains(&byte))
}

/// One line of bounded length, without control characters.
pub(crate) fn one_line(words: &str) -> String {
    let words = &words[..words.floor_char_boundary(BYTES_MAX)];
    if is_plain(words) {
        return words.to_owned();
    }
    words
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

/// Whether a text is one line that is read as it is written: without control characters and without those that turn
/// the direction of what follows.
pub(crate) fn is_on_one_line(text: &str) -> bool {
    let turns = |letter| matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.contains(|letter: char| letter.is_control() || turns(letter))
}

/// A number with its digits in groups of three: `33,554,432`.
pub(crate) fn grouped(number: impl ToString) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Names in backticks with commas between them; nothing if there are none.
pub(crate) fn listed<Name: AsRef<str>>(names: &[Name]) -> Option<String> {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    (!quoted.is_empty()).then(|| quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{grouped, one_line, one_trimmed_line};

    #[test]
    fn words_are_one_line_of_bounded_length() {
        assert_eq!(one_line("held\nby the\tpayer\u{7f}"), "held by the payer ");
        assert_eq!(one_line(&"x".repeat(5_000)), "x".repeat(1_024));
        // A letter that does not fit whole is left out.
        assert_eq!(one_line(&format!("x{}", "é".repeat(600))).len(), 1_023);
    }

    #[test]
    fn a_sentence_is_trimmed_and_one_line() {
        for (said, kept) in [
            ("held by the payer", "held by the payer".to_owned()),
            (" held\nby ", "held by".to_owned()),
            ("\u{a0}\t", String::new()),
            ("größer", "größer".to_owned()),
            (&format!(" {}", "x".repeat(1_025)), "x".repeat(1_024)),
        ] {
            assert_eq!(one_trimmed_line(said.to_owned()), kept, "{said}");
        }
    }

    #[test]
    fn digits_are_in_groups_of_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (33_554_432, "33,554,432")] {
            assert_eq!(grouped(number), text);
        }
    }
}
