//! The neutral tree that a body is read into, whichever format it came in.
//!
//! XML attributes and JSON members become the same [`Member`]s, so that everything after this module is written once.
//! The tree says what was given and where; what is allowed where is not its business, but limits are: whatever the
//! body, reading it takes bounded memory and bounded stack.

use reprise_model::{Message, MessageKey};

use crate::media::MediaType;
use crate::place::{Locator, Place};

/// How deep elements, objects and lists may nest.
pub const DEPTH_MAX: usize = 32;
/// How many attributes an element, or members an object, may have.
pub const MEMBERS_MAX: usize = 256;
/// How many values a body may hold in all.
pub const VALUES_MAX: usize = 100_000;

/// A body, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The format that it came in.
    pub media_type: MediaType,
    /// The name of the root element; JSON has none.
    pub root_name: Option<String>,
    /// The root.
    pub root: Value,
}

/// A value of a [`Document`].
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// JSON `null`.
    Null,
    /// JSON `true` or `false`.
    Truth(bool),
    /// A whole JSON number, as it was written.
    Integer(String),
    /// Any other JSON number. Not exact.
    Fraction(f64),
    /// An XML attribute's value or a JSON string.
    Text(String),
    /// A JSON array.
    List(Vec<Self>),
    /// An XML element, its attributes first and then its child elements, or a JSON object.
    Object(Vec<Member>),
}

/// A named value of a [`Value::Object`]. Names may repeat, as child elements of XML do.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name, without a namespace prefix where it is an element.
    pub name: String,
    /// Where it stands in the text; XML only, JSON is told by path.
    pub place: Option<Place>,
    /// Its value.
    pub value: Value,
}

impl Document {
    /// Reads a body. The first thing that makes it no document ends the reading and is the error.
    pub fn read(body: &[u8], media_type: MediaType) -> Result<Self, Message> {
        Self::read_part(body, media_type, Place::START)
    }

    /// As [`Self::read`], for a part of a file that starts at this place of it.
    pub(crate) fn read_part(body: &[u8], media_type: MediaType, start: Place) -> Result<Self, Message> {
        let text = text_of(body, media_type, start)?;
        match media_type {
            MediaType::Xml => crate::xml::read(text, start),
            MediaType::Json => crate::json::read(text, start),
        }
    }
}

impl Value {
    /// What it is, for a message that says what it should have been.
    pub(crate) fn described(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Truth(truth) => truth.to_string(),
            Self::Integer(number) => format!("the number {}", crate::place::shown(number)),
            Self::Fraction(number) => format!("the number {number}"),
            Self::Text(text) => format!("the text {}", crate::place::quoted(text)),
            Self::List(_) => "a list".to_owned(),
            Self::Object(_) => "an object or element".to_owned(),
        }
    }

    /// Whether it says nothing: `null` and the empty text stand for an absent value.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            _ => false,
        }
    }
}

/// The message that a body is not well-formed, and where.
pub(crate) fn malformed(media_type: MediaType, place: Place, reason: &str) -> Message {
    Message::new(
        MessageKey::MalformedBody,
        [media_type.format_name(), &format!("{place}: {reason}")],
    )
}

/// The message that a body goes beyond a limit, and where.
pub(crate) fn beyond_limit(place: Place, reason: &str) -> Message {
    Message::new(MessageKey::BeyondLimit, [&format!("{place}: {reason}")])
}

/// The body as text, without a byte order mark.
fn text_of(body: &[u8], media_type: MediaType, start: Place) -> Result<&str, Message> {
    if body.starts_with(&[0xFE, 0xFF]) || body.starts_with(&[0xFF, 0xFE]) {
        return Err(malformed(media_type, start, "it is in UTF-16; send it in UTF-8"));
    }
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let text = str::from_utf8(body).map_err(|error| {
        let valid = body
            .get(..error.valid_up_to())
            .and_then(|valid| str::from_utf8(valid).ok())
            .unwrap_or_default();
        malformed(
            media_type,
            Locator::new(valid, start).place(valid.len()),
            "these bytes are not UTF-8; send it in UTF-8",
        )
    })?;
    if text.trim_ascii().is_empty() {
        return Err(malformed(media_type, start, "it is empty"));
    }
    Ok(text)
}
