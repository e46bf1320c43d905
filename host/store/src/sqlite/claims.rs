//! Claims in SQLite.
//!
//! A row whose code is below the space belongs to a claim that was deleted (see [`claim_row`]). Every read leaves it out
//! but that of what has changed.

use std::collections::HashMap;
use std::mem;
use std::ops::ControlFlow;
use std::sync::Arc;

use reprise_model::Claim;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, Rows, ToSql};

use super::write::Raised;
use super::{from_stored, intake, to_stored};
use crate::claim_row::{self, body_in_place_of, same_content};
use crate::{
    ClaimChange, ClaimDeletion, ClaimScan, ClaimToWrite, EncodedClaim, ExistingClaims, StoreError, WriteOutcome,
};

/// How many claims a chunk of a scan holds at most.
const CHUNK_CLAIMS_MAX: usize = 512;

/// At how many bytes of bodies a chunk of a scan is full.
const CHUNK_BYTES: usize = 1 << 20;

/// The largest id that is kept: the largest integer that every reader of JSON has. Ids given beyond it still fit.
const KEPT_ID_MAX: i64 = (1 << 53) - 1;

pub(super) fn count(connection: &Connection, payer: Option<&str>) -> Result<u64, StoreError> {
    let count = match payer {
        // All rows along the smallest index, less the few that are deleted.
        None => connection
            .prepare_cached(
                "SELECT (SELECT count(*) FROM claim)
                      - (SELECT count(*) FROM payer CROSS JOIN claim ON claim.payer_id = payer.id AND code < ' ')",
            )?
            .query_row([], |row| row.get(0)),
        Some(payer) => connection
            .prepare_cached(
                "SELECT count(*) FROM claim WHERE payer_id = (SELECT id FROM payer WHERE name = ?1) AND code >= ' '",
            )?
            .query_row([payer], |row| row.get(0)),
    };
    from_stored(count?)
}

pub(super) fn by_code(connection: &Connection, payer: &str, code: &str) -> Result<Option<Claim>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, body FROM claim WHERE payer_id = (SELECT id FROM payer WHERE name = ?1)
             AND code = ?2 AND code >= ' '",
    )?;
    decoded(statement.query((payer, code))?)
}

pub(super) fn by_id(connection: &Connection, payer: &str, id: i64) -> Result<Option<Claim>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, body FROM claim WHERE id = ?2 AND code >= ' '
             AND payer_id = (SELECT id FROM payer WHERE name = ?1)",
    )?;
    decoded(statement.query((payer, id))?)
}

pub(super) fn all_by_id(connection: &Connection, payer: &str, ids: &[i64]) -> Result<Vec<EncodedClaim>, StoreError> {
    let statement = connection.prepare_cached(
        "SELECT id, change_sequence, body FROM claim WHERE payer_id = ?1 AND id = ?2 AND code >= ' '",
    )?;
    all(connection, statement, payer, ids)
}

pub(super) fn all_by_code(
    connection: &Connection,
    payer: &str,
    codes: &[&str],
) -> Result<Vec<EncodedClaim>, StoreError> {
    let statement = connection.prepare_cached(
        "SELECT id, change_sequence, body FROM claim WHERE payer_id = ?1 AND code = ?2 AND code >= ' '",
    )?;
    all(connection, statement, payer, codes)
}

/// The payer's claims that the statement finds by these keys, in the order of the keys.
fn all<K: ToSql>(
    connection: &Connection,
    mut statement: CachedStatement<'_>,
    payer: &str,
    keys: &[K],
) -> Result<Vec<EncodedClaim>, StoreError> {
    let Some(payer_id) = payer_id(connection, payer)? else {
        return Ok(Vec::new());
    };
    let payer: Arc<str> = payer.into();
    let mut claims = Vec::with_capacity(keys.len());
    for key in keys {
        let mut rows = statement.query((payer_id, key))?;
        if let Some(row) = rows.next()? {
            claims.push(EncodedClaim {
                id: row.get(0)?,
                payer: Arc::clone(&payer),
                change_sequence: from_stored(row.get(1)?)?,
                body: body(row, 2)?.to_vec(),
            });
        }
    }
    Ok(claims)
}

pub(super) fn payer_id(connection: &Connection, name: &str) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM payer WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

fn decoded(mut rows: Rows<'_>) -> Result<Option<Claim>, StoreError> {
    match rows.next()? {
        Some(row) => claim_row::decode(row.get(0)?, body(row, 1)?).map(Some),
        None => Ok(None),
    }
}

pub(super) fn body<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a [u8], StoreError> {
    row.get_ref(column)?
        .as_blob()
        .map_err(|error| StoreError::corrupt(format!("a claim has no body: {error}")))
}

pub(super) fn scan(
    connection: &Connection,
    scan: ClaimScan<'_>,
    deliver: &mut dyn FnMut(Vec<EncodedClaim>) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let payers = payers_by_name(connection)?;
    let names: HashMap<i64, Arc<str>> = payers.iter().cloned().collect();
    let mut chunks = Chunks {
        names: &names,
        chunk: Vec::new(),
        bytes: 0,
        deliver,
    };
    let ended = match scan {
        ClaimScan::All => {
            let mut statement = connection.prepare_cached(
                "SELECT id, payer_id, change_sequence, body FROM claim WHERE code >= ' ' ORDER BY id",
            )?;
            chunks.take(statement.query([])?)?
        }
        ClaimScan::ChangedAfter(sequence) => {
            let mut statement = connection.prepare_cached(
                "SELECT id, payer_id, change_sequence, body FROM claim WHERE change_sequence > ?1
                 ORDER BY change_sequence, id",
            )?;
            chunks.take(statement.query([to_stored(sequence)?])?)?
        }
        ClaimScan::ByCode { payer } => {
            let mut statement = connection.prepare_cached(
                "SELECT id, payer_id, change_sequence, body FROM claim WHERE payer_id = ?1 AND code >= ' '
                 ORDER BY code",
            )?;
            let mut chosen = payers
                .iter()
                .filter(|(_, name)| payer.is_none_or(|payer| **name == *payer));
            chosen.try_fold(ControlFlow::Continue(()), |flow, (id, _)| match flow {
                ControlFlow::Continue(()) => chunks.take(statement.query([id])?),
                ControlFlow::Break(()) => Ok(flow),
            })?
        }
    };
    if ended.is_continue() && !chunks.chunk.is_empty() {
        let _: ControlFlow<()> = (chunks.deliver)(chunks.chunk);
    }
    Ok(())
}

/// The payers' ids and names, by name in byte order.
fn payers_by_name(connection: &Connection) -> Result<Vec<(i64, Arc<str>)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id, name FROM payer ORDER BY name")?;
    let payers = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(payers)
}

/// Gathers rows and delivers them in chunks.
struct Chunks<'a> {
    names: &'a HashMap<i64, Arc<str>>,
    chunk: Vec<EncodedClaim>,
    bytes: usize,
    deliver: &'a mut dyn FnMut(Vec<EncodedClaim>) -> ControlFlow<()>,
}

impl Chunks<'_> {
    fn take(&mut self, mut rows: Rows<'_>) -> Result<ControlFlow<()>, StoreError> {
        while let Some(row) = rows.next()? {
            let payer_id: i64 = row.get(1)?;
            let payer = self.names.get(&payer_id);
            let payer =
                payer.ok_or_else(|| StoreError::corrupt(format!("a claim has the unknown payer {payer_id}")))?;
            let body = body(row, 3)?.to_vec();
            self.bytes += body.len();
            self.chunk.push(EncodedClaim {
                id: row.get(0)?,
                payer: Arc::clone(payer),
                change_sequence: from_stored(row.get(2)?)?,
                body,
            });
            if self.chunk.len() >= CHUNK_CLAIMS_MAX || self.bytes >= CHUNK_BYTES {
                self.bytes = 0;
                let full = mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK_CLAIMS_MAX));
                if (self.deliver)(full).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

pub(super) fn write(
    connection: &Connection,
    raised: &mut Raised,
    claims: &[ClaimToWrite],
    existing: ExistingClaims,
) -> Result<Vec<WriteOutcome>, StoreError> {
    // Most claims are new: they are inserted unseen, and looked up only where that does not succeed.
    let mut insert = connection.prepare_cached(
        "INSERT INTO claim (id, payer_id, code, change_sequence, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
    )?;
    let mut look_up = connection.prepare_cached("SELECT id, body FROM claim WHERE payer_id = ?1 AND code = ?2")?;
    let mut replace = connection.prepare_cached("UPDATE claim SET change_sequence = ?2, body = ?3 WHERE id = ?1")?;
    let mut outcomes = Vec::with_capacity(claims.len());
    for claim in claims {
        let payer = raised.payer(connection, &claim.payer)?;
        let sequence = raised.next_change(connection)?;
        let mut insert_as = |id: Option<i64>| -> Result<bool, StoreError> {
            let inserted = insert.execute((id, payer, &claim.code, sequence, &claim.body))? == 1;
            if let Some(keys) = claim.intake.as_ref().filter(|_| inserted) {
                intake::insert(connection, payer, connection.last_insert_rowid(), keys)?;
            }
            Ok(inserted)
        };
        let id = claim.id.filter(|id| (1..=KEPT_ID_MAX).contains(id));
        let outcome = if insert_as(id)? {
            WriteOutcome::Inserted
        } else if let Some(Stored { id, other_body }) = stored(&mut look_up, payer, claim)? {
            match (other_body, existing) {
                (None, _) => WriteOutcome::Unchanged,
                (Some(_), ExistingClaims::Refuse) => WriteOutcome::Conflict,
                (Some(before), ExistingClaims::Replace) => {
                    replace.execute((id, sequence, body_in_place_of(&claim.body, &before)?))?;
                    intake::replace(connection, payer, id, claim.intake.as_deref())?;
                    WriteOutcome::Replaced
                }
            }
        } else if insert_as(None)? {
            // The code was free; the id was not.
            WriteOutcome::Inserted
        } else {
            return Err(StoreError::corrupt(format!(
                "claim `{}` can neither be found nor added",
                claim.code
            )));
        };
        if matches!(outcome, WriteOutcome::Inserted | WriteOutcome::Replaced) {
            raised.use_change(connection)?;
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// A claim that is there under the code of one that is written.
struct Stored {
    id: i64,
    /// Its body, if it has other content.
    other_body: Option<Vec<u8>>,
}

fn stored(look_up: &mut CachedStatement<'_>, payer: i64, claim: &ClaimToWrite) -> Result<Option<Stored>, StoreError> {
    let found = look_up
        .query_row((payer, &claim.code), |row| {
            let body = row.get_ref(1)?.as_blob_or_null()?.unwrap_or_default();
            Ok(Stored {
                id: row.get(0)?,
                other_body: (!same_content(body, &claim.body)).then(|| body.to_vec()),
            })
        })
        .optional()?;
    Ok(found)
}

pub(super) fn change(
    connection: &Connection,
    raised: &mut Raised,
    changes: &[ClaimChange],
) -> Result<Vec<bool>, StoreError> {
    let mut update = connection.prepare_cached(
        "UPDATE claim SET change_sequence = ?1, body = ?2
         WHERE id = ?3 AND change_sequence = ?4 AND payer_id = ?5 AND code = ?6",
    )?;
    let mut outcomes = Vec::with_capacity(changes.len());
    for change in changes {
        // A payer who has no claims has not this one either, and must not be added for it.
        let Some(payer) = raised.known_payer(connection, &change.claim.payer)? else {
            outcomes.push(false);
            continue;
        };
        let sequence = raised.next_change(connection)?;
        let values = (
            sequence,
            &change.claim.body,
            change.id,
            to_stored(change.seen)?,
            payer,
            &change.claim.code,
        );
        let changed = update.execute(values)? == 1;
        if changed {
            intake::replace(connection, payer, change.id, change.claim.intake.as_deref())?;
            raised.use_change(connection)?;
        }
        outcomes.push(changed);
    }
    Ok(outcomes)
}

pub(super) fn delete(
    connection: &Connection,
    raised: &mut Raised,
    deletions: &[ClaimDeletion],
) -> Result<Vec<bool>, StoreError> {
    let mut update = connection.prepare_cached(
        "UPDATE claim SET change_sequence = ?1, code = char(1) || id, body = x'', deleted_code = code
         WHERE id = ?2 AND change_sequence = ?3 AND payer_id = ?4 AND code >= ' '",
    )?;
    let mut unlock = connection.prepare_cached("DELETE FROM claim_lock WHERE claim_id = ?1")?;
    let mut outcomes = Vec::with_capacity(deletions.len());
    for deletion in deletions {
        let Some(payer) = raised.known_payer(connection, &deletion.payer)? else {
            outcomes.push(false);
            continue;
        };
        let sequence = raised.next_change(connection)?;
        let deleted = update.execute((sequence, deletion.id, to_stored(deletion.seen)?, payer))? == 1;
        if deleted {
            intake::replace(connection, payer, deletion.id, None)?;
            unlock.execute([deletion.id])?;
            raised.use_change(connection)?;
        }
        outcomes.push(deleted);
    }
    Ok(outcomes)
}

/// One more than the highest id of any row, deleted ones included.
pub(super) fn next_id(connection: &Connection) -> Result<i64, StoreError> {
    let last: i64 = connection
        .prepare_cached("SELECT coalesce(max(id), 0) FROM claim")?
        .query_row([], |row| row.get(0))?;
    last.checked_add(1)
        .ok_or_else(|| StoreError::other("there is no higher id for a claim"))
}
