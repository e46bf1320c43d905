//! A payer's claims and lines as they were at one moment. It never changes; commits make new ones.

use std::sync::Arc;

use reprise_model::{Dictionary, SetTable};

use crate::block::Block;
use crate::moved::Moved;
use crate::tables::{TableMarks, Tables};
use crate::{IndexMemory, SetLists};

/// A payer's claims and lines as they were after one change of the store, with the dictionaries and set tables as they
/// were then: every number that occurs in a block or a list has its code or list here, and reading a table again gives
/// the same, whatever is committed meanwhile.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(crate) tables: Arc<Tables>,
    pub(crate) marks: TableMarks,
    pub(crate) sequence: u64,
    pub(crate) blocks: Vec<Arc<Block>>,
    /// Blocks with ascending ranges of ids that do not overlap, by the least id. A claim that is not in `moved` is in
    /// the one whose range holds it.
    pub(crate) ordered: Vec<OrderedBlock>,
    /// Where the claims of all other blocks are, each exactly once.
    pub(crate) moved: Moved,
    /// The small block that takes what is new, and the larger one that it is emptied into.
    pub(crate) open: Option<u32>,
    pub(crate) tail: Option<u32>,
    pub(crate) claim_count: u64,
    pub(crate) line_count: u64,
}

/// A block that is found by its range of ids.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrderedBlock {
    pub(crate) least: i64,
    pub(crate) greatest: i64,
    pub(crate) place: u32,
}

impl Snapshot {
    /// No claims, as of a change.
    pub(crate) fn empty(tables: &Arc<Tables>, sequence: u64) -> Self {
        Self {
            tables: Arc::clone(tables),
            marks: tables.marks(),
            sequence,
            blocks: Vec::new(),
            ordered: Vec::new(),
            moved: Moved::default(),
            open: None,
            tail: None,
            claim_count: 0,
            line_count: 0,
        }
    }

    /// The change of the store that it is in step with.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Its blocks. Some may be empty.
    pub fn blocks(&self) -> &[Arc<Block>] {
        &self.blocks
    }

    /// How many claims there are.
    pub fn claim_count(&self) -> u64 {
        self.claim_count
    }

    /// How many lines they have.
    pub fn line_count(&self) -> u64 {
        self.line_count
    }

    /// The block and the row of a claim.
    pub fn find(&self, id: i64) -> Option<(&Arc<Block>, u32)> {
        let (place, claim) = self.place_of(id)?;
        Some((&self.blocks[place as usize], claim))
    }

    /// The number of a code, or none if no claim has used it.
    pub fn code_id(&self, dictionary: Dictionary, code: &str) -> Option<u32> {
        let id = self.tables.with_codes(dictionary, |codes| codes.find(code))?;
        (id as usize <= self.code_count(dictionary)).then_some(id)
    }

    /// The code of a number, or none if the dictionary is not that long.
    pub fn code_of(&self, dictionary: Dictionary, id: u32) -> Option<String> {
        if id as usize > self.code_count(dictionary) {
            return None;
        }
        self.tables
            .with_codes(dictionary, |codes| codes.code(id).map(str::to_owned))
    }

    /// Every code of a dictionary; the code with number `i` is at `i - 1`.
    pub fn codes(&self, dictionary: Dictionary) -> Vec<String> {
        let count = self.code_count(dictionary);
        self.tables.with_codes(dictionary, |codes| {
            codes.iter().take(count).map(str::to_owned).collect()
        })
    }

    /// How many codes a dictionary has.
    pub fn code_count(&self, dictionary: Dictionary) -> usize {
        self.marks.code_count(dictionary)
    }

    /// Every list of a set table.
    pub fn lists(&self, table: SetTable) -> SetLists {
        self.tables.lists(table, self.list_count(table))
    }

    /// How many lists a set table has, the empty one included.
    pub fn list_count(&self, table: SetTable) -> usize {
        self.marks.list_count(table)
    }

    /// The place of a claim's block, and its row.
    pub(crate) fn place_of(&self, id: i64) -> Option<(u32, u32)> {
        let ordered = || {
            let after = self.ordered.partition_point(|block| block.least <= id);
            after.checked_sub(1).map(|before| self.ordered[before].place)
        };
        let place = self.moved.get(id).or_else(ordered)?;
        self.blocks[place as usize].find(id).map(|claim| (place, claim))
    }

    /// Adds its sizes.
    pub(crate) fn measure(&self, memory: &mut IndexMemory) {
        self.blocks.iter().for_each(|block| block.measure(memory));
        memory.places_bytes += self.blocks.capacity() * size_of::<Arc<Block>>()
            + self.ordered.capacity() * size_of::<OrderedBlock>()
            + self.moved.bytes();
    }
}
