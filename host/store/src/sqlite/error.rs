//! What SQLite's errors mean to a caller of the store.

use rusqlite::{ErrorCode, ffi};

use super::opening::BUSY_WAIT;
use crate::StoreError;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if is_refused_write(&error) {
            return Self::Unavailable {
                reason: format!(
                    "the file of the database cannot be written: {error}; nothing of this write was kept; check its disk, \
                     its quota and the limit on the size of files"
                ),
            };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy {
                waited_s: BUSY_WAIT.as_secs(),
            },
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::corrupt(error.to_string()),
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => Self::Unavailable {
                reason: format!("the database cannot be used: {error}; check the rights to its file"),
            },
            Some(_) => Self::other(error.to_string()),
            // Not SQLite but the driver: a value was not of the type that the schema gives it.
            None => match error {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::Utf8Error(..) => Self::corrupt(error.to_string()),
                _ => Self::other(error.to_string()),
            },
        }
    }
}

/// Whether the operating system has refused to write. A full disk it tells apart; a quota or a limit on the size of files
/// that was reached it does not, and these pass as a full disk does.
fn is_refused_write(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    [Some(ffi::SQLITE_IOERR_WRITE), Some(ffi::SQLITE_IOERR_SHMSIZE)].contains(&code)
}

#[cfg(test)]
mod tests {
    use rusqlite::{Error, ffi};

    use crate::StoreError;

    #[test]
    fn trouble_with_writing_passes_and_trouble_with_reading_does_not() {
        for (code, passes) in [
            (ffi::SQLITE_FULL, true),
            (ffi::SQLITE_BUSY, true),
            (ffi::SQLITE_IOERR_WRITE, true),
            (ffi::SQLITE_IOERR_SHMSIZE, true),
            (ffi::SQLITE_IOERR_READ, false),
            (ffi::SQLITE_IOERR_FSYNC, false),
            (ffi::SQLITE_CORRUPT, false),
        ] {
            let error: StoreError = Error::SqliteFailure(ffi::Error::new(code), None).into();
            let found = matches!(
                error,
                StoreError::Busy { .. } | StoreError::DiskFull | StoreError::Unavailable { .. }
            );
            assert_eq!(found, passes, "{code} {error}");
        }
    }
}
