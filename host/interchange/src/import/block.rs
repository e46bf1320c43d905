//! Sources cut into blocks of whole lines. A block is as large as a worker needs to be busy, and as a long line needs.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::source::{Source, read_error_sentence};

/// How many bytes are gathered before a block is handed over.
const BLOCK_BYTES: usize = 512 * 1024;

/// A piece of a source, in order.
pub(super) struct Block {
    /// Which source it is of.
    pub(super) source: Arc<str>,
    /// Whether it is the source's first.
    pub(super) is_first: bool,
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

/// Buffers that were blocks and will be blocks again: to free and allocate so large ones over and over would make the
/// allocator sweep up after itself each time.
#[derive(Default)]
pub(super) struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    fn take(&self) -> Vec<u8> {
        let spare = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        spare.unwrap_or_else(|| Vec::with_capacity(2 * BLOCK_BYTES))
    }

    /// Takes a buffer back, unless a long line has made it far larger than others.
    pub(super) fn give_back(&self, mut buffer: Vec<u8>) {
        if buffer.capacity() <= 4 * BLOCK_BYTES {
            buffer.clear();
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        }
    }
}

/// Cuts the sources into blocks, one source after the other, and stops at one that cannot be read or where the receiver
/// breaks.
pub(super) fn cut(
    sources: Vec<Source>,
    line_bytes_max: usize,
    buffers: &Buffers,
    hand_over: &mut dyn FnMut(Block) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let counter = Arc::new(AtomicU64::new(0));
    for source in sources {
        let mut cutter = Cutter {
            name: source.shared_name(),
            counter: &counter,
            is_first: true,
            buffers,
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
    is_first: bool,
    buffers: &'a Buffers,
    hand_over: &'a mut dyn FnMut(Block) -> ControlFlow<()>,
}

impl Cutter<'_> {
    fn cut(&mut self, content: &mut dyn Read, line_bytes_max: usize) -> ControlFlow<()> {
        let mut buffer = self.buffers.take();
        // So many bytes of the buffer are known to hold no line end.
        let mut searched = 0;
        loop {
            let read = content.take(BLOCK_BYTES as u64).read_to_end(&mut buffer);
            let last_line_end = buffer[searched..].iter().rposition(|byte| *byte == b'\n');
            if let Some(position) = last_line_end {
                let mut rest = self.buffers.take();
                rest.extend_from_slice(&buffer[searched + position + 1..]);
                buffer.truncate(searched + position + 1);
                self.hand_over(Content::Lines(std::mem::replace(&mut buffer, rest)))?;
            }
            searched = buffer.len();
            match read {
                // What follows the last line end is half a line, and no line.
                Err(error) => return self.unreadable(&error),
                Ok(0) if buffer.is_empty() => return ControlFlow::Continue(()),
                Ok(0) => return self.hand_over(Content::Lines(buffer)),
                Ok(_) if buffer.len() > line_bytes_max => {
                    self.hand_over(Content::OverlongLine)?;
                    if let Err(error) = skip_line(content, &mut buffer) {
                        return self.unreadable(&error);
                    }
                    searched = 0;
                }
                Ok(_) => {}
            }
        }
    }

    fn unreadable(&mut self, error: &std::io::Error) -> ControlFlow<()> {
        self.hand_over(Content::Unreadable(read_error_sentence(error)))?;
        ControlFlow::Break(())
    }

    fn hand_over(&mut self, content: Content) -> ControlFlow<()> {
        let bytes_read = self.counter.load(Ordering::Relaxed);
        let is_first = std::mem::replace(&mut self.is_first, false);
        (self.hand_over)(Block {
            source: Arc::clone(&self.name),
            is_first,
            bytes_read,
            content,
        })
    }
}

/// Passes over the rest of a line; the buffer then holds what was read beyond it.
fn skip_line(content: &mut dyn Read, buffer: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        buffer.clear();
        // What the long line took gives its room back.
        buffer.shrink_to(2 * BLOCK_BYTES);
        if content.take(BLOCK_BYTES as u64).read_to_end(buffer)? == 0 {
            return Ok(());
        }
        if let Some(position) = buffer.iter().position(|byte| *byte == b'\n') {
            buffer.drain(..=position);
            return Ok(());
        }
    }
}
