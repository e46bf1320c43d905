//! Rule components in PostgreSQL.

use postgres::Row;

use super::session::{Session, get};
use super::{from_stored, to_stored};
use crate::{NewComponent, RulesOf, StoreError, StoredComponent};

/// A component's columns.
macro_rules! select_component {
    ($($condition:tt)+) => {
        concat!(
            "SELECT digest, kind, name, version, contract, size_bytes, stored_at_ms FROM rule_component WHERE ",
            $($condition)+
        )
    };
}

pub(super) fn by_digest(session: &mut Session, digest: &str) -> Result<Option<StoredComponent>, StoreError> {
    let row = session.row(select_component!("digest = $1"), &[&digest])?;
    row.as_ref().map(read).transpose()
}

pub(super) fn installed(session: &mut Session, of: RulesOf<'_>) -> Result<Vec<StoredComponent>, StoreError> {
    let rows = match of.owner() {
        None => session.rows(
            select_component!("digest IN (SELECT digest FROM rule_installation) ORDER BY digest"),
            &[],
        )?,
        Some(payer) => session.rows(
            select_component!(
                "digest IN (SELECT digest FROM rule_installation WHERE coalesce(payer_id, 0) = ",
                owner!("$1"),
                ") ORDER BY digest"
            ),
            &[&payer],
        )?,
    };
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<StoredComponent, StoreError> {
    let kind: &str = get(row, 1)?;
    Ok(StoredComponent {
        digest: get(row, 0)?,
        kind: kind.parse()?,
        name: get(row, 2)?,
        version: get(row, 3)?,
        contract: get(row, 4)?,
        size_bytes: from_stored(get(row, 5)?)?,
        stored_at_ms: get(row, 6)?,
    })
}

pub(super) fn bytes(session: &mut Session, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
    session.value("SELECT bytes FROM rule_component WHERE digest = $1", &[&digest])
}

pub(super) fn store(session: &mut Session, component: &NewComponent) -> Result<bool, StoreError> {
    component.check()?;
    let size_bytes = to_stored(u64::try_from(component.bytes.len()).unwrap_or(u64::MAX))?;
    // Its bytes are sent only if they are wanted.
    if is_stored(session, &component.digest)? {
        return Ok(false);
    }
    session.execute(
        "INSERT INTO rule_component (digest, kind, name, version, contract, size_bytes, bytes)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            &component.digest,
            &component.kind.as_str(),
            &component.name,
            &component.version,
            &component.contract,
            &size_bytes,
            &component.bytes,
        ],
    )?;
    Ok(true)
}

fn is_stored(session: &mut Session, digest: &str) -> Result<bool, StoreError> {
    session.one(
        "SELECT EXISTS (SELECT 1 FROM rule_component WHERE digest = $1)",
        &[&digest],
    )
}

/// Fails if no component with this digest is stored.
pub(super) fn check_stored(session: &mut Session, digest: &str) -> Result<(), StoreError> {
    match is_stored(session, digest)? {
        true => Ok(()),
        false => Err(StoreError::other(format!("there is no component `{digest}`"))),
    }
}
