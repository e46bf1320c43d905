//! Where lines are read from: plain, gzip or zstd, told apart by how they begin and not by name.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// How the skippable frames begin that a zstd file may start with; the first byte's lower half varies.
const ZSTD_SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];

/// Something to import.
pub struct Source {
    name: Arc<str>,
    length_bytes: Option<u64>,
    reader: Box<dyn Read + Send>,
}

impl Source {
    /// What the reader yields, under a name for people.
    pub fn new(name: &str, length_bytes: Option<u64>, reader: impl Read + Send + 'static) -> Self {
        Self {
            name: name.into(),
            length_bytes,
            reader: Box::new(reader),
        }
    }

    /// The file at the path.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::new(ErrorKind::IsADirectory, "it is a directory"));
        }
        // A pipe has no length.
        let length_bytes = metadata.is_file().then_some(metadata.len());
        Ok(Self::new(&path.display().to_string(), length_bytes, file))
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn shared_name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// How many bytes it has, compressed or not, where that is known.
    pub fn length_bytes(&self) -> Option<u64> {
        self.length_bytes
    }

    /// Its content, decompressed. The counter is raised by the bytes that are read from the source itself.
    pub(super) fn content(self, counter: &Arc<AtomicU64>) -> io::Result<Box<dyn Read + Send>> {
        let mut raw = Counted {
            reader: self.reader,
            counter: Arc::clone(counter),
        };
        let mut beginning = Vec::with_capacity(ZSTD.len());
        raw.by_ref().take(ZSTD.len() as u64).read_to_end(&mut beginning)?;
        let is_gzip = beginning.starts_with(&GZIP);
        let is_zstd = beginning.starts_with(&ZSTD)
            || (beginning.len() == ZSTD.len() && beginning[0] & 0xf0 == 0x50 && beginning[1..] == ZSTD_SKIPPABLE);
        let whole = Cursor::new(beginning).chain(raw);
        Ok(if is_gzip {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, whole)))
        } else if is_zstd {
            Box::new(zstd::stream::read::Decoder::new(whole)?)
        } else {
            Box::new(whole)
        })
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Source")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Why a source cannot be read on, in people's words.
pub(super) fn read_error_sentence(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => "the compressed data ends in the middle".to_owned(),
        ErrorKind::InvalidData | ErrorKind::InvalidInput => format!("the compressed data is damaged: {error}"),
        _ => error.to_string(),
    }
}

/// A reader that counts what it yields.
struct Counted {
    reader: Box<dyn Read + Send>,
    counter: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.counter.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
