//! The roles that payers make, in SQLite.

use rusqlite::{Connection, OptionalExtension};

use super::write::Raised;
use crate::{Role, StoreError, WriteOutcome};

pub(super) fn of_payer(connection: &Connection, payer: &str) -> Result<Vec<Role>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT name, restrictions FROM role WHERE payer_id = (SELECT id FROM payer WHERE name = ?1) ORDER BY name",
    )?;
    let mut rows = statement.query([payer])?;
    let mut roles = Vec::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let restrictions: String = row.get(1)?;
        let restrictions = serde_json::from_str(&restrictions)
            .map_err(|error| StoreError::corrupt(format!("role `{name}` cannot be read: {error}")))?;
        roles.push(Role {
            payer: payer.to_owned(),
            name,
            restrictions,
        });
    }
    Ok(roles)
}

pub(super) fn write(connection: &Connection, raised: &mut Raised, role: &Role) -> Result<WriteOutcome, StoreError> {
    let payer = raised.payer(connection, &role.payer)?;
    let restrictions = serde_json::to_string(&role.restrictions)
        .map_err(|error| StoreError::other(format!("role `{}` cannot be encoded: {error}", role.name)))?;
    let before: Option<String> = connection
        .prepare_cached("SELECT restrictions FROM role WHERE payer_id = ?1 AND name = ?2")?
        .query_row((payer, &role.name), |row| row.get(0))
        .optional()?;
    let outcome = match before {
        Some(before) if before == restrictions => return Ok(WriteOutcome::Unchanged),
        Some(_) => WriteOutcome::Replaced,
        None => WriteOutcome::Inserted,
    };
    connection
        .prepare_cached(
            "INSERT INTO role (payer_id, name, restrictions) VALUES (?1, ?2, ?3)
             ON CONFLICT (payer_id, name) DO UPDATE SET restrictions = excluded.restrictions",
        )?
        .execute((payer, &role.name, restrictions))?;
    raised.raise_access(connection)?;
    Ok(outcome)
}

pub(super) fn delete(
    connection: &Connection,
    raised: &mut Raised,
    payer: &str,
    name: &str,
) -> Result<bool, StoreError> {
    let deleted = connection
        .prepare_cached("DELETE FROM role WHERE payer_id = (SELECT id FROM payer WHERE name = ?1) AND name = ?2")?
        .execute((payer, name))?;
    if deleted == 0 {
        return Ok(false);
    }
    raised.raise_access(connection)?;
    Ok(true)
}
