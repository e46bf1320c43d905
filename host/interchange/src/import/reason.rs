//! Why a line is not what it should be, in people's words: what is wrong, what would be right, and where.

use serde_json::error::Category;

use super::place::place;

/// The sentence for an error in reading the line.
pub(super) fn reason(line: &str, error: &serde_json::Error) -> String {
    let text = error.to_string();
    // The words without the position, which is that of the line's only line; absent where nothing was read yet.
    let words = match text.rfind(" at line ") {
        Some(end) if error.line() > 0 => &text[..end],
        _ => &text,
    };
    match error.classify() {
        Category::Eof => "the line ends in the middle of its object".to_owned(),
        Category::Syntax | Category::Io => format!("the line is not JSON: {words} at byte {}", error.column()),
        Category::Data => {
            let sentence = data_sentence(words);
            // A value that is refused as its object's last one is reported where the object ended.
            let is_beyond = !words.starts_with("missing field ")
                && line.as_bytes().get(error.column().wrapping_sub(1)) == Some(&b'}');
            match place(line, error.column() - usize::from(is_beyond)) {
                Some(place) => format!("{sentence} (in {place})"),
                None => sentence,
            }
        }
    }
}

/// The sentence for JSON that does not have the shape it should have.
fn data_sentence(words: &str) -> String {
    if let Some(field) = words.strip_prefix("missing field ") {
        return format!("the field {field} is missing");
    }
    if let Some(field) = words.strip_prefix("duplicate field ") {
        return format!("the field {field} is given twice");
    }
    if let Some(rest) = words.strip_prefix("unknown field ") {
        return match rest.split_once(", expected ") {
            Some((field, known)) => {
                let known = known.trim_start_matches("one of ").replace('`', "");
                format!("the field {field} is unknown here; the fields that can be given are {known}")
            }
            None => format!("the field {rest} is unknown here"),
        };
    }
    for prefix in ["invalid type: ", "invalid value: "] {
        if let Some((given, expected)) = words
            .strip_prefix(prefix)
            .and_then(|rest| rest.rsplit_once(", expected "))
        {
            return format!(
                "{} is given where {} is expected",
                given_words(given),
                expected_words(expected)
            );
        }
    }
    words.to_owned()
}

/// What was given, as serde names it, in people's words.
fn given_words(given: &str) -> String {
    let quoted = given.split_once('`').and_then(|(_, rest)| rest.strip_suffix('`'));
    match (given, quoted) {
        ("map", _) => "an object".to_owned(),
        ("sequence", _) => "a list".to_owned(),
        ("null", _) => "null".to_owned(),
        (_, Some(value)) => format!("`{value}`"),
        _ => match given.strip_prefix("string ") {
            Some(text) => format!("the text `{}`", text.trim_matches('"')),
            None => given.to_owned(),
        },
    }
}

/// What was expected, as serde names it, in people's words.
fn expected_words(expected: &str) -> &str {
    match expected {
        "a string" | "str" | "string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "i64" | "u64" => "a whole number",
        "u32" => "a whole number from 0 to 4294967295",
        "a map" => "an object",
        // A structure's own name is no word for people.
        _ if expected.starts_with("struct ") => "an object",
        _ => expected,
    }
}

#[cfg(test)]
mod tests {
    use super::data_sentence;

    #[test]
    fn words_are_those_of_people() {
        for (words, sentence) in [
            ("missing field `code`", "the field `code` is missing"),
            ("duplicate field `code`", "the field `code` is given twice"),
            (
                "unknown field `a`, expected one of `b`, `c`",
                "the field `a` is unknown here; the fields that can be given are b, c",
            ),
            (
                "unknown field `a`, expected `b`",
                "the field `a` is unknown here; the fields that can be given are b",
            ),
            (
                "unknown field `a`, there are no fields",
                "the field `a`, there are no fields is unknown here",
            ),
            (
                "invalid type: integer `3`, expected a string",
                "`3` is given where a text is expected",
            ),
            (
                "invalid type: null, expected a sequence",
                "null is given where a list is expected",
            ),
            (
                "invalid type: map, expected a boolean",
                "an object is given where true or false is expected",
            ),
            (
                "invalid type: sequence, expected struct Line",
                "a list is given where an object is expected",
            ),
            (
                "invalid type: string \"x\", expected i64",
                "the text `x` is given where a whole number is expected",
            ),
            ("`x` is not a day", "`x` is not a day"),
        ] {
            assert_eq!(data_sentence(words), sentence);
        }
    }
}
