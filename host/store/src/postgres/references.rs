//! Reference data in PostgreSQL.

use std::collections::HashMap;
use std::ops::ControlFlow;

use postgres::Row;
use reprise_model::{Reference, ReferenceKind};

use super::session::{Session, get};
use super::write::Raised;
use crate::{StoreError, WriteOutcome};

/// How many rows a statement is about at most.
const BATCH_ROWS_MAX: usize = 1024;

pub(super) fn by_key(
    session: &mut Session,
    payer: &str,
    kind: ReferenceKind,
    key: &str,
) -> Result<Option<Reference>, StoreError> {
    let body: Option<String> = session.value(
        "SELECT body FROM reference
         WHERE payer_id = (SELECT id FROM payer WHERE name = $1) AND kind = $2 AND key = $3",
        &[&payer, &kind.as_str(), &key],
    )?;
    body.map(|body| decoded(&body)).transpose()
}

pub(super) fn exists(session: &mut Session, payer: &str, kind: ReferenceKind, key: &str) -> Result<bool, StoreError> {
    session.one(
        "SELECT EXISTS (SELECT 1 FROM reference
                        WHERE payer_id = (SELECT id FROM payer WHERE name = $1) AND kind = $2 AND key = $3)",
        &[&payer, &kind.as_str(), &key],
    )
}

/// One look-up for each key, along the index: said so that it is not rearranged. A planner that knows nothing yet of a new
/// table would rather read all that the payer has of the kind.
pub(super) fn all_by_key(
    session: &mut Session,
    payer: &str,
    kind: ReferenceKind,
    keys: &[&str],
) -> Result<Vec<Reference>, StoreError> {
    let rows = session.rows(
        "SELECT found.body FROM unnest($3::text[]) WITH ORDINALITY AS wanted (key, place)
         CROSS JOIN LATERAL (SELECT body FROM reference
                             WHERE payer_id = (SELECT id FROM payer WHERE name = $1) AND kind = $2
                               AND key = wanted.key LIMIT 1) AS found
         ORDER BY wanted.place",
        &[&payer, &kind.as_str(), &keys],
    )?;
    all_decoded(&rows)
}

pub(super) fn of_patients(
    session: &mut Session,
    payer: &str,
    kind: ReferenceKind,
    patients: &[&str],
) -> Result<Vec<Reference>, StoreError> {
    let rows = session.rows(
        "SELECT found.body FROM unnest($3::text[]) WITH ORDINALITY AS wanted (patient, place)
         CROSS JOIN LATERAL (SELECT key, body FROM reference
                             WHERE payer_id = (SELECT id FROM payer WHERE name = $1) AND kind = $2
                               AND patient = wanted.patient OFFSET 0) AS found
         ORDER BY wanted.place, found.key",
        &[&payer, &kind.as_str(), &patients],
    )?;
    all_decoded(&rows)
}

pub(super) fn of_kind(
    session: &mut Session,
    payer: &str,
    kind: ReferenceKind,
    after: &str,
    limit: u32,
) -> Result<Vec<Reference>, StoreError> {
    let rows = session.rows(
        "SELECT body FROM reference
         WHERE payer_id = (SELECT id FROM payer WHERE name = $1) AND kind = $2 AND key > $3
         ORDER BY key LIMIT $4",
        &[&payer, &kind.as_str(), &after, &i64::from(limit)],
    )?;
    all_decoded(&rows)
}

/// Rows of bodies.
fn all_decoded(rows: &[Row]) -> Result<Vec<Reference>, StoreError> {
    rows.iter().map(|row| decoded(get(row, 0)?)).collect()
}

/// Answers whether the scan went to its end.
pub(super) fn scan(
    session: &mut Session,
    payer: Option<&str>,
    deliver: &mut dyn FnMut(Reference) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, StoreError> {
    match payer {
        Some(payer) => session.each_row(
            "SELECT body FROM reference WHERE payer_id = (SELECT id FROM payer WHERE name = $1) ORDER BY kind, key",
            &[&payer],
            |row| Ok(deliver(decoded(get(row, 0)?)?)),
        ),
        None => session.each_row(
            "SELECT reference.body FROM payer JOIN reference ON reference.payer_id = payer.id
             ORDER BY payer.name, reference.kind, reference.key",
            &[],
            |row| Ok(deliver(decoded(get(row, 0)?)?)),
        ),
    }
}

fn decoded(body: &str) -> Result<Reference, StoreError> {
    serde_json::from_str(body)
        .map_err(|error| StoreError::corrupt(format!("a row of reference data cannot be read: {error}")))
}

pub(super) fn write(
    session: &mut Session,
    raised: &mut Raised,
    references: &[Reference],
) -> Result<Vec<WriteOutcome>, StoreError> {
    let mut outcomes = Vec::with_capacity(references.len());
    for batch in references.chunks(BATCH_ROWS_MAX) {
        write_batch(session, raised, batch, &mut outcomes)?;
    }
    Ok(outcomes)
}

/// INVARIANT: there is one writer, so what is looked up stays true until it is acted on.
fn write_batch(
    session: &mut Session,
    raised: &mut Raised,
    references: &[Reference],
    outcomes: &mut Vec<WriteOutcome>,
) -> Result<(), StoreError> {
    let (mut payers, mut kinds) = (Vec::new(), Vec::new());
    let (mut keys, mut bodies) = (Vec::new(), Vec::new());
    for reference in references {
        payers.push(raised.payer(session, reference.payer())?);
        let (kind, key) = (reference.kind().as_str(), reference.key());
        bodies.push(
            serde_json::to_string(reference)
                .map_err(|error| StoreError::other(format!("{kind} `{key}` cannot be encoded: {error}")))?,
        );
        kinds.push(kind);
        keys.push(key);
    }
    let rows = session.rows(
        "SELECT reference.payer_id, reference.kind, reference.key, reference.body
         FROM unnest($1::bigint[], $2::text[], $3::text[]) AS wanted (payer_id, kind, key)
         JOIN reference ON reference.payer_id = wanted.payer_id AND reference.kind = wanted.kind
                       AND reference.key = wanted.key",
        &[&payers, &kinds, &keys],
    )?;
    // What each row holds, or will: the place of its body among those that are written, if it is one of them.
    let mut known: HashMap<(i64, &str, &str), (&str, Option<usize>)> = HashMap::new();
    for row in &rows {
        known.insert((get(row, 0)?, get(row, 1)?, get(row, 2)?), (get(row, 3)?, None));
    }
    for (place, body) in bodies.iter().enumerate() {
        let key = (payers[place], kinds[place], keys[place].as_str());
        let outcome = match known.get(&key) {
            Some((before, _)) if before == body => {
                outcomes.push(WriteOutcome::Unchanged);
                continue;
            }
            Some(_) => WriteOutcome::Replaced,
            None => WriteOutcome::Inserted,
        };
        known.insert(key, (body, Some(place)));
        outcomes.push(outcome);
    }
    let mut written: Vec<usize> = known.values().filter_map(|(_, place)| *place).collect();
    if written.is_empty() {
        return Ok(());
    }
    written.sort_unstable();
    let payers: Vec<i64> = written.iter().map(|place| payers[*place]).collect();
    let kinds: Vec<&str> = written.iter().map(|place| kinds[*place]).collect();
    let keys: Vec<&str> = written.iter().map(|place| keys[*place].as_str()).collect();
    let bodies: Vec<&str> = written.iter().map(|place| bodies[*place].as_str()).collect();
    let patients: Vec<Option<&str>> = written.iter().map(|place| references[*place].patient()).collect();
    session.execute(
        "INSERT INTO reference (payer_id, kind, key, body, patient)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[])
         ON CONFLICT (payer_id, kind, key) DO UPDATE SET body = excluded.body, patient = excluded.patient",
        &[&payers, &kinds, &keys, &bodies, &patients],
    )?;
    raised.raise_reference(session)
}
