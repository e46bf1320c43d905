//! What activities have to say, of themselves and claim by claim, in SQLite.

use reprise_model::{Message, ResultMessages};
use rusqlite::{Connection, OptionalExtension};

use super::{from_stored, to_stored};
use crate::StoreError;
use crate::result_chunk::{self, RESULTS_MAX};

pub(super) fn append_messages(connection: &Connection, activity: i64, messages: &[Message]) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO activity_message (activity_id, number, key, arguments)
         SELECT ?1, coalesce(max(number), -1) + 1, ?2, ?3 FROM activity_message WHERE activity_id = ?1",
    )?;
    for message in messages {
        let arguments = serde_json::to_string(&message.arguments)
            .map_err(|error| StoreError::other(format!("message {} cannot be encoded: {error}", message.key)))?;
        statement.execute((activity, message.key.name(), arguments))?;
    }
    Ok(())
}

pub(super) fn messages(connection: &Connection, payer: &str, activity: i64) -> Result<Vec<Message>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT key, arguments FROM activity_message
         WHERE activity_id = (SELECT activity.id FROM activity JOIN payer ON payer.id = activity.payer_id
                              WHERE payer.name = ?1 AND activity.id = ?2)
         ORDER BY number",
    )?;
    let mut rows = statement.query((payer, activity))?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, arguments): (String, String) = (row.get(0)?, row.get(1)?);
        let arguments = serde_json::from_str(&arguments).map_err(|error| {
            StoreError::corrupt(format!("a message of activity {activity} cannot be read: {error}"))
        })?;
        messages.push(Message {
            key: result_chunk::message_key(&name)?,
            arguments,
        });
    }
    Ok(messages)
}

pub(super) fn append(connection: &Connection, activity: i64, results: &[ResultMessages]) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO activity_result_chunk (activity_id, number, body)
         SELECT ?1, coalesce(max(number), -1) + 1, ?2 FROM activity_result_chunk WHERE activity_id = ?1",
    )?;
    for chunk in results.chunks(RESULTS_MAX) {
        statement.execute((activity, result_chunk::encode(chunk)?))?;
    }
    Ok(())
}

pub(super) fn put(
    connection: &Connection,
    activity: i64,
    number: u64,
    results: &[ResultMessages],
) -> Result<(), StoreError> {
    if results.len() > RESULTS_MAX {
        return Err(StoreError::other(format!(
            "a portion has {} results; {RESULTS_MAX} are allowed",
            results.len()
        )));
    }
    let mut statement = connection
        .prepare_cached("INSERT INTO activity_result_chunk (activity_id, number, body) VALUES (?1, ?2, ?3)")?;
    statement.execute((activity, to_stored(number)?, result_chunk::encode(results)?))?;
    Ok(())
}

/// The first chunk with this number or a higher one: its number and its body.
pub(super) fn chunk(
    connection: &Connection,
    payer: &str,
    activity: i64,
    at_least: u64,
) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, body FROM activity_result_chunk
         WHERE activity_id = (SELECT activity.id FROM activity JOIN payer ON payer.id = activity.payer_id
                              WHERE payer.name = ?1 AND activity.id = ?2)
           AND number >= ?3
         ORDER BY number LIMIT 1",
    )?;
    // No chunk has a number that is too large to be stored.
    let at_least = i64::try_from(at_least).unwrap_or(i64::MAX);
    let found: Option<(i64, Vec<u8>)> = statement
        .query_row((payer, activity, at_least), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(number, body)| Ok((from_stored(number)?, body))).transpose()
}
