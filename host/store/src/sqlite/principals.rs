//! Payers by name alone, and principals, in SQLite.

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::clock::now_ms;
use super::write::Raised;
use crate::{NewPrincipal, Principal, PrincipalChange, PrincipalCreation, PrincipalsOf, StoreError};

/// A principal's columns.
macro_rules! select_principal {
    ($condition:literal) => {
        concat!(
            "SELECT principal.id, payer.name, principal.name, principal.subject, principal.roles,
                    principal.created_at_ms, principal.disabled_at_ms
             FROM principal LEFT JOIN payer ON payer.id = principal.payer_id WHERE ",
            $condition
        )
    };
}

pub(super) fn by_id(connection: &Connection, id: i64) -> Result<Option<Principal>, StoreError> {
    found(connection, select_principal!("principal.id = ?1"), [id])
}

pub(super) fn by_name(
    connection: &Connection,
    payer: Option<&str>,
    name: &str,
) -> Result<Option<Principal>, StoreError> {
    match payer {
        Some(payer) => {
            let sql = select_principal!("payer.name = ?1 AND principal.name = ?2");
            found(connection, sql, (payer, name))
        }
        None => {
            let sql = select_principal!("principal.payer_id IS NULL AND principal.name = ?1");
            found(connection, sql, [name])
        }
    }
}

pub(super) fn by_subject(connection: &Connection, subject: &str) -> Result<Option<Principal>, StoreError> {
    found(connection, select_principal!("principal.subject = ?1"), [subject])
}

/// The principal that a statement finds, if there is one.
fn found(connection: &Connection, sql: &str, values: impl Params) -> Result<Option<Principal>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    rows.next()?.map(read).transpose()
}

pub(super) fn all(connection: &Connection, of: PrincipalsOf<'_>) -> Result<Vec<Principal>, StoreError> {
    match of {
        PrincipalsOf::Everyone => listed(
            connection,
            select_principal!("TRUE ORDER BY payer.name, principal.name"),
            [],
        ),
        PrincipalsOf::Platform => listed(
            connection,
            select_principal!("principal.payer_id IS NULL ORDER BY principal.name"),
            [],
        ),
        PrincipalsOf::Payer(payer) => listed(
            connection,
            select_principal!("payer.name = ?1 ORDER BY principal.name"),
            [payer],
        ),
    }
}

/// The principals that a statement finds.
fn listed(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<Principal>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut principals = Vec::new();
    while let Some(row) = rows.next()? {
        principals.push(read(row)?);
    }
    Ok(principals)
}

fn read(row: &Row<'_>) -> Result<Principal, StoreError> {
    let name: String = row.get(2)?;
    let roles: String = row.get(4)?;
    let roles = serde_json::from_str(&roles)
        .map_err(|error| StoreError::corrupt(format!("the roles of principal `{name}` cannot be read: {error}")))?;
    Ok(Principal {
        id: row.get(0)?,
        payer: row.get(1)?,
        name,
        subject: row.get(3)?,
        roles,
        created_at_ms: row.get(5)?,
        disabled_at_ms: row.get(6)?,
    })
}

pub(super) fn create_payer(connection: &Connection, raised: &mut Raised, name: &str) -> Result<bool, StoreError> {
    if raised.known_payer(connection, name)?.is_some() {
        return Ok(false);
    }
    raised.payer(connection, name)?;
    raised.raise_access(connection)?;
    Ok(true)
}

pub(super) fn create(
    connection: &Connection,
    raised: &mut Raised,
    principal: &NewPrincipal,
) -> Result<PrincipalCreation, StoreError> {
    // Before anything is written: a refusal leaves no payer behind.
    if by_name(connection, principal.payer.as_deref(), &principal.name)?.is_some() {
        return Ok(PrincipalCreation::NameTaken);
    }
    if bearer(connection, principal.subject.as_deref())?.is_some() {
        return Ok(PrincipalCreation::SubjectTaken);
    }
    let payer = match &principal.payer {
        Some(payer) => Some(raised.payer(connection, payer)?),
        None => None,
    };
    let id = connection
        .prepare_cached(
            "INSERT INTO principal (payer_id, name, subject, roles, created_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)
             RETURNING id",
        )?
        .query_row(
            (
                payer,
                &principal.name,
                &principal.subject,
                encoded(&principal.roles)?,
                now_ms(),
            ),
            |row| row.get(0),
        )?;
    raised.raise_access(connection)?;
    Ok(PrincipalCreation::Created(id))
}

/// The principal that has this subject.
fn bearer(connection: &Connection, subject: Option<&str>) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM principal WHERE subject = ?1")?;
    Ok(statement.query_row([subject], |row| row.get(0)).optional()?)
}

fn encoded(roles: &[String]) -> Result<String, StoreError> {
    serde_json::to_string(roles).map_err(|error| StoreError::other(format!("roles cannot be encoded: {error}")))
}

fn is_there(connection: &Connection, id: i64) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM principal WHERE id = ?1")?
        .exists([id])?)
}

pub(super) fn set_roles(
    connection: &Connection,
    raised: &mut Raised,
    id: i64,
    roles: &[String],
) -> Result<bool, StoreError> {
    let changed = connection
        .prepare_cached("UPDATE principal SET roles = ?2 WHERE id = ?1 AND roles <> ?2")?
        .execute((id, encoded(roles)?))?;
    noted(connection, raised, id, changed)
}

pub(super) fn set_subject(
    connection: &Connection,
    raised: &mut Raised,
    id: i64,
    subject: Option<&str>,
) -> Result<PrincipalChange, StoreError> {
    if bearer(connection, subject)?.is_some_and(|bearer| bearer != id) && is_there(connection, id)? {
        return Ok(PrincipalChange::SubjectTaken);
    }
    let changed = connection
        .prepare_cached("UPDATE principal SET subject = ?2 WHERE id = ?1 AND subject IS NOT ?2")?
        .execute((id, subject))?;
    Ok(match noted(connection, raised, id, changed)? {
        true => PrincipalChange::Changed,
        false => PrincipalChange::NoSuchPrincipal,
    })
}

pub(super) fn set_disabled(
    connection: &Connection,
    raised: &mut Raised,
    id: i64,
    disabled: bool,
) -> Result<bool, StoreError> {
    let changed = connection
        .prepare_cached(
            "UPDATE principal SET disabled_at_ms = iif(?2, ?3, NULL) WHERE id = ?1 AND (disabled_at_ms IS NULL) = ?2",
        )?
        .execute((id, disabled, now_ms()))?;
    noted(connection, raised, id, changed)
}

/// Notes that a principal was changed if it was, and answers whether it is there.
fn noted(connection: &Connection, raised: &mut Raised, id: i64, changed: usize) -> Result<bool, StoreError> {
    if changed == 0 {
        return is_there(connection, id);
    }
    raised.raise_access(connection)?;
    Ok(true)
}
