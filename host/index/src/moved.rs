//! Where the claims are that are no longer where the index was built to look for them.
//!
//! A sorted map that never changes: a commit makes a new one, which shares with the old one every piece that the
//! commit did not touch. So a snapshot keeps its map at no cost, and a small commit copies little of a large map.

use std::sync::Arc;

/// A claim's id and the block that it is in.
pub(crate) type Entry = (i64, u32);

/// How many entries a piece holds at most: what a change copies, against how many pieces a commit must list.
const PIECE_ENTRIES_MAX: usize = 256;

/// The blocks of claims by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moved {
    // INVARIANT: no piece is empty; ids ascend within and across pieces; beside each piece stands its first id, so that
    // the right one is found without touching the others.
    pieces: Vec<(i64, Arc<[Entry]>)>,
}

impl Moved {
    /// The map of these entries, which ascend by id.
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let mut pieces = Vec::with_capacity(entries.len() / PIECE_ENTRIES_MAX + 1);
        split(entries, &mut pieces);
        Self { pieces }
    }

    /// How many claims it has.
    pub(crate) fn len(&self) -> usize {
        self.pieces.iter().map(|(_, piece)| piece.len()).sum()
    }

    /// Its entries, ascending by id.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> {
        self.pieces.iter().flat_map(|(_, piece)| piece.iter().copied())
    }

    /// The block of a claim.
    pub(crate) fn get(&self, id: i64) -> Option<u32> {
        let after = self.pieces.partition_point(|(first, _)| *first <= id);
        let (_, piece) = &self.pieces[after.checked_sub(1)?];
        piece
            .binary_search_by_key(&id, |entry| entry.0)
            .ok()
            .map(|place| piece[place].1)
    }

    /// The map with these changes, ascending by id: the claim's block, or none to take it out.
    pub(crate) fn updated(&self, changes: &[(i64, Option<u32>)]) -> Self {
        let mut pieces = Vec::with_capacity(self.pieces.len() + changes.len() / PIECE_ENTRIES_MAX + 1);
        let mut rest = changes;
        for (place, (first, piece)) in self.pieces.iter().enumerate() {
            // A piece answers for every id below the first of the next one.
            let count = match self.pieces.get(place + 1) {
                Some((next, _)) => rest.partition_point(|(id, _)| id < next),
                None => rest.len(),
            };
            let (mine, others) = rest.split_at(count);
            rest = others;
            if mine.is_empty() {
                pieces.push((*first, Arc::clone(piece)));
            } else {
                split(&merged(piece, mine), &mut pieces);
            }
        }
        split(&merged(&[], rest), &mut pieces);
        Self { pieces }
    }

    /// Its size in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.pieces.capacity() * size_of::<(i64, Arc<[Entry]>)>()
            + self
                .pieces
                .iter()
                .map(|(_, piece)| size_of_val::<[Entry]>(piece))
                .sum::<usize>()
    }
}

/// The entries with the changes made.
fn merged(entries: &[Entry], changes: &[(i64, Option<u32>)]) -> Vec<Entry> {
    let mut merged = Vec::with_capacity(entries.len() + changes.len());
    let mut entries = entries.iter().copied().peekable();
    for &(id, block) in changes {
        while let Some(entry) = entries.next_if(|entry| entry.0 < id) {
            merged.push(entry);
        }
        let _replaced = entries.next_if(|entry| entry.0 == id);
        merged.extend(block.map(|block| (id, block)));
    }
    merged.extend(entries);
    merged
}

/// Cuts the entries into pieces that have room to grow.
fn split(entries: &[Entry], pieces: &mut Vec<(i64, Arc<[Entry]>)>) {
    let size = if entries.len() <= PIECE_ENTRIES_MAX {
        PIECE_ENTRIES_MAX
    } else {
        PIECE_ENTRIES_MAX / 2
    };
    pieces.extend(entries.chunks(size).map(|piece| (piece[0].0, Arc::from(piece))));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::{ProptestConfig, Strategy, any, proptest};

    use super::{Moved, PIECE_ENTRIES_MAX};

    /// Commits, each a set of changes.
    fn commits() -> impl Strategy<Value = Vec<BTreeMap<i64, Option<u32>>>> {
        vec(
            btree_map(-700_i64..700, proptest::option::weighted(0.7, any::<u32>()), 0..400),
            0..12,
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn agrees_with_a_plain_map(commits in commits()) {
            let (mut moved, mut plain) = (Moved::default(), BTreeMap::new());
            for commit in commits {
                let before = (moved.clone(), plain.clone());
                moved = moved.updated(&commit.iter().map(|(id, block)| (*id, *block)).collect::<Vec<_>>());
                for (id, block) in commit {
                    match block {
                        Some(block) => plain.insert(id, block),
                        None => plain.remove(&id),
                    };
                }
                for (moved, plain) in [&before, &(moved.clone(), plain.clone())] {
                    assert!((-701..701).all(|id| moved.get(id) == plain.get(&id).copied()));
                }
                assert!(moved.pieces.iter().all(|(_, piece)| (1..=PIECE_ENTRIES_MAX).contains(&piece.len())));
            }
        }
    }
}
