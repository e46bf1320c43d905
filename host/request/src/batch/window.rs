//! A file's bytes, seen through a window that is as long as an entry may be, and no longer.

use std::io::{self, Read};

use crate::place::Place;

/// How long an entry of a batch file may be. A longer one is passed over.
pub const ENTRY_BYTES_MAX: usize = 1 << 20;
/// How many bytes are read at once.
const READ_BYTES: usize = 64 << 10;
/// What a reader of a batch file holds of it at most, however long file and entries are.
pub const BATCH_WINDOW_BYTES_MAX: usize = ENTRY_BYTES_MAX + 2 * READ_BYTES;

/// The bytes from the beginning of the current entry to as far as was read.
pub(crate) struct Window<R> {
    reader: R,
    /// Grows to what is needed, never shrinks.
    bytes: Vec<u8>,
    /// Where in `bytes` the current entry begins.
    begun: usize,
    begun_place: Place,
    /// Where in `bytes` the next byte is.
    at: usize,
    /// Where in `bytes` what was read ends.
    filled: usize,
    /// Where in the file `bytes` begins.
    offset: u64,
    /// A place, and where in `bytes` it is. Not beyond `at`.
    place: Place,
    placed: usize,
    /// Whether the entry is longer than is kept.
    overflowed: bool,
}

impl<R: Read> Window<R> {
    /// A window on what a reader gives, which begins here in its file.
    pub(crate) fn new(reader: R, offset: u64, place: Place) -> Self {
        Self {
            reader,
            bytes: Vec::new(),
            begun: 0,
            begun_place: place,
            at: 0,
            filled: 0,
            offset,
            place,
            placed: 0,
            overflowed: false,
        }
    }

    /// Begins an entry at the next byte.
    pub(crate) fn begin(&mut self) {
        self.begun_place = self.place();
        self.begun = self.at;
        self.overflowed = false;
    }

    /// Where the entry begins.
    pub(crate) const fn begun_place(&self) -> Place {
        self.begun_place
    }

    /// The entry up to here; none if it is longer than is kept.
    pub(crate) fn entry(&self) -> Option<&[u8]> {
        if self.overflowed {
            return None;
        }
        self.bytes.get(self.begun..self.at)
    }

    pub(crate) const fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// Where in the file the next byte is.
    pub(crate) fn offset(&self) -> u64 {
        self.offset + self.at as u64
    }

    /// The place of the next byte. What is not UTF-8 counts in some way.
    pub(crate) fn place(&mut self) -> Place {
        self.place_up_to(self.at);
        self.place
    }

    fn place_up_to(&mut self, position: usize) {
        for byte in self.bytes.get(self.placed..position).unwrap_or_default() {
            if *byte == b'\n' {
                self.place.line += 1;
                self.place.column = 1;
            } else if byte & 0b1100_0000 != 0b1000_0000 {
                self.place.column += 1;
            }
        }
        self.placed = self.placed.max(position);
    }

    /// The next byte; none at the end of the file.
    pub(crate) fn peek(&mut self) -> io::Result<Option<u8>> {
        if self.at == self.filled && !self.fill()? {
            return Ok(None);
        }
        Ok(self.bytes.get(self.at).copied())
    }

    /// The next bytes, this many if the file has them. A few hundred may be asked for.
    pub(crate) fn ahead(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.filled - self.at < count && self.fill()? {}
        let end = self.filled.min(self.at + count);
        Ok(self.bytes.get(self.at..end).unwrap_or_default())
    }

    /// Passes over bytes that were looked at.
    pub(crate) fn pass(&mut self, count: usize) {
        self.at = self.filled.min(self.at + count);
        if self.overflowed || self.at - self.begun > ENTRY_BYTES_MAX {
            self.overflowed = true;
            self.begun = self.at;
        }
    }

    /// Passes over bytes that have no place.
    pub(crate) fn pass_unplaced(&mut self, count: usize) {
        self.place();
        self.pass(count);
        self.placed = self.at;
    }

    /// Goes back over bytes of this entry, as far as they are still there and no place behind them was asked for.
    pub(crate) fn back(&mut self, count: usize) {
        self.at = self.begun.max(self.placed).max(self.at.saturating_sub(count));
    }

    /// Passes over bytes while that is wanted. The byte that it ends before; none at the end of the file.
    pub(crate) fn skip_while(&mut self, mut wanted: impl FnMut(u8) -> bool) -> io::Result<Option<u8>> {
        loop {
            let unread = self.bytes.get(self.at..self.filled).unwrap_or_default();
            match unread.iter().position(|byte| !wanted(*byte)) {
                Some(count) => {
                    self.pass(count);
                    return self.peek();
                }
                None => {
                    self.pass(unread.len());
                    if !self.fill()? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Passes over everything up to a mark and over the mark. Whether it is there.
    pub(crate) fn pass_through(&mut self, mark: &[u8]) -> io::Result<bool> {
        let first = mark.first().copied().unwrap_or_default();
        while self.skip_while(|byte| byte != first)?.is_some() {
            if self.ahead(mark.len())? == mark {
                self.pass(mark.len());
                return Ok(true);
            }
            self.pass(1);
        }
        Ok(false)
    }

    /// Reads on. Whether there was something.
    fn fill(&mut self) -> io::Result<bool> {
        if self.begun > 0 {
            self.place_up_to(self.begun);
            self.bytes.copy_within(self.begun..self.filled, 0);
            self.offset += self.begun as u64;
            self.at -= self.begun;
            self.placed -= self.begun;
            self.filled -= self.begun;
            self.begun = 0;
        }
        if self.bytes.len() == self.filled {
            self.bytes.reserve_exact(READ_BYTES);
            self.bytes.resize(self.filled + READ_BYTES, 0);
        }
        let room = self.bytes.get_mut(self.filled..).unwrap_or_default();
        loop {
            match self.reader.read(room) {
                Ok(count) => {
                    self.filled += count.min(room.len());
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn held_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{BATCH_WINDOW_BYTES_MAX, ENTRY_BYTES_MAX, Window};
    use crate::place::Place;

    #[test]
    fn an_entry_is_kept_up_to_its_limit_and_not_beyond() {
        for (length, is_kept) in [(ENTRY_BYTES_MAX, true), (ENTRY_BYTES_MAX + 1, false), (50 << 20, false)] {
            let file = std::io::repeat(b'a').take(length as u64).chain(&b".b"[..]);
            let mut window = Window::new(file, 0, Place::START);
            window.begin();
            assert_eq!(window.skip_while(|byte| byte != b'.').expect("a file"), Some(b'.'));
            assert_eq!(window.entry().is_some(), is_kept, "{length}");
            assert_eq!(window.offset(), length as u64);
            assert_eq!(window.place().column, length + 1);
            assert!(window.held_bytes() <= BATCH_WINDOW_BYTES_MAX);
            window.pass(1);
            window.begin();
            window.pass(1);
            assert_eq!(window.entry(), Some(&b"b"[..]));
        }
    }
}
