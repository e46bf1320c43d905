//! What activities have to say, of themselves and claim by claim, in PostgreSQL.

use postgres::Row;
use reprise_model::{Message, ResultMessages};

use super::session::{Session, get};
use super::{from_stored, to_stored};
use crate::StoreError;
use crate::result_chunk::{self, RESULTS_MAX};

pub(super) fn append_messages(session: &mut Session, activity: i64, messages: &[Message]) -> Result<(), StoreError> {
    for message in messages {
        let arguments = serde_json::to_string(&message.arguments)
            .map_err(|error| StoreError::other(format!("message {} cannot be encoded: {error}", message.key)))?;
        session.execute(
            "INSERT INTO activity_message (activity_id, number, key, arguments)
             SELECT $1, coalesce(max(number), -1) + 1, $2, $3 FROM activity_message WHERE activity_id = $1",
            &[&activity, &message.key.name(), &arguments],
        )?;
    }
    Ok(())
}

pub(super) fn messages(session: &mut Session, payer: &str, activity: i64) -> Result<Vec<Message>, StoreError> {
    let rows = session.rows(
        "SELECT key, arguments FROM activity_message
         WHERE activity_id = (SELECT activity.id FROM activity JOIN payer ON payer.id = activity.payer_id
                              WHERE payer.name = $1 AND activity.id = $2)
         ORDER BY number",
        &[&payer, &activity],
    )?;
    let message = |row: &Row| {
        let arguments = serde_json::from_str(get(row, 1)?).map_err(|error| {
            StoreError::corrupt(format!("a message of activity {activity} cannot be read: {error}"))
        })?;
        Ok(Message {
            key: result_chunk::message_key(get(row, 0)?)?,
            arguments,
        })
    };
    rows.iter().map(message).collect()
}

pub(super) fn append(session: &mut Session, activity: i64, results: &[ResultMessages]) -> Result<(), StoreError> {
    for chunk in results.chunks(RESULTS_MAX) {
        session.execute(
            "INSERT INTO activity_result_chunk (activity_id, number, body)
             SELECT $1, coalesce(max(number), -1) + 1, $2 FROM activity_result_chunk WHERE activity_id = $1",
            &[&activity, &result_chunk::encode(chunk)?],
        )?;
    }
    Ok(())
}

pub(super) fn put(
    session: &mut Session,
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
    session.execute(
        "INSERT INTO activity_result_chunk (activity_id, number, body) VALUES ($1, $2, $3)",
        &[&activity, &to_stored(number)?, &result_chunk::encode(results)?],
    )?;
    Ok(())
}

/// The first chunk with this number or a higher one: its number and its body.
pub(super) fn chunk(
    session: &mut Session,
    payer: &str,
    activity: i64,
    at_least: u64,
) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
    // No chunk has a number that is too large to be stored.
    let at_least = i64::try_from(at_least).unwrap_or(i64::MAX);
    let row = session.row(
        "SELECT number, body FROM activity_result_chunk
         WHERE activity_id = (SELECT activity.id FROM activity JOIN payer ON payer.id = activity.payer_id
                              WHERE payer.name = $1 AND activity.id = $2)
           AND number >= $3
         ORDER BY number LIMIT 1",
        &[&payer, &activity, &at_least],
    )?;
    row.map(|row| Ok((from_stored(get(&row, 0)?)?, get(&row, 1)?)))
        .transpose()
}
