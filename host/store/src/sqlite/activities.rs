//! Activities, their messages and their results in SQLite.

use reprise_model::{Message, ResultMessages};
use rusqlite::{Connection, OptionalExtension, Rows};

use super::write::now_ms;
use super::{from_stored, to_stored};
use crate::result_chunk::{self, RESULTS_MAX};
use crate::{Activity, ActivityCounts, ActivityStatus, DataFileName, NewActivity, StoreError};

/// An activity's columns, and the data file that its results are the content of.
macro_rules! select_activity {
    ($condition:literal) => {
        concat!(
            "SELECT activity.id, payer.name, activity.code, activity.parameters, activity.correlation_id,
                    activity.status, activity.total, activity.succeeded, activity.failed,
                    activity.created_at_ms, activity.ended_at_ms, data_file_set.code, data_file.code
             FROM activity
             JOIN payer ON payer.id = activity.payer_id
             LEFT JOIN data_file ON data_file.activity_id = activity.id
             LEFT JOIN data_file_set ON data_file_set.id = data_file.data_file_set_id
             WHERE ",
            $condition
        )
    };
}

pub(super) fn by_id(connection: &Connection, payer: &str, id: i64) -> Result<Option<Activity>, StoreError> {
    let mut statement = connection.prepare_cached(select_activity!("payer.name = ?1 AND activity.id = ?2"))?;
    Ok(read(statement.query((payer, id))?)?.pop())
}

pub(super) fn unfinished(connection: &Connection) -> Result<Vec<Activity>, StoreError> {
    let mut statement = connection.prepare_cached(select_activity!(
        "activity.status IN ('initial', 'in process') ORDER BY activity.id"
    ))?;
    read(statement.query([])?)
}

fn read(mut rows: Rows<'_>) -> Result<Vec<Activity>, StoreError> {
    let mut activities = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let parameters: String = row.get(3)?;
        let status: String = row.get(5)?;
        let total: Option<i64> = row.get(6)?;
        let (set, file): (Option<String>, Option<String>) = (row.get(11)?, row.get(12)?);
        activities.push(Activity {
            id,
            payer: row.get(1)?,
            code: row.get(2)?,
            parameters: serde_json::from_str(&parameters).map_err(|error| {
                StoreError::corrupt(format!("the parameters of activity {id} cannot be read: {error}"))
            })?,
            correlation_id: row.get(4)?,
            status: status.parse()?,
            counts: ActivityCounts {
                total: total.map(from_stored).transpose()?,
                succeeded: from_stored(row.get(7)?)?,
                failed: from_stored(row.get(8)?)?,
            },
            result_file: set.zip(file).map(|(set, file)| DataFileName { set, file }),
            created_at_ms: row.get(9)?,
            ended_at_ms: row.get(10)?,
        });
    }
    Ok(activities)
}

pub(super) fn create(connection: &Connection, payer: i64, activity: &NewActivity) -> Result<i64, StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO activity (payer_id, code, parameters, correlation_id, status, created_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
    )?;
    let initial = ActivityStatus::Initial.as_str();
    let parameters = activity.parameters.to_string();
    let values = (
        payer,
        &activity.code,
        parameters,
        &activity.correlation_id,
        initial,
        now_ms(),
    );
    Ok(statement.query_row(values, |row| row.get(0))?)
}

pub(super) fn change_status(
    connection: &Connection,
    activity: i64,
    from: ActivityStatus,
    to: ActivityStatus,
) -> Result<bool, StoreError> {
    let ended_at_ms = to.is_final().then(now_ms);
    let mut statement =
        connection.prepare_cached("UPDATE activity SET status = ?3, ended_at_ms = ?4 WHERE id = ?1 AND status = ?2")?;
    Ok(statement.execute((activity, from.as_str(), to.as_str(), ended_at_ms))? == 1)
}

pub(super) fn set_counts(connection: &Connection, activity: i64, counts: ActivityCounts) -> Result<(), StoreError> {
    let total = counts.total.map(to_stored).transpose()?;
    let mut statement =
        connection.prepare_cached("UPDATE activity SET total = ?2, succeeded = ?3, failed = ?4 WHERE id = ?1")?;
    match statement.execute((activity, total, to_stored(counts.succeeded)?, to_stored(counts.failed)?))? {
        1 => Ok(()),
        _ => Err(StoreError::other(format!("there is no activity {activity}"))),
    }
}

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

pub(super) fn append_results(
    connection: &Connection,
    activity: i64,
    results: &[ResultMessages],
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO activity_result_chunk (activity_id, number, body)
         SELECT ?1, coalesce(max(number), -1) + 1, ?2 FROM activity_result_chunk WHERE activity_id = ?1",
    )?;
    for chunk in results.chunks(RESULTS_MAX) {
        statement.execute((activity, result_chunk::encode(chunk)?))?;
    }
    Ok(())
}

pub(super) fn result_chunk(
    connection: &Connection,
    payer: &str,
    activity: i64,
    number: u64,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT body FROM activity_result_chunk
         WHERE activity_id = (SELECT activity.id FROM activity JOIN payer ON payer.id = activity.payer_id
                              WHERE payer.name = ?1 AND activity.id = ?2)
           AND number = ?3",
    )?;
    Ok(statement
        .query_row((payer, activity, to_stored(number)?), |row| row.get(0))
        .optional()?)
}
