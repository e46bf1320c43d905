//! Activities in PostgreSQL: asked for, queued, leased, cancelled, ended.

use std::time::Duration;

use postgres::Row;
use reprise_model::{Amount, Currency};
use serde_json::Value;

use super::session::{Session, get};
use super::{duration_ms, from_stored, to_stored};
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

pub(super) fn by_id(session: &mut Session, payer: &str, id: i64) -> Result<Option<Activity>, StoreError> {
    let row = session.row(select_activity!("payer.name = $1 AND activity.id = $2"), &[&payer, &id])?;
    row.as_ref().map(|row| read(row, Err)).transpose()
}

pub(super) fn of_payer(
    session: &mut Session,
    payer: &str,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Activity>, StoreError> {
    let rows = session.rows(
        select_activity!(
            "activity.payer_id = (SELECT id FROM payer WHERE name = $1) AND activity.id < $2
             ORDER BY activity.id DESC LIMIT $3"
        ),
        &[&payer, &before.unwrap_or(i64::MAX), &i64::from(limit)],
    )?;
    rows.iter().map(|row| read(row, Err)).collect()
}

pub(super) fn queued(session: &mut Session) -> Result<Vec<Activity>, StoreError> {
    let rows = session.rows(
        select_activity!(
            "'null'",
            "activity.queued AND activity.status IN ('initial', 'in process') ORDER BY activity.id"
        ),
        &[],
    )?;
    rows.iter().map(|row| read(row, |_| Ok(Value::Null))).collect()
}

fn read(row: &Row, unreadable: Unreadable) -> Result<Activity, StoreError> {
    let id: i64 = get(row, 0)?;
    let json = |what: &str, text: &str| {
        serde_json::from_str(text)
            .map_err(|error| StoreError::corrupt(format!("the {what} of activity {id} cannot be read: {error}")))
    };
    let (set, file): (Option<String>, Option<String>) = (get(row, 16)?, get(row, 17)?);
    Ok(Activity {
        id,
        payer: get(row, 1)?,
        code: get(row, 2)?,
        parameters: json("parameters", get(row, 3)?)?,
        correlation_id: get(row, 4)?,
        user: get(row, 5)?,
        high_priority: get(row, 6)?,
        queued: get(row, 7)?,
        cancelled_by: get(row, 8)?,
        bookmark: get::<Option<&str>>(row, 9)?
            .map(|text| json("bookmark", text).or_else(unreadable))
            .transpose()?,
        status: get::<&str>(row, 10)?.parse()?,
        counts: ActivityCounts {
            total: get::<Option<i64>>(row, 11)?.map(from_stored).transpose()?,
            succeeded: from_stored(get(row, 12)?)?,
            failed: from_stored(get(row, 13)?)?,
        },
        result_file: set.zip(file).map(|(set, file)| DataFileName { set, file }),
        created_at_ms: get(row, 14)?,
        ended_at_ms: get(row, 15)?,
    })
}

/// What becomes of a bookmark that cannot be read: what is said of it is an error, or it is taken for something else.
type Unreadable = fn(StoreError) -> Result<Value, StoreError>;

/// What becomes of a change to an activity that is not there.
fn one(activity: i64, changed: u64) -> Result<(), StoreError> {
    match changed {
        1 => Ok(()),
        _ => Err(StoreError::other(format!("there is no activity {activity}"))),
    }
}

pub(super) fn create(session: &mut Session, payer: i64, activity: &NewActivity) -> Result<i64, StoreError> {
    session.one(
        "INSERT INTO activity (payer_id, code, parameters, correlation_id, user_name, high_priority, queued, status)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        &[
            &payer,
            &activity.code,
            &activity.parameters.to_string(),
            &activity.correlation_id,
            &activity.user,
            &activity.high_priority,
            &activity.queued,
            &ActivityStatus::Initial.as_str(),
        ],
    )
}

pub(super) fn change_status(
    session: &mut Session,
    activity: i64,
    from: ActivityStatus,
    to: ActivityStatus,
) -> Result<bool, StoreError> {
    let changed = session.execute(
        "UPDATE activity SET status = $3, ended_at_ms = CASE WHEN $4 THEN now_ms() END,
                             lease_host = CASE WHEN $4 THEN NULL ELSE lease_host END,
                             lease_until_ms = CASE WHEN $4 THEN NULL ELSE lease_until_ms END
         WHERE id = $1 AND status = $2",
        &[&activity, &from.as_str(), &to.as_str(), &to.is_final()],
    )?;
    Ok(changed == 1)
}

pub(super) fn assign(session: &mut Session, activity: i64, user: &str) -> Result<(), StoreError> {
    session.execute("UPDATE activity SET user_name = $2 WHERE id = $1", &[&activity, &user])?;
    Ok(())
}

pub(super) fn queue(session: &mut Session, activity: i64) -> Result<bool, StoreError> {
    let queued = session.execute(
        "UPDATE activity SET queued = true WHERE id = $1 AND NOT queued AND status = $2",
        &[&activity, &ActivityStatus::Initial.as_str()],
    )?;
    Ok(queued == 1)
}

pub(super) fn ask_to_cancel(session: &mut Session, activity: i64, user: &str) -> Result<bool, StoreError> {
    // Who was first stays on record.
    let asked = session.execute(
        "UPDATE activity SET cancelled_by = coalesce(cancelled_by, $2)
         WHERE id = $1 AND status IN ('initial', 'in process')",
        &[&activity, &user],
    )?;
    Ok(asked == 1)
}

pub(super) fn set_bookmark(
    session: &mut Session,
    activity: i64,
    bookmark: &serde_json::Value,
) -> Result<(), StoreError> {
    let changed = session.execute(
        "UPDATE activity SET bookmark = $2 WHERE id = $1",
        &[&activity, &bookmark.to_string()],
    )?;
    one(activity, changed)
}

pub(super) fn lease(session: &mut Session, activity: i64, host: &str, lease: Duration) -> Result<bool, StoreError> {
    let leased = session.execute(
        "UPDATE activity SET lease_host = $2, lease_until_ms = now_ms() + $3
         WHERE id = $1 AND status IN ('initial', 'in process')
           AND (lease_host IS NULL OR lease_host = $2 OR lease_until_ms <= now_ms())",
        &[&activity, &host, &duration_ms(lease)],
    )?;
    Ok(leased == 1)
}

pub(super) fn release(session: &mut Session, activity: i64, host: &str) -> Result<(), StoreError> {
    session.execute(
        "UPDATE activity SET lease_host = NULL, lease_until_ms = NULL WHERE id = $1 AND lease_host = $2",
        &[&activity, &host],
    )?;
    Ok(())
}

pub(super) fn has_leased(session: &mut Session, activity: i64, host: &str) -> Result<bool, StoreError> {
    session.one(
        "SELECT EXISTS (SELECT 1 FROM activity WHERE id = $1 AND lease_host = $2 AND lease_until_ms > now_ms())",
        &[&activity, &host],
    )
}

pub(super) fn set_counts(session: &mut Session, activity: i64, counts: ActivityCounts) -> Result<(), StoreError> {
    let changed = session.execute(
        "UPDATE activity SET total = $2, succeeded = $3, failed = $4 WHERE id = $1",
        &[
            &activity,
            &counts.total.map(to_stored).transpose()?,
            &to_stored(counts.succeeded)?,
            &to_stored(counts.failed)?,
        ],
    )?;
    one(activity, changed)
}

pub(super) fn add_counts(session: &mut Session, activity: i64, succeeded: u64, failed: u64) -> Result<(), StoreError> {
    let changed = session.execute(
        "UPDATE activity SET succeeded = succeeded + $2, failed = failed + $3 WHERE id = $1",
        &[&activity, &to_stored(succeeded)?, &to_stored(failed)?],
    )?;
    one(activity, changed)
}

pub(super) fn add_adjudication(
    session: &mut Session,
    activity: i64,
    currency: Option<Currency>,
    allowed_change: Amount,
    covered_change: Amount,
) -> Result<(), StoreError> {
    session.execute(
        "INSERT INTO activity_adjudication AS total (activity_id, currency, claims, allowed_change, covered_change)
         VALUES ($1, $2, 1, $3, $4)
         ON CONFLICT (activity_id, currency) DO UPDATE SET
             claims = total.claims + 1,
             allowed_change = total.allowed_change + excluded.allowed_change,
             covered_change = total.covered_change + excluded.covered_change",
        &[
            &activity,
            &currency.as_ref().map_or("", Currency::code),
            &allowed_change.number(),
            &covered_change.number(),
        ],
    )?;
    Ok(())
}

pub(super) fn adjudications(
    session: &mut Session,
    payer: &str,
    activity: i64,
) -> Result<Vec<AdjudicationTotal>, StoreError> {
    let rows = session.rows(
        "SELECT currency, claims, allowed_change, covered_change FROM activity_adjudication
         WHERE activity_id = (SELECT activity.id FROM activity JOIN payer ON payer.id = activity.payer_id
                              WHERE payer.name = $1 AND activity.id = $2)
         ORDER BY currency",
        &[&payer, &activity],
    )?;
    let total = |row: &Row| {
        let currency = match get::<&str>(row, 0)? {
            "" => None,
            code => Some(code.parse().map_err(|error| {
                StoreError::corrupt(format!("the amounts of activity {activity} have no currency: {error}"))
            })?),
        };
        Ok(AdjudicationTotal {
            currency,
            claims: from_stored(get(row, 1)?)?,
            allowed_change: Amount::from_number(get(row, 2)?),
            covered_change: Amount::from_number(get(row, 3)?),
        })
    };
    rows.iter().map(total).collect()
}
