//! JSON into a [`Document`].
//!
//! Not by way of `serde_json::Value`: that keeps the last of two members of the same name and says nothing.

use std::cell::{Cell, RefCell};
use std::fmt;

use reprise_model::Message;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::document::{DEPTH_MAX, Document, MEMBERS_MAX, Member, VALUES_MAX, Value, beyond_limit, malformed};
use crate::media::MediaType;
use crate::place::{Locator, Place};

/// Reads a text that starts at this place. It has no byte order mark and is not empty.
pub(crate) fn read(text: &str, start: Place) -> Result<Document, Message> {
    let limits = Limits::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let result = Seed {
        limits: &limits,
        depth: 0,
    }
    .deserialize(&mut deserializer)
    .and_then(|root| deserializer.end().map(|()| root));
    match result {
        Ok(root) => Ok(Document {
            media_type: MediaType::Json,
            root_name: None,
            root,
        }),
        Err(error) => {
            let place = place_of(text, start, &error);
            match limits.passed.take() {
                Some(reason) => Err(beyond_limit(place, &reason)),
                None => Err(malformed(MediaType::Json, place, &reason_of(&error))),
            }
        }
    }
}

/// What counts as read so far, and the limit that was passed.
#[derive(Default)]
struct Limits {
    values: Cell<usize>,
    passed: RefCell<Option<String>>,
}

impl Limits {
    fn pass<E: Error>(&self, reason: String) -> E {
        let error = E::custom(&reason);
        self.passed.replace(Some(reason));
        error
    }
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    limits: &'a Limits,
    depth: usize,
}

impl Seed<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            return Err(self
                .limits
                .pass(format!("objects and lists may be nested {DEPTH_MAX} deep")));
        }
        Ok(Self {
            limits: self.limits,
            depth: self.depth + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let values = self.limits.values.get() + 1;
        self.limits.values.set(values);
        if values > VALUES_MAX {
            return Err(self.limits.pass(format!("{VALUES_MAX} values are accepted")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Truth(truth))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Integer(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Fraction(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let seed = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(seed)? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let seed = self.deeper()?;
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if members.len() == MEMBERS_MAX {
                return Err(self.limits.pass(format!("an object may have {MEMBERS_MAX} members")));
            }
            members.push(Member {
                name,
                place: None,
                value: map.next_value_seed(seed)?,
            });
        }
        Ok(Value::Object(members))
    }
}

/// Where the error stands; serde_json counts columns in bytes.
fn place_of(text: &str, start: Place, error: &serde_json::Error) -> Place {
    let line_start = match error.line() {
        0 | 1 => 0,
        line => text
            .match_indices('\n')
            .nth(line - 2)
            .map_or(text.len(), |(position, _)| position + 1),
    };
    Locator::new(text, start).place(line_start + error.column().saturating_sub(1))
}

/// The error's words without its place.
fn reason_of(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let words = words
        .rsplit_once(" at line ")
        .map_or(words.as_str(), |(reason, _)| reason);
    if error.is_eof() {
        format!("the body ends in the middle: {words}")
    } else {
        crate::place::shown(words)
    }
}
