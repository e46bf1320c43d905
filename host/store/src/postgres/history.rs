//! Histories of claims, and the feed of events, in PostgreSQL.

use std::collections::BTreeSet;

use postgres::Row;

use super::session::{Session, get};
use super::write::Raised;
use super::{from_stored, to_stored};
use crate::{Event, HistoryEntry, NewEvent, NewHistoryEntry, StoreError};

/// How many entries or events a statement is about at most.
const BATCH_ROWS_MAX: usize = 4096;

pub(super) fn append(session: &mut Session, entries: &[NewHistoryEntry]) -> Result<(), StoreError> {
    check_activities(session, entries)?;
    for batch in entries.chunks(BATCH_ROWS_MAX) {
        let claims: Vec<i64> = batch.iter().map(|entry| entry.claim).collect();
        let operations: Vec<&str> = batch.iter().map(|entry| entry.operation).collect();
        let users: Vec<&str> = batch.iter().map(|entry| entry.user.as_str()).collect();
        let activities: Vec<Option<i64>> = batch.iter().map(|entry| entry.activity).collect();
        let details: Vec<&str> = batch.iter().map(|entry| entry.details.as_str()).collect();
        // Ids are given after rows were put in order.
        let written = session.execute(
            "INSERT INTO claim_history (claim_id, operation, user_name, activity_id, details)
             SELECT claim.id, operation, user_name, activity_id, details
             FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::text[])
                  WITH ORDINALITY AS entry (claim_id, operation, user_name, activity_id, details, place)
             JOIN claim ON claim.id = entry.claim_id
             ORDER BY place",
            &[&claims, &operations, &users, &activities, &details],
        )?;
        if usize::try_from(written) != Ok(batch.len()) {
            return Err(StoreError::other("there is no such claim to keep a history of"));
        }
    }
    Ok(())
}

/// Fails if there is no such activity. Most often one has written all entries.
fn check_activities(session: &mut Session, entries: &[NewHistoryEntry]) -> Result<(), StoreError> {
    let activities: BTreeSet<i64> = entries.iter().filter_map(|entry| entry.activity).collect();
    if activities.is_empty() {
        return Ok(());
    }
    let activities = Vec::from_iter(activities);
    let found: i64 = session.one("SELECT count(*) FROM activity WHERE id = ANY ($1)", &[&activities])?;
    if usize::try_from(found) != Ok(activities.len()) {
        return Err(StoreError::other("there is no such activity to have done it"));
    }
    Ok(())
}

pub(super) fn of_claim(
    session: &mut Session,
    payer: &str,
    claim: i64,
    after: i64,
    limit: u32,
) -> Result<Vec<HistoryEntry>, StoreError> {
    let rows = session.rows(
        "SELECT id, operation, user_name, activity_id, at_ms, details FROM claim_history
         WHERE claim_id = (SELECT claim.id FROM claim JOIN payer ON payer.id = claim.payer_id
                           WHERE payer.name = $1 AND claim.id = $2)
           AND id > $3
         ORDER BY id LIMIT $4",
        &[&payer, &claim, &after, &i64::from(limit)],
    )?;
    rows.iter().map(|row| read(row, claim)).collect()
}

/// An entry of a claim's history, in the first columns of a row.
pub(super) fn read(row: &Row, claim: i64) -> Result<HistoryEntry, StoreError> {
    Ok(HistoryEntry {
        id: get(row, 0)?,
        operation: get(row, 1)?,
        user: get(row, 2)?,
        activity: get(row, 3)?,
        at_ms: get(row, 4)?,
        details: json(get(row, 5)?, || format!("the history of the claim with id {claim}"))?,
    })
}

pub(super) fn last_reprocessing(session: &mut Session, payer: &str, claim: i64) -> Result<Option<i64>, StoreError> {
    let activity: Option<Option<i64>> = session.value(
        "SELECT activity_id FROM claim_history
         WHERE claim_id = (SELECT claim.id FROM claim JOIN payer ON payer.id = claim.payer_id
                           WHERE payer.name = $1 AND claim.id = $2)
           AND operation = 'reprocess'
         ORDER BY id DESC LIMIT 1",
        &[&payer, &claim],
    )?;
    Ok(activity.flatten())
}

pub(super) fn append_events(session: &mut Session, raised: &mut Raised, events: &[NewEvent]) -> Result<(), StoreError> {
    for batch in events.chunks(BATCH_ROWS_MAX) {
        let count = to_stored(u64::try_from(batch.len()).unwrap_or(u64::MAX))?;
        let payers = batch
            .iter()
            .map(|event| raised.payer(session, &event.payer))
            .collect::<Result<Vec<_>, _>>()?;
        let kinds: Vec<&str> = batch.iter().map(|event| event.kind).collect();
        let claims: Vec<i64> = batch.iter().map(|event| event.claim).collect();
        let details: Vec<&str> = batch.iter().map(|event| event.details.as_str()).collect();
        // INVARIANT: the counter is read and raised by the one writer, so positions follow the order of commits.
        session.execute(
            "WITH raised AS (UPDATE counter SET value = value + $1 WHERE name = 'event' RETURNING value)
             INSERT INTO event (payer_id, position, kind, claim_id, details)
             SELECT payer_id, raised.value - $1 + place, kind, claim_id, details
             FROM raised, unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[])
                  WITH ORDINALITY AS event (payer_id, kind, claim_id, details, place)",
            &[&count, &payers, &kinds, &claims, &details],
        )?;
    }
    Ok(())
}

pub(super) fn events(session: &mut Session, payer: &str, after: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
    // No event has a position that is too large to be stored.
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let rows = session.rows(
        "SELECT position, kind, claim_id, at_ms, details FROM event
         WHERE payer_id = (SELECT id FROM payer WHERE name = $1) AND position > $2
         ORDER BY position LIMIT $3",
        &[&payer, &after, &i64::from(limit)],
    )?;
    let event = |row: &Row| {
        let position = from_stored(get(row, 0)?)?;
        Ok(Event {
            position,
            kind: get(row, 1)?,
            claim: get(row, 2)?,
            at_ms: get(row, 3)?,
            details: json(get(row, 4)?, || format!("the event at position {position}"))?,
        })
    };
    rows.iter().map(event).collect()
}

pub(super) fn json(details: &str, what: impl FnOnce() -> String) -> Result<serde_json::Value, StoreError> {
    serde_json::from_str(details).map_err(|error| StoreError::corrupt(format!("{} cannot be read: {error}", what())))
}
