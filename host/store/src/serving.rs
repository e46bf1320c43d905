//! That a process takes part in the work on a database.

use std::fs::File;

/// That this process takes part in the work on a database; dropped, or with the process, it ends.
#[derive(Debug)]
pub struct Serving {
    /// Locked for as long as it is open, where only one process can take part.
    file: Option<File>,
}

impl Serving {
    /// Beside any number of others.
    pub(crate) const fn shared() -> Self {
        Self { file: None }
    }

    /// Alone, for as long as this file, which is locked, is open.
    pub(crate) const fn alone(file: File) -> Self {
        Self { file: Some(file) }
    }

    /// Whether no other process can take part beside this one.
    pub const fn is_alone(&self) -> bool {
        self.file.is_some()
    }
}
