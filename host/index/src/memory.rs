//! How much memory an index takes.

/// How much memory an index takes, by what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IndexMemory {
    /// Dictionaries: texts and hash tables.
    pub dictionaries_bytes: usize,
    /// Set tables: lists and hash tables.
    pub set_tables_bytes: usize,
    /// Columns of claims and lines, with what ties them together.
    pub columns_bytes: usize,
    /// Codes of claims.
    pub claim_codes_bytes: usize,
    /// Where claims are that changed since the index was built, and the lists of blocks.
    pub places_bytes: usize,
}

impl IndexMemory {
    /// All of it.
    pub const fn total_bytes(&self) -> usize {
        self.dictionaries_bytes
            + self.set_tables_bytes
            + self.columns_bytes
            + self.claim_codes_bytes
            + self.places_bytes
    }
}
