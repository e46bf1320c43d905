//! Payers by name alone, and principals, in PostgreSQL.

use postgres::Row;

use super::session::{Session, get};
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

pub(super) fn by_id(session: &mut Session, id: i64) -> Result<Option<Principal>, StoreError> {
    let row = session.row(select_principal!("principal.id = $1"), &[&id])?;
    row.as_ref().map(read).transpose()
}

pub(super) fn by_name(session: &mut Session, payer: Option<&str>, name: &str) -> Result<Option<Principal>, StoreError> {
    let row = match payer {
        Some(payer) => session.row(
            select_principal!("payer.name = $1 AND principal.name = $2"),
            &[&payer, &name],
        )?,
        None => session.row(
            select_principal!("principal.payer_id IS NULL AND principal.name = $1"),
            &[&name],
        )?,
    };
    row.as_ref().map(read).transpose()
}

pub(super) fn by_subject(session: &mut Session, subject: &str) -> Result<Option<Principal>, StoreError> {
    let row = session.row(select_principal!("principal.subject = $1"), &[&subject])?;
    row.as_ref().map(read).transpose()
}

pub(super) fn all(session: &mut Session, of: PrincipalsOf<'_>) -> Result<Vec<Principal>, StoreError> {
    let rows = match of {
        PrincipalsOf::Everyone => session.rows(
            select_principal!("TRUE ORDER BY payer.name NULLS FIRST, principal.name"),
            &[],
        )?,
        PrincipalsOf::Platform => session.rows(
            select_principal!("principal.payer_id IS NULL ORDER BY principal.name"),
            &[],
        )?,
        PrincipalsOf::Payer(payer) => {
            session.rows(select_principal!("payer.name = $1 ORDER BY principal.name"), &[&payer])?
        }
    };
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Principal, StoreError> {
    let name: String = get(row, 2)?;
    let roles = serde_json::from_str(get(row, 4)?)
        .map_err(|error| StoreError::corrupt(format!("the roles of principal `{name}` cannot be read: {error}")))?;
    Ok(Principal {
        id: get(row, 0)?,
        payer: get(row, 1)?,
        name,
        subject: get(row, 3)?,
        roles,
        created_at_ms: get(row, 5)?,
        disabled_at_ms: get(row, 6)?,
    })
}

pub(super) fn create_payer(session: &mut Session, raised: &mut Raised, name: &str) -> Result<bool, StoreError> {
    if raised.known_payer(session, name)?.is_some() {
        return Ok(false);
    }
    raised.payer(session, name)?;
    raised.raise_access(session)?;
    Ok(true)
}

/// INVARIANT: there is one writer, so what is looked up stays true until it is acted on.
pub(super) fn create(
    session: &mut Session,
    raised: &mut Raised,
    principal: &NewPrincipal,
) -> Result<PrincipalCreation, StoreError> {
    // Before anything is written: a refusal leaves no payer behind.
    if by_name(session, principal.payer.as_deref(), &principal.name)?.is_some() {
        return Ok(PrincipalCreation::NameTaken);
    }
    if bearer(session, principal.subject.as_deref())?.is_some() {
        return Ok(PrincipalCreation::SubjectTaken);
    }
    let payer = match &principal.payer {
        Some(payer) => Some(raised.payer(session, payer)?),
        None => None,
    };
    let id = session.one(
        "INSERT INTO principal (payer_id, name, subject, roles) VALUES ($1, $2, $3, $4) RETURNING id",
        &[&payer, &principal.name, &principal.subject, &encoded(&principal.roles)?],
    )?;
    raised.raise_access(session)?;
    Ok(PrincipalCreation::Created(id))
}

/// The principal that has this subject.
fn bearer(session: &mut Session, subject: Option<&str>) -> Result<Option<i64>, StoreError> {
    session.value("SELECT id FROM principal WHERE subject = $1", &[&subject])
}

fn encoded(roles: &[String]) -> Result<String, StoreError> {
    serde_json::to_string(roles).map_err(|error| StoreError::other(format!("roles cannot be encoded: {error}")))
}

fn is_there(session: &mut Session, id: i64) -> Result<bool, StoreError> {
    session.one("SELECT EXISTS (SELECT 1 FROM principal WHERE id = $1)", &[&id])
}

pub(super) fn set_roles(
    session: &mut Session,
    raised: &mut Raised,
    id: i64,
    roles: &[String],
) -> Result<bool, StoreError> {
    let changed = session.execute(
        "UPDATE principal SET roles = $2 WHERE id = $1 AND roles <> $2",
        &[&id, &encoded(roles)?],
    )?;
    noted(session, raised, id, changed)
}

pub(super) fn set_subject(
    session: &mut Session,
    raised: &mut Raised,
    id: i64,
    subject: Option<&str>,
) -> Result<PrincipalChange, StoreError> {
    if bearer(session, subject)?.is_some_and(|bearer| bearer != id) && is_there(session, id)? {
        return Ok(PrincipalChange::SubjectTaken);
    }
    let changed = session.execute(
        "UPDATE principal SET subject = $2 WHERE id = $1 AND subject IS DISTINCT FROM $2",
        &[&id, &subject],
    )?;
    Ok(match noted(session, raised, id, changed)? {
        true => PrincipalChange::Changed,
        false => PrincipalChange::NoSuchPrincipal,
    })
}

pub(super) fn set_disabled(
    session: &mut Session,
    raised: &mut Raised,
    id: i64,
    disabled: bool,
) -> Result<bool, StoreError> {
    let changed = session.execute(
        "UPDATE principal SET disabled_at_ms = CASE WHEN $2 THEN now_ms() END
         WHERE id = $1 AND (disabled_at_ms IS NULL) = $2",
        &[&id, &disabled],
    )?;
    noted(session, raised, id, changed)
}

/// Notes that a principal was changed if it was, and answers whether it is there.
fn noted(session: &mut Session, raised: &mut Raised, id: i64, changed: u64) -> Result<bool, StoreError> {
    if changed == 0 {
        return is_there(session, id);
    }
    raised.raise_access(session)?;
    Ok(true)
}
