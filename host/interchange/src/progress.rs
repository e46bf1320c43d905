//! What a caller is told while work goes on. How it is shown is the caller's own matter.

use crate::RefusedLine;

/// How far an import, export or generation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Bytes read, as they lie in the sources (so compressed where they are), or written.
    pub bytes: u64,
    /// How many bytes there are to read, where that is known.
    pub bytes_total: Option<u64>,
    /// Claims handled, whatever became of them.
    pub claims: u64,
    /// How many claims there are to handle, where that is known.
    pub claims_total: Option<u64>,
    /// Rows of reference data handled, whatever became of them.
    pub references: u64,
    /// Lines refused.
    pub refused: u64,
}

/// Is told how far the work is, on the thread that called for it: after each piece, of which there may be hundreds a
/// second.
pub trait Progress {
    /// The work is this far.
    fn advanced(&mut self, position: &Position);

    /// An import refused a line; in the order of the lines.
    fn refused(&mut self, line: &RefusedLine) {
        let _ = line;
    }
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn advanced(&mut self, _position: &Position) {}
}
