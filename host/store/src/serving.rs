//! That a process takes part in the work on a database, and which hosts do.

use std::fs::File;
use std::time::Duration;

/// After how long a host that gives no sign of life is forgotten.
pub const HOST_KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// A host that serves, or did a moment ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServingHost {
    /// Its name.
    pub host: String,
    /// Where it is reached, if it says so.
    pub address: Option<String>,
    /// The number of the last change to rules that it decides by.
    pub rules_sequence: u64,
    /// When it gave its last sign of life, in milliseconds since 1970-01-01T00:00:00Z.
    pub alive_at_ms: i64,
}

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

impl Drop for Serving {
    fn drop(&mut self) {
        // Closing the file is not enough: a process that is being started at this moment has it open, too, until it has
        // become the program that it is to be. If this fails, closing it is what is left.
        let _ = self.file.as_ref().map(File::unlock);
    }
}
