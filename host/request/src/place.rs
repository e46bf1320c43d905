//! Where in a body something stands, and how a body's own words are quoted in a message.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in a text: line and column, both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character of the line.
    pub column: usize,
}

impl Place {
    /// The start of a text.
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

/// Turns byte positions of a text into places. Positions that never go back cost one pass over the text in all.
pub(crate) struct Locator<'a> {
    text: &'a str,
    start: Place,
    position: usize,
    place: Place,
}

impl<'a> Locator<'a> {
    /// For a text that starts at this place of a longer one.
    pub(crate) fn new(text: &'a str, start: Place) -> Self {
        Self {
            text,
            start,
            position: 0,
            place: start,
        }
    }

    /// The place of a byte position; one beyond the text's end is the end.
    pub(crate) fn place(&mut self, position: usize) -> Place {
        let position = self.text.floor_char_boundary(position);
        if position < self.position {
            *self = Self::new(self.text, self.start);
        }
        let passed = self.text.get(self.position..position).unwrap_or_default();
        match passed.rfind('\n') {
            None => self.place.column += passed.chars().count(),
            Some(last) => {
                self.place.line += passed.bytes().filter(|byte| *byte == b'\n').count();
                self.place.column = passed.get(last..).unwrap_or_default().chars().count();
            }
        }
        self.position = position;
        self.place
    }
}

/// Words of a body as a message shows them: in backticks, control characters escaped, no longer than people read.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", shown(text))
}

/// As [`quoted`], for a message whose text has the backticks.
pub(crate) fn shown(text: &str) -> String {
    const CHARACTERS_MAX: usize = 100;
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == CHARACTERS_MAX {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{Locator, Place, quoted};

    #[test]
    fn places_count_lines_and_characters() {
        let text = "äb\nc\n\nd";
        let mut locator = Locator::new(text, Place::START);
        for (position, expected) in [
            (0, "line 1, column 1"),
            (2, "line 1, column 2"),
            (3, "line 1, column 3"),
            (4, "line 2, column 1"),
            (5, "line 2, column 2"),
            (7, "line 4, column 1"),
            (99, "line 4, column 2"),
            (1, "line 1, column 1"),
        ] {
            assert_eq!(locator.place(position).to_string(), expected, "{position}");
        }
    }

    #[test]
    fn places_of_a_part_are_places_of_the_whole() {
        let mut locator = Locator::new("ab\nc", Place { line: 7, column: 5 });
        for (position, expected) in [
            (0, "line 7, column 5"),
            (3, "line 8, column 1"),
            (1, "line 7, column 6"),
        ] {
            assert_eq!(locator.place(position).to_string(), expected, "{position}");
        }
    }

    #[test]
    fn quoted_words_are_short_and_printable() {
        assert_eq!(quoted("a\nb\u{0}"), "`a\\nb\\u{0}`");
        assert_eq!(quoted(&"x".repeat(50_000_000)).chars().count(), 103);
    }
}
