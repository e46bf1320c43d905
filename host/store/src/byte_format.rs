//! Numbers, texts, options and lists as bytes, the way postcard has them: numbers as variable-length integers, signed
//! ones in zigzag, texts and lists after their length, options after a 0 or a 1. It knows no claim.

/// What is wrong with bytes that should be a claim.
pub(crate) type Damage = &'static str;

/// A list's first allocation holds no more than this many elements, whatever length damaged bytes claim.
const RESERVED_MAX: usize = 64;

/// A value in the format.
pub(crate) trait Stored {
    /// Any value, to be read into.
    fn blank() -> Self;

    /// Appends the value.
    fn write(&self, bytes: &mut Vec<u8>);

    /// Replaces the value with the one that comes next, reusing what it has allocated. After damage it is any value.
    fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage>;
}

/// What is still to be read.
pub(crate) struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are still to be read.
    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Damage> {
        let (byte, rest) = self.rest.split_first().ok_or("it ends too early")?;
        self.rest = rest;
        Ok(*byte)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Damage> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or("it ends too early")?;
        self.rest = rest;
        Ok(bytes)
    }

    fn unsigned(&mut self) -> Result<u64, Damage> {
        // Nearly all are lengths of a byte.
        if let [byte @ ..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(u64::from(*byte));
        }
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err("a number is too long")
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Damage> {
        let number = self.unsigned()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// The length of what follows, of which each element is a byte at least.
    pub(crate) fn length(&mut self) -> Result<usize, Damage> {
        let length = usize::try_from(self.unsigned()?).ok();
        length
            .filter(|length| *length <= self.rest.len())
            .ok_or("a length is beyond the end")
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Damage> {
        let length = self.length()?;
        str::from_utf8(self.bytes(length)?).map_err(|_| "a text is not UTF-8")
    }

    /// A yes or no.
    pub(crate) fn truth(&mut self) -> Result<bool, Damage> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err("a yes or no is neither"),
        }
    }
}

fn write_unsigned(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

pub(crate) fn write_signed(bytes: &mut Vec<u8>, number: i64) {
    write_unsigned(bytes, ((number << 1) ^ (number >> 63)).cast_unsigned());
}

pub(crate) fn write_length(bytes: &mut Vec<u8>, length: usize) {
    write_unsigned(bytes, length as u64);
}

pub(crate) fn write_text(bytes: &mut Vec<u8>, text: &str) {
    write_length(bytes, text.len());
    bytes.extend_from_slice(text.as_bytes());
}

impl Stored for bool {
    fn blank() -> Self {
        false
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(*self));
    }

    fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
        *self = input.truth()?;
        Ok(())
    }
}

impl Stored for i64 {
    fn blank() -> Self {
        0
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        write_signed(bytes, *self);
    }

    fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
        *self = input.signed()?;
        Ok(())
    }
}

impl Stored for u32 {
    fn blank() -> Self {
        0
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        write_unsigned(bytes, u64::from(*self));
    }

    fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
        *self = input.unsigned()?.try_into().map_err(|_| "a number is out of range")?;
        Ok(())
    }
}

impl Stored for String {
    fn blank() -> Self {
        Self::new()
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        write_text(bytes, self);
    }

    fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
        let text = input.text()?;
        self.clear();
        self.push_str(text);
        Ok(())
    }
}

impl<T: Stored> Stored for Option<T> {
    fn blank() -> Self {
        None
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.write(bytes);
        }
    }

    fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
        if input.truth()? {
            return self.get_or_insert_with(T::blank).read(input);
        }
        *self = None;
        Ok(())
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        write_length(bytes, self.len());
        for element in self {
            element.write(bytes);
        }
    }

    fn read(&mut self, input: &mut Input<'_>) -> Result<(), Damage> {
        let length = input.length()?;
        self.truncate(length);
        for element in self.iter_mut() {
            element.read(input)?;
        }
        self.reserve((length - self.len()).min(RESERVED_MAX));
        while self.len() < length {
            self.push(T::blank());
            if let Some(element) = self.last_mut() {
                element.read(input)?;
            }
        }
        Ok(())
    }
}
