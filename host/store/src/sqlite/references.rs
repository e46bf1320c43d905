//! Reference data in SQLite.

use std::ops::ControlFlow;

use reprise_model::{Reference, ReferenceKind};
use rusqlite::{Connection, OptionalExtension, Row, Rows};

use super::claims;
use super::write::Raised;
use crate::{StoreError, WriteOutcome};

pub(super) fn by_key(
    connection: &Connection,
    payer: &str,
    kind: ReferenceKind,
    key: &str,
) -> Result<Option<Reference>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT body FROM reference
         WHERE payer_id = (SELECT id FROM payer WHERE name = ?1) AND kind = ?2 AND key = ?3",
    )?;
    let body: Option<String> = statement
        .query_row((payer, kind.as_str(), key), |row| row.get(0))
        .optional()?;
    body.map(|body| decoded(&body)).transpose()
}

pub(super) fn exists(connection: &Connection, payer: &str, kind: ReferenceKind, key: &str) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM reference
         WHERE payer_id = (SELECT id FROM payer WHERE name = ?1) AND kind = ?2 AND key = ?3",
    )?;
    Ok(statement.exists((payer, kind.as_str(), key))?)
}

pub(super) fn all_by_key(
    connection: &Connection,
    payer: &str,
    kind: ReferenceKind,
    keys: &[&str],
) -> Result<Vec<Reference>, StoreError> {
    let Some(payer_id) = claims::payer_id(connection, payer)? else {
        return Ok(Vec::new());
    };
    let mut statement =
        connection.prepare_cached("SELECT body FROM reference WHERE payer_id = ?1 AND kind = ?2 AND key = ?3")?;
    let mut references = Vec::with_capacity(keys.len());
    for key in keys {
        take(statement.query((payer_id, kind.as_str(), key))?, &mut references)?;
    }
    Ok(references)
}

pub(super) fn of_patients(
    connection: &Connection,
    payer: &str,
    kind: ReferenceKind,
    patients: &[&str],
) -> Result<Vec<Reference>, StoreError> {
    let Some(payer_id) = claims::payer_id(connection, payer)? else {
        return Ok(Vec::new());
    };
    let mut statement = connection
        .prepare_cached("SELECT body FROM reference WHERE payer_id = ?1 AND kind = ?2 AND patient = ?3 ORDER BY key")?;
    let mut references = Vec::new();
    for patient in patients {
        take(statement.query((payer_id, kind.as_str(), patient))?, &mut references)?;
    }
    Ok(references)
}

pub(super) fn of_kind(
    connection: &Connection,
    payer: &str,
    kind: ReferenceKind,
    after: &str,
    limit: u32,
) -> Result<Vec<Reference>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT body FROM reference
         WHERE payer_id = (SELECT id FROM payer WHERE name = ?1) AND kind = ?2 AND key > ?3
         ORDER BY key LIMIT ?4",
    )?;
    let mut references = Vec::new();
    take(statement.query((payer, kind.as_str(), after, limit))?, &mut references)?;
    Ok(references)
}

/// Adds the rows, of which the body is the first column.
fn take(mut rows: Rows<'_>, references: &mut Vec<Reference>) -> Result<(), StoreError> {
    while let Some(row) = rows.next()? {
        references.push(decoded(body(row)?)?);
    }
    Ok(())
}

fn body<'a>(row: &'a Row<'_>) -> Result<&'a str, StoreError> {
    row.get_ref(0)?
        .as_str()
        .map_err(|error| StoreError::corrupt(error.to_string()))
}

pub(super) fn scan(
    connection: &Connection,
    payer: Option<&str>,
    deliver: &mut dyn FnMut(Reference) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let mut deliver_all = |mut rows: Rows<'_>| {
        while let Some(row) = rows.next()? {
            if deliver(decoded(body(row)?)?).is_break() {
                break;
            }
        }
        Ok(())
    };
    match payer {
        Some(payer) => deliver_all(
            connection
                .prepare_cached(
                    "SELECT body FROM reference WHERE payer_id = (SELECT id FROM payer WHERE name = ?1)
                     ORDER BY kind, key",
                )?
                .query([payer])?,
        ),
        // Payer by payer along the index, so that nothing is sorted.
        None => deliver_all(
            connection
                .prepare_cached(
                    "SELECT reference.body FROM payer CROSS JOIN reference ON reference.payer_id = payer.id
                     ORDER BY payer.name, reference.kind, reference.key",
                )?
                .query([])?,
        ),
    }
}

fn decoded(body: &str) -> Result<Reference, StoreError> {
    serde_json::from_str(body)
        .map_err(|error| StoreError::corrupt(format!("a row of reference data cannot be read: {error}")))
}

pub(super) fn write(
    connection: &Connection,
    raised: &mut Raised,
    references: &[Reference],
) -> Result<Vec<WriteOutcome>, StoreError> {
    let mut look_up = connection
        .prepare_cached("SELECT id, body = ?4 FROM reference WHERE payer_id = ?1 AND kind = ?2 AND key = ?3")?;
    let mut insert = connection
        .prepare_cached("INSERT INTO reference (payer_id, kind, key, body, patient) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut replace = connection.prepare_cached("UPDATE reference SET body = ?2, patient = ?3 WHERE id = ?1")?;
    let mut outcomes = Vec::with_capacity(references.len());
    for reference in references {
        let payer = raised.payer(connection, reference.payer())?;
        let (kind, key) = (reference.kind().as_str(), reference.key());
        let body = serde_json::to_string(reference)
            .map_err(|error| StoreError::other(format!("{kind} `{key}` cannot be encoded: {error}")))?;
        let found: Option<(i64, bool)> = look_up
            .query_row((payer, kind, &key, &body), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let outcome = match found {
            Some((_, true)) => WriteOutcome::Unchanged,
            Some((id, false)) => {
                replace.execute((id, &body, reference.patient()))?;
                WriteOutcome::Replaced
            }
            None => {
                insert.execute((payer, kind, &key, &body, reference.patient()))?;
                WriteOutcome::Inserted
            }
        };
        if outcome != WriteOutcome::Unchanged {
            raised.raise_reference(connection)?;
        }
        outcomes.push(outcome);
    }
    Ok(outcomes)
}
