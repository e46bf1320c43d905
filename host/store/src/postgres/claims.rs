//! Reading claims from PostgreSQL.
//!
//! A row whose code is below the space belongs to a claim that was deleted (see [`claim_row`]). Every read leaves it out
//! but that of what has changed.

use std::collections::HashMap;
use std::mem;
use std::ops::ControlFlow;
use std::sync::Arc;

use postgres::Row;
use reprise_model::Claim;

use super::session::{Session, get};
use super::{from_stored, to_stored};
use crate::claim_row;
use crate::{ClaimScan, EncodedClaim, StoreError};

/// How many claims a chunk of a scan holds at most.
const CHUNK_CLAIMS_MAX: usize = 512;

/// At how many bytes of bodies a chunk of a scan is full.
const CHUNK_BYTES: usize = 1 << 20;

pub(super) fn count(session: &mut Session, payer: Option<&str>) -> Result<u64, StoreError> {
    let count = match payer {
        // All rows along the smallest index, less the few that are deleted.
        None => session.one(
            "SELECT (SELECT count(*) FROM claim)
                  - (SELECT count(*) FROM payer JOIN claim ON claim.payer_id = payer.id AND claim.code < ' ')",
            &[],
        ),
        Some(payer) => session.one(
            "SELECT count(*) FROM claim WHERE payer_id = (SELECT id FROM payer WHERE name = $1) AND code >= ' '",
            &[&payer],
        ),
    };
    from_stored(count?)
}

pub(super) fn by_code(session: &mut Session, payer: &str, code: &str) -> Result<Option<Claim>, StoreError> {
    let row = session.row(
        "SELECT id, body FROM claim
         WHERE payer_id = (SELECT id FROM payer WHERE name = $1) AND code = $2 AND code >= ' '",
        &[&payer, &code],
    )?;
    decoded(row)
}

pub(super) fn by_id(session: &mut Session, payer: &str, id: i64) -> Result<Option<Claim>, StoreError> {
    let row = session.row(
        "SELECT id, body FROM claim
         WHERE id = $2 AND payer_id = (SELECT id FROM payer WHERE name = $1) AND code >= ' '",
        &[&payer, &id],
    )?;
    decoded(row)
}

fn decoded(row: Option<Row>) -> Result<Option<Claim>, StoreError> {
    row.map(|row| claim_row::decode(get(&row, 0)?, body(&row, 1)?))
        .transpose()
}

pub(super) fn body(row: &Row, column: usize) -> Result<&[u8], StoreError> {
    get::<Option<&[u8]>>(row, column)?.ok_or_else(|| StoreError::corrupt("a claim has no body"))
}

/// One look-up for each id, along the index: said so that it is not rearranged. A planner that knows nothing yet of a new
/// table would rather read all claims of the payer.
pub(super) fn all_by_id(session: &mut Session, payer: &str, ids: &[i64]) -> Result<Vec<EncodedClaim>, StoreError> {
    let rows = session.rows(
        "SELECT found.id, found.change_sequence, found.body
         FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (id, place)
         CROSS JOIN LATERAL (SELECT id, change_sequence, body FROM claim
                             WHERE id = wanted.id AND payer_id = (SELECT id FROM payer WHERE name = $1)
                               AND code >= ' ' LIMIT 1) AS found
         ORDER BY wanted.place",
        &[&payer, &ids],
    )?;
    encoded(payer, &rows)
}

pub(super) fn all_by_code(session: &mut Session, payer: &str, codes: &[&str]) -> Result<Vec<EncodedClaim>, StoreError> {
    let rows = session.rows(
        "SELECT found.id, found.change_sequence, found.body
         FROM unnest($2::text[]) WITH ORDINALITY AS wanted (code, place)
         CROSS JOIN LATERAL (SELECT id, change_sequence, body FROM claim
                             WHERE code = wanted.code AND payer_id = (SELECT id FROM payer WHERE name = $1)
                               AND code >= ' ' LIMIT 1) AS found
         ORDER BY wanted.place",
        &[&payer, &codes],
    )?;
    encoded(payer, &rows)
}

/// Rows of id, change and body.
pub(super) fn encoded(payer: &str, rows: &[Row]) -> Result<Vec<EncodedClaim>, StoreError> {
    let payer: Arc<str> = payer.into();
    let claim = |row: &Row| {
        Ok(EncodedClaim {
            id: get(row, 0)?,
            payer: Arc::clone(&payer),
            change_sequence: from_stored(get(row, 1)?)?,
            body: body(row, 2)?.to_vec(),
        })
    };
    rows.iter().map(claim).collect()
}

/// Answers whether the scan went to its end.
pub(super) fn scan(
    session: &mut Session,
    scan: ClaimScan<'_>,
    deliver: &mut dyn FnMut(Vec<EncodedClaim>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, StoreError> {
    let payers = payers_by_name(session)?;
    let names: HashMap<i64, Arc<str>> = payers.iter().cloned().collect();
    let mut chunks = Chunks {
        names: &names,
        chunk: Vec::new(),
        bytes: 0,
        deliver,
    };
    let ended = match scan {
        ClaimScan::All => session.each_row(
            "SELECT id, payer_id, change_sequence, body FROM claim WHERE code >= ' ' ORDER BY id",
            &[],
            |row| chunks.take(row),
        )?,
        ClaimScan::ChangedAfter(sequence) => session.each_row(
            "SELECT id, payer_id, change_sequence, body FROM claim WHERE change_sequence > $1
             ORDER BY change_sequence, id",
            &[&to_stored(sequence)?],
            |row| chunks.take(row),
        )?,
        ClaimScan::ByCode { payer } => {
            let mut chosen = payers
                .iter()
                .filter(|(_, name)| payer.is_none_or(|payer| **name == *payer));
            chosen.try_fold(ControlFlow::Continue(()), |flow, (id, _)| match flow {
                ControlFlow::Continue(()) => session.each_row(
                    "SELECT id, payer_id, change_sequence, body FROM claim WHERE payer_id = $1 AND code >= ' '
                     ORDER BY code",
                    &[id],
                    |row| chunks.take(row),
                ),
                ControlFlow::Break(()) => Ok(flow),
            })?
        }
    };
    if ended.is_continue() && !chunks.chunk.is_empty() {
        let _: ControlFlow<()> = (chunks.deliver)(chunks.chunk);
    }
    Ok(ended)
}

/// The payers' ids and names, by name in byte order.
fn payers_by_name(session: &mut Session) -> Result<Vec<(i64, Arc<str>)>, StoreError> {
    let rows = session.rows("SELECT id, name FROM payer ORDER BY name", &[])?;
    rows.iter()
        .map(|row| Ok((get(row, 0)?, get::<&str>(row, 1)?.into())))
        .collect()
}

/// Gathers rows and delivers them in chunks.
struct Chunks<'a> {
    names: &'a HashMap<i64, Arc<str>>,
    chunk: Vec<EncodedClaim>,
    bytes: usize,
    deliver: &'a mut dyn FnMut(Vec<EncodedClaim>) -> ControlFlow<()>,
}

impl Chunks<'_> {
    fn take(&mut self, row: &Row) -> Result<ControlFlow<()>, StoreError> {
        let payer_id: i64 = get(row, 1)?;
        let payer = self.names.get(&payer_id);
        let payer = payer.ok_or_else(|| StoreError::corrupt(format!("a claim has the unknown payer {payer_id}")))?;
        let body = body(row, 3)?.to_vec();
        self.bytes += body.len();
        self.chunk.push(EncodedClaim {
            id: get(row, 0)?,
            payer: Arc::clone(payer),
            change_sequence: from_stored(get(row, 2)?)?,
            body,
        });
        if self.chunk.len() < CHUNK_CLAIMS_MAX && self.bytes < CHUNK_BYTES {
            return Ok(ControlFlow::Continue(()));
        }
        self.bytes = 0;
        let full = mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK_CLAIMS_MAX));
        Ok((self.deliver)(full))
    }
}
