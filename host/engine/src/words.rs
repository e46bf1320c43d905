//! What a component says, made fit for logs and answers.

/// What is kept of one thing that it says.
const BYTES_MAX: usize = 1_024;

/// One line of bounded length, without control characters.
pub(crate) fn one_line(words: &str) -> String {
    let words = &words[..words.floor_char_boundary(BYTES_MAX)];
    // Nearly every sentence is fit as it is.
    if words.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return words.to_owned();
    }
    words
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn words_are_one_line_of_bounded_length() {
        assert_eq!(one_line("held\nby the\tpayer\u{7f}"), "held by the payer ");
        assert_eq!(one_line(&"x".repeat(5_000)), "x".repeat(1_024));
        // A letter that does not fit whole is left out.
        assert_eq!(one_line(&format!("x{}", "é".repeat(600))).len(), 1_023);
    }
}
