//! Deliveries of notifications in PostgreSQL.

use std::time::Duration;

use postgres::Row;

use super::session::{Session, get};
use super::{duration_ms, from_stored};
use crate::{Delivery, DeliveryOutcome, DeliveryStatus, StoreError};

/// A delivery's columns.
macro_rules! select_delivery {
    ($condition:literal) => {
        concat!(
            "SELECT delivery.id, payer.name, delivery.activity_id, delivery.status, delivery.attempts,
                    delivery.next_attempt_at_ms, delivery.last_error
             FROM delivery
             JOIN activity ON activity.id = delivery.activity_id
             JOIN payer ON payer.id = activity.payer_id
             WHERE ",
            $condition
        )
    };
}

pub(super) fn due(session: &mut Session, limit: u32) -> Result<Vec<Delivery>, StoreError> {
    let rows = session.rows(
        select_delivery!(
            "delivery.status = 'waiting' AND delivery.next_attempt_at_ms <= now_ms()
             ORDER BY delivery.next_attempt_at_ms, delivery.id LIMIT $1"
        ),
        &[&i64::from(limit)],
    )?;
    rows.iter().map(read).collect()
}

pub(super) fn about(session: &mut Session, payer: &str, activity: i64) -> Result<Option<Delivery>, StoreError> {
    let row = session.row(
        select_delivery!("payer.name = $1 AND delivery.activity_id = $2"),
        &[&payer, &activity],
    )?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Delivery, StoreError> {
    let attempts = from_stored(get(row, 4)?)?;
    Ok(Delivery {
        id: get(row, 0)?,
        payer: get(row, 1)?,
        activity: get(row, 2)?,
        status: get::<&str>(row, 3)?.parse()?,
        attempts: u32::try_from(attempts)
            .map_err(|_| StoreError::corrupt(format!("a delivery was tried {attempts} times")))?,
        next_attempt_at_ms: get(row, 5)?,
        last_error: get(row, 6)?,
    })
}

pub(super) fn create(session: &mut Session, activity: i64) -> Result<(), StoreError> {
    // An activity that went on after it had ended ends again, and that is told like the first time.
    session.execute(
        "INSERT INTO delivery (activity_id, status, next_attempt_at_ms) VALUES ($1, $2, now_ms())
         ON CONFLICT (activity_id) DO UPDATE SET
             status = excluded.status, attempts = 0, next_attempt_at_ms = excluded.next_attempt_at_ms,
             last_error = NULL",
        &[&activity, &DeliveryStatus::Waiting.as_str()],
    )?;
    Ok(())
}

pub(super) fn lease(session: &mut Session, delivery: i64, lease: Duration) -> Result<Option<i64>, StoreError> {
    session.value(
        "UPDATE delivery SET next_attempt_at_ms = now_ms() + $2
         WHERE id = $1 AND status = 'waiting' AND next_attempt_at_ms <= now_ms()
         RETURNING next_attempt_at_ms",
        &[&delivery, &duration_ms(lease)],
    )
}

pub(super) fn record(
    session: &mut Session,
    delivery: i64,
    attempt: i64,
    outcome: &DeliveryOutcome,
) -> Result<(), StoreError> {
    let (status, after_ms, error) = match outcome {
        DeliveryOutcome::Taken => (DeliveryStatus::Taken, 0, None),
        DeliveryOutcome::TryAgain { after, error } => (DeliveryStatus::Waiting, duration_ms(*after), Some(error)),
        DeliveryOutcome::GiveUp { error } => (DeliveryStatus::GivenUp, 0, Some(error)),
    };
    session.execute(
        "UPDATE delivery SET status = $2, next_attempt_at_ms = now_ms() + $3, last_error = $4,
                             attempts = attempts + 1
         WHERE id = $1 AND status = 'waiting' AND next_attempt_at_ms = $5",
        &[&delivery, &status.as_str(), &after_ms, &error, &attempt],
    )?;
    Ok(())
}

pub(super) fn retry(session: &mut Session, activity: i64) -> Result<bool, StoreError> {
    let made_due = session.execute(
        "UPDATE delivery SET status = 'waiting', next_attempt_at_ms = now_ms()
         WHERE activity_id = $1 AND status IN ('waiting', 'given up')",
        &[&activity],
    )?;
    Ok(made_due == 1)
}
