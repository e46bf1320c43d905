//! A result data file: what became of each claim of a request or batch, written as it becomes known.

use std::io::{self, Write};

use reprise_model::{Message, MessageKey, ResultMessages};
use serde_json::json;

use crate::answer::{json_messages, push_result_messages};
use crate::media::MediaType;
use crate::message_table::MessageTable;

/// Which request a result data file answers, and so its root in XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseRoot {
    /// A criteria request. Claims come in the byte order of their codes.
    Criteria,
    /// A batch file. Entries come in its order.
    Batch,
}

impl ResponseRoot {
    /// The name of the root element.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Criteria => "claimReprocessingCriteriaResponse",
            Self::Batch => "claimsReprocessResponse",
        }
    }
}

/// Writes a result data file, one entry a line, in constant memory. XML has a root element around the entries; JSON
/// is one object a line.
pub struct DataFileWriter<'t, W: Write> {
    writer: W,
    root: ResponseRoot,
    media_type: MediaType,
    table: &'t MessageTable,
    /// One entry; kept for its capacity.
    line: String,
}

impl<'t, W: Write> DataFileWriter<'t, W> {
    /// Begins the file of a criteria request. The writer should be buffered.
    pub fn new(writer: W, media_type: MediaType, table: &'t MessageTable) -> io::Result<Self> {
        Self::with_root(writer, ResponseRoot::Criteria, media_type, table)
    }

    /// Begins a file. The writer should be buffered.
    pub fn with_root(
        mut writer: W,
        root: ResponseRoot,
        media_type: MediaType,
        table: &'t MessageTable,
    ) -> io::Result<Self> {
        if media_type == MediaType::Xml {
            writeln!(writer, "<{}>", root.as_str())?;
        }
        Ok(Self {
            writer,
            root,
            media_type,
            table,
            line: String::new(),
        })
    }

    /// Writes what became of a claim.
    pub fn entry(&mut self, result: &ResultMessages) -> io::Result<()> {
        self.line.clear();
        match self.media_type {
            MediaType::Xml => push_result_messages(&mut self.line, result, self.table),
            MediaType::Json => {
                let entry = json!({
                    "elementId": result.element_id,
                    "result": result.result.as_str(),
                    "messages": json_messages(result, self.table),
                });
                self.line.push_str(&entry.to_string());
            }
        }
        self.line.push('\n');
        self.writer.write_all(self.line.as_bytes())
    }

    /// Ends the file and gives the writer back, flushed.
    ///
    /// `unfinalize_reason_missing` is for a dry run whose request gives no unfinalize reason: how many of the claims
    /// listed need one. It is said by a last entry, about no claim.
    pub fn finish(mut self, unfinalize_reason_missing: Option<u64>) -> io::Result<W> {
        if let Some(count) = unfinalize_reason_missing {
            let message = Message::new(MessageKey::NoUnfinalizeReasonGiven, [&count.to_string()]);
            self.entry(&ResultMessages::about("", vec![message]))?;
        }
        if self.media_type == MediaType::Xml {
            writeln!(self.writer, "</{}>", self.root.as_str())?;
        }
        self.writer.flush()?;
        Ok(self.writer)
    }
}
