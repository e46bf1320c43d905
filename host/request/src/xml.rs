//! XML into a [`Document`].
//!
//! Of XML, elements and attributes are read. Comments and processing instructions are passed over, so are
//! `xmlns`, `xmlns:*` and `xsi:*` attributes; a prefix is taken off an element's name. Text is refused, as no request
//! has any: a value that somebody wrote between tags must not be lost in silence. Document types are refused before
//! anything of them is looked at, so there is no entity to expand.

use quick_xml::Reader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::{XmlVersion, escape::EscapeError};
use reprise_model::{Message, MessageKey};

use crate::document::{DEPTH_MAX, Document, MEMBERS_MAX, Member, VALUES_MAX, Value, beyond_limit, malformed};
use crate::media::MediaType;
use crate::place::{Locator, Place, quoted};

/// Reads a text that starts at this place. It has no byte order mark and is not empty.
pub(crate) fn read(text: &str, start: Place) -> Result<Document, Message> {
    let mut builder = Builder {
        text,
        locator: Locator::new(text, start),
        open: Vec::new(),
        root: None,
        values: 0,
    };
    if let Some(position) = first_not_of_xml(text) {
        return Err(builder.malformed(position, "a character that XML does not allow stands here"));
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    loop {
        let start = position_of(reader.buffer_position());
        match reader.read_event() {
            Ok(Event::Start(element)) => builder.open(&element, start)?,
            Ok(Event::Empty(element)) => {
                builder.open(&element, start)?;
                builder.close();
            }
            Ok(Event::End(_)) => builder.close(),
            Ok(Event::Text(content)) => builder.refuse_text(content.as_ref(), start)?,
            Ok(Event::CData(content)) => builder.refuse_text(content.as_ref(), start)?,
            // `&` is not part of what the event holds.
            Ok(Event::GeneralRef(name)) => builder.refuse_text(&format!("&{};", name.as_ref()), start)?,
            Ok(Event::Decl(declaration)) => builder.check_declaration(&declaration, start)?,
            Ok(Event::Comment(_) | Event::PI(_)) => {}
            Ok(Event::DocType(_)) => return Err(Message::new(MessageKey::NoDoctype, [])),
            Ok(Event::Eof) => return builder.finish(),
            Err(error) => return Err(builder.refuse_syntax(&error, position_of(reader.error_position()))),
        }
    }
}

struct Builder<'a> {
    text: &'a str,
    locator: Locator<'a>,
    /// The elements that are not closed yet, outermost first.
    open: Vec<(String, Place, Vec<Member>)>,
    root: Option<(String, Vec<Member>)>,
    values: usize,
}

impl Builder<'_> {
    fn malformed(&mut self, position: usize, reason: &str) -> Message {
        malformed(MediaType::Xml, self.locator.place(position), reason)
    }

    fn count(&mut self, position: usize) -> Result<(), Message> {
        self.values += 1;
        if self.values > VALUES_MAX {
            let place = self.locator.place(position);
            return Err(beyond_limit(
                place,
                &format!("{VALUES_MAX} elements and attributes are accepted"),
            ));
        }
        Ok(())
    }

    fn open(&mut self, element: &BytesStart<'_>, start: usize) -> Result<(), Message> {
        let place = self.locator.place(start);
        let name = element.local_name();
        if self.root.is_some() {
            let reason = format!("after the root element another one, {}, begins", quoted(name.as_ref()));
            return Err(self.malformed(start, &reason));
        }
        if self.open.len() == DEPTH_MAX {
            return Err(beyond_limit(place, &format!("elements may be nested {DEPTH_MAX} deep")));
        }
        self.count(start)?;
        let attributes = self.attributes(element, start)?;
        self.open.push((name.as_ref().to_owned(), place, attributes));
        Ok(())
    }

    fn attributes(&mut self, element: &BytesStart<'_>, start: usize) -> Result<Vec<Member>, Message> {
        let content: &str = element;
        let mut members = Vec::new();
        let mut attributes = element.attributes();
        // Repeats are found where members are read, with the others; the check here would be quadratic.
        for attribute in attributes.with_checks(false) {
            let attribute = attribute.map_err(|error| {
                let reason = format!(
                    "the attributes of {} cannot be read: {error}",
                    quoted(element.name().as_ref())
                );
                self.malformed(start, &reason)
            })?;
            let name: &str = attribute.key.as_ref();
            // Both are slices of the text that was read.
            let offset = name.as_ptr().addr().saturating_sub(content.as_ptr().addr());
            let position = start + 1 + offset;
            self.count(position)?;
            if members.len() == MEMBERS_MAX {
                let place = self.locator.place(position);
                return Err(beyond_limit(
                    place,
                    &format!("an element may have {MEMBERS_MAX} attributes"),
                ));
            }
            if !content
                .get(..offset)
                .is_some_and(|before| before.ends_with([' ', '\t', '\r', '\n']))
            {
                return Err(self.malformed(position, "a space is missing before the attribute"));
            }
            if attribute.value.contains('<') {
                let reason = format!("the value of {} holds `<`; write it as `&lt;`", quoted(name));
                return Err(self.malformed(position, &reason));
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| {
                let reason = format!(
                    "the value of {} cannot be read: {}",
                    quoted(name),
                    escape_reason(&error)
                );
                self.malformed(position, &reason)
            })?;
            if !value.chars().all(is_xml_character) {
                let reason = format!(
                    "the value of {} refers to a character that XML does not allow",
                    quoted(name)
                );
                return Err(self.malformed(position, &reason));
            }
            if name == "xmlns" || name.starts_with("xmlns:") || name.starts_with("xsi:") {
                continue;
            }
            members.push(Member {
                name: name.to_owned(),
                place: Some(self.locator.place(position)),
                value: Value::Text(value.into_owned()),
            });
        }
        Ok(members)
    }

    fn close(&mut self) {
        let Some((name, place, members)) = self.open.pop() else {
            return;
        };
        match self.open.last_mut() {
            Some((_, _, siblings)) => {
                siblings.push(Member {
                    name,
                    place: Some(place),
                    value: Value::Object(members),
                });
            }
            None => self.root = Some((name, members)),
        }
    }

    fn refuse_text(&mut self, content: &str, start: usize) -> Result<(), Message> {
        let words = content.trim_ascii();
        if words.is_empty() {
            return Ok(());
        }
        let position = start + content.len() - content.trim_ascii_start().len();
        match self.open.last() {
            Some((name, ..)) => {
                let label = format!("{} ({})", quoted(name), self.locator.place(position));
                let reason = format!("it holds the text {}; values are written as attributes", quoted(words));
                Err(Message::new(MessageKey::BadValue, [&label, &reason]))
            }
            None => {
                let side = if self.root.is_some() { "after" } else { "before" };
                let reason = format!("{} stands {side} the root element", quoted(words));
                Err(self.malformed(position, &reason))
            }
        }
    }

    fn check_declaration(&mut self, declaration: &BytesDecl<'_>, start: usize) -> Result<(), Message> {
        if start > 0 {
            return Err(self.malformed(start, "the XML declaration stands at the very start or not at all"));
        }
        match declaration.version() {
            Ok(version) if version == "1.0" => {}
            Ok(version) => {
                let reason = format!("it is XML {}; XML `1.0` is accepted", quoted(&version));
                return Err(self.malformed(start, &reason));
            }
            Err(error) => return Err(self.malformed(start, &format!("the XML declaration is not right: {error}"))),
        }
        match declaration.encoding() {
            None => Ok(()),
            Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
            Some(Ok(encoding)) => {
                let reason = format!("it declares the encoding {}; send it in UTF-8", quoted(&encoding));
                Err(self.malformed(start, &reason))
            }
            Some(Err(error)) => Err(self.malformed(start, &format!("the XML declaration is not right: {error}"))),
        }
    }

    fn refuse_syntax(&mut self, error: &Error, position: usize) -> Message {
        let rest = self.text.get(position..).unwrap_or_default();
        let is_declaration = rest.starts_with("<!") && !rest.starts_with("<!--") && !rest.starts_with("<![");
        if is_declaration || matches!(error, Error::Syntax(SyntaxError::UnclosedDoctype)) {
            return Message::new(MessageKey::NoDoctype, []);
        }
        let reason = match error {
            Error::Syntax(error) => format!("the body ends in the middle: {error}"),
            Error::IllFormed(error) => crate::place::shown(&error.to_string()),
            error => crate::place::shown(&error.to_string()),
        };
        self.malformed(position, &reason)
    }

    fn finish(mut self) -> Result<Document, Message> {
        if let Some((name, place, _)) = self.open.last() {
            let reason = format!("the body ends in the middle: {} of {place} is not closed", quoted(name));
            return Err(self.malformed(self.text.len(), &reason));
        }
        match self.root.take() {
            Some((name, members)) => Ok(Document {
                media_type: MediaType::Xml,
                root_name: Some(name),
                root: Value::Object(members),
            }),
            None => Err(self.malformed(self.text.len(), "there is no element in it")),
        }
    }
}

/// The first character that XML 1.0 does not allow. By bytes, as bodies are nearly always all right.
fn first_not_of_xml(text: &str) -> Option<usize> {
    let control = text
        .bytes()
        .position(|byte| byte < b' ' && !is_xml_character(char::from(byte)));
    // U+FFFE and U+FFFF are the only others, and begin as few characters do.
    let other = text
        .match_indices('\u{FFFE}')
        .chain(text.match_indices('\u{FFFF}'))
        .map(|(position, _)| position)
        .min();
    match (control, other) {
        (Some(control), Some(other)) => Some(control.min(other)),
        (control, other) => control.or(other),
    }
}

/// Whether XML 1.0 allows the character. Rust's own characters have no surrogates.
pub(crate) const fn is_xml_character(character: char) -> bool {
    !matches!(character, '\u{0}'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

fn escape_reason(error: &Error) -> String {
    match error {
        Error::Escape(EscapeError::UnrecognizedEntity(_, name)) => format!(
            "the entity {} is unknown; known are &amp;, &lt;, &gt;, &quot; and &apos;",
            quoted(&format!("&{name};"))
        ),
        Error::Escape(EscapeError::UnterminatedEntity(_)) => "`&` without `;`; write it as `&amp;`".to_owned(),
        error => crate::place::shown(&error.to_string()),
    }
}

/// Positions of a text in memory fit.
fn position_of(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}
