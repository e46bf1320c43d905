//! Portions of work and locks on claims in SQLite.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use super::clock::{end_of_lease_ms, now_ms};
use super::{from_stored, to_stored};
use crate::work::{decode_claims, encode_claims};
use crate::{ClaimLock, StoreError, WorkChunk};

pub(super) fn create(connection: &Connection, activity: i64, portions: &[Vec<i64>]) -> Result<(), StoreError> {
    let has_work: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM activity_work WHERE activity_id = ?1)")?
        .query_row([activity], |row| row.get(0))?;
    if has_work {
        return Err(StoreError::other(format!("activity {activity} has its work already")));
    }
    let mut insert =
        connection.prepare_cached("INSERT INTO activity_work (activity_id, number, claims) VALUES (?1, ?2, ?3)")?;
    for (number, claims) in (0_i64..).zip(portions) {
        insert.execute((activity, number, encode_claims(claims)?))?;
    }
    Ok(())
}

pub(super) fn lease(
    connection: &Connection,
    activity: i64,
    host: &str,
    lease: Duration,
) -> Result<Option<WorkChunk>, StoreError> {
    let now = now_ms();
    let mut find = connection.prepare_cached(
        "SELECT number, claims, id FROM activity_work
         WHERE activity_id = ?1 AND finished = 0 AND (lease_until_ms IS NULL OR lease_until_ms <= ?2)
         ORDER BY number LIMIT 1",
    )?;
    let found: Option<(i64, Vec<u8>, i64)> = find
        .query_row((activity, now), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((number, claims, id)) = found else {
        return Ok(None);
    };
    connection
        .prepare_cached("UPDATE activity_work SET lease_host = ?2, lease_until_ms = ?3 WHERE id = ?1")?
        .execute((id, host, end_of_lease_ms(now, lease)))?;
    Ok(Some(WorkChunk {
        number: from_stored(number)?,
        claims: decode_claims(activity, &claims)?,
    }))
}

pub(super) fn finish(connection: &Connection, activity: i64, number: u64) -> Result<bool, StoreError> {
    // INVARIANT: `finished` alone sees to it that the work is done once; a lease only keeps others from beginning with it.
    let mut statement = connection.prepare_cached(
        "UPDATE activity_work SET finished = 1, claims = x'', lease_host = NULL, lease_until_ms = NULL
         WHERE activity_id = ?1 AND number = ?2 AND finished = 0 AND lease_host IS NOT NULL",
    )?;
    Ok(statement.execute((activity, to_stored(number)?))? == 1)
}

pub(super) fn release(connection: &Connection, activity: i64, host: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE activity_work SET lease_host = NULL, lease_until_ms = NULL
             WHERE activity_id = ?1 AND finished = 0 AND lease_host = ?2",
        )?
        .execute((activity, host))?;
    Ok(())
}

pub(super) fn discard(connection: &Connection, activity: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM activity_work WHERE activity_id = ?1 AND finished = 0")?
        .execute([activity])?;
    Ok(())
}

pub(super) fn unfinished(connection: &Connection, activity: i64) -> Result<u64, StoreError> {
    let count = connection
        .prepare_cached("SELECT count(*) FROM activity_work WHERE activity_id = ?1 AND finished = 0")?
        .query_row([activity], |row| row.get(0))?;
    from_stored(count)
}

pub(super) fn lock_claims(
    connection: &Connection,
    claims: &[i64],
    holder: &str,
    lease: Duration,
) -> Result<Vec<i64>, StoreError> {
    let now = now_ms();
    let until = end_of_lease_ms(now, lease);
    let mut statement = connection.prepare_cached(
        "INSERT INTO claim_lock (claim_id, holder, until_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (claim_id) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
             WHERE holder = excluded.holder OR until_ms <= ?4",
    )?;
    let mut held_by_others = Vec::new();
    for claim in claims {
        if statement.execute((claim, holder, until, now))? == 0 {
            held_by_others.push(*claim);
        }
    }
    Ok(held_by_others)
}

pub(super) fn unlock_claims(connection: &Connection, claims: &[i64], holder: &str) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("DELETE FROM claim_lock WHERE claim_id = ?1 AND holder = ?2")?;
    for claim in claims {
        statement.execute((claim, holder))?;
    }
    Ok(())
}

pub(super) fn unlock_all(connection: &Connection, holder: &str) -> Result<(), StoreError> {
    // Read whole: there are about as many locks as claims that are being worked on.
    connection
        .prepare_cached("DELETE FROM claim_lock WHERE holder = ?1")?
        .execute([holder])?;
    Ok(())
}

pub(super) fn claim_locks(connection: &Connection, claims: &[i64]) -> Result<Vec<ClaimLock>, StoreError> {
    let now = now_ms();
    let mut statement =
        connection.prepare_cached("SELECT holder, until_ms FROM claim_lock WHERE claim_id = ?1 AND until_ms > ?2")?;
    let mut locks = Vec::new();
    for claim in claims {
        let mut rows = statement.query((claim, now))?;
        if let Some(row) = rows.next()? {
            locks.push(ClaimLock {
                claim: *claim,
                holder: row.get(0)?,
                until_ms: row.get(1)?,
            });
        }
    }
    Ok(locks)
}
