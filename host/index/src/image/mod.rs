//! A snapshot as bytes, and an index out of such bytes: what a start reads instead of every claim.
//!
//! An image is a number of sections, each a run of bytes. The first is the outline: how much there is of everything, and
//! where claims are found. Then comes one for each dictionary, one for each set table, and one for each block. After
//! the outline they can be read in any order and on any thread.
//!
//! Bytes are taken as if a stranger had made them: every length is checked before anything is allocated for it, every
//! number before it is used as one of something. Whether they are what was once written is for the caller to know, who
//! keeps their digests: what a column says of a claim cannot be checked here.
//!
//! Columns are written as they are held, so that reading one is copying it. What follows from the rest is not written.

mod block;
mod bytes;
mod columns;
mod outline;
mod tables;

use std::sync::{Arc, OnceLock};

use reprise_model::{Dictionary, SetTable};

use self::bytes::{Bytes, Flaw};
use self::outline::Outline;
use crate::LineIndex;
use crate::block::Block;
use crate::codes::CodeTable;
use crate::lists::ListTable;
use crate::snapshot::Snapshot;
use crate::tables::Tables;

/// The version of what the bytes of an image say.
///
/// It is raised with every change to the bytes, and with every change to what a column says of a claim: columns,
/// dictionaries, set tables and vocabularies of the model, and how a claim is put into columns. An image of another
/// version is never read; the index is then built of the claims. A test holds the bytes of a known index to it.
pub const IMAGE_FORMAT: u32 = 1;

/// Sections before the dictionaries.
const OUTLINES: usize = 1;
/// Sections before the blocks.
const BEFORE_BLOCKS: usize = OUTLINES + Dictionary::ALL.len() + SetTable::ALL.len();

/// Why an index cannot be made of an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// A section is not what it should be.
    #[error("section {section}: {flaw}")]
    Section {
        /// Its number, from 0.
        section: usize,
        /// What is wrong with it.
        flaw: &'static str,
    },
    /// Sections do not belong together.
    #[error("{0}")]
    Whole(&'static str),
}

/// What a section is.
enum Section {
    Outline,
    Codes(Dictionary),
    Lists(SetTable),
    Block(usize),
}

impl Section {
    fn of(number: usize) -> Self {
        let Some(place) = number.checked_sub(OUTLINES) else {
            return Self::Outline;
        };
        let table = place.saturating_sub(Dictionary::ALL.len());
        match (Dictionary::ALL.get(place), SetTable::ALL.get(table)) {
            (Some(dictionary), _) => Self::Codes(*dictionary),
            (None, Some(table)) => Self::Lists(*table),
            (None, None) => Self::Block(number - BEFORE_BLOCKS),
        }
    }
}

impl Snapshot {
    /// How many sections its image has.
    pub fn image_section_count(&self) -> usize {
        BEFORE_BLOCKS + self.blocks.len()
    }

    /// Adds the bytes of a section of its image; nothing for a number that its image does not have.
    pub fn write_image_section(&self, number: usize, out: &mut Vec<u8>) {
        match Section::of(number) {
            Section::Outline => outline::write(self, out),
            Section::Codes(dictionary) => {
                let count = self.code_count(dictionary);
                self.tables
                    .with_codes(dictionary, |codes| tables::write_codes(codes, count, out));
            }
            Section::Lists(table) => tables::write_lists(&self.lists(table), out),
            Section::Block(place) => {
                if let Some(block) = self.blocks.get(place) {
                    block::write(block, out);
                }
            }
        }
    }
}

/// An index in the making, out of the sections of its image.
#[derive(Debug)]
pub struct ImageReader {
    sequence: u64,
    outline: Outline,
    codes: Vec<OnceLock<CodeTable>>,
    lists: Vec<OnceLock<ListTable>>,
    blocks: Vec<OnceLock<Block>>,
}

impl ImageReader {
    /// Begins with the first section of an image that has so many. The index will be in step with this change of the
    /// store.
    pub fn begin(outline: &[u8], section_count: usize, sequence: u64) -> Result<Self, ImageError> {
        let in_outline = |Flaw(flaw)| ImageError::Section { section: 0, flaw };
        let block_count = section_count
            .checked_sub(BEFORE_BLOCKS)
            .and_then(|count| u32::try_from(count).ok())
            .ok_or(ImageError::Whole("it has not as many sections as an image has"))?;
        let outline = Outline::read(&mut Bytes::of(outline), block_count).map_err(in_outline)?;
        Ok(Self {
            sequence,
            outline,
            codes: Dictionary::ALL.iter().map(|_| OnceLock::new()).collect(),
            lists: SetTable::ALL.iter().map(|_| OnceLock::new()).collect(),
            blocks: (0..block_count).map(|_| OnceLock::new()).collect(),
        })
    }

    /// How many claims the index will have.
    pub fn claim_count(&self) -> u64 {
        self.outline.claim_count
    }

    /// Reads a section after the first. One that was read before is left as it was.
    pub fn read_section(&self, number: usize, bytes: &[u8]) -> Result<(), ImageError> {
        self.read(number, &mut Bytes::of(bytes))
            .map_err(|Flaw(flaw)| ImageError::Section { section: number, flaw })
    }

    fn read(&self, number: usize, bytes: &mut Bytes<'_>) -> Result<(), Flaw> {
        let marks = &self.outline.marks;
        match Section::of(number) {
            Section::Outline => {}
            Section::Codes(dictionary) => {
                let codes = tables::read_codes(bytes, marks.code_count(dictionary))?;
                self.codes[dictionary.position()].get_or_init(|| codes);
            }
            Section::Lists(table) => {
                let lists = tables::read_lists(bytes, marks.list_count(table), marks.code_count(table.dictionary()))?;
                self.lists[table.position()].get_or_init(|| lists);
            }
            Section::Block(place) => {
                let room = self.blocks.get(place).ok_or(Flaw("the image has no such section"))?;
                let block = block::read(bytes, marks)?;
                room.get_or_init(|| block);
            }
        }
        Ok(())
    }

    /// The index, once every section was read.
    pub fn finish(self) -> Result<LineIndex, ImageError> {
        let missing = || ImageError::Whole("a section was not read");
        let codes: Option<Vec<_>> = self.codes.into_iter().map(OnceLock::into_inner).collect();
        let lists: Option<Vec<_>> = self.lists.into_iter().map(OnceLock::into_inner).collect();
        let blocks: Option<Vec<_>> = self
            .blocks
            .into_iter()
            .map(|block| block.into_inner().map(Arc::new))
            .collect();
        let tables = Tables::of(codes.ok_or_else(missing)?, lists.ok_or_else(missing)?);
        let snapshot = self
            .outline
            .snapshot(Arc::new(tables), self.sequence, blocks.ok_or_else(missing)?)
            .map_err(|Flaw(flaw)| ImageError::Whole(flaw))?;
        Ok(LineIndex::of(snapshot))
    }
}
