//! The fields of an object of `/api/v1`: taken one by one, and everything that is wrong with them collected.

use std::str::FromStr;

use reprise_model::{Day, Relationship, SubmissionStatus};

use super::problem::Problem;
use crate::document::{Document, Member, Value};
use crate::media::MediaType;

/// The largest number that every reader of JSON has.
const NUMBER_MAX: u64 = (1 << 53) - 1;
/// How long a text may be, in bytes.
const TEXT_BYTES_MAX: usize = 200;
/// How long a note may be, in bytes.
const NOTE_BYTES_MAX: usize = 2_000;
/// The day that stands for none.
const NO_DAY: &str = "0001-01-01";

/// The fields of an object that are not taken yet, and what was wrong with those that are.
pub(super) struct Fields {
    left: Vec<Member>,
    /// Everything that is wrong, in the order in which it was found.
    pub(super) problems: Vec<Problem>,
}

impl Fields {
    /// The fields of a body that is an object. `known` are the names that the object can have.
    pub(super) fn read(body: &[u8], known: &[&str]) -> Result<Self, Vec<Problem>> {
        let malformed = |detail: String| vec![Problem::new(Problem::MALFORMED_BODY, "", detail)];
        let document = Document::read(body, MediaType::Json).map_err(|message| malformed(message.text()))?;
        let Value::Object(members) = document.root else {
            let found = document.root.described();
            return Err(malformed(format!("The body is a JSON object, not {found}")));
        };
        let mut fields = Self {
            left: Vec::with_capacity(members.len()),
            problems: Vec::new(),
        };
        for member in members {
            if !known.contains(&member.name.as_str()) {
                fields.problems.push(unknown(&member.name, known));
            } else if fields.left.iter().any(|taken| taken.name == member.name) {
                let detail = format!("{} stands twice in the body; give it once", member.name);
                fields
                    .problems
                    .push(Problem::new(Problem::FIELD_REPEATED, member.name, detail));
            } else {
                fields.left.push(member);
            }
        }
        Ok(fields)
    }

    pub(super) fn problem(&mut self, code: &'static str, field: &str, detail: impl Into<String>) {
        self.problems.push(Problem::new(code, field, detail));
    }

    fn wrong_type(&mut self, name: &str, wanted: &str, found: &Value) {
        let found = found.described();
        self.problem(Problem::WRONG_TYPE, name, format!("{name} is {wanted}, not {found}"));
    }

    /// The value of a field. `null` is an absent one.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let place = self.left.iter().position(|member| member.name == name)?;
        let value = self.left.swap_remove(place).value;
        (value != Value::Null).then_some(value)
    }

    /// The number that something is known by. 0 is none, as that API writes it.
    pub(super) fn number(&mut self, name: &str) -> Option<u64> {
        let value = self.take(name)?;
        match number_of(&value) {
            Ok(number) => number,
            Err(Unfit::Type) => {
                self.wrong_type(name, "a whole number", &value);
                None
            }
            Err(Unfit::Range) => {
                let detail = format!("{name} is a positive whole number below 2^53");
                self.problem(Problem::BAD_VALUE, name, detail);
                None
            }
        }
    }

    /// A list of numbers, without 0.
    pub(super) fn numbers(&mut self, name: &str) -> Option<Vec<u64>> {
        let value = self.take(name)?;
        let Value::List(items) = value else {
            self.wrong_type(name, "a list of whole numbers", &value);
            return None;
        };
        let mut numbers = Vec::with_capacity(items.len());
        for item in &items {
            match number_of(item) {
                Ok(Some(number)) => numbers.push(number),
                Err(Unfit::Type) => {
                    let detail = format!(
                        "{name} is a list of whole numbers, and one of them is {}",
                        item.described()
                    );
                    self.problem(Problem::WRONG_TYPE, name, detail);
                    return None;
                }
                Ok(None) | Err(Unfit::Range) => {
                    let detail = format!("{name} is a list of positive whole numbers below 2^53");
                    self.problem(Problem::BAD_VALUE, name, detail);
                    return None;
                }
            }
        }
        Some(numbers)
    }

    /// One of a vocabulary's letters, exactly. `null` is not taken for an absent one: who sends it has meant to say what.
    pub(super) fn letter<T: FromStr>(&mut self, name: &str, code: &'static str, letters: &str) -> Option<T> {
        let place = self.left.iter().position(|member| member.name == name)?;
        let value = self.left.swap_remove(place).value;
        let Value::Text(text) = &value else {
            self.wrong_type(name, &format!("one of the texts {letters}"), &value);
            return None;
        };
        let read = text.parse().ok();
        if read.is_none() {
            let found = value.described();
            self.problem(code, name, format!("{name} is one of {letters}, not {found}"));
        }
        read
    }

    pub(super) fn status(&mut self, name: &str) -> Option<SubmissionStatus> {
        let letters = SubmissionStatus::ALL.iter().map(|status| status.as_str());
        let letters = letters.collect::<Vec<_>>().join(", ");
        self.letter(name, Problem::BAD_CLAIM_STATUS, &letters)
    }

    pub(super) fn relationship(&mut self, name: &str) -> Option<Relationship> {
        let values = Relationship::ALL.iter().map(|value| value.as_str());
        let values = values.collect::<Vec<_>>().join(", ");
        self.letter(name, Problem::BAD_VALUE, &values)
    }

    /// A day. 0001-01-01 is none.
    pub(super) fn day(&mut self, name: &str) -> Option<Option<Day>> {
        let value = self.take(name)?;
        let Value::Text(text) = &value else {
            self.wrong_type(name, "a day such as \"2026-01-31\"", &value);
            return None;
        };
        if text == NO_DAY {
            return Some(None);
        }
        let read = text.parse().ok();
        if read.is_none() {
            let found = value.described();
            let detail = format!("{name} is a day of the calendar such as \"2026-01-31\", not {found}");
            self.problem(Problem::BAD_VALUE, name, detail);
        }
        read.map(Some)
    }

    /// What a provider or form is known by: a text, or a number as other systems have them. An empty text is none.
    pub(super) fn code(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::Integer(number) if number.len() <= 20 => Some(number),
            Value::Text(text) => self.text(name, text, TEXT_BYTES_MAX, |letter| !letter.is_control()),
            other => {
                self.wrong_type(name, "a text or a whole number", &other);
                None
            }
        }
    }

    pub(super) fn note(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::Text(text) => self.text(name, text, NOTE_BYTES_MAX, |letter| {
                !letter.is_control() || matches!(letter, '\n' | '\r' | '\t')
            }),
            other => {
                self.wrong_type(name, "a text", &other);
                None
            }
        }
    }

    fn text(&mut self, name: &str, text: String, bytes_max: usize, fits: impl Fn(char) -> bool) -> Option<String> {
        if text.len() > bytes_max {
            let detail = format!("{name} is {} bytes long; {bytes_max} are allowed", text.len());
            self.problem(Problem::BAD_VALUE, name, detail);
            return None;
        }
        if !text.chars().all(fits) {
            self.problem(Problem::BAD_VALUE, name, format!("{name} holds a control character"));
            return None;
        }
        Some(text)
    }
}

/// Why a value is no number that something is known by.
enum Unfit {
    Type,
    Range,
}

fn number_of(value: &Value) -> Result<Option<u64>, Unfit> {
    let Value::Integer(digits) = value else {
        return Err(Unfit::Type);
    };
    match digits.parse() {
        Ok(0) => Ok(None),
        Ok(number) if number <= NUMBER_MAX => Ok(Some(number)),
        _ => Err(Unfit::Range),
    }
}

/// Names are exact; one that differs in letters' case alone is likely meant.
fn unknown(name: &str, known: &[&str]) -> Problem {
    let shown = crate::place::shown(name);
    let meant = known.iter().find(|known| known.eq_ignore_ascii_case(name));
    let detail = match meant {
        Some(meant) => format!("{shown} is no field of this request; {meant} is, in these letters"),
        None => format!(
            "{shown} is no field of this request; its fields are {}",
            known.join(", ")
        ),
    };
    Problem::new(Problem::UNKNOWN_FIELD, shown, detail)
}
