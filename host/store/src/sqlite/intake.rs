//! What claims are looked up by at intake, in SQLite: kept in step with the claims, and asked.
//!
//! INVARIANT: a claim has a row in `intake_claim` if and only if it has [`IntakeKeys`], and rows in `claim_procedure` for
//! the procedures that this row lists, no others.

use std::collections::BTreeSet;
use std::sync::Arc;

use reprise_model::SubmissionStatus;
use rusqlite::{Connection, OptionalExtension};

use super::{claims, from_stored};
use crate::claim_row::decode;
use crate::intake_keys::{IntakeKeys, decode_procedures, encode_procedures, not_taken_over, only_in};
use crate::{EncodedClaim, IntakeQuery, StoreError};

/// Notes what a new claim is looked up by.
pub(super) fn insert(connection: &Connection, payer: i64, claim: i64, keys: &IntakeKeys) -> Result<(), StoreError> {
    put(connection, payer, claim, keys)?;
    add_procedures(connection, payer, claim, keys.procedures.iter())
}

/// Notes what a claim is looked up by from now on; none if by nothing, or if it is gone.
pub(super) fn replace(
    connection: &Connection,
    payer: i64,
    claim: i64,
    keys: Option<&IntakeKeys>,
) -> Result<(), StoreError> {
    let before: Option<Vec<u8>> = connection
        .prepare_cached("SELECT procedures FROM intake_claim WHERE payer_id = ?1 AND claim_id = ?2")?
        .query_row((payer, claim), |row| row.get(0))
        .optional()?;
    match (before, keys) {
        (None, None) => Ok(()),
        (None, Some(keys)) => insert(connection, payer, claim, keys),
        (Some(before), None) => {
            remove_procedures(connection, payer, claim, decode_procedures(claim, &before)?.iter())?;
            connection
                .prepare_cached("DELETE FROM intake_claim WHERE payer_id = ?1 AND claim_id = ?2")?
                .execute((payer, claim))?;
            Ok(())
        }
        (Some(before), Some(keys)) => {
            put(connection, payer, claim, keys)?;
            let before = decode_procedures(claim, &before)?;
            remove_procedures(connection, payer, claim, only_in(&before, &keys.procedures))?;
            add_procedures(connection, payer, claim, only_in(&keys.procedures, &before))
        }
    }
}

fn put(connection: &Connection, payer: i64, claim: i64, keys: &IntakeKeys) -> Result<(), StoreError> {
    let patient = keys.patient.as_ref();
    let values = (
        payer,
        claim,
        patient.map(|keys| &keys.patient),
        patient.map(|keys| keys.status.number()),
        patient.and_then(|keys| keys.edited_at_ms),
        encode_procedures(&keys.procedures),
    );
    connection
        .prepare_cached(
            "INSERT INTO intake_claim (payer_id, claim_id, patient, status, edited_at_ms, procedures)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET patient = excluded.patient, status = excluded.status,
                 edited_at_ms = excluded.edited_at_ms, procedures = excluded.procedures",
        )?
        .execute(values)?;
    Ok(())
}

fn add_procedures<'a>(
    connection: &Connection,
    payer: i64,
    claim: i64,
    procedures: impl Iterator<Item = &'a String>,
) -> Result<(), StoreError> {
    let mut insert =
        connection.prepare_cached("INSERT INTO claim_procedure (payer_id, procedure, claim_id) VALUES (?1, ?2, ?3)")?;
    for procedure in procedures {
        insert.execute((payer, procedure, claim))?;
    }
    Ok(())
}

fn remove_procedures<'a>(
    connection: &Connection,
    payer: i64,
    claim: i64,
    procedures: impl Iterator<Item = &'a String>,
) -> Result<(), StoreError> {
    let mut delete = connection
        .prepare_cached("DELETE FROM claim_procedure WHERE payer_id = ?1 AND procedure = ?2 AND claim_id = ?3")?;
    for procedure in procedures {
        delete.execute((payer, procedure, claim))?;
    }
    Ok(())
}

pub(super) fn with_procedures(
    connection: &Connection,
    payer: &str,
    procedures: &[&str],
) -> Result<Vec<EncodedClaim>, StoreError> {
    let Some(payer_id) = claims::payer_id(connection, payer)? else {
        return Ok(Vec::new());
    };
    let mut find =
        connection.prepare_cached("SELECT claim_id FROM claim_procedure WHERE payer_id = ?1 AND procedure = ?2")?;
    let mut ids = BTreeSet::new();
    for procedure in procedures {
        let mut rows = find.query((payer_id, procedure))?;
        while let Some(row) = rows.next()? {
            ids.insert(row.get::<_, i64>(0)?);
        }
    }
    claims::all_by_id(connection, payer, &Vec::from_iter(ids))
}

/// A page of the claims that an index finds. It is named: by itself SQLite would go through all of the payer's claims in
/// order. The ids are chosen first, so that what is passed over costs no claim.
macro_rules! page_by {
    ($index:literal, $condition:literal) => {
        concat!(
            "SELECT claim.id, claim.change_sequence, claim.body
             FROM (SELECT claim_id FROM intake_claim ",
            $index,
            " WHERE payer_id = ?1 AND claim_id > ?2 AND ",
            $condition,
            " ORDER BY claim_id LIMIT ?6 OFFSET ?7) AS chosen
             CROSS JOIN claim ON claim.id = chosen.claim_id
             ORDER BY chosen.claim_id"
        )
    };
}

/// The statement for a page, by what finds the fewest: a patient has a handful, and who asks for an age asks for the
/// latest.
fn page_sql(query: &IntakeQuery<'_>) -> &'static str {
    match query {
        IntakeQuery { patient: Some(_), .. } => page_by!(
            "INDEXED BY intake_claim_by_patient",
            "patient = ?3 AND (?4 IS NULL OR status = ?4) AND (?5 IS NULL OR edited_at_ms >= ?5)"
        ),
        IntakeQuery {
            edited_from_ms: Some(_),
            ..
        } => page_by!(
            "INDEXED BY intake_claim_by_age",
            "edited_at_ms >= ?5 AND (?4 IS NULL OR status = ?4)"
        ),
        IntakeQuery { status: Some(_), .. } => page_by!("INDEXED BY intake_claim_by_status", "status = ?4"),
        // The table itself is in the order of the ids.
        _ => page_by!("", "patient IS NOT NULL"),
    }
}

pub(super) fn page(
    connection: &Connection,
    payer: &str,
    query: &IntakeQuery<'_>,
) -> Result<Vec<EncodedClaim>, StoreError> {
    let Some(payer_id) = claims::payer_id(connection, payer)? else {
        return Ok(Vec::new());
    };
    let mut statement = connection.prepare_cached(page_sql(query))?;
    let mut rows = statement.query((
        payer_id,
        query.after,
        query.patient,
        query.status.map(SubmissionStatus::number),
        query.edited_from_ms,
        query.limit,
        // More than there are of anything.
        i64::try_from(query.offset).unwrap_or(i64::MAX),
    ))?;
    let payer: Arc<str> = payer.into();
    let mut claims = Vec::new();
    while let Some(row) = rows.next()? {
        claims.push(EncodedClaim {
            id: row.get(0)?,
            payer: Arc::clone(&payer),
            change_sequence: from_stored(row.get(1)?)?,
            body: claims::body(row, 2)?.to_vec(),
        });
    }
    Ok(claims)
}

/// Notes what the claims are looked up by that were there before anything was.
pub(super) fn fill(connection: &Connection) -> Result<(), StoreError> {
    // A claim from the payer's side ends with seven fields of which it has none, which are seven zeros; no other that has a
    // patient and a status, or a procedure, does.
    let mut statement =
        connection.prepare("SELECT id, payer_id, body FROM claim WHERE substr(body, -7) <> x'00000000000000'")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let claim = decode(id, claims::body(row, 2)?).map_err(|error| not_taken_over(&error))?;
        if let Some(keys) = IntakeKeys::of(&claim) {
            insert(connection, row.get(1)?, id, &keys)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use reprise_model::SubmissionStatus;
    use rusqlite::types::Null;

    use super::super::Sqlite;
    use super::page_sql;
    use crate::IntakeQuery;

    #[test]
    fn every_page_is_found_along_its_index() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Sqlite::open(&directory.path().join("reprise.db")).expect("opened");
        let any = IntakeQuery {
            patient: None,
            status: None,
            edited_from_ms: None,
            after: 0,
            offset: 0,
            limit: 10,
        };
        let (patient, status, edited_from_ms) = (Some("1"), Some(SubmissionStatus::Waiting), Some(0));
        for (query, step) in [
            (any, "USING PRIMARY KEY (payer_id=? AND claim_id>?)"),
            (
                IntakeQuery { status, ..any },
                "USING COVERING INDEX intake_claim_by_status (payer_id=? AND status=? AND claim_id>?)",
            ),
            (
                IntakeQuery {
                    status,
                    edited_from_ms,
                    ..any
                },
                "USING COVERING INDEX intake_claim_by_age (payer_id=? AND edited_at_ms>?)",
            ),
            (
                IntakeQuery {
                    patient,
                    status,
                    edited_from_ms,
                    ..any
                },
                "USING INDEX intake_claim_by_patient (payer_id=? AND patient=? AND claim_id>?)",
            ),
        ] {
            let writer = store.writer.lock().expect("a lock");
            let explained = format!("EXPLAIN QUERY PLAN {}", page_sql(&query));
            let mut statement = writer.prepare(&explained).expect("explained");
            let steps: Vec<String> = statement
                .query_map([Null; 7], |row| row.get(3))
                .expect("explained")
                .collect::<Result<_, _>>()
                .expect("explained");
            let plan = steps.join("; ");
            assert!(
                plan.contains(&format!("SEARCH intake_claim {step}")),
                "{query:?}: {plan}"
            );
            assert!(
                plan.contains("SEARCH claim USING INTEGER PRIMARY KEY"),
                "{query:?}: {plan}"
            );
        }
    }
}
