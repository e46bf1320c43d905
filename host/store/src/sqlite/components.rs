//! Rule components in SQLite.

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::clock::now_ms;
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

pub(super) fn by_digest(connection: &Connection, digest: &str) -> Result<Option<StoredComponent>, StoreError> {
    Ok(listed(connection, select_component!("digest = ?1"), [digest])?.pop())
}

pub(super) fn installed(connection: &Connection, of: RulesOf<'_>) -> Result<Vec<StoredComponent>, StoreError> {
    match of.owner() {
        None => listed(
            connection,
            select_component!("digest IN (SELECT digest FROM rule_installation) ORDER BY digest"),
            [],
        ),
        Some(payer) => listed(
            connection,
            select_component!(
                "digest IN (SELECT digest FROM rule_installation WHERE coalesce(payer_id, 0) = ",
                owner!("?1"),
                ") ORDER BY digest"
            ),
            [payer],
        ),
    }
}

/// The components that a statement finds.
fn listed(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<StoredComponent>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut components = Vec::new();
    while let Some(row) = rows.next()? {
        components.push(read(row)?);
    }
    Ok(components)
}

fn read(row: &Row<'_>) -> Result<StoredComponent, StoreError> {
    let kind: String = row.get(1)?;
    Ok(StoredComponent {
        digest: row.get(0)?,
        kind: kind.parse()?,
        name: row.get(2)?,
        version: row.get(3)?,
        contract: row.get(4)?,
        size_bytes: from_stored(row.get(5)?)?,
        stored_at_ms: row.get(6)?,
    })
}

pub(super) fn bytes(connection: &Connection, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT bytes FROM rule_component WHERE digest = ?1")?;
    Ok(statement.query_row([digest], |row| row.get(0)).optional()?)
}

pub(super) fn store(connection: &Connection, component: &NewComponent) -> Result<bool, StoreError> {
    component.check()?;
    let size_bytes = to_stored(u64::try_from(component.bytes.len()).unwrap_or(u64::MAX))?;
    let stored = connection
        .prepare_cached(
            "INSERT INTO rule_component (digest, kind, name, version, contract, size_bytes, stored_at_ms, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (digest) DO NOTHING",
        )?
        .execute((
            &component.digest,
            component.kind.as_str(),
            &component.name,
            &component.version,
            &component.contract,
            size_bytes,
            now_ms(),
            &component.bytes,
        ))?;
    Ok(stored > 0)
}

/// Fails if no component with this digest is stored.
pub(super) fn check_stored(connection: &Connection, digest: &str) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM rule_component WHERE digest = ?1")?;
    match statement.exists([digest])? {
        true => Ok(()),
        false => Err(StoreError::other(format!("there is no component `{digest}`"))),
    }
}
