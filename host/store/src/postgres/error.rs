//! What PostgreSQL's errors mean to a caller of the store.

use std::error::Error;
use std::io;

use postgres::error::{DbError, SqlState};

use super::connecting::BUSY_WAIT;
use crate::StoreError;

impl From<postgres::Error> for StoreError {
    fn from(error: postgres::Error) -> Self {
        if let Some(error) = error.as_db_error() {
            return from_server(error);
        }
        let broken = error.is_closed() || error.source().is_some_and(|cause| cause.is::<io::Error>());
        if broken {
            Self::Unavailable {
                reason: format!(
                    "the connection to the database broke: {}; it is made anew with the next request",
                    sentence(&error)
                ),
            }
        } else {
            Self::other(sentence(&error))
        }
    }
}

/// What the server itself said.
fn from_server(error: &DbError) -> StoreError {
    let code = error.code();
    let message = error.message();
    let unavailable = |reason: String| StoreError::Unavailable { reason };
    if *code == SqlState::LOCK_NOT_AVAILABLE {
        StoreError::Busy {
            waited_s: BUSY_WAIT.as_secs(),
        }
    } else if *code == SqlState::DISK_FULL {
        StoreError::DiskFull
    } else if [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED].contains(code) {
        StoreError::corrupt(message)
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        unavailable(format!(
            "the database cannot be used: {message}; make the user of the URL the owner of the database"
        ))
    } else if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        unavailable(format!(
            "the database can only be read: {message}; name the server that takes writes"
        ))
    } else if *code == SqlState::CHARACTER_NOT_IN_REPERTOIRE {
        StoreError::other(format!("a text cannot be kept in PostgreSQL: {message}"))
    } else if ends_the_session(code) {
        unavailable(format!(
            "the database server ended the connection: {message}; it is made anew with the next request"
        ))
    } else {
        StoreError::other(message)
    }
}

/// Whether the server said this as the last thing on a connection: connection exceptions, too many connections, an
/// operator's intervention, a transaction that was open and idle for too long.
fn ends_the_session(code: &SqlState) -> bool {
    code.code().starts_with("08")
        || [
            SqlState::TOO_MANY_CONNECTIONS,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::DATABASE_DROPPED,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        ]
        .contains(code)
}

/// An error with its causes, after a colon each.
pub(super) fn sentence(error: &postgres::Error) -> String {
    let mut sentence = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        sentence.push_str(": ");
        match inner.downcast_ref::<DbError>() {
            Some(error) => sentence.push_str(error.message()),
            None => sentence.push_str(&inner.to_string()),
        }
        cause = inner.source();
    }
    sentence
}
