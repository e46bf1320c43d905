//! Opening an SQLite file: is it ours, and how every connection to it is set.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::migrations;
use crate::StoreError;

/// How long a write waits for another process to end its own.
pub(super) const BUSY_WAIT: Duration = Duration::from_secs(15);

/// "Repr", as the first migration sets it.
const APPLICATION_ID: i64 = 0x5265_7072;

/// More readers than this wait for one another: each holds files open and some memory.
const READERS_MAX: u32 = 16;

/// A connection keeps its statements prepared: there are fewer than this.
const STATEMENTS_MAX: usize = 256;

/// No URI in the path, no mutex in the driver: a connection is used by one thread at a time.
const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// Larger pages hold several claims each, and make for fewer of everything.
const CREATION_SETTINGS: &str = "PRAGMA page_size = 8192;";

/// A commit is on the disk when it returns. What replaces a row deletes the one that was there, for triggers too. The log is
/// folded back into the file every 64 MiB or so, and cut to that length: bulk writes then write most pages once, and a crash
/// leaves little to fold.
const WRITER_SETTINGS: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA recursive_triggers = ON;
    PRAGMA cache_size = -65536;
    PRAGMA temp_store = MEMORY;
    PRAGMA wal_autocheckpoint = 8192;
    PRAGMA journal_size_limit = 67108864;
";

/// A reader cannot write, whatever it is told.
const READER_SETTINGS: &str = "
    PRAGMA query_only = ON;
    PRAGMA cache_size = -8192;
    PRAGMA temp_store = MEMORY;
";

/// The connection that writes, to a database that is ours and up to date.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let cannot_open = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => unusable(
            path,
            "is not an SQLite database; name another file, or one that does not exist yet",
        ),
        Some(ErrorCode::CannotOpen) => unusable(
            path,
            &format!("cannot be opened or created: {error}; check that its directory exists and is writable"),
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => unusable(
            path,
            &format!("cannot be written: {error}; check the rights to the file and its directory"),
        ),
        _ => error.into(),
    };
    let mut connection =
        Connection::open_with_flags(path, FLAGS | OpenFlags::SQLITE_OPEN_CREATE).map_err(cannot_open)?;
    connection.busy_timeout(BUSY_WAIT)?;
    set_statements(&connection).map_err(cannot_open)?;
    // Only a read: a file that is something else is left as it is.
    if !is_marked(&connection).map_err(cannot_open)? && !is_empty(&connection).map_err(cannot_open)? {
        return Err(unusable(
            path,
            "is an SQLite database of something else; name another file",
        ));
    }
    until_not_busy(|| write_ahead(&connection)).map_err(cannot_open)?;
    connection.execute_batch(WRITER_SETTINGS).map_err(cannot_open)?;
    migrations::run(&mut connection)?;
    Ok(connection)
}

/// The connections that read.
pub(super) fn reader_pool(path: &Path) -> Result<r2d2::Pool<SqliteConnectionManager>, StoreError> {
    let manager = SqliteConnectionManager::file(path)
        .with_flags(FLAGS)
        .with_init(|connection| {
            connection.busy_timeout(BUSY_WAIT)?;
            set_statements(connection)?;
            connection.execute_batch(READER_SETTINGS)
        });
    r2d2::Pool::builder()
        .max_size(READERS_MAX)
        .min_idle(Some(1))
        // A connection to a file does not go away; asking it each time costs more than most reads.
        .test_on_check_out(false)
        .connection_timeout(BUSY_WAIT)
        .build(manager)
        .map_err(|error| StoreError::Unavailable {
            reason: format!("`{}` cannot be opened for reading: {error}", path.display()),
        })
}

/// Has statements planned once and kept. By itself SQLite plans a statement anew each time, for the values that it is given,
/// if its plan may depend on them; it thinks so of each that has a limit, which takes several times as long as the rest.
fn set_statements(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// A connection that copies the database, which is ours and stays as it is, whatever version it belongs to. It has none
/// of a reader's settings, under which SQLite would not write the copy either.
pub(super) fn open_copier(path: &Path) -> Result<Connection, StoreError> {
    let cannot_open = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => unusable(path, "is not an SQLite database; name the file of one"),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => unusable(
            path,
            &format!("cannot be opened: {error}; check that it is there, and the rights to it and its directory"),
        ),
        _ => error.into(),
    };
    let connection = Connection::open_with_flags(path, FLAGS).map_err(cannot_open)?;
    connection.busy_timeout(BUSY_WAIT)?;
    // A copy of nothing would look like a backup.
    if !is_marked(&connection).map_err(cannot_open)? {
        return Err(unusable(path, "is not a database of Reprise; name the file of one"));
    }
    Ok(connection)
}

/// What is wrong with the file, and what would be right.
fn unusable(path: &Path, sentence: &str) -> StoreError {
    StoreError::Unavailable {
        reason: format!("`{}` {sentence}", path.display()),
    }
}

/// Whether the database is Reprise's.
fn is_marked(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let application: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    Ok(application == APPLICATION_ID)
}

/// Whether the database has nothing in it yet.
fn is_empty(connection: &Connection) -> Result<bool, rusqlite::Error> {
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(objects == 0)
}

/// Switches the database to write-ahead logging, which lets readers and a writer work side by side. It stays so.
fn write_ahead(connection: &Connection) -> Result<(), rusqlite::Error> {
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if mode != "wal" {
        connection.execute_batch(CREATION_SETTINGS)?;
        let _: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    }
    Ok(())
}

/// Tries again while the database is busy. SQLite does not wait by itself where it changes how it logs.
fn until_not_busy(mut work: impl FnMut() -> Result<(), rusqlite::Error>) -> Result<(), rusqlite::Error> {
    let deadline = Instant::now() + BUSY_WAIT;
    loop {
        match work() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(20));
            }
            outcome => return outcome,
        }
    }
}
