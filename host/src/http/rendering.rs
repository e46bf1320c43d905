//! The content of a data file, written out: as it was handed in, or made from the results of an activity.

use std::collections::HashMap;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use reprise_model::MessageKey;
use reprise_request::{DataFileWriter, MediaType, MessageTable, ResponseRoot};
use reprise_store::DataFileSource;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendTimeoutError;

use crate::{Host, HostError};

/// How much is handed to the connection at once.
const PORTION_BYTES: usize = 64 << 10;
/// How long the connection may take to take one. A caller that reads more slowly would hold a thread for ever.
const PORTION_TIME_MAX: Duration = Duration::from_secs(60);

/// A content in one of its forms.
pub(super) struct Content {
    pub(super) payer: String,
    pub(super) source: DataFileSource,
    /// The form of what is made from results.
    pub(super) media_type: MediaType,
    pub(super) root: ResponseRoot,
    pub(super) table: Arc<MessageTable>,
}

/// How long contents are that were made from the results of activities that have ended: by activity and form.
#[derive(Debug, Default)]
pub(super) struct Lengths {
    known: Mutex<HashMap<(i64, MediaType), u64>>,
}

impl Lengths {
    /// More are not kept; they are found again.
    const KEPT_MAX: usize = 10_000;

    fn get(&self, activity: i64, media_type: MediaType) -> Option<u64> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(activity, media_type)).copied()
    }

    fn keep(&self, activity: i64, media_type: MediaType, length_bytes: u64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::KEPT_MAX {
            known.clear();
        }
        known.insert((activity, media_type), length_bytes);
    }
}

impl Content {
    pub(super) const fn content_type(&self) -> &'static str {
        match (self.source, self.media_type) {
            (DataFileSource::Results { .. }, MediaType::Xml) => "application/xml",
            (DataFileSource::Results { .. }, MediaType::Json) => "application/x-ndjson",
            (DataFileSource::Empty | DataFileSource::Content { .. }, _) => "application/octet-stream",
        }
    }

    /// What it is known by: the same for the same bytes, another for others. Only equality says something.
    pub(super) fn entity_tag(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(format!("{:?}", self.source));
        if let DataFileSource::Results { .. } = self.source {
            // What is made of results depends on the form, on this version's texts and on the deployment's codes.
            digest.update(self.media_type.as_str());
            digest.update(env!("CARGO_PKG_VERSION"));
            for key in MessageKey::ALL {
                digest.update(self.table.code(*key));
                digest.update([0]);
            }
        }
        let digest = digest.finalize();
        let hex: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        format!("\"{hex}\"")
    }

    /// How long it is, as far as that is known without writing it out.
    pub(super) fn known_length(&self, lengths: &Lengths) -> Option<u64> {
        match self.source {
            DataFileSource::Empty => Some(0),
            DataFileSource::Content { length_bytes, .. } => Some(length_bytes),
            DataFileSource::Results { activity } => lengths.get(activity, self.media_type),
        }
    }

    /// How long it is, written out to nobody if need be.
    pub(super) fn length(&self, host: &Host, lengths: &Lengths) -> Result<u64, HostError> {
        if let Some(length_bytes) = self.known_length(lengths) {
            return Ok(length_bytes);
        }
        let mut nobody = io::BufWriter::with_capacity(PORTION_BYTES, io::sink());
        self.write(host, lengths, 0..u64::MAX, &mut nobody)
            .map_err(|error| HostError::Technical(format!("the data file cannot be written out: {error}")))
    }

    /// Writes a range of it, which may end behind its end, and answers how far it was written out.
    pub(super) fn write(
        &self,
        host: &Host,
        lengths: &Lengths,
        range: Range<u64>,
        writer: &mut impl Write,
    ) -> io::Result<u64> {
        let mut window = Window {
            writer,
            range,
            position: 0,
        };
        let written = match self.source {
            DataFileSource::Empty => Ok(()),
            DataFileSource::Content { id, .. } => write_chunks(host, id, &mut window),
            DataFileSource::Results { activity } => self.write_results(host, activity, &mut window),
        };
        match written {
            Err(error) if !window.has_passed() => return Err(error),
            _ => window.writer.flush()?,
        }
        // An activity with a data file has ended, so its results stay as they are.
        if let DataFileSource::Results { activity } = self.source
            && !window.has_passed()
        {
            lengths.keep(activity, self.media_type, window.position);
        }
        Ok(window.position)
    }

    fn write_results(&self, host: &Host, activity: i64, window: &mut impl Write) -> io::Result<()> {
        let mut writer = DataFileWriter::with_root(window, self.root, self.media_type, &self.table)?;
        let mut number = 0;
        while let Some((found, results)) = host
            .result_chunk(&self.payer, activity, number)
            .map_err(io::Error::other)?
        {
            for result in &results {
                writer.entry(result)?;
            }
            number = found + 1;
        }
        writer.finish(None).map(|_| ())
    }
}

fn write_chunks(host: &Host, content: reprise_store::ContentId, window: &mut impl Write) -> io::Result<()> {
    for number in 0.. {
        let Some(chunk) = host.content_chunk(content, number).map_err(io::Error::other)? else {
            break;
        };
        window.write_all(&chunk)?;
    }
    Ok(())
}

/// Passes on a range of what is written, and counts all of it.
struct Window<'w, W> {
    writer: &'w mut W,
    range: Range<u64>,
    position: u64,
}

impl<W> Window<'_, W> {
    /// Whether all of a range was written that has an end.
    const fn has_passed(&self) -> bool {
        self.range.end != u64::MAX && self.position >= self.range.end
    }
}

impl<W: Write> Write for Window<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.has_passed() {
            return Err(io::Error::other("more is not asked for"));
        }
        let end = self.position + bytes.len() as u64;
        let within = |place: u64| {
            let place = place.clamp(self.position, end) - self.position;
            usize::try_from(place).unwrap_or(bytes.len())
        };
        self.writer
            .write_all(&bytes[within(self.range.start)..within(self.range.end)])?;
        self.position = end;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Gathers what is written into portions and hands them to the connection, waiting for a slow one, though not for ever.
pub(super) struct Portions {
    sender: mpsc::Sender<io::Result<Bytes>>,
    /// Whose clock tells how long is waited.
    runtime: Handle,
    /// Whether a portion was not taken. Nothing comes after it, else there would be a hole.
    is_broken: bool,
    open: Vec<u8>,
}

impl Portions {
    /// To be made and written to on a thread of the runtime that may block.
    pub(super) fn new(sender: mpsc::Sender<io::Result<Bytes>>) -> Self {
        Self {
            sender,
            runtime: Handle::current(),
            is_broken: false,
            open: Vec::with_capacity(PORTION_BYTES),
        }
    }

    /// The status is out already; ending the body in the middle is how the caller learns that it is not whole.
    pub(super) fn break_off(self, error: io::Error) {
        let sender = self.sender;
        // It waits for its turn without a thread: without it, what was sent might pass for the whole.
        self.runtime.spawn(async move {
            // Nobody is there to be told if the caller has gone.
            let _ = sender.send(Err(error)).await;
        });
    }
}

impl Write for Portions {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.open.extend_from_slice(bytes);
        if self.open.len() >= PORTION_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        if self.is_broken {
            return Err(gone());
        }
        let portion = std::mem::replace(&mut self.open, Vec::with_capacity(PORTION_BYTES));
        let taken = self.sender.send_timeout(Ok(portion.into()), PORTION_TIME_MAX);
        let taken = self.runtime.block_on(taken);
        self.is_broken = taken.is_err();
        taken.map_err(|error| match error {
            SendTimeoutError::Closed(_) => gone(),
            SendTimeoutError::Timeout(_) => {
                let reason = format!("the caller has not read on for {} seconds", PORTION_TIME_MAX.as_secs());
                io::Error::new(io::ErrorKind::TimedOut, reason)
            }
        })
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the caller has gone")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::Window;

    fn check(range: std::ops::Range<u64>, expected: &str) {
        let mut passed_on = Vec::new();
        let mut window = Window {
            writer: &mut passed_on,
            range: range.clone(),
            position: 0,
        };
        for piece in ["ab", "", "c", "defgh", "ij"] {
            let written = window.write_all(piece.as_bytes());
            assert!(written.is_ok() || window.has_passed(), "{range:?} {piece}");
        }
        assert_eq!(passed_on, expected.as_bytes(), "{range:?}");
    }

    #[test]
    fn a_window_passes_on_its_range() {
        check(0..u64::MAX, "abcdefghij");
        check(0..10, "abcdefghij");
        check(0..1, "a");
        check(1..4, "bcd");
        check(2..3, "c");
        check(4..6, "ef");
        check(9..10, "j");
        check(7..20, "hij");
    }
}
