//! Makes one block out of the live claims of several, in ascending order of their ids.

use std::ops::Range;

use reprise_model::{Cell, Column, Granularity};

use crate::IndexError;
use crate::block::Block;
use crate::rows::{ClaimRow, RowBuffer};

/// A live claim of one of the blocks.
struct Source {
    id: i64,
    block: usize,
    claim: u32,
    lines: Range<usize>,
}

/// One block of all live claims of these.
pub(crate) fn merge(blocks: &[&Block]) -> Result<Block, IndexError> {
    let mut sources: Vec<Source> = Vec::new();
    for (place, block) in blocks.iter().enumerate() {
        sources.extend(block.live().rows().map(|claim| {
            let lines = block.lines_of(claim);
            Source {
                id: block.claim_id(claim),
                block: place,
                claim,
                lines: lines.start as usize..lines.end as usize,
            }
        }));
    }
    // The blocks are sorted already, which this sort makes use of.
    sources.sort_by_key(|source| source.id);
    let mut rows = RowBuffer::default();
    for &Source { id, block, claim, .. } in &sources {
        let block = blocks[block];
        let row = ClaimRow {
            id,
            code: block.claim_code(claim),
            status: block.status(claim),
            currency: block.currency(claim),
            settled: block.is_settled(claim),
            locked: block.is_locked(claim),
        };
        let lines = block.lines_of(claim);
        rows.add(row, lines.end - lines.start)
            .ok_or(IndexError::ClaimTooLarge { id })?;
    }
    // A whole column is unpacked many values at a time; picking cells out of packed columns takes several times as long.
    let mut unpacked: Vec<Vec<Cell>> = blocks.iter().map(|_| Vec::new()).collect();
    for column in Column::ALL {
        for (cells, block) in unpacked.iter_mut().zip(blocks) {
            block.cells(*column, cells);
        }
        let merged = &mut rows.columns[column.position()];
        match column.granularity() {
            Granularity::Claim => {
                merged.extend(
                    sources
                        .iter()
                        .map(|source| unpacked[source.block][source.claim as usize]),
                );
            }
            Granularity::Line => {
                for source in &sources {
                    merged.extend_from_slice(&unpacked[source.block][source.lines.clone()]);
                }
            }
        }
    }
    Ok(rows.pack())
}
