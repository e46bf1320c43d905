//! What can go wrong with a database, told apart as far as a caller acts on it.

/// Why the store could not do what it was asked to. Nothing of a failed write transaction is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be opened or reached: wrong URL, no such directory, no right to it, not a database.
    #[error("{reason}")]
    Unavailable {
        /// What is wrong and what would be right.
        reason: String,
    },
    /// Another process or request was writing for as long as this one was ready to wait.
    #[error("the database was busy with another write for {waited_s} seconds; try again when that one is done")]
    Busy {
        /// How long was waited.
        waited_s: u64,
    },
    /// There is no space left.
    #[error("the disk of the database is full; nothing of this write was kept; free some space and try again")]
    DiskFull,
    /// A value is larger than one value may be.
    #[error("{what} takes {size_bytes} bytes to store; {size_bytes_max} are allowed")]
    TooLarge {
        /// What it is.
        what: String,
        /// How large it is.
        size_bytes: usize,
        /// How large it may be.
        size_bytes_max: usize,
    },
    /// What is stored cannot be read.
    #[error("the database is damaged: {what}; restore it from a backup")]
    Corrupt {
        /// What cannot be read.
        what: String,
    },
    /// The database belongs to a later version of Reprise.
    #[error(
        "the database has schema {found} and this version of reprise knows schemas up to {known}; use a newer version of reprise"
    )]
    NewerSchema {
        /// The schema's number.
        found: i64,
        /// The last one that is known here.
        known: i64,
    },
    /// Anything else.
    #[error("the database failed: {reason}")]
    Other {
        /// What was said.
        reason: String,
    },
}

impl StoreError {
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }

    pub(crate) fn other(reason: impl Into<String>) -> Self {
        Self::Other { reason: reason.into() }
    }
}
