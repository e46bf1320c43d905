//! Numbers in bytes, the lowest byte first, and bytes that are not trusted.

use reprise_model::Cell;

/// What is wrong with a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flaw(pub(crate) &'static str);

/// The rest of a section.
pub(crate) struct Bytes<'a> {
    rest: &'a [u8],
}

/// A number of fixed width.
pub(crate) trait Number: Copy {
    /// Adds the numbers.
    fn write(numbers: &[Self], out: &mut Vec<u8>);
    /// So many numbers.
    fn read(bytes: &mut Bytes<'_>, count: usize) -> Result<Box<[Self]>, Flaw>;
}

macro_rules! number {
    ($($type:ty),+) => { $(impl Number for $type {
        fn write(numbers: &[Self], out: &mut Vec<u8>) {
            const WIDTH: usize = size_of::<$type>();
            let start = out.len();
            // In one piece, so that it becomes copying where numbers are held so anyway.
            out.resize(start + numbers.len() * WIDTH, 0);
            for (place, number) in out[start..].as_chunks_mut::<WIDTH>().0.iter_mut().zip(numbers) {
                *place = number.to_le_bytes();
            }
        }

        fn read(bytes: &mut Bytes<'_>, count: usize) -> Result<Box<[Self]>, Flaw> {
            const WIDTH: usize = size_of::<$type>();
            // INVARIANT: taken before anything is allocated, so that no more is than there are bytes.
            let taken = bytes.take(count.checked_mul(WIDTH).ok_or(TOO_SHORT)?)?;
            Ok(taken.as_chunks::<WIDTH>().0.iter().map(|bytes| Self::from_le_bytes(*bytes)).collect())
        }
    })+ };
}
number!(u8, u16, u32, u64, i64);

const TOO_SHORT: Flaw = Flaw("it is shorter than what it says is in it");

impl<'a> Bytes<'a> {
    pub(crate) const fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next bytes.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Flaw> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const COUNT: usize>(&mut self) -> Result<[u8; COUNT], Flaw> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Flaw> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(crate) fn word(&mut self) -> Result<u32, Flaw> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn long(&mut self) -> Result<u64, Flaw> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(crate) fn cell(&mut self) -> Result<Cell, Flaw> {
        Ok(Cell::from_le_bytes(self.array()?))
    }

    /// A count of what takes at least so many bytes each, which are there.
    pub(crate) fn count(&mut self, bytes_each: usize) -> Result<usize, Flaw> {
        let count = usize::try_from(self.word()?).map_err(|_| TOO_SHORT)?;
        let needed = count.checked_mul(bytes_each).ok_or(TOO_SHORT)?;
        if needed > self.rest.len() {
            return Err(TOO_SHORT);
        }
        Ok(count)
    }

    /// So many bytes of text.
    pub(crate) fn text(&mut self, count: usize) -> Result<&'a str, Flaw> {
        str::from_utf8(self.take(count)?).map_err(|_| Flaw("a text in it is not UTF-8"))
    }

    /// Nothing may be left.
    pub(crate) fn end(&self) -> Result<(), Flaw> {
        check(self.rest.is_empty(), "it is longer than what it says is in it")
    }
}

/// A flaw unless this is so.
pub(crate) fn check(is_so: bool, flaw: &'static str) -> Result<(), Flaw> {
    if is_so { Ok(()) } else { Err(Flaw(flaw)) }
}

/// Adds a count; what is counted was numbered in 32 bits when it was made.
pub(crate) fn write_count(count: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}
