//! Makes the next snapshot out of one: old versions of claims and deleted claims die, new versions find a place, what is
//! mostly dead is packed anew.
//!
//! What is new goes into a small open block, which a commit writes anew; when that is full it is emptied into the
//! tail, a block that grows to full size and then stays. So a commit of one claim rewrites a thousand lines at most,
//! and a long run of small commits leaves full blocks behind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::IndexError;
use crate::block::Block;
use crate::merge::merge;
use crate::rows::{BLOCK_ROWS_MAX, RowBuffer};
use crate::snapshot::{OrderedBlock, Snapshot};

/// How large the open block may become.
const OPEN_ROWS_MAX: u32 = 1_024;
/// From this size on, what is new becomes a block by itself.
const OWN_BLOCK_ROWS_MIN: u32 = BLOCK_ROWS_MAX / 2;

/// The next snapshot in the making.
pub(crate) struct Edit<'a> {
    current: &'a Snapshot,
    next: Snapshot,
    relocated: BTreeMap<i64, Option<u32>>,
}

/// A block's size: what would be left of it if it were packed anew.
fn size(block: &Block) -> u32 {
    block.live_line_count().max(block.live_claim_count())
}

impl<'a> Edit<'a> {
    pub(crate) fn new(current: &'a Snapshot) -> Self {
        Self {
            current,
            next: current.clone(),
            relocated: BTreeMap::new(),
        }
    }

    /// The snapshot with the old versions of all claims in `fresh` dead and the new ones in place, and without the claims
    /// that are gone.
    pub(crate) fn replace(mut self, sequence: u64, fresh: Vec<Block>, gone: &[i64]) -> Result<Snapshot, IndexError> {
        let dying = self.mark_dead(&fresh, gone);
        for block in fresh {
            self.settle(block)?;
        }
        for place in dying {
            self.compact(place)?;
        }
        let Self {
            mut next, relocated, ..
        } = self;
        let relocated: Vec<_> = relocated.into_iter().collect();
        next.moved = next.moved.updated(&relocated);
        next.sequence = sequence;
        next.claim_count = next
            .blocks
            .iter()
            .map(|block| u64::from(block.live_claim_count()))
            .sum();
        next.line_count = next.blocks.iter().map(|block| u64::from(block.live_line_count())).sum();
        Ok(next)
    }

    /// Marks the old versions of all claims in these blocks dead, and those that are gone, and tells the places of the
    /// blocks they were in.
    fn mark_dead(&mut self, fresh: &[Block], gone: &[i64]) -> BTreeSet<u32> {
        let mut dead: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let changed = fresh
            .iter()
            .flat_map(|block| (0..block.claim_count()).map(|claim| block.claim_id(claim)));
        for id in changed.chain(gone.iter().copied()) {
            if let Some((place, old)) = self.current.place_of(id) {
                dead.entry(place).or_default().push(old);
            }
        }
        self.relocated.extend(gone.iter().map(|id| (*id, None)));
        for (place, claims) in &dead {
            let block = &mut self.next.blocks[*place as usize];
            *block = Arc::new(block.without(claims));
        }
        dead.into_keys().collect()
    }

    /// Finds a place for a block of new versions.
    fn settle(&mut self, fresh: Block) -> Result<(), IndexError> {
        if size(&fresh) >= OWN_BLOCK_ROWS_MIN {
            let place = self.free_place();
            self.next.blocks[place as usize] = Arc::new(fresh);
            self.seal(place);
            return Ok(());
        }
        let open = match self.next.open {
            Some(open) => open,
            None => self.free_place(),
        };
        self.next.open = Some(open);
        let opened = size(&self.next.blocks[open as usize]) + size(&fresh);
        if opened <= OPEN_ROWS_MAX {
            return self.fill(open, &[open], &fresh);
        }
        // INVARIANT: the open block and what is new are no larger than one block together.
        if let Some(tail) = self.next.tail
            && size(&self.next.blocks[tail as usize]) + opened <= BLOCK_ROWS_MAX
        {
            return self.fill(tail, &[tail, open], &fresh);
        }
        if let Some(full) = self.next.tail.take() {
            self.seal(full);
        }
        let tail = self.free_place();
        self.next.tail = Some(tail);
        self.fill(tail, &[tail, open], &fresh)
    }

    /// Gathers what these places hold and what is new in one of them, and empties the others.
    fn fill(&mut self, target: u32, sources: &[u32], fresh: &Block) -> Result<(), IndexError> {
        let merged = {
            let mut blocks: Vec<&Block> = sources
                .iter()
                .map(|place| &*self.next.blocks[*place as usize])
                .collect();
            blocks.push(fresh);
            merge(&blocks)?
        };
        self.relocated
            .extend(merged.live().rows().map(|claim| (merged.claim_id(claim), Some(target))));
        for source in sources {
            self.next.blocks[*source as usize] = Arc::new(RowBuffer::default().pack());
        }
        self.next.blocks[target as usize] = Arc::new(merged);
        Ok(())
    }

    /// Lets a block that will not grow be found by its range of ids, if the range is above all others; else its claims
    /// are to be found one by one.
    fn seal(&mut self, place: u32) {
        let block = &self.next.blocks[place as usize];
        let Some((least, greatest)) = block.id_range() else {
            return;
        };
        let in_order = self.next.ordered.last().is_none_or(|last| last.greatest < least);
        let found_at = (!in_order).then_some(place);
        self.relocated
            .extend(block.live().rows().map(|claim| (block.claim_id(claim), found_at)));
        if in_order {
            self.next.ordered.push(OrderedBlock { least, greatest, place });
        }
    }

    /// Packs a block anew that is mostly dead.
    fn compact(&mut self, place: u32) -> Result<(), IndexError> {
        let block = &self.next.blocks[place as usize];
        if block.live_claim_count() == block.claim_count()
            || size(block) > block.line_count().max(block.claim_count()) / 2
        {
            return Ok(());
        }
        let packed = merge(&[block])?;
        if packed.claim_count() == 0 {
            self.next.ordered.retain(|ordered| ordered.place != place);
        }
        self.next.blocks[place as usize] = Arc::new(packed);
        Ok(())
    }

    /// A place whose block is empty and has no part to play, or a new one.
    fn free_place(&mut self) -> u32 {
        let taken = |place: u32| {
            self.next.blocks[place as usize].claim_count() > 0
                || [self.next.open, self.next.tail].contains(&Some(place))
        };
        // More places than can be numbered would need more claims than can be numbered.
        let count = u32::try_from(self.next.blocks.len()).unwrap_or(u32::MAX);
        if let Some(free) = (0..count).find(|place| !taken(*place)) {
            return free;
        }
        self.next.blocks.push(Arc::new(RowBuffer::default().pack()));
        count
    }
}
