//! Activities in SQLite: asked for, queued, leased, cancelled, ended.

use std::time::Duration;

use reprise_model::{Amount, Currency};
use rusqlite::{Connection, Rows};
use serde_json::Value;

use super::clock::{end_of_lease_ms, now_ms};
use super::{from_stored, to_stored};
use crate::{Activity, ActivityCounts, ActivityStatus, AdjudicationTotal, DataFileName, NewActivity, StoreError};

/// An activity's columns, and the data file that its results are the content of.
macro_rules! select_activity {
    ($condition:literal) => {
        select_activity!("activity.parameters", $condition)
    };
    ($parameters:literal, $condition:literal) => {
        concat!(
            "SELECT activity.id, payer.name, activity.code, ",
            $parameters,
            ", activity.correlation_id,
                    activity.user_name, activity.high_priority, activity.queued, activity.cancelled_by,
                    activity.bookmark, activity.status, activity.total, activity.succeeded, activity.failed,
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
    Ok(read(statement.query((payer, id))?, Err)?.pop())
}

pub(super) fn of_payer(
    connection: &Connection,
    payer: &str,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Activity>, StoreError> {
    let mut statement = connection.prepare_cached(select_activity!(
        "activity.payer_id = (SELECT id FROM payer WHERE name = ?1) AND activity.id < ?2
         ORDER BY activity.id DESC LIMIT ?3"
    ))?;
    read(statement.query((payer, before.unwrap_or(i64::MAX), limit))?, Err)
}

pub(super) fn queued(connection: &Connection) -> Result<Vec<Activity>, StoreError> {
    // The condition is that of the index, word for word, so that SQLite sees that it may use it.
    let mut statement = connection.prepare_cached(select_activity!(
        "'null'",
        "activity.queued = 1 AND activity.status IN ('initial', 'in process') ORDER BY activity.id"
    ))?;
    read(statement.query([])?, |_| Ok(Value::Null))
}

fn read(mut rows: Rows<'_>, unreadable: Unreadable) -> Result<Vec<Activity>, StoreError> {
    let json = |what: &str, id: i64, text: &str| {
        serde_json::from_str(text)
            .map_err(|error| StoreError::corrupt(format!("the {what} of activity {id} cannot be read: {error}")))
    };
    let mut activities = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let parameters: String = row.get(3)?;
        let bookmark: Option<String> = row.get(9)?;
        let status: String = row.get(10)?;
        let total: Option<i64> = row.get(11)?;
        let (set, file): (Option<String>, Option<String>) = (row.get(16)?, row.get(17)?);
        activities.push(Activity {
            id,
            payer: row.get(1)?,
            code: row.get(2)?,
            parameters: json("parameters", id, &parameters)?,
            correlation_id: row.get(4)?,
            user: row.get(5)?,
            high_priority: row.get(6)?,
            queued: row.get(7)?,
            cancelled_by: row.get(8)?,
            bookmark: bookmark
                .map(|text| json("bookmark", id, &text).or_else(unreadable))
                .transpose()?,
            status: status.parse()?,
            counts: ActivityCounts {
                total: total.map(from_stored).transpose()?,
                succeeded: from_stored(row.get(12)?)?,
                failed: from_stored(row.get(13)?)?,
            },
            result_file: set.zip(file).map(|(set, file)| DataFileName { set, file }),
            created_at_ms: row.get(14)?,
            ended_at_ms: row.get(15)?,
        });
    }
    Ok(activities)
}

/// What becomes of a bookmark that cannot be read: what is said of it is an error, or it is taken for something else.
type Unreadable = fn(StoreError) -> Result<Value, StoreError>;

/// What becomes of a change to an activity that is not there.
fn one(activity: i64, changed: usize) -> Result<(), StoreError> {
    match changed {
        1 => Ok(()),
        _ => Err(StoreError::other(format!("there is no activity {activity}"))),
    }
}

pub(super) fn create(connection: &Connection, payer: i64, activity: &NewActivity) -> Result<i64, StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO activity (payer_id, code, parameters, correlation_id, user_name, high_priority, queued, status,
                               created_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
    )?;
    let values = (
        payer,
        &activity.code,
        activity.parameters.to_string(),
        &activity.correlation_id,
        &activity.user,
        activity.high_priority,
        activity.queued,
        ActivityStatus::Initial.as_str(),
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
    let mut statement = connection.prepare_cached(
        "UPDATE activity SET status = ?3, ended_at_ms = ?4,
                             lease_host = iif(?4 IS NULL, lease_host, NULL),
                             lease_until_ms = iif(?4 IS NULL, lease_until_ms, NULL)
         WHERE id = ?1 AND status = ?2",
    )?;
    Ok(statement.execute((activity, from.as_str(), to.as_str(), ended_at_ms))? == 1)
}

pub(super) fn assign(connection: &Connection, activity: i64, user: &str) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("UPDATE activity SET user_name = ?2 WHERE id = ?1")?;
    statement.execute((activity, user))?;
    Ok(())
}

pub(super) fn queue(connection: &Connection, activity: i64) -> Result<bool, StoreError> {
    let mut statement =
        connection.prepare_cached("UPDATE activity SET queued = 1 WHERE id = ?1 AND queued = 0 AND status = ?2")?;
    Ok(statement.execute((activity, ActivityStatus::Initial.as_str()))? == 1)
}

pub(super) fn ask_to_cancel(connection: &Connection, activity: i64, user: &str) -> Result<bool, StoreError> {
    // Who was first stays on record.
    let mut statement = connection.prepare_cached(
        "UPDATE activity SET cancelled_by = coalesce(cancelled_by, ?2)
         WHERE id = ?1 AND status IN ('initial', 'in process')",
    )?;
    Ok(statement.execute((activity, user))? == 1)
}

pub(super) fn set_bookmark(
    connection: &Connection,
    activity: i64,
    bookmark: &serde_json::Value,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("UPDATE activity SET bookmark = ?2 WHERE id = ?1")?;
    one(activity, statement.execute((activity, bookmark.to_string()))?)
}

pub(super) fn lease(connection: &Connection, activity: i64, host: &str, lease: Duration) -> Result<bool, StoreError> {
    let now = now_ms();
    let mut statement = connection.prepare_cached(
        "UPDATE activity SET lease_host = ?2, lease_until_ms = ?3
         WHERE id = ?1 AND status IN ('initial', 'in process')
           AND (lease_host IS NULL OR lease_host = ?2 OR lease_until_ms <= ?4)",
    )?;
    Ok(statement.execute((activity, host, end_of_lease_ms(now, lease), now))? == 1)
}

pub(super) fn release(connection: &Connection, activity: i64, host: &str) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "UPDATE activity SET lease_host = NULL, lease_until_ms = NULL WHERE id = ?1 AND lease_host = ?2",
    )?;
    statement.execute((activity, host))?;
    Ok(())
}

pub(super) fn has_leased(connection: &Connection, activity: i64, host: &str) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM activity WHERE id = ?1 AND lease_host = ?2 AND lease_until_ms > ?3)",
    )?;
    Ok(statement.query_row((activity, host, now_ms()), |row| row.get(0))?)
}

pub(super) fn set_counts(connection: &Connection, activity: i64, counts: ActivityCounts) -> Result<(), StoreError> {
    let total = counts.total.map(to_stored).transpose()?;
    let mut statement =
        connection.prepare_cached("UPDATE activity SET total = ?2, succeeded = ?3, failed = ?4 WHERE id = ?1")?;
    let values = (activity, total, to_stored(counts.succeeded)?, to_stored(counts.failed)?);
    one(activity, statement.execute(values)?)
}

pub(super) fn add_counts(
    connection: &Connection,
    activity: i64,
    succeeded: u64,
    failed: u64,
) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached("UPDATE activity SET succeeded = succeeded + ?2, failed = failed + ?3 WHERE id = ?1")?;
    one(
        activity,
        statement.execute((activity, to_stored(succeeded)?, to_stored(failed)?))?,
    )
}

pub(super) fn add_adjudication(
    connection: &Connection,
    activity: i64,
    currency: Option<Currency>,
    allowed_change: Amount,
    covered_change: Amount,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO activity_adjudication (activity_id, currency, claims, allowed_change, covered_change)
         VALUES (?1, ?2, 1, ?3, ?4)
         ON CONFLICT (activity_id, currency) DO UPDATE SET
             claims = claims + 1,
             allowed_change = allowed_change + excluded.allowed_change,
             covered_change = covered_change + excluded.covered_change",
    )?;
    let currency = currency.as_ref().map_or("", Currency::code);
    statement.execute((activity, currency, allowed_change.number(), covered_change.number()))?;
    Ok(())
}

pub(super) fn adjudications(
    connection: &Connection,
    payer: &str,
    activity: i64,
) -> Result<Vec<AdjudicationTotal>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT currency, claims, allowed_change, covered_change FROM activity_adjudication
         WHERE activity_id = (SELECT activity.id FROM activity JOIN payer ON payer.id = activity.payer_id
                              WHERE payer.name = ?1 AND activity.id = ?2)
         ORDER BY currency",
    )?;
    let mut rows = statement.query((payer, activity))?;
    let mut totals = Vec::new();
    while let Some(row) = rows.next()? {
        let currency: String = row.get(0)?;
        let currency = match currency.as_str() {
            "" => None,
            code => Some(code.parse().map_err(|error| {
                StoreError::corrupt(format!("the amounts of activity {activity} have no currency: {error}"))
            })?),
        };
        totals.push(AdjudicationTotal {
            currency,
            claims: from_stored(row.get(1)?)?,
            allowed_change: Amount::from_number(row.get(2)?),
            covered_change: Amount::from_number(row.get(3)?),
        });
    }
    Ok(totals)
}
