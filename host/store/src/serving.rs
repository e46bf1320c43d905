//! That a process takes part in the work on a database.

use std::fs::File;

/// That this process takes part in the work on a database; dropped, or with the process, it ends.
#[derive(Debug)]
pub struct Serving {
    /// Locked for as long as it is open, where only one process can take part.
    _file: Option<File>,
}

impl Serving {
    /// Beside any number of others.
    pub(crate) const fn shared() -> Self {
        Self { _file: None }
    }

    /// Alone, for as long as this file, which is locked, is open.
    pub(crate) const fn alone(file: File) -> Self {
        Self { _file: Some(file) }
    }
}
