//! One process serves an SQLite database: a lock on a file beside it says which.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::{Serving, StoreError};

/// Takes the place of the one process that serves the database in this file.
pub(super) fn take_place(path: &Path) -> Result<Serving, StoreError> {
    let beside = file_beside(path);
    let unavailable = |reason: String| StoreError::Unavailable { reason };
    // The lock is the operating system's: it ends with the process, however that ends. So the file may stay.
    let opened = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&beside);
    let file: File = opened.map_err(|error| {
        unavailable(format!(
            "`{}` cannot be opened or created: {error}; check the rights to it and to its directory",
            beside.display()
        ))
    })?;
    match file.try_lock() {
        Ok(()) => Ok(Serving::alone(file)),
        Err(TryLockError::WouldBlock) => Err(unavailable(format!(
            "another `reprise serve` works on the database `{}`, and one in SQLite is served by one process; end that \
             one, or use a database in PostgreSQL, which several can serve",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(unavailable(format!(
            "`{}` cannot be locked: {error}; a database in SQLite must be on a local disk",
            beside.display()
        ))),
    }
}

fn file_beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push("-serving");
    PathBuf::from(name)
}

/// Ends what an earlier process held: it serves no more, and nobody else has held anything.
pub(super) fn end_leases(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "UPDATE activity SET lease_host = NULL, lease_until_ms = NULL WHERE lease_host IS NOT NULL;
         UPDATE activity_work SET lease_host = NULL, lease_until_ms = NULL WHERE finished = 0 AND lease_host IS NOT NULL;
         DELETE FROM claim_lock;",
    )?;
    Ok(())
}
