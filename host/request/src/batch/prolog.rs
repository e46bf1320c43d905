//! The beginning of a batch file: which format it is in, and whether its root is one of a batch file.

use std::io::Read;

use reprise_model::{Message, MessageKey};

use crate::batch::BatchError;
use crate::batch::split::{Next, is_blank};
use crate::batch::window::{ENTRY_BYTES_MAX, Window};
use crate::batch::xml::{Markup, NAME_BYTES_MAX, TagEnd, first_words, markup_at, name_at, pass_hidden, pass_tag};
use crate::document::{Document, Value, beyond_limit, malformed};
use crate::fields::Object;
use crate::media::MediaType;
use crate::place::{Place, quoted};

/// The roots that a batch file in XML may have.
const ROOTS: [&str; 2] = ["claimsReprocessRequests", "claims"];

/// How a batch file begins.
pub(crate) struct Prolog {
    /// The root's name as its tag has it; none in JSON.
    pub(crate) root: Option<String>,
    pub(crate) next: Next,
}

/// Reads up to the first entry.
pub(crate) fn read_prolog<R: Read>(window: &mut Window<R>) -> Result<Prolog, BatchError> {
    match window.ahead(3)? {
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] => {
            let message = malformed(MediaType::Xml, Place::START, "it is in UTF-16; send it in UTF-8");
            return Err(BatchError::Refused(message));
        }
        b"\xEF\xBB\xBF" => window.pass_unplaced(3),
        _ => {}
    }
    match window.skip_while(is_blank)? {
        None => Err(BatchError::Empty),
        Some(b'[') => {
            window.pass(1);
            Ok(Prolog {
                root: None,
                next: Next::First,
            })
        }
        Some(b'<') => {
            let (root, next) = read_root(window)?;
            Ok(Prolog { root: Some(root), next })
        }
        Some(b'{') => Err(BatchError::Refused(unexpected("an object"))),
        Some(_) => Err(BatchError::Refused(unexpected(&first_words(window)?))),
    }
}

fn unexpected(found: &str) -> Message {
    let expected = format!("{}, or in JSON a list", ROOTS.join(" or "));
    Message::new(MessageKey::UnexpectedRoot, [found, &expected])
}

/// Reads up to the end of the root's tag. Everything up to there is a document of its own if the tag is closed, and
/// is held to everything that a document is held to.
fn read_root<R: Read>(window: &mut Window<R>) -> Result<(String, Next), BatchError> {
    let refuse = |message| Err(BatchError::Refused(message));
    let cut = Message::new(MessageKey::FileTruncated, ["0", "its root element is not complete"]);
    window.begin();
    let start = window.begun_place();
    let (position, end) = loop {
        let Some(byte) = window.skip_while(is_blank)? else {
            return refuse(cut);
        };
        let place = window.place();
        if byte != b'<' {
            let reason = format!("{} stands before the root element", first_words(window)?);
            return refuse(malformed(MediaType::Xml, place, &reason));
        }
        match markup_at(window, "")? {
            Markup::Declaration => return refuse(Message::new(MessageKey::NoDoctype, [])),
            markup @ (Markup::Comment | Markup::Instruction) => {
                if !pass_hidden(window, markup)? {
                    return refuse(cut);
                }
            }
            _ => {
                let position = window.entry().map_or(0, <[u8]>::len);
                match pass_tag(window)? {
                    TagEnd::Cut => return refuse(cut),
                    TagEnd::Broken => return refuse(malformed(MediaType::Xml, place, "the tag is not closed")),
                    end => break (position, end),
                }
            }
        }
    };
    let Some(prolog) = window.entry() else {
        let reason = format!("up to the root's tag {ENTRY_BYTES_MAX} bytes are accepted");
        return refuse(beyond_limit(start, &reason));
    };
    let mut whole = prolog.to_vec();
    if end == TagEnd::Open {
        whole.truncate(whole.len() - 1);
        whole.extend_from_slice(b"/>");
    }
    let document = Document::read_part(&whole, MediaType::Xml, start).map_err(BatchError::Refused)?;
    let local = document.root_name.unwrap_or_default();
    if !ROOTS.contains(&local.as_str()) {
        return refuse(unexpected(&quoted(&local)));
    }
    if let Value::Object(members) = &document.root
        && let [member, ..] = members.as_slice()
    {
        let label = Object::root(members, MediaType::Xml, None).label(member);
        return refuse(Message::new(MessageKey::UnknownMember, [&label, "no attributes"]));
    }
    let name = name_at(whole.get(position + 1..).unwrap_or_default());
    if name.len() > NAME_BYTES_MAX {
        let reason = format!("a name of {NAME_BYTES_MAX} bytes is accepted for the root");
        return refuse(beyond_limit(start, &reason));
    }
    let next = if end == TagEnd::Open {
        Next::Entry
    } else {
        Next::Nothing
    };
    Ok((String::from_utf8_lossy(name).into_owned(), next))
}
