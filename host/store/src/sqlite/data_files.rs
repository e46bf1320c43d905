//! Data file sets, data files and their content in SQLite.

use std::collections::HashSet;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Rows};

use super::clock::now_ms;
use super::{from_stored, to_stored};
use crate::{
    ContentId, DataFile, DataFileOutcome, DataFileSet, DataFileSetCreation, DataFileSetDefinition, DataFileSource,
    StoreError,
};

/// How large a chunk of content is at most.
const CHUNK_BYTES_MAX: usize = 1 << 20;

/// A data file's columns.
macro_rules! select_file {
    ($condition:literal) => {
        concat!(
            "SELECT data_file.code, data_file.description, data_file.content_id, content.length_bytes,
                    data_file.activity_id
             FROM data_file
             LEFT JOIN content ON content.id = data_file.content_id
             WHERE ",
            $condition
        )
    };
}

/// Id and lock of the payer's set.
fn find_set(connection: &Connection, payer: &str, set: &str) -> Result<Option<(i64, bool)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, locked FROM data_file_set
         WHERE payer_id = (SELECT id FROM payer WHERE name = ?1) AND code = ?2",
    )?;
    Ok(statement
        .query_row((payer, set), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

pub(super) fn set(connection: &Connection, payer: &str, set: &str) -> Result<Option<DataFileSet>, StoreError> {
    let Some((id, locked)) = find_set(connection, payer, set)? else {
        return Ok(None);
    };
    let description = connection
        .prepare_cached("SELECT description FROM data_file_set WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?;
    let mut statement =
        connection.prepare_cached(select_file!("data_file.data_file_set_id = ?1 ORDER BY data_file.id"))?;
    let files = read_files(statement.query([id])?)?;
    Ok(Some(DataFileSet {
        code: set.to_owned(),
        description,
        locked,
        files,
    }))
}

pub(super) fn file(
    connection: &Connection,
    payer: &str,
    set: &str,
    file: &str,
) -> Result<Option<DataFile>, StoreError> {
    let Some((id, _)) = find_set(connection, payer, set)? else {
        return Ok(None);
    };
    let mut statement =
        connection.prepare_cached(select_file!("data_file.data_file_set_id = ?1 AND data_file.code = ?2"))?;
    Ok(read_files(statement.query((id, file))?)?.pop())
}

fn read_files(mut rows: Rows<'_>) -> Result<Vec<DataFile>, StoreError> {
    let mut files = Vec::new();
    while let Some(row) = rows.next()? {
        let (content, length, activity): (Option<i64>, Option<i64>, Option<i64>) =
            (row.get(2)?, row.get(3)?, row.get(4)?);
        let source = match (content.zip(length), activity) {
            (Some((id, length)), _) => DataFileSource::Content {
                id: ContentId(id),
                length_bytes: from_stored(length)?,
            },
            (None, Some(activity)) => DataFileSource::Results { activity },
            (None, None) => DataFileSource::Empty,
        };
        files.push(DataFile {
            code: row.get(0)?,
            description: row.get(1)?,
            source,
        });
    }
    Ok(files)
}

pub(super) fn create_set(
    connection: &Connection,
    payer: i64,
    set: &DataFileSetDefinition,
) -> Result<DataFileSetCreation, StoreError> {
    let mut codes = HashSet::new();
    if let Some(repeated) = set.files.iter().find(|file| !codes.insert(&file.code)) {
        return Ok(DataFileSetCreation::FileCodeRepeated(repeated.code.clone()));
    }
    let mut insert_set = connection.prepare_cached(
        "INSERT INTO data_file_set (payer_id, code, description) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING
         RETURNING id",
    )?;
    let id: Option<i64> = insert_set
        .query_row((payer, &set.code, &set.description), |row| row.get(0))
        .optional()?;
    let Some(id) = id else {
        return Ok(DataFileSetCreation::CodeTaken);
    };
    let mut insert_file =
        connection.prepare_cached("INSERT INTO data_file (data_file_set_id, code, description) VALUES (?1, ?2, ?3)")?;
    for file in &set.files {
        insert_file.execute((id, &file.code, &file.description))?;
    }
    Ok(DataFileSetCreation::Created)
}

pub(super) fn lock_set(connection: &Connection, payer: &str, set: &str) -> Result<DataFileOutcome, StoreError> {
    match find_set(connection, payer, set)? {
        None => Ok(DataFileOutcome::Absent),
        Some((_, true)) => Ok(DataFileOutcome::Locked),
        Some((id, false)) => set_locked(connection, id, true),
    }
}

pub(super) fn unlock_set(connection: &Connection, payer: &str, set: &str) -> Result<DataFileOutcome, StoreError> {
    match find_set(connection, payer, set)? {
        None => Ok(DataFileOutcome::Absent),
        Some((id, _)) => set_locked(connection, id, false),
    }
}

fn set_locked(connection: &Connection, id: i64, locked: bool) -> Result<DataFileOutcome, StoreError> {
    connection
        .prepare_cached("UPDATE data_file_set SET locked = ?2 WHERE id = ?1")?
        .execute((id, locked))?;
    Ok(DataFileOutcome::Done)
}

pub(super) fn create_content(connection: &Connection) -> Result<ContentId, StoreError> {
    let mut statement = connection.prepare_cached("INSERT INTO content (created_at_ms) VALUES (?1) RETURNING id")?;
    Ok(ContentId(statement.query_row([now_ms()], |row| row.get(0))?))
}

pub(super) fn append_content(connection: &Connection, content: ContentId, bytes: &[u8]) -> Result<(), StoreError> {
    check_unattached(connection, content)?;
    let mut take_number = connection.prepare_cached(
        "UPDATE content SET chunk_count = chunk_count + 1, length_bytes = length_bytes + ?2 WHERE id = ?1
         RETURNING chunk_count - 1",
    )?;
    let mut insert =
        connection.prepare_cached("INSERT INTO content_chunk (content_id, number, body) VALUES (?1, ?2, ?3)")?;
    for chunk in bytes.chunks(CHUNK_BYTES_MAX) {
        let length = to_stored(u64::try_from(chunk.len()).unwrap_or(u64::MAX))?;
        let number: i64 = take_number.query_row((content.0, length), |row| row.get(0))?;
        insert.execute((content.0, number, chunk))?;
    }
    Ok(())
}

pub(super) fn discard_content(connection: &Connection, content: ContentId) -> Result<(), StoreError> {
    check_unattached(connection, content)?;
    remove_content(connection, content.0)
}

pub(super) fn discard_unattached_content(connection: &Connection, older_than: Duration) -> Result<u64, StoreError> {
    let older_than_ms = i64::try_from(older_than.as_millis()).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(
        "SELECT id FROM content
         WHERE created_at_ms <= ?1
           AND NOT EXISTS (SELECT 1 FROM data_file WHERE data_file.content_id = content.id)",
    )?;
    let ids = statement
        .query_map([now_ms().saturating_sub(older_than_ms)], |row| row.get(0))?
        .collect::<Result<Vec<i64>, _>>()?;
    for id in &ids {
        remove_content(connection, *id)?;
    }
    Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
}

/// Fails for content that is a data file's, which somebody may be reading, and for content that is not there.
fn check_unattached(connection: &Connection, content: ContentId) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM data_file WHERE content_id = content.id) FROM content WHERE id = ?1",
    )?;
    match statement.query_row([content.0], |row| row.get(0)).optional()? {
        Some(false) => Ok(()),
        Some(true) => Err(StoreError::other("the content is that of a data file already")),
        None => Err(StoreError::other("the content was discarded")),
    }
}

fn remove_content(connection: &Connection, id: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM content_chunk WHERE content_id = ?1")?
        .execute([id])?;
    connection
        .prepare_cached("DELETE FROM content WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

pub(super) fn attach_content(
    connection: &Connection,
    payer: &str,
    set: &str,
    file: &str,
    content: ContentId,
) -> Result<DataFileOutcome, StoreError> {
    check_unattached(connection, content)?;
    match find_set(connection, payer, set)? {
        None => Ok(DataFileOutcome::Absent),
        Some((_, true)) => Ok(DataFileOutcome::Locked),
        Some((id, false)) => attach(connection, id, file, Some(content.0), None),
    }
}

pub(super) fn attach_results(
    connection: &Connection,
    payer: &str,
    set: &str,
    file: &str,
    activity: i64,
) -> Result<DataFileOutcome, StoreError> {
    match find_set(connection, payer, set)? {
        None => Ok(DataFileOutcome::Absent),
        Some((id, _)) => attach(connection, id, file, None, Some(activity)),
    }
}

/// Gives a file of the set its content, and removes the content that it had.
fn attach(
    connection: &Connection,
    set: i64,
    file: &str,
    content: Option<i64>,
    activity: Option<i64>,
) -> Result<DataFileOutcome, StoreError> {
    let found: Option<(i64, Option<i64>)> = connection
        .prepare_cached("SELECT id, content_id FROM data_file WHERE data_file_set_id = ?1 AND code = ?2")?
        .query_row((set, file), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((id, before)) = found else {
        return Ok(DataFileOutcome::Absent);
    };
    connection
        .prepare_cached("UPDATE data_file SET content_id = ?2, activity_id = ?3 WHERE id = ?1")?
        .execute((id, content, activity))?;
    if let Some(before) = before {
        remove_content(connection, before)?;
    }
    Ok(DataFileOutcome::Done)
}
