//! Deliveries of notifications in SQLite.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Rows};

use super::clock::{end_of_lease_ms, now_ms};
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

pub(super) fn due(connection: &Connection, limit: u32) -> Result<Vec<Delivery>, StoreError> {
    let mut statement = connection.prepare_cached(select_delivery!(
        "delivery.status = 'waiting' AND delivery.next_attempt_at_ms <= ?1
         ORDER BY delivery.next_attempt_at_ms, delivery.id LIMIT ?2"
    ))?;
    read(statement.query((now_ms(), limit))?)
}

pub(super) fn about(connection: &Connection, payer: &str, activity: i64) -> Result<Option<Delivery>, StoreError> {
    let mut statement = connection.prepare_cached(select_delivery!("payer.name = ?1 AND delivery.activity_id = ?2"))?;
    Ok(read(statement.query((payer, activity))?)?.pop())
}

fn read(mut rows: Rows<'_>) -> Result<Vec<Delivery>, StoreError> {
    let mut deliveries = Vec::new();
    while let Some(row) = rows.next()? {
        let status: String = row.get(3)?;
        deliveries.push(Delivery {
            id: row.get(0)?,
            payer: row.get(1)?,
            activity: row.get(2)?,
            status: status.parse()?,
            attempts: row.get(4)?,
            next_attempt_at_ms: row.get(5)?,
            last_error: row.get(6)?,
        });
    }
    Ok(deliveries)
}

pub(super) fn create(connection: &Connection, activity: i64) -> Result<(), StoreError> {
    // An activity that went on after it had ended ends again, and that is told like the first time.
    let mut statement = connection.prepare_cached(
        "INSERT INTO delivery (activity_id, status, next_attempt_at_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (activity_id) DO UPDATE SET
             status = excluded.status, attempts = 0, next_attempt_at_ms = excluded.next_attempt_at_ms,
             last_error = NULL",
    )?;
    statement.execute((activity, DeliveryStatus::Waiting.as_str(), now_ms()))?;
    Ok(())
}

pub(super) fn lease(connection: &Connection, delivery: i64, lease: Duration) -> Result<Option<i64>, StoreError> {
    let now = now_ms();
    let mut statement = connection.prepare_cached(
        "UPDATE delivery SET next_attempt_at_ms = ?2
         WHERE id = ?1 AND status = 'waiting' AND next_attempt_at_ms <= ?3
         RETURNING next_attempt_at_ms",
    )?;
    let values = (delivery, end_of_lease_ms(now, lease), now);
    Ok(statement.query_row(values, |row| row.get(0)).optional()?)
}

pub(super) fn record(
    connection: &Connection,
    delivery: i64,
    attempt: i64,
    outcome: &DeliveryOutcome,
) -> Result<(), StoreError> {
    let now = now_ms();
    let (status, next_attempt_at_ms, error) = match outcome {
        DeliveryOutcome::Taken => (DeliveryStatus::Taken, now, None),
        DeliveryOutcome::TryAgain { after, error } => {
            (DeliveryStatus::Waiting, end_of_lease_ms(now, *after), Some(error))
        }
        DeliveryOutcome::GiveUp { error } => (DeliveryStatus::GivenUp, now, Some(error)),
    };
    let mut statement = connection.prepare_cached(
        "UPDATE delivery SET status = ?2, next_attempt_at_ms = ?3, last_error = ?4, attempts = attempts + 1
         WHERE id = ?1 AND status = 'waiting' AND next_attempt_at_ms = ?5",
    )?;
    statement.execute((delivery, status.as_str(), next_attempt_at_ms, error, attempt))?;
    Ok(())
}

pub(super) fn retry(connection: &Connection, activity: i64) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "UPDATE delivery SET status = 'waiting', next_attempt_at_ms = ?2
         WHERE activity_id = ?1 AND status IN ('waiting', 'given up')",
    )?;
    Ok(statement.execute((activity, now_ms()))? == 1)
}
