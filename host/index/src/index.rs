//! The line index of one payer: takes commits, hands out snapshots.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use reprise_model::{Claim, Dictionary, SetTable};

use crate::block::Block;
use crate::builder::BlockBuilder;
use crate::edit::Edit;
use crate::lists::SetLists;
use crate::snapshot::{OrderedBlock, Snapshot};
use crate::tables::Tables;
use crate::{IndexError, IndexMemory};

/// The line index of one payer.
///
/// Readers take a [`Snapshot`] and keep it as long as they like; they and writers never wait for each other.
#[derive(Debug)]
pub struct LineIndex {
    tables: Arc<Tables>,
    current: RwLock<Arc<Snapshot>>,
    /// Held by the one who makes the next snapshot.
    writer: Mutex<()>,
}

impl Default for LineIndex {
    fn default() -> Self {
        let tables = Arc::new(Tables::default());
        let empty = Snapshot::empty(&tables, 0);
        Self {
            tables,
            current: RwLock::new(Arc::new(empty)),
            writer: Mutex::new(()),
        }
    }
}

impl LineIndex {
    /// An index without claims.
    pub fn new() -> Self {
        Self::default()
    }

    /// An index that goes on from a snapshot, whose tables nobody else has.
    pub(crate) fn of(snapshot: Snapshot) -> Self {
        Self {
            tables: Arc::clone(&snapshot.tables),
            current: RwLock::new(Arc::new(snapshot)),
            writer: Mutex::new(()),
        }
    }

    /// The claims and lines as they are now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        // A snapshot is replaced whole, so one that a dying thread left is good.
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes blocks for [`LineIndex::install`]. Each thread takes its own builder and a stretch of claims.
    pub fn builder(&self) -> BlockBuilder {
        BlockBuilder::new(Arc::clone(&self.tables))
    }

    /// Replaces everything by these blocks, made by builders of this index and put in ascending order of ids.
    pub fn install(&self, sequence: u64, blocks: Vec<Block>) -> Result<(), IndexError> {
        let mut next = Snapshot::empty(&self.tables, sequence);
        let mut previous: Option<i64> = None;
        for (block, place) in blocks.into_iter().zip(0..) {
            let Some((least, greatest)) = block.id_range() else {
                continue;
            };
            if let Some(previous) = previous.filter(|previous| *previous >= least) {
                return Err(IndexError::OutOfOrder { id: least, previous });
            }
            previous = Some(greatest);
            next.claim_count += u64::from(block.live_claim_count());
            next.line_count += u64::from(block.live_line_count());
            next.ordered.push(OrderedBlock { least, greatest, place });
            next.blocks.push(Arc::new(block));
        }
        next.blocks.shrink_to_fit();
        next.ordered.shrink_to_fit();
        self.tables.shrink();
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.publish(next);
        Ok(())
    }

    /// Takes a commit: each of these claims is new under its id, or replaces the one that was there; where there is none
    /// instead of a claim, the one that was there is gone. A claim that is given twice is taken as given last. Snapshots
    /// show all of it or nothing.
    pub fn apply<'a, C: Into<Option<&'a Claim>>>(
        &self,
        sequence: u64,
        changed: impl IntoIterator<Item = (i64, C)>,
    ) -> Result<(), IndexError> {
        let changed: BTreeMap<i64, Option<&Claim>> =
            changed.into_iter().map(|(id, claim)| (id, claim.into())).collect();
        let mut builder = self.builder();
        let (mut fresh, mut gone) = (Vec::new(), Vec::new());
        for (id, claim) in changed {
            match claim {
                Some(claim) => fresh.extend(builder.push(id, claim)?),
                None => gone.push(id),
            }
        }
        fresh.extend(builder.finish()?);

        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.snapshot();
        if sequence < current.sequence {
            return Err(IndexError::StaleSequence {
                sequence,
                current: current.sequence,
            });
        }
        self.publish(Edit::new(&current).replace(sequence, fresh, &gone)?);
        Ok(())
    }

    /// Makes a snapshot the current one; only for the one who holds the writer's lock.
    fn publish(&self, mut next: Snapshot) {
        // The numbers in its blocks were given before, so they are within these marks.
        next.marks = self.tables.marks();
        let before = {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, Arc::new(next))
        };
        // What the old snapshot alone held is freed here, when readers can already go on.
        drop(before);
    }

    /// [`Snapshot::code_id`] as of now.
    pub fn code_id(&self, dictionary: Dictionary, code: &str) -> Option<u32> {
        self.snapshot().code_id(dictionary, code)
    }

    /// [`Snapshot::code_of`] as of now.
    pub fn code_of(&self, dictionary: Dictionary, id: u32) -> Option<String> {
        self.snapshot().code_of(dictionary, id)
    }

    /// [`Snapshot::codes`] as of now.
    pub fn codes(&self, dictionary: Dictionary) -> Vec<String> {
        self.snapshot().codes(dictionary)
    }

    /// [`Snapshot::lists`] as of now.
    pub fn lists(&self, table: SetTable) -> SetLists {
        self.snapshot().lists(table)
    }

    /// How much memory it takes, without what old snapshots still hold.
    pub fn memory(&self) -> IndexMemory {
        let mut memory = IndexMemory::default();
        self.tables.measure(&mut memory);
        self.snapshot().measure(&mut memory);
        memory
    }
}
