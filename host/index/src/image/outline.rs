//! The first section of an image: how much there is of everything, and where claims are found.

use std::collections::HashSet;
use std::sync::Arc;

use reprise_model::{Dictionary, SetTable};

use super::bytes::{Bytes, Flaw, Number, check, write_count};
use crate::block::Block;
use crate::moved::{Entry, Moved};
use crate::snapshot::{OrderedBlock, Snapshot};
use crate::tables::{TableMarks, Tables};

/// Stands for no block.
const NONE: u32 = u32::MAX;
/// The bytes of a block in the list of those that are found by their ranges.
const ORDERED_BYTES: usize = 20;
/// The bytes of a claim in the list of those that are found one by one.
const MOVED_BYTES: usize = 12;

/// What the first section says.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) marks: TableMarks,
    pub(super) claim_count: u64,
    line_count: u64,
    ordered: Vec<OrderedBlock>,
    moved: Vec<Entry>,
    open: Option<u32>,
    tail: Option<u32>,
}

/// Adds the outline of a snapshot.
pub(super) fn write(snapshot: &Snapshot, out: &mut Vec<u8>) {
    for dictionary in Dictionary::ALL {
        write_count(snapshot.code_count(*dictionary), out);
    }
    for table in SetTable::ALL {
        write_count(snapshot.list_count(*table), out);
    }
    u64::write(&[snapshot.claim_count, snapshot.line_count], out);
    u32::write(&[snapshot.open.unwrap_or(NONE), snapshot.tail.unwrap_or(NONE)], out);
    write_count(snapshot.ordered.len(), out);
    for block in &snapshot.ordered {
        i64::write(&[block.least, block.greatest], out);
        u32::write(&[block.place], out);
    }
    write_count(snapshot.moved.len(), out);
    for (id, place) in snapshot.moved.entries() {
        i64::write(&[id], out);
        u32::write(&[place], out);
    }
}

impl Outline {
    /// The outline of an image with so many blocks.
    pub(super) fn read(bytes: &mut Bytes<'_>, block_count: u32) -> Result<Self, Flaw> {
        let mut codes = [0; Dictionary::ALL.len()];
        let mut lists = [0; SetTable::ALL.len()];
        for count in codes.iter_mut().chain(&mut lists) {
            *count = bytes.word()? as usize;
        }
        check(
            lists.iter().all(|count| *count > 0),
            "a set table has not even the empty list",
        )?;
        let (claim_count, line_count) = (bytes.long()?, bytes.long()?);
        let mut block = || match bytes.word()? {
            NONE => Ok(None),
            place if place < block_count => Ok(Some(place)),
            _ => Err(NO_BLOCK),
        };
        let (open, tail) = (block()?, block()?);
        check(open.is_none() || open != tail, "one block has two parts to play")?;
        let mut ordered = Vec::with_capacity(bytes.count(ORDERED_BYTES)?);
        for _ in 0..ordered.capacity() {
            ordered.push(OrderedBlock {
                least: bytes.cell()?,
                greatest: bytes.cell()?,
                place: bytes.word()?,
            });
        }
        let mut moved: Vec<Entry> = Vec::with_capacity(bytes.count(MOVED_BYTES)?);
        for _ in 0..moved.capacity() {
            moved.push((bytes.cell()?, bytes.word()?));
        }
        bytes.end()?;
        let places = ordered.iter().map(|block| block.place);
        check(
            places
                .chain(moved.iter().map(|entry| entry.1))
                .all(|place| place < block_count),
            NO_BLOCK.0,
        )?;
        check(
            ordered.iter().all(|block| block.least <= block.greatest)
                && ordered.is_sorted_by(|one, next| one.greatest < next.least)
                && moved.is_sorted_by(|one, next| one.0 < next.0),
            "claims are not listed in the order of their ids",
        )?;
        Ok(Self {
            marks: TableMarks::new(codes, lists),
            claim_count,
            line_count,
            ordered,
            moved,
            open,
            tail,
        })
    }

    /// The snapshot of these tables and blocks.
    pub(super) fn snapshot(
        self,
        tables: Arc<Tables>,
        sequence: u64,
        blocks: Vec<Arc<Block>>,
    ) -> Result<Snapshot, Flaw> {
        let sum = |count: fn(&Block) -> u32| blocks.iter().map(|block| u64::from(count(block))).sum::<u64>();
        check(
            sum(Block::live_claim_count) == self.claim_count && sum(Block::live_line_count) == self.line_count,
            "blocks have other claims or lines than are counted",
        )?;
        self.check_places(&blocks)?;
        Ok(Snapshot {
            marks: tables.marks(),
            tables,
            sequence,
            blocks,
            ordered: self.ordered,
            moved: Moved::of(&self.moved),
            open: self.open,
            tail: self.tail,
            claim_count: self.claim_count,
            line_count: self.line_count,
        })
    }

    /// Every live claim has to be found where it is: else a new version of it would stand beside the old one.
    fn check_places(&self, blocks: &[Arc<Block>]) -> Result<(), Flaw> {
        let mut by_range = HashSet::new();
        let mut found = self.moved.len() as u64;
        for ordered in &self.ordered {
            let block = &blocks[ordered.place as usize];
            let is_within = block
                .id_range()
                .is_none_or(|(least, greatest)| ordered.least <= least && greatest <= ordered.greatest);
            check(
                is_within && by_range.insert(ordered.place),
                "a block is not where its claims are looked for",
            )?;
            found += u64::from(block.live_claim_count());
        }
        let grows = |place: &Option<u32>| place.is_none_or(|place| !by_range.contains(&place));
        check(
            grows(&self.open) && grows(&self.tail),
            "a block that grows is found by its range",
        )?;
        let is_there = |(id, place): &Entry| !by_range.contains(place) && blocks[*place as usize].find(*id).is_some();
        check(
            found == self.claim_count && self.moved.iter().all(is_there),
            "a claim is not where it is looked for",
        )
    }
}

const NO_BLOCK: Flaw = Flaw("it names a block that there is not");
