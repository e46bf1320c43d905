//! Writing claims to PostgreSQL under their codes, many with each statement.
//!
//! INVARIANT: there is one writer. So what is looked up stays true until it is acted on, and what becomes of each claim
//! is decided here, in order, before the first is written.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use postgres::types::{ToSql, Type};

use super::intake;
use super::intake::{KeyChange, KeyColumns, ProcedureColumns};
use super::session::{Session, get};
use super::write::Raised;
use crate::claim_row::{body_in_place_of, same_content};
use crate::{ClaimToWrite, ExistingClaims, StoreError, WriteOutcome};

/// The largest id that is kept: the largest integer that every reader of JSON has. Ids given beyond it still fit.
const KEPT_ID_MAX: i64 = (1 << 53) - 1;

/// How many claims a statement is about at most.
pub(super) const BATCH_CLAIMS_MAX: usize = 2048;

/// How many claims are inserted by one statement like any other: rows in bulk come cheaper, but take several round trips to
/// begin and to end.
const FEW_CLAIMS_MAX: usize = 32;

/// At how many bytes of bodies a statement is about enough claims: what it is given must be held by the server whole.
const BATCH_BYTES: usize = 8 << 20;

/// A claim as the database holds it, or will.
enum Known<'a> {
    /// It is there.
    Stored(StoredClaim),
    /// It is there and is replaced.
    Replaced(StoredClaim, Replacement<'a>),
    /// It is to be inserted, in this place among those that are.
    Inserted { place: usize },
}

/// A claim that is there.
struct StoredClaim {
    id: i64,
    body: Vec<u8>,
    /// The procedures that it is looked up by, encoded; none if it is looked up by nothing.
    procedures: Option<Vec<u8>>,
}

/// A claim that takes the place of another.
struct Replacement<'a> {
    claim: &'a ClaimToWrite,
    /// Its body, which goes on with the numbers of the other's pend reasons.
    body: Cow<'a, [u8]>,
}

impl<'a> Replacement<'a> {
    fn new(claim: &'a ClaimToWrite, before: &[u8]) -> Result<Self, StoreError> {
        let body = body_in_place_of(&claim.body, before)?;
        Ok(Self { claim, body })
    }
}

/// A claim to be inserted.
struct Insertion<'a> {
    id: i64,
    payer: i64,
    claim: &'a ClaimToWrite,
    body: Cow<'a, [u8]>,
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
pub(super) fn batch_length<T>(elements: &[T], body_bytes: impl Fn(&T) -> usize) -> usize {
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
                    None => raised.next_claim_id(session)?,
                };
                taken.insert(id);
                raised.note_claim_id(id);
                let place = insertions.len();
                known.insert(key, Known::Inserted { place });
                insertions.push(Insertion {
                    id,
                    payer,
                    claim,
                    body: Cow::Borrowed(&claim.body),
                });
                WriteOutcome::Inserted
            }
            Some(found) => {
                let body: &[u8] = match found {
                    Known::Stored(stored) => &stored.body,
                    Known::Replaced(_, by) => &by.body,
                    Known::Inserted { place } => &insertions[*place].body,
                };
                if same_content(body, &claim.body) {
                    WriteOutcome::Unchanged
                } else if existing == ExistingClaims::Refuse {
                    WriteOutcome::Conflict
                } else {
                    let replacement = Replacement::new(claim, body)?;
                    match found {
                        Known::Stored(stored) => {
                            let stored = StoredClaim {
                                id: stored.id,
                                body: Vec::new(),
                                procedures: stored.procedures.take(),
                            };
                            *found = Known::Replaced(stored, replacement);
                        }
                        Known::Replaced(_, by) => *by = replacement,
                        Known::Inserted { place } => {
                            let insertion = &mut insertions[*place];
                            (insertion.claim, insertion.body) = (claim, replacement.body);
                        }
                    }
                    WriteOutcome::Replaced
                }
            }
        };
        outcomes.push(outcome);
    }

    let replaced: Vec<_> = known
        .into_iter()
        .filter_map(|((payer, _), known)| match known {
            Known::Replaced(stored, by) => Some((payer, stored, by)),
            _ => None,
        })
        .collect();
    if insertions.is_empty() && replaced.is_empty() {
        return Ok(());
    }
    let sequence = raised.take_change(session)?;
    insert(session, sequence, &insertions)?;
    replace(session, sequence, replaced)
}

/// The claims that are there under the codes of these.
fn stored_claims<'a>(
    session: &mut Session,
    claims: &'a [ClaimToWrite],
    payers: &[i64],
) -> Result<HashMap<(i64, &'a str), Known<'a>>, StoreError> {
    let codes: Vec<&str> = claims.iter().map(|claim| claim.code.as_str()).collect();
    let rows = session.rows(
        "SELECT wanted.place, claim.id, claim.body,
                (SELECT procedures FROM intake_claim
                 WHERE intake_claim.payer_id = claim.payer_id AND intake_claim.claim_id = claim.id)
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
        let stored = StoredClaim {
            id: get(row, 1)?,
            body: get::<Option<&[u8]>>(row, 2)?.unwrap_or_default().to_vec(),
            procedures: get(row, 3)?,
        };
        known.insert(key, Known::Stored(stored));
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
    match insertions.len() {
        0 => Ok(()),
        few if few <= FEW_CLAIMS_MAX => insert_few(session, sequence, insertions),
        _ => insert_many(session, sequence, insertions),
    }
}

/// Inserts claims, with what they are looked up by, in one statement.
fn insert_few(session: &mut Session, sequence: i64, insertions: &[Insertion<'_>]) -> Result<(), StoreError> {
    let (mut ids, mut payers) = (Vec::new(), Vec::new());
    let (mut codes, mut bodies) = (Vec::new(), Vec::new());
    let (mut keys, mut procedures) = (KeyColumns::default(), ProcedureColumns::default());
    for Insertion { id, payer, claim, body } in insertions {
        ids.push(*id);
        payers.push(*payer);
        codes.push(claim.code.as_str());
        bodies.push(&**body);
        if let Some(intake) = &claim.intake {
            keys.push(*payer, *id, intake);
            procedures.extend(*payer, *id, intake.procedures.iter());
        }
    }
    session.execute(
        "WITH claims AS (
             INSERT INTO claim (change_sequence, id, payer_id, code, body)
             SELECT $1::bigint, * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::bytea[])
         ), keys AS (
             INSERT INTO intake_claim (payer_id, claim_id, patient, status, edited_at_ms, procedures)
             SELECT * FROM unnest($6::bigint[], $7::bigint[], $8::text[], $9::smallint[], $10::bigint[], $11::bytea[])
         )
         INSERT INTO claim_procedure (payer_id, claim_id, procedure)
         SELECT * FROM unnest($12::bigint[], $13::bigint[], $14::text[])",
        &[
            &sequence,
            &ids,
            &payers,
            &codes,
            &bodies,
            &keys.payers,
            &keys.claims,
            &keys.patients,
            &keys.statuses,
            &keys.edits_ms,
            &keys.procedures,
            &procedures.payers,
            &procedures.claims,
            &procedures.procedures,
        ],
    )?;
    Ok(())
}

fn insert_many(session: &mut Session, sequence: i64, insertions: &[Insertion<'_>]) -> Result<(), StoreError> {
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
    )?;
    let keys: Vec<_> = insertions
        .iter()
        .filter(|insertion| insertion.claim.intake.is_some())
        .map(|insertion| KeyChange {
            payer: insertion.payer,
            claim: insertion.id,
            before: None,
            keys: insertion.claim.intake.as_deref(),
        })
        .collect();
    intake::replace(session, &keys)
}

/// Replaces what is there, for each payer, by other claims.
fn replace(
    session: &mut Session,
    sequence: i64,
    replaced: Vec<(i64, StoredClaim, Replacement<'_>)>,
) -> Result<(), StoreError> {
    if replaced.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = replaced.iter().map(|(_, stored, _)| stored.id).collect();
    let bodies: Vec<&[u8]> = replaced.iter().map(|(_, _, by)| &*by.body).collect();
    session.execute(
        "UPDATE claim SET change_sequence = $1, body = replaced.body
         FROM unnest($2::bigint[], $3::bytea[]) AS replaced (id, body)
         WHERE claim.id = replaced.id",
        &[&sequence, &ids, &bodies],
    )?;
    let keys: Vec<_> = replaced
        .into_iter()
        .map(|(payer, stored, by)| KeyChange {
            payer,
            claim: stored.id,
            before: stored.procedures,
            keys: by.claim.intake.as_deref(),
        })
        .collect();
    intake::replace(session, &keys)
}
