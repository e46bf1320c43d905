//! The file of an image: a head, the sections of every payer's index, a table of the sections with their digests, and a tail
//! that says how long the table is. It knows nothing of the database.
//!
//! Numbers are written with the lowest byte first. The digest of an image is that of its head and its table: whoever knows
//! it knows the digest of every section, each of which is checked before anything is made of it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use reprise_index::{IMAGE_FORMAT, ImageReader, LineIndex, Snapshot};
use ring::digest::{Context, SHA256, digest};

/// What the file of an image begins with.
const HEAD_MARK: [u8; 8] = *b"RPRSLINE";
/// What it ends with. The digit is the version of what this file writes; [`IMAGE_FORMAT`] is that of the sections.
const TAIL_MARK: [u8; 8] = *b"RPRSEND1";
/// Mark, format, id, sequence.
const HEAD_BYTES: usize = 8 + 4 + ID_BYTES + 8;
/// Length of the table, mark.
const TAIL_BYTES: usize = 8 + 8;
/// Length and digest of a section.
const ENTRY_BYTES: usize = 8 + DIGEST_BYTES;
const DIGEST_BYTES: usize = 32;
const ID_BYTES: usize = 16;

/// What an image is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ImageId(pub(super) [u8; ID_BYTES]);

impl ImageId {
    /// One that no other image has.
    pub(super) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; ID_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }
}

impl std::fmt::Display for ImageId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// Why the file is no image that can be read, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unusable(pub(super) String);

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return torn();
        }
        Self(format!("it cannot be read: {error}"))
    }
}

fn torn() -> Unusable {
    Unusable("it is torn: it is not as long as it says".to_owned())
}

fn tampered() -> Unusable {
    Unusable("it is damaged: it is not what was written".to_owned())
}

/// Writes the image of these indexes, which are in step with this change of the store, and answers its digest and its size
/// in bytes.
pub(super) fn write(
    file: &File,
    id: ImageId,
    sequence: u64,
    indexes: &[(String, Arc<Snapshot>)],
) -> io::Result<(String, u64)> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    head.extend_from_slice(&HEAD_MARK);
    head.extend_from_slice(&IMAGE_FORMAT.to_le_bytes());
    head.extend_from_slice(&id.0);
    head.extend_from_slice(&sequence.to_le_bytes());
    let mut table = Vec::new();
    table.extend_from_slice(&count(indexes.len())?);
    for (payer, snapshot) in indexes {
        table.extend_from_slice(&count(payer.len())?);
        table.extend_from_slice(payer.as_bytes());
        table.extend_from_slice(&count(snapshot.image_section_count())?);
    }
    let mut out = BufWriter::with_capacity(1 << 20, file);
    out.write_all(&head)?;
    let mut bytes = head.len();
    let mut section = Vec::new();
    for (_, snapshot) in indexes {
        for number in 0..snapshot.image_section_count() {
            section.clear();
            snapshot.write_image_section(number, &mut section);
            out.write_all(&section)?;
            bytes += section.len();
            table.extend_from_slice(&(section.len() as u64).to_le_bytes());
            table.extend_from_slice(digest(&SHA256, &section).as_ref());
        }
    }
    out.write_all(&table)?;
    out.write_all(&(table.len() as u64).to_le_bytes())?;
    out.write_all(&TAIL_MARK)?;
    out.flush()?;
    Ok((digest_of(&head, &table), (bytes + table.len() + TAIL_BYTES) as u64))
}

/// A count of payers, sections or bytes of a name.
fn count(count: usize) -> io::Result<[u8; 4]> {
    u32::try_from(count)
        .map(u32::to_le_bytes)
        .map_err(|_| io::Error::other("there are more payers or blocks than an image can have"))
}

fn digest_of(head: &[u8], table: &[u8]) -> String {
    let mut context = Context::new(&SHA256);
    context.update(head);
    context.update(table);
    let digest = context.finish();
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The id of the image in a file, if it begins as one does, whatever else it is.
pub(super) fn id_of(path: &Path) -> Option<ImageId> {
    let mut head = [0; HEAD_BYTES];
    File::open(path).ok()?.read_exact_at(&mut head, 0).ok()?;
    let mut head = Rest(&head);
    (head.array().ok()? == HEAD_MARK).then_some(())?;
    head.word().ok()?;
    Some(ImageId(head.array().ok()?))
}

/// An image in a file, of which head and table were read.
pub(super) struct ImageFile {
    file: File,
    pub(super) id: ImageId,
    pub(super) sequence: u64,
    pub(super) digest: String,
    pub(super) bytes: u64,
    payers: Vec<PayerSections>,
}

/// The sections of a payer's index.
struct PayerSections {
    payer: String,
    sections: Vec<SectionEntry>,
}

struct SectionEntry {
    offset: u64,
    length: usize,
    digest: [u8; DIGEST_BYTES],
}

impl ImageFile {
    /// The image in a file; none if there is no file.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, Unusable> {
        match std::fs::metadata(path) {
            // Opening a pipe would wait for ever.
            Ok(metadata) if !metadata.is_file() => return Err(Unusable("it is not a file".to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Ok(_) | Err(_) => {}
        }
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let mut head = [0; HEAD_BYTES];
        file.read_exact_at(&mut head, 0)?;
        let mut rest = Rest(&head);
        if rest.array()? != HEAD_MARK {
            return Err(Unusable("it is something else".to_owned()));
        }
        let format = rest.word()?;
        if format != IMAGE_FORMAT {
            return Err(Unusable(format!(
                "it is of format {format}, and this version of reprise reads format {IMAGE_FORMAT}"
            )));
        }
        let id = ImageId(rest.array()?);
        let sequence = rest.long()?;

        let tail_start = bytes.checked_sub(TAIL_BYTES as u64).ok_or_else(torn)?;
        let mut tail = [0; TAIL_BYTES];
        file.read_exact_at(&mut tail, tail_start)?;
        let mut rest = Rest(&tail);
        let table_bytes = rest.long()?;
        if rest.array()? != TAIL_MARK {
            return Err(torn());
        }
        let table_start = tail_start
            .checked_sub(table_bytes)
            .filter(|start| *start >= HEAD_BYTES as u64)
            .ok_or_else(torn)?;
        // No longer than the file, which is there.
        let mut table = vec![0; usize::try_from(table_bytes).map_err(|_| torn())?];
        file.read_exact_at(&mut table, table_start)?;
        let payers = read_table(&mut Rest(&table), table_start)?;
        Ok(Some(Self {
            file,
            id,
            sequence,
            digest: digest_of(&head, &table),
            bytes,
            payers,
        }))
    }

    /// The index of each payer, read by so many threads.
    pub(super) fn read(&self, workers: usize) -> Result<Vec<(String, LineIndex)>, Unusable> {
        let mut buffer = Vec::new();
        let mut readers = Vec::with_capacity(self.payers.len());
        for PayerSections { sections, .. } in &self.payers {
            let outline = sections.first().ok_or_else(tampered)?;
            self.read_section(outline, &mut buffer)?;
            readers.push(ImageReader::begin(&buffer, sections.len(), self.sequence).map_err(unreadable)?);
        }
        let mut jobs: Vec<(&ImageReader, usize, &SectionEntry)> = Vec::new();
        for (reader, payer) in readers.iter().zip(&self.payers) {
            jobs.extend(
                payer
                    .sections
                    .iter()
                    .enumerate()
                    .skip(1)
                    .map(|(number, section)| (reader, number, section)),
            );
        }
        // What takes longest comes first, so that no thread begins with it when the others are done.
        jobs.sort_by_key(|(_, _, section)| std::cmp::Reverse(section.length));
        let next = AtomicUsize::new(0);
        let trouble: Mutex<Option<Unusable>> = Mutex::new(None);
        let work = || {
            let mut buffer = Vec::new();
            while let Some((reader, number, section)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                let read = self
                    .read_section(section, &mut buffer)
                    .and_then(|()| reader.read_section(*number, &buffer).map_err(unreadable));
                if let Err(error) = read {
                    // Nobody needs what is left.
                    next.store(jobs.len(), Ordering::Relaxed);
                    trouble
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .get_or_insert(error);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..workers {
                scope.spawn(work);
            }
            work();
        });
        if let Some(trouble) = trouble.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(trouble);
        }
        let payers = self.payers.iter().map(|payer| payer.payer.clone());
        payers
            .zip(readers)
            .map(|(payer, reader)| Ok((payer, reader.finish().map_err(unreadable)?)))
            .collect()
    }

    /// Reads a section and checks that it is what the table says.
    fn read_section(&self, section: &SectionEntry, buffer: &mut Vec<u8>) -> Result<(), Unusable> {
        buffer.resize(section.length, 0);
        self.file.read_exact_at(buffer, section.offset)?;
        if digest(&SHA256, buffer).as_ref() != section.digest {
            return Err(tampered());
        }
        Ok(())
    }
}

fn unreadable(error: reprise_index::ImageError) -> Unusable {
    Unusable(format!("it cannot be an image: {error}"))
}

/// The table of an image whose sections end here.
fn read_table(table: &mut Rest<'_>, end: u64) -> Result<Vec<PayerSections>, Unusable> {
    let mut counted = Vec::new();
    for _ in 0..table.word()? {
        let length = table.word()? as usize;
        let payer = str::from_utf8(table.take(length)?).map_err(|_| tampered())?;
        counted.push((payer.to_owned(), table.word()? as usize));
    }
    let mut offset = HEAD_BYTES as u64;
    let mut payers = Vec::with_capacity(counted.len());
    for (payer, count) in counted {
        // INVARIANT: before anything is made of the count: the entries are there.
        if count > table.0.len() / ENTRY_BYTES {
            return Err(torn());
        }
        let mut sections = Vec::with_capacity(count);
        for _ in 0..count {
            let length = table.long()?;
            let digest = table.array()?;
            let after = offset
                .checked_add(length)
                .filter(|after| *after <= end)
                .ok_or_else(torn)?;
            sections.push(SectionEntry {
                offset,
                length: usize::try_from(length).map_err(|_| torn())?,
                digest,
            });
            offset = after;
        }
        payers.push(PayerSections { payer, sections });
    }
    if offset != end || !table.0.is_empty() {
        return Err(torn());
    }
    Ok(payers)
}

/// Bytes that are still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Unusable> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(torn)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const COUNT: usize>(&mut self) -> Result<[u8; COUNT], Unusable> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(torn)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn word(&mut self) -> Result<u32, Unusable> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn long(&mut self) -> Result<u64, Unusable> {
        Ok(u64::from_le_bytes(self.array()?))
    }
}
