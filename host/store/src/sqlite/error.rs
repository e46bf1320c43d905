//! What SQLite's errors mean to a caller of the store.

use rusqlite::ErrorCode;

use super::opening::BUSY_WAIT;
use crate::StoreError;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
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
