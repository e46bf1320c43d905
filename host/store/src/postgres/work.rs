//! Portions of work and locks on claims in PostgreSQL.

use std::collections::HashSet;
use std::time::Duration;

use super::session::{Session, get};
use super::{duration_ms, from_stored, to_stored};
use crate::work::{decode_claims, encode_claims};
use crate::{ClaimLock, StoreError, WorkChunk};

/// How many portions a statement is about at most.
const BATCH_PORTIONS_MAX: usize = 256;

pub(super) fn create(session: &mut Session, activity: i64, portions: &[Vec<i64>]) -> Result<(), StoreError> {
    let has_work: bool = session.one(
        "SELECT EXISTS (SELECT 1 FROM activity_work WHERE activity_id = $1)",
        &[&activity],
    )?;
    if has_work {
        return Err(StoreError::other(format!("activity {activity} has its work already")));
    }
    let mut first = 0_i64;
    for batch in portions.chunks(BATCH_PORTIONS_MAX) {
        let claims = batch.iter().map(encode_claims).collect::<Result<Vec<_>, _>>()?;
        session.execute(
            "INSERT INTO activity_work (activity_id, number, claims)
             SELECT $1, $2::bigint + portion.place - 1, portion.claims
             FROM unnest($3::bytea[]) WITH ORDINALITY AS portion (claims, place)",
            &[&activity, &first, &claims],
        )?;
        first += i64::try_from(batch.len()).unwrap_or(i64::MAX);
    }
    Ok(())
}

pub(super) fn lease(
    session: &mut Session,
    activity: i64,
    host: &str,
    lease: Duration,
) -> Result<Option<WorkChunk>, StoreError> {
    let row = session.row(
        "UPDATE activity_work SET lease_host = $2, lease_until_ms = now_ms() + $3
         WHERE activity_id = $1
           AND number = (SELECT number FROM activity_work
                         WHERE activity_id = $1 AND NOT finished
                           AND (lease_until_ms IS NULL OR lease_until_ms <= now_ms())
                         ORDER BY number LIMIT 1)
         RETURNING number, claims",
        &[&activity, &host, &duration_ms(lease)],
    )?;
    let chunk = |row: postgres::Row| {
        Ok(WorkChunk {
            number: from_stored(get(&row, 0)?)?,
            claims: decode_claims(activity, get(&row, 1)?)?,
        })
    };
    row.map(chunk).transpose()
}

pub(super) fn finish(session: &mut Session, activity: i64, number: u64) -> Result<bool, StoreError> {
    // INVARIANT: `finished` alone sees to it that the work is done once; a lease only keeps others from beginning with it.
    let finished = session.execute(
        "UPDATE activity_work SET finished = true, claims = '', lease_host = NULL, lease_until_ms = NULL
         WHERE activity_id = $1 AND number = $2 AND NOT finished AND lease_host IS NOT NULL",
        &[&activity, &to_stored(number)?],
    )?;
    Ok(finished == 1)
}

pub(super) fn release(session: &mut Session, activity: i64, host: &str) -> Result<(), StoreError> {
    session.execute(
        "UPDATE activity_work SET lease_host = NULL, lease_until_ms = NULL
         WHERE activity_id = $1 AND NOT finished AND lease_host = $2",
        &[&activity, &host],
    )?;
    Ok(())
}

pub(super) fn discard(session: &mut Session, activity: i64) -> Result<(), StoreError> {
    session.execute(
        "DELETE FROM activity_work WHERE activity_id = $1 AND NOT finished",
        &[&activity],
    )?;
    Ok(())
}

pub(super) fn unfinished(session: &mut Session, activity: i64) -> Result<u64, StoreError> {
    let count = session.one(
        "SELECT count(*) FROM activity_work WHERE activity_id = $1 AND NOT finished",
        &[&activity],
    )?;
    from_stored(count)
}

pub(super) fn lock_claims(
    session: &mut Session,
    claims: &[i64],
    holder: &str,
    lease: Duration,
) -> Result<Vec<i64>, StoreError> {
    // A statement locks a claim once.
    let locked = session.rows(
        "INSERT INTO claim_lock (claim_id, holder, until_ms)
         SELECT DISTINCT claim.id, $2::text, now_ms() + $3
         FROM unnest($1::bigint[]) AS wanted (claim_id) JOIN claim ON claim.id = wanted.claim_id
         ON CONFLICT (claim_id) DO UPDATE SET holder = excluded.holder, until_ms = excluded.until_ms
             WHERE claim_lock.holder = excluded.holder OR claim_lock.until_ms <= now_ms()
         RETURNING claim_id",
        &[&claims, &holder, &duration_ms(lease)],
    )?;
    let locked = locked
        .iter()
        .map(|row| get(row, 0))
        .collect::<Result<HashSet<i64>, _>>()?;
    let mut others: Vec<i64> = claims.to_vec();
    others.retain(|claim| !locked.contains(claim));
    if !others.is_empty() {
        let absent: Option<i64> = session.value(
            "SELECT wanted.claim_id FROM unnest($1::bigint[]) AS wanted (claim_id)
             WHERE NOT EXISTS (SELECT 1 FROM claim WHERE claim.id = wanted.claim_id) LIMIT 1",
            &[&others],
        )?;
        if let Some(claim) = absent {
            return Err(StoreError::other(format!("there is no claim with id {claim} to lock")));
        }
    }
    Ok(others)
}

pub(super) fn unlock_claims(session: &mut Session, claims: &[i64], holder: &str) -> Result<(), StoreError> {
    session.execute(
        "DELETE FROM claim_lock WHERE claim_id = ANY ($1) AND holder = $2",
        &[&claims, &holder],
    )?;
    Ok(())
}

pub(super) fn unlock_all(session: &mut Session, holder: &str) -> Result<(), StoreError> {
    // Read whole: there are about as many locks as claims that are being worked on.
    session.execute("DELETE FROM claim_lock WHERE holder = $1", &[&holder])?;
    Ok(())
}

pub(super) fn claim_locks(session: &mut Session, claims: &[i64]) -> Result<Vec<ClaimLock>, StoreError> {
    let rows = session.rows(
        "SELECT claim_lock.claim_id, claim_lock.holder, claim_lock.until_ms
         FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (claim_id, place)
         JOIN claim_lock ON claim_lock.claim_id = wanted.claim_id AND claim_lock.until_ms > now_ms()
         ORDER BY wanted.place",
        &[&claims],
    )?;
    let lock = |row: &postgres::Row| {
        Ok(ClaimLock {
            claim: get(row, 0)?,
            holder: get(row, 1)?,
            until_ms: get(row, 2)?,
        })
    };
    rows.iter().map(lock).collect()
}
