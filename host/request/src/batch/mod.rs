//! Batch files: many requests to reprocess one claim, read one by one in constant memory.
//!
//! A file is split into its entries by their bytes, and each entry is read as the body of a request for one claim is
//! read. So what is wrong with an entry costs that entry, and what is wrong between entries is an entry that cannot be
//! read. A file that ends before its root does is told apart from one that ends.

mod json;
mod prolog;
mod split;
mod window;
mod xml;

use std::io::{self, Read};
use std::ops::Deref;

use reprise_model::{Message, MessageKey};
use serde::{Deserialize, Serialize};

use crate::batch::prolog::read_prolog;
use crate::batch::split::{Found, Next};
use crate::batch::window::Window;
use crate::document::Document;
use crate::media::MediaType;
use crate::names::NameMap;
use crate::place::Place;
use crate::single::{ReprocessRequest, read_reprocess_request_in_part};

pub use window::{BATCH_WINDOW_BYTES_MAX, ENTRY_BYTES_MAX};

/// Why a file cannot be read as a batch file.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// Reading it failed.
    #[error("the batch file could not be read: {0}")]
    Io(#[from] io::Error),
    /// There is nothing in it but blanks.
    #[error("the batch file is empty")]
    Empty,
    /// It is no batch file.
    #[error("{}", .0.text())]
    Refused(Message),
}

/// An entry of a batch file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchEntry {
    /// Which it is, from 1.
    pub number: u64,
    /// Where it begins.
    pub place: Place,
    /// Where it ends, in bytes of the file.
    pub end_offset: u64,
    /// The request, and what is wrong with it: it is to be processed only if nothing is. An error is an entry that is
    /// no request that names a claim, and says where it stands.
    pub content: Result<(ReprocessRequest, Vec<Message>), Message>,
}

/// What comes next in a batch file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchStep {
    /// An entry.
    Entry(Box<BatchEntry>),
    /// The end.
    End,
    /// The end of a file that ends in the middle: what to say of it. Every entry that is complete came before.
    Truncated(Message),
}

/// From where a batch file can be read on: the end of an entry, or the beginning of the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumePoint {
    offset: u64,
    entries: u64,
    place: Place,
    root: Option<String>,
    next: Next,
}

impl ResumePoint {
    /// Where in the file it is, in bytes.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// How many entries are before it.
    pub const fn entries(&self) -> u64 {
        self.entries
    }
}

/// Reads a batch file. What it holds of the file is at most [`BATCH_WINDOW_BYTES_MAX`] bytes.
pub struct BatchReader<N, R> {
    window: Window<R>,
    names: N,
    point: ResumePoint,
    /// Why nothing more is read.
    ended: Option<Ended>,
}

enum Ended {
    Whole,
    Cut(Message),
    Failed,
}

impl<N: Deref<Target = NameMap>, R: Read> BatchReader<N, R> {
    /// Reads the beginning of a file, up to its first entry. Which format it is in is told from its first byte. What
    /// is given is best not buffered.
    pub fn new(reader: R, names: N) -> Result<Self, BatchError> {
        let mut window = Window::new(reader, 0, Place::START);
        let prolog = read_prolog(&mut window)?;
        let point = ResumePoint {
            offset: window.offset(),
            entries: 0,
            place: window.place(),
            root: prolog.root,
            next: prolog.next,
        };
        Ok(Self {
            window,
            names,
            point,
            ended: None,
        })
    }

    /// Reads on in a file from a point of it, which is where the reader has to stand.
    pub fn resume(reader: R, point: ResumePoint, names: N) -> Self {
        Self {
            window: Window::new(reader, point.offset, point.place),
            names,
            point,
            ended: None,
        }
    }

    /// The format of the file.
    pub const fn media_type(&self) -> MediaType {
        match self.point.root {
            Some(_) => MediaType::Xml,
            None => MediaType::Json,
        }
    }

    /// The point behind the last entry that was read.
    pub fn resume_point(&self) -> ResumePoint {
        self.point.clone()
    }

    /// The next entry, or the end. After an error, read on from the last point with another reader.
    pub fn step(&mut self) -> io::Result<BatchStep> {
        match &self.ended {
            Some(Ended::Cut(message)) => return Ok(BatchStep::Truncated(message.clone())),
            Some(Ended::Whole) => return Ok(BatchStep::End),
            Some(Ended::Failed) => return Err(io::Error::other("reading failed before")),
            None => {}
        }
        let found = match &self.point.root {
            Some(root) => xml::next_entry(&mut self.window, root, self.point.next),
            None => json::next_entry(&mut self.window, self.point.next),
        };
        match found {
            Ok(Found::Entry { flaw, next }) => Ok(BatchStep::Entry(Box::new(self.entry(flaw, next)))),
            Ok(Found::End) => {
                self.ended = Some(Ended::Whole);
                Ok(BatchStep::End)
            }
            Ok(Found::Cut { in_entry }) => {
                let message = self.truncated(in_entry);
                self.ended = Some(Ended::Cut(message.clone()));
                Ok(BatchStep::Truncated(message))
            }
            Err(error) => {
                self.ended = Some(Ended::Failed);
                Err(error)
            }
        }
    }

    fn truncated(&self, in_entry: bool) -> Message {
        let reason = if in_entry {
            let place = self.window.begun_place();
            format!("entry {}, {place}, is not complete", self.point.entries + 1)
        } else {
            match &self.point.root {
                Some(root) => format!("the end tag `</{root}>` is missing"),
                None => "the `]` of the list is missing".to_owned(),
            }
        };
        let entries = self.point.entries.to_string();
        Message::new(MessageKey::FileTruncated, [&entries, &reason])
    }

    /// The entry that the window holds.
    fn entry(&mut self, flaw: Option<String>, next: Next) -> BatchEntry {
        self.point.entries += 1;
        self.point.offset = self.window.offset();
        self.point.place = self.window.place();
        self.point.next = next;
        let (number, place) = (self.point.entries, self.window.begun_place());
        let content = self.content(flaw).map_err(|reason| {
            let arguments = [&number.to_string(), &place.to_string(), &reason];
            Message::new(MessageKey::UnreadableEntry, arguments.map(String::as_str))
        });
        BatchEntry {
            number,
            place,
            end_offset: self.point.offset,
            content,
        }
    }

    /// The request that the window holds, and what is wrong with it; or why there is none.
    fn content(&self, flaw: Option<String>) -> Result<(ReprocessRequest, Vec<Message>), String> {
        if let Some(flaw) = flaw {
            return Err(flaw);
        }
        let Some(bytes) = self.window.entry() else {
            return Err(format!("it is larger than {ENTRY_BYTES_MAX} bytes"));
        };
        let document = Document::read_part(bytes, self.media_type(), self.window.begun_place());
        let document = document.map_err(|message| reason_of(&message))?;
        let (request, findings) =
            read_reprocess_request_in_part(&document, &self.names).map_err(|message| reason_of(&message))?;
        if request.code.is_empty() {
            return Err(reasons_of(&findings));
        }
        Ok((request, findings))
    }
}

/// What a message about a body says, without what it says of the body as a whole.
fn reason_of(message: &Message) -> String {
    match (message.key, message.arguments.as_slice()) {
        (MessageKey::MalformedBody, [_, reason]) | (MessageKey::BeyondLimit, [reason]) => reason.clone(),
        _ => message.text(),
    }
}

fn reasons_of(messages: &[Message]) -> String {
    const SHOWN_MAX: usize = 5;
    let shown: Vec<_> = messages.iter().take(SHOWN_MAX).map(Message::text).collect();
    match messages.len().saturating_sub(SHOWN_MAX) {
        0 => shown.join("; "),
        more => format!("{}; and {more} more findings", shown.join("; ")),
    }
}
