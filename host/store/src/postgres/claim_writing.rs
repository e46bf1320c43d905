//! Writing claims to PostgreSQL, many with each statement.
//!
//! INVARIANT: there is one writer. So what is looked up stays true until it is acted on, and what becomes of each claim
//! is decided here, in order, before the first is written.

use std::collections::{HashMap, HashSet};

use postgres::types::{ToSql, Type};

use super::session::{Session, get};
use super::to_stored;
use super::write::Raised;
use crate::claim_row::same_content;
use crate::{ClaimChange, ClaimToWrite, ExistingClaims, StoreError, WriteOutcome};

/// The largest id that is kept: the largest integer that every reader of JSON has. Ids given beyond it still fit.
const KEPT_ID_MAX: i64 = (1 << 53) - 1;

/// How many claims a statement is about at most.
const BATCH_CLAIMS_MAX: usize = 2048;

/// At how many bytes of bodies a statement is about enough claims: what it is given must be held by the server whole.
const BATCH_BYTES: usize = 8 << 20;

/// A claim as the database holds it, or will.
enum Known<'a> {
    /// It is there.
    Stored { id: i64, body: Vec<u8> },
    /// It is there and is replaced.
    Replaced { id: i64, body: &'a [u8] },
    /// It is to be inserted, in this place among those that are.
    Inserted { place: usize },
}

/// A claim to be inserted.
struct Insertion<'a> {
    id: i64,
    payer: i64,
    claim: &'a ClaimToWrite,
    body: &'a [u8],
}

pub(super) fn write(
    session: &mut Session,
    raised: &mut Raised,
    claims: &[ClaimToWrite],
    existing: ExistingClaims,
) -> Result<Vec<WriteOutcome>, StoreError> {
    let mut outcomes = Vec::with_capacity(claims.len());
    let mut rest = claims;
    while !rest.is_empty() {
        let (batch, others) = rest.split_at(batch_length(rest, |claim| claim.body.len()));
        write_batch(session, raised, batch, existing, &mut outcomes)?;
        rest = others;
    }
    Ok(outcomes)
}

/// How many of the first elements make a batch.
fn batch_length<T>(elements: &[T], body_bytes: impl Fn(&T) -> usize) -> usize {
    let mut bytes = 0;
    let fitting = elements.iter().take(BATCH_CLAIMS_MAX).take_while(|element| {
        let fits = bytes < BATCH_BYTES;
        bytes += body_bytes(element);
        fits
    });
    fitting.count()
}

fn write_batch(
    session: &mut Session,
    raised: &mut Raised,
    claims: &[ClaimToWrite],
    existing: ExistingClaims,
    outcomes: &mut Vec<WriteOutcome>,
) -> Result<(), StoreError> {
    let payers = claims
        .iter()
        .map(|claim| raised.payer(session, &claim.payer))
        .collect::<Result<Vec<_>, _>>()?;
    let mut known = stored_claims(session, claims, &payers)?;
    let mut taken = taken_ids(session, raised, claims)?;
    let mut insertions: Vec<Insertion<'_>> = Vec::new();

    for (claim, payer) in claims.iter().zip(payers) {
        let key = (payer, claim.code.as_str());
        let outcome = match known.get_mut(&key) {
            None => {
                let asked = claim.id.filter(|id| (1..=KEPT_ID_MAX).contains(id));
                let id = match asked.filter(|id| !taken.contains(id)) {
                    Some(id) => id,
                    None => raised
                        .last_claim_id(session)?
                        .checked_add(1)
                        .ok_or_else(|| StoreError::other("there is no higher id for a claim"))?,
                };
                taken.insert(id);
                raised.note_claim_id(id);
                let place = insertions.len();
                known.insert(key, Known::Inserted { place });
                insertions.push(Insertion {
                    id,
                    payer,
                    claim,
                    body: &claim.body,
                });
                WriteOutcome::Inserted
            }
            Some(found) => {
                let body: &[u8] = match found {
                    Known::Stored { body, .. } => body,
                    Known::Replaced { body, .. } => body,
                    Known::Inserted { place } => insertions[*place].body,
                };
                if same_content(body, &claim.body) {
                    WriteOutcome::Unchanged
                } else if existing == ExistingClaims::Refuse {
                    WriteOutcome::Conflict
                } else {
                    match found {
                        Known::Stored { id, .. } | Known::Replaced { id, .. } => {
                            let (id, body) = (*id, &claim.body);
                            *found = Known::Replaced { id, body };
                        }
                        Known::Inserted { place } => insertions[*place].body = &claim.body,
                    }
                    WriteOutcome::Replaced
                }
            }
        };
        outcomes.push(outcome);
    }

    let replaced = known.into_values().filter_map(|known| match known {
        Known::Replaced { id, body } => Some((id, body)),
        _ => None,
    });
    let (ids, bodies): (Vec<i64>, Vec<&[u8]>) = replaced.unzip();
    if insertions.is_empty() && ids.is_empty() {
        return Ok(());
    }
    let sequence = raised.next_change(session)?;
    insert(session, sequence, &insertions)?;
    replace(session, sequence, &ids, &bodies)?;
    raised.use_change(session)
}

/// The claims that are there under the codes of these.
fn stored_claims<'a>(
    session: &mut Session,
    claims: &'a [ClaimToWrite],
    payers: &[i64],
) -> Result<HashMap<(i64, &'a str), Known<'a>>, StoreError> {
    let codes: Vec<&str> = claims.iter().map(|claim| claim.code.as_str()).collect();
    let rows = session.rows(
        "SELECT wanted.place, claim.id, claim.body
         FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS wanted (payer_id, code, place)
         JOIN claim ON claim.payer_id = wanted.payer_id AND claim.code = wanted.code",
        &[&payers, &codes],
    )?;
    let mut known = HashMap::with_capacity(claims.len());
    for row in &rows {
        let place = usize::try_from(get::<i64>(row, 0)? - 1).unwrap_or(usize::MAX);
        let key = payers.get(place).copied().zip(codes.get(place).copied());
        let key = key.ok_or_else(|| StoreError::other("the server answered a place that was not asked for"))?;
        // A claim that has lost its body is replaced like one with another.
        let body = get::<Option<&[u8]>>(row, 2)?.unwrap_or_default().to_vec();
        known.insert(key, Known::Stored { id: get(row, 1)?, body });
    }
    Ok(known)
}

/// Those of the ids that these claims ask for that are taken.
fn taken_ids(session: &mut Session, raised: &mut Raised, claims: &[ClaimToWrite]) -> Result<HashSet<i64>, StoreError> {
    let last = raised.last_claim_id(session)?;
    let asked: Vec<i64> = claims
        .iter()
        .filter_map(|claim| claim.id.filter(|id| (1..=last).contains(id)))
        .collect();
    if asked.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = session.rows("SELECT id FROM claim WHERE id = ANY ($1)", &[&asked])?;
    rows.iter().map(|row| get(row, 0)).collect()
}

fn insert(session: &mut Session, sequence: i64, insertions: &[Insertion<'_>]) -> Result<(), StoreError> {
    if insertions.is_empty() {
        return Ok(());
    }
    let rows = insertions.iter().map(|insertion| -> Vec<&(dyn ToSql + Sync)> {
        vec![
            &insertion.id,
            &insertion.payer,
            &sequence,
            &insertion.claim.code,
            &insertion.body,
        ]
    });
    session.copy(
        "COPY claim (id, payer_id, change_sequence, code, body) FROM STDIN (FORMAT binary)",
        &[Type::INT8, Type::INT8, Type::INT8, Type::TEXT, Type::BYTEA],
        rows,
    )
}

fn replace(session: &mut Session, sequence: i64, ids: &[i64], bodies: &[&[u8]]) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    session.execute(
        "UPDATE claim SET change_sequence = $1, body = replaced.body
         FROM unnest($2::bigint[], $3::bytea[]) AS replaced (id, body)
         WHERE claim.id = replaced.id",
        &[&sequence, &ids, &bodies],
    )?;
    Ok(())
}

pub(super) fn change(
    session: &mut Session,
    raised: &mut Raised,
    changes: &[ClaimChange],
) -> Result<Vec<bool>, StoreError> {
    let mut outcomes = vec![false; changes.len()];
    let mut waiting: Vec<usize> = (0..changes.len()).collect();
    while !waiting.is_empty() {
        // A statement changes a claim once. One that is to be changed again waits for the next statement.
        let mut ids = HashSet::new();
        let (round, again): (Vec<usize>, Vec<usize>) =
            waiting.into_iter().partition(|place| ids.insert(changes[*place].id));
        let mut rest = round.as_slice();
        while !rest.is_empty() {
            let (batch, others) = rest.split_at(batch_length(rest, |place| changes[*place].claim.body.len()));
            change_batch(session, raised, changes, batch, &mut outcomes)?;
            rest = others;
        }
        waiting = again;
    }
    Ok(outcomes)
}

/// Makes the changes in these places, each to another claim.
fn change_batch(
    session: &mut Session,
    raised: &mut Raised,
    changes: &[ClaimChange],
    places: &[usize],
    outcomes: &mut [bool],
) -> Result<(), StoreError> {
    let (mut by_id, mut ids, mut seen) = (HashMap::new(), Vec::new(), Vec::new());
    let (mut payers, mut codes, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for place in places {
        let change = &changes[*place];
        // A payer who has no claims has not this one either, and must not be added for it.
        let Some(payer) = raised.known_payer(session, &change.claim.payer)? else {
            continue;
        };
        by_id.insert(change.id, *place);
        ids.push(change.id);
        seen.push(to_stored(change.seen)?);
        payers.push(payer);
        codes.push(change.claim.code.as_str());
        bodies.push(change.claim.body.as_slice());
    }
    if ids.is_empty() {
        return Ok(());
    }
    let sequence = raised.next_change(session)?;
    let changed = session.rows(
        "UPDATE claim SET change_sequence = $1, body = change.body
         FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[])
              AS change (id, seen, payer_id, code, body)
         WHERE claim.id = change.id AND claim.change_sequence = change.seen
           AND claim.payer_id = change.payer_id AND claim.code = change.code
         RETURNING claim.id",
        &[&sequence, &ids, &seen, &payers, &codes, &bodies],
    )?;
    for row in &changed {
        if let Some(place) = by_id.get(&get::<i64>(row, 0)?) {
            outcomes[*place] = true;
        }
    }
    if !changed.is_empty() {
        raised.use_change(session)?;
    }
    Ok(())
}
