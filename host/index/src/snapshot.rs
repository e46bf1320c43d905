//! A payer's claims and lines as they were at one moment. It never changes; commits make new ones.

use std::sync::Arc;

use crate::IndexMemory;
use crate::block::Block;
use crate::moved::Moved;

/// A payer's claims and lines as they were after one change of the store.
///
/// Every number of a code or list in it stands in the payer's dictionaries and set tables from the moment that the
/// snapshot is taken, so take the snapshot first and read the tables after.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
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
