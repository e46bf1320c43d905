//! Makes one block out of the live claims of several, in ascending order of their ids.

use reprise_model::{Column, Granularity};

use crate::IndexError;
use crate::block::Block;
use crate::rows::{ClaimRow, RowBuffer};

/// One block of all live claims of these.
pub(crate) fn merge(blocks: &[&Block]) -> Result<Block, IndexError> {
    let mut claims: Vec<(i64, &Block, u32)> = blocks
        .iter()
        .flat_map(|block| block.live().rows().map(|claim| (block.claim_id(claim), *block, claim)))
        .collect();
    // The blocks are sorted already, which this sort makes use of.
    claims.sort_by_key(|(id, ..)| *id);
    let mut rows = RowBuffer::default();
    for &(id, block, claim) in &claims {
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
    for column in Column::ALL {
        let values = &mut rows.columns[column.position()];
        for &(_, block, claim) in &claims {
            match column.granularity() {
                Granularity::Claim => values.push(block.claim_cell(*column, claim)),
                Granularity::Line => values.extend(block.lines_of(claim).map(|line| block.cell(*column, line))),
            }
        }
    }
    Ok(rows.pack())
}
