//! What a criterion is compiled into: a test of lines that can decide many at once, and one with its reason.

use crate::bitmap::Bitmap;
use crate::column::Column;
use crate::estimate::Estimate;
use crate::reference::Reference;
use crate::rows::{Layout, Line, Rows};
use crate::rules::Bound;

/// A test of lines. Asking for the opposite is not its business: whoever composes tests turns the answer round.
pub trait LineTest {
    /// The columns it reads.
    fn columns(&self) -> Vec<Column>;

    /// Whether a line meets it.
    fn is_met(&self, line: &Line<'_>) -> bool;

    /// The value that decided and why, as a sentence without a capital and full stop. `met` is what [`is_met`] answers
    /// for this line.
    ///
    /// [`is_met`]: LineTest::is_met
    fn reason(&self, line: &Line<'_>, met: bool, reference: &Reference) -> String;

    /// Keeps those hits of a batch that meet it. As it stands, it asks for each hit on its own, which is right and slow.
    fn keep(&self, rows: &Rows<'_>, hits: &mut Bitmap) {
        let layout = Layout::new(self.columns());
        let mut cells = vec![0; layout.columns().len()];
        hits.keep_rows(|row| {
            for (cell, &column) in cells.iter_mut().zip(layout.columns()) {
                *cell = rows.cell(column, row);
            }
            self.is_met(&Line::new(&layout, &cells))
        });
    }

    /// What it is expected to do to rows.
    fn estimate(&self) -> Estimate {
        Estimate::UNKNOWN
    }

    /// Ranges that the values of every line which meets it lie in.
    fn bounds(&self) -> Vec<Bound> {
        Vec::new()
    }
}
