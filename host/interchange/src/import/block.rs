//! Sources cut into blocks of whole lines. A block is as large as a worker needs to be busy, and as a long line needs.

use std::io::{ErrorKind, Read};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::source::{Source, read_error_sentence};

/// How many bytes are gathered before a block is handed over.
const BLOCK_BYTES: usize = 512 * 1024;

/// A piece of a source, in order.
pub(super) struct Block {
    /// Which source it is of.
    pub(super) source: Arc<str>,
    /// The number of its first line, from 1.
    pub(super) first_line: u64,
    /// Bytes read of all sources when it was cut.
    pub(super) bytes_read: u64,
    pub(super) content: Content,
}

/// What is in a block.
pub(super) enum Content {
    /// Whole lines. The last one may lack its line end.
    Lines(Vec<u8>),
    /// One line, longer than is allowed, which was passed over.
    OverlongLine,
    /// From here on the source cannot be read, for this reason.
    Unreadable(String),
}

/// Cuts the sources into blocks, one source after the other, and stops at one that cannot be read or where the receiver
/// breaks.
pub(super) fn cut(
    sources: Vec<Source>,
    line_bytes_max: usize,
    hand_over: &mut dyn FnMut(Block) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let counter = Arc::new(AtomicU64::new(0));
    for source in sources {
        let mut cutter = Cutter {
            name: source.shared_name(),
            counter: &counter,
            next_line: 1,
            hand_over,
        };
        match source.content(&counter) {
            Ok(mut content) => cutter.cut(&mut content, line_bytes_max)?,
            Err(error) => cutter.unreadable(&error)?,
        }
    }
    ControlFlow::Continue(())
}

/// Cuts one source.
struct Cutter<'a> {
    name: Arc<str>,
    counter: &'a AtomicU64,
    next_line: u64,
    hand_over: &'a mut dyn FnMut(Block) -> ControlFlow<()>,
}

impl Cutter<'_> {
    fn cut(&mut self, content: &mut dyn Read, line_bytes_max: usize) -> ControlFlow<()> {
        let mut buffer = Vec::with_capacity(2 * BLOCK_BYTES);
        // So many bytes of the buffer are known to hold no line end.
        let mut searched = 0;
        loop {
            let read = content.take(BLOCK_BYTES as u64).read_to_end(&mut buffer);
            let last_line_end = buffer[searched..].iter().rposition(|byte| *byte == b'\n');
            if let Some(position) = last_line_end {
                let rest = buffer.split_off(searched + position + 1);
                self.lines(std::mem::replace(&mut buffer, rest))?;
                buffer.reserve(2 * BLOCK_BYTES);
            }
            searched = buffer.len();
            match read {
                // What follows the last line end is half a line, and no line.
                Err(error) => return self.unreadable(&error),
                Ok(0) if buffer.is_empty() => return ControlFlow::Continue(()),
                Ok(0) => return self.lines(buffer),
                Ok(_) if buffer.len() > line_bytes_max => {
                    self.hand_over(0, Content::OverlongLine)?;
                    self.next_line += 1;
                    if let Err(error) = skip_line(content, &mut buffer) {
                        return self.unreadable(&error);
                    }
                    searched = 0;
                }
                Ok(_) => {}
            }
        }
    }

    fn lines(&mut self, bytes: Vec<u8>) -> ControlFlow<()> {
        #[expect(
            clippy::naive_bytecount,
            reason = "a thousandth of the work of parsing is no reason for a dependency"
        )]
        let line_ends = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.hand_over(line_ends, Content::Lines(bytes))
    }

    fn unreadable(&mut self, error: &std::io::Error) -> ControlFlow<()> {
        self.hand_over(0, Content::Unreadable(read_error_sentence(error)))?;
        ControlFlow::Break(())
    }

    fn hand_over(&mut self, line_ends: u64, content: Content) -> ControlFlow<()> {
        let first_line = self.next_line;
        self.next_line += line_ends;
        let bytes_read = self.counter.load(Ordering::Relaxed);
        (self.hand_over)(Block {
            source: Arc::clone(&self.name),
            first_line,
            bytes_read,
            content,
        })
    }
}

/// Passes over the rest of a line; the buffer then holds what was read beyond it.
fn skip_line(content: &mut dyn Read, buffer: &mut Vec<u8>) -> std::io::Result<()> {
    let mut chunk = vec![0; BLOCK_BYTES];
    buffer.clear();
    loop {
        let read = match content.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if let Some(position) = chunk[..read].iter().position(|byte| *byte == b'\n') {
            buffer.extend_from_slice(&chunk[position + 1..read]);
            // What was cut already gives its room back.
            buffer.shrink_to(2 * BLOCK_BYTES);
            return Ok(());
        }
    }
}
