//! Data file sets, data files and their content in PostgreSQL.

use std::collections::HashSet;
use std::time::Duration;

use postgres::Row;

use super::session::{Session, get};
use super::{duration_ms, from_stored, to_stored};
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
fn find_set(session: &mut Session, payer: &str, set: &str) -> Result<Option<(i64, bool)>, StoreError> {
    let row = session.row(
        "SELECT id, locked FROM data_file_set
         WHERE payer_id = (SELECT id FROM payer WHERE name = $1) AND code = $2",
        &[&payer, &set],
    )?;
    row.map(|row| Ok((get(&row, 0)?, get(&row, 1)?))).transpose()
}

pub(super) fn set(session: &mut Session, payer: &str, set: &str) -> Result<Option<DataFileSet>, StoreError> {
    let Some((id, locked)) = find_set(session, payer, set)? else {
        return Ok(None);
    };
    let description = session.one("SELECT description FROM data_file_set WHERE id = $1", &[&id])?;
    let files = session.rows(
        select_file!("data_file.data_file_set_id = $1 ORDER BY data_file.id"),
        &[&id],
    )?;
    Ok(Some(DataFileSet {
        code: set.to_owned(),
        description,
        locked,
        files: files.iter().map(read_file).collect::<Result<_, _>>()?,
    }))
}

pub(super) fn file(session: &mut Session, payer: &str, set: &str, file: &str) -> Result<Option<DataFile>, StoreError> {
    let row = session.row(
        select_file!(
            "data_file.data_file_set_id = (SELECT data_file_set.id FROM data_file_set
                                           JOIN payer ON payer.id = data_file_set.payer_id
                                           WHERE payer.name = $1 AND data_file_set.code = $2)
             AND data_file.code = $3"
        ),
        &[&payer, &set, &file],
    )?;
    row.as_ref().map(read_file).transpose()
}

fn read_file(row: &Row) -> Result<DataFile, StoreError> {
    let (content, length): (Option<i64>, Option<i64>) = (get(row, 2)?, get(row, 3)?);
    let source = match (content.zip(length), get(row, 4)?) {
        (Some((id, length)), _) => DataFileSource::Content {
            id: ContentId(id),
            length_bytes: from_stored(length)?,
        },
        (None, Some(activity)) => DataFileSource::Results { activity },
        (None, None) => DataFileSource::Empty,
    };
    Ok(DataFile {
        code: get(row, 0)?,
        description: get(row, 1)?,
        source,
    })
}

pub(super) fn create_set(
    session: &mut Session,
    payer: i64,
    set: &DataFileSetDefinition,
) -> Result<DataFileSetCreation, StoreError> {
    let mut codes = HashSet::new();
    if let Some(repeated) = set.files.iter().find(|file| !codes.insert(&file.code)) {
        return Ok(DataFileSetCreation::FileCodeRepeated(repeated.code.clone()));
    }
    let id: Option<i64> = session.value(
        "INSERT INTO data_file_set (payer_id, code, description) VALUES ($1, $2, $3)
         ON CONFLICT (payer_id, code) DO NOTHING RETURNING id",
        &[&payer, &set.code, &set.description],
    )?;
    let Some(id) = id else {
        return Ok(DataFileSetCreation::CodeTaken);
    };
    for file in &set.files {
        session.execute(
            "INSERT INTO data_file (data_file_set_id, code, description) VALUES ($1, $2, $3)",
            &[&id, &file.code, &file.description],
        )?;
    }
    Ok(DataFileSetCreation::Created)
}

pub(super) fn lock_set(session: &mut Session, payer: &str, set: &str) -> Result<DataFileOutcome, StoreError> {
    match find_set(session, payer, set)? {
        None => Ok(DataFileOutcome::Absent),
        Some((_, true)) => Ok(DataFileOutcome::Locked),
        Some((id, false)) => set_locked(session, id, true),
    }
}

pub(super) fn unlock_set(session: &mut Session, payer: &str, set: &str) -> Result<DataFileOutcome, StoreError> {
    match find_set(session, payer, set)? {
        None => Ok(DataFileOutcome::Absent),
        Some((id, _)) => set_locked(session, id, false),
    }
}

fn set_locked(session: &mut Session, id: i64, locked: bool) -> Result<DataFileOutcome, StoreError> {
    session.execute("UPDATE data_file_set SET locked = $2 WHERE id = $1", &[&id, &locked])?;
    Ok(DataFileOutcome::Done)
}

pub(super) fn create_content(session: &mut Session) -> Result<ContentId, StoreError> {
    let id = session.one("INSERT INTO content DEFAULT VALUES RETURNING id", &[])?;
    Ok(ContentId(id))
}

pub(super) fn append_content(session: &mut Session, content: ContentId, bytes: &[u8]) -> Result<(), StoreError> {
    check_unattached(session, content)?;
    for chunk in bytes.chunks(CHUNK_BYTES_MAX) {
        let length = to_stored(u64::try_from(chunk.len()).unwrap_or(u64::MAX))?;
        session.execute(
            "WITH extended AS (
                 UPDATE content SET chunk_count = chunk_count + 1, length_bytes = length_bytes + $2 WHERE id = $1
                 RETURNING chunk_count - 1 AS number
             )
             INSERT INTO content_chunk (content_id, number, body) SELECT $1, number, $3 FROM extended",
            &[&content.0, &length, &chunk],
        )?;
    }
    Ok(())
}

pub(super) fn discard_content(session: &mut Session, content: ContentId) -> Result<(), StoreError> {
    check_unattached(session, content)?;
    remove_content(session, content.0)
}

pub(super) fn discard_unattached_content(session: &mut Session, older_than: Duration) -> Result<u64, StoreError> {
    let rows = session.rows(
        "SELECT id FROM content
         WHERE created_at_ms <= now_ms() - $1
           AND NOT EXISTS (SELECT 1 FROM data_file WHERE data_file.content_id = content.id)",
        &[&duration_ms(older_than)],
    )?;
    for row in &rows {
        remove_content(session, get(row, 0)?)?;
    }
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

pub(super) fn content_chunk(
    session: &mut Session,
    content: ContentId,
    number: u64,
) -> Result<Option<Vec<u8>>, StoreError> {
    session.value(
        "SELECT body FROM content_chunk WHERE content_id = $1 AND number = $2",
        &[&content.0, &to_stored(number)?],
    )
}

/// Fails for content that is a data file's, which somebody may be reading, and for content that is not there.
fn check_unattached(session: &mut Session, content: ContentId) -> Result<(), StoreError> {
    let attached = session.value(
        "SELECT EXISTS (SELECT 1 FROM data_file WHERE content_id = content.id) FROM content WHERE id = $1",
        &[&content.0],
    )?;
    match attached {
        Some(false) => Ok(()),
        Some(true) => Err(StoreError::other("the content is that of a data file already")),
        None => Err(StoreError::other("the content was discarded")),
    }
}

fn remove_content(session: &mut Session, id: i64) -> Result<(), StoreError> {
    session.execute("DELETE FROM content_chunk WHERE content_id = $1", &[&id])?;
    session.execute("DELETE FROM content WHERE id = $1", &[&id])?;
    Ok(())
}

pub(super) fn attach_content(
    session: &mut Session,
    payer: &str,
    set: &str,
    file: &str,
    content: ContentId,
) -> Result<DataFileOutcome, StoreError> {
    check_unattached(session, content)?;
    match find_set(session, payer, set)? {
        None => Ok(DataFileOutcome::Absent),
        Some((_, true)) => Ok(DataFileOutcome::Locked),
        Some((id, false)) => attach(session, id, file, Some(content.0), None),
    }
}

pub(super) fn attach_results(
    session: &mut Session,
    payer: &str,
    set: &str,
    file: &str,
    activity: i64,
) -> Result<DataFileOutcome, StoreError> {
    match find_set(session, payer, set)? {
        None => Ok(DataFileOutcome::Absent),
        Some((id, _)) => attach(session, id, file, None, Some(activity)),
    }
}

/// Gives a file of the set its content, and removes the content that it had.
fn attach(
    session: &mut Session,
    set: i64,
    file: &str,
    content: Option<i64>,
    activity: Option<i64>,
) -> Result<DataFileOutcome, StoreError> {
    let found = session.row(
        "SELECT id, content_id FROM data_file WHERE data_file_set_id = $1 AND code = $2",
        &[&set, &file],
    )?;
    let Some(found) = found else {
        return Ok(DataFileOutcome::Absent);
    };
    let (id, before): (i64, Option<i64>) = (get(&found, 0)?, get(&found, 1)?);
    session.execute(
        "UPDATE data_file SET content_id = $2, activity_id = $3 WHERE id = $1",
        &[&id, &content, &activity],
    )?;
    if let Some(before) = before {
        remove_content(session, before)?;
    }
    Ok(DataFileOutcome::Done)
}
