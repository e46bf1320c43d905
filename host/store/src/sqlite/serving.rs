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
         UPDATE webhook SET lease_host = NULL, lease_until_ms = NULL WHERE lease_host IS NOT NULL;
         DELETE FROM claim_lock;
         DELETE FROM serving_host;",
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Sqlite;
    use crate::conformance::claims::{claim, write};
    use crate::conformance::{create_activity, done};
    use crate::{ExistingClaims, Store, StoreError};

    #[test]
    fn one_process_serves_a_database() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("reprise.db");
        let (one, other) = (
            Sqlite::open(&path).expect("opened"),
            Sqlite::open(&path).expect("opened"),
        );
        let serving = one.begin_serving().expect("the first");
        let refused = other.begin_serving().expect_err("refused");
        assert!(matches!(&refused, StoreError::Unavailable { .. }));
        let sentence = refused.to_string();
        assert!(
            sentence.contains("another `reprise serve` works on the database") && sentence.contains("reprise.db`"),
            "{sentence}"
        );
        write(&other, vec![claim("ACME", "C1", "")], ExistingClaims::Refuse);
        drop(serving);
        other.begin_serving().expect("the first has ended");
    }

    #[test]
    fn what_an_earlier_process_held_is_free_for_the_next() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("reprise.db");
        let store = Sqlite::open(&path).expect("opened");
        write(&store, vec![claim("ACME", "C1", "")], ExistingClaims::Refuse);
        let activity = create_activity(&store, "ACME");
        let long = Duration::from_secs(60 * 60);
        let take = |host: &str| {
            done(&store, |transaction| {
                Ok((
                    transaction.lease_activity(activity, host, long)?,
                    transaction.lease_work(activity, host, long)?.map(|chunk| chunk.number),
                    transaction.lock_claims(&[1], host, long)?,
                ))
            })
        };
        done(&store, |transaction| transaction.create_work(activity, &[vec![1]]));
        assert_eq!(take("a"), (true, Some(0), vec![]));
        assert_eq!(take("b"), (false, None, vec![1]));
        let _serving = store.begin_serving().expect("begun");
        assert_eq!(take("b"), (true, Some(0), vec![]));
    }
}
