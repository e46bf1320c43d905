//! Histories of claims, and the feed of events, in SQLite.

use rusqlite::{Connection, OptionalExtension, Row};

use super::clock::now_ms;
use super::write::Raised;
use super::{from_stored, to_stored};
use crate::{Event, HistoryEntry, NewEvent, NewHistoryEntry, StoreError};

pub(super) fn append(connection: &Connection, entries: &[NewHistoryEntry]) -> Result<(), StoreError> {
    let now = now_ms();
    let mut insert = connection.prepare_cached(
        "INSERT INTO claim_history (claim_id, operation, user_name, activity_id, at_ms, details)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for entry in entries {
        let values = (
            entry.claim,
            entry.operation,
            &entry.user,
            entry.activity,
            now,
            &entry.details,
        );
        insert.execute(values)?;
    }
    Ok(())
}

pub(super) fn of_claim(
    connection: &Connection,
    payer: &str,
    claim: i64,
    after: i64,
    limit: u32,
) -> Result<Vec<HistoryEntry>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, operation, user_name, activity_id, at_ms, details FROM claim_history
         WHERE claim_id = (SELECT claim.id FROM claim JOIN payer ON payer.id = claim.payer_id
                           WHERE payer.name = ?1 AND claim.id = ?2)
           AND id > ?3
         ORDER BY id LIMIT ?4",
    )?;
    let mut rows = statement.query((payer, claim, after, limit))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(read(row, claim)?);
    }
    Ok(entries)
}

/// An entry of a claim's history, in the first columns of a row.
pub(super) fn read(row: &Row<'_>, claim: i64) -> Result<HistoryEntry, StoreError> {
    let details: String = row.get(5)?;
    Ok(HistoryEntry {
        id: row.get(0)?,
        operation: row.get(1)?,
        user: row.get(2)?,
        activity: row.get(3)?,
        at_ms: row.get(4)?,
        details: json(&details, || format!("the history of the claim with id {claim}"))?,
    })
}

pub(super) fn last_reprocessing(connection: &Connection, payer: &str, claim: i64) -> Result<Option<i64>, StoreError> {
    // From the end of the claim's stretch of the index, which is short, to the first that fits.
    let mut statement = connection.prepare_cached(
        "SELECT activity_id FROM claim_history
         WHERE claim_id = (SELECT claim.id FROM claim JOIN payer ON payer.id = claim.payer_id
                           WHERE payer.name = ?1 AND claim.id = ?2)
           AND operation = 'reprocess'
         ORDER BY id DESC LIMIT 1",
    )?;
    let activity: Option<Option<i64>> = statement.query_row((payer, claim), |row| row.get(0)).optional()?;
    Ok(activity.flatten())
}

pub(super) fn append_events(
    connection: &Connection,
    raised: &mut Raised,
    events: &[NewEvent],
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    // INVARIANT: the counter is read and raised under the file's write lock, so positions follow the order of commits.
    let count = to_stored(u64::try_from(events.len()).unwrap_or(u64::MAX))?;
    let last: i64 = connection
        .prepare_cached("UPDATE counter SET value = value + ?1 WHERE name = 'event' RETURNING value")?
        .query_row([count], |row| row.get(0))?;
    let now = now_ms();
    let mut insert = connection.prepare_cached(
        "INSERT INTO event (payer_id, position, kind, claim_id, at_ms, details) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (position, event) in (last - count + 1..).zip(events) {
        let payer = raised.payer(connection, &event.payer)?;
        insert.execute((payer, position, event.kind, event.claim, now, &event.details))?;
    }
    Ok(())
}

pub(super) fn events(connection: &Connection, payer: &str, after: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT position, kind, claim_id, at_ms, details FROM event
         WHERE payer_id = (SELECT id FROM payer WHERE name = ?1) AND position > ?2
         ORDER BY position LIMIT ?3",
    )?;
    // No event has a position that is too large to be stored.
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let mut rows = statement.query((payer, after, limit))?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        let position = from_stored(row.get(0)?)?;
        let details: String = row.get(4)?;
        events.push(Event {
            position,
            kind: row.get(1)?,
            claim: row.get(2)?,
            at_ms: row.get(3)?,
            details: json(&details, || format!("the event at position {position}"))?,
        });
    }
    Ok(events)
}

pub(super) fn json(details: &str, what: impl FnOnce() -> String) -> Result<serde_json::Value, StoreError> {
    serde_json::from_str(details).map_err(|error| StoreError::corrupt(format!("{} cannot be read: {error}", what())))
}
