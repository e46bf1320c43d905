//! The roles that payers make, in PostgreSQL.

use postgres::Row;

use super::can_be_held;
use super::session::{Session, get};
use super::write::Raised;
use crate::{Role, StoreError, WriteOutcome};

pub(super) fn of_payer(session: &mut Session, payer: &str) -> Result<Vec<Role>, StoreError> {
    let rows = session.rows(
        "SELECT name, restrictions FROM role WHERE payer_id = (SELECT id FROM payer WHERE name = $1) ORDER BY name",
        &[&payer],
    )?;
    let role = |row: &Row| {
        let name: String = get(row, 0)?;
        let restrictions = serde_json::from_str(get(row, 1)?)
            .map_err(|error| StoreError::corrupt(format!("role `{name}` cannot be read: {error}")))?;
        Ok(Role {
            payer: payer.to_owned(),
            name,
            restrictions,
        })
    };
    rows.iter().map(role).collect()
}

pub(super) fn write(session: &mut Session, raised: &mut Raised, role: &Role) -> Result<WriteOutcome, StoreError> {
    let payer = raised.payer(session, &role.payer)?;
    let restrictions = serde_json::to_string(&role.restrictions)
        .map_err(|error| StoreError::other(format!("role `{}` cannot be encoded: {error}", role.name)))?;
    let before: Option<String> = session.value(
        "SELECT restrictions FROM role WHERE payer_id = $1 AND name = $2",
        &[&payer, &role.name],
    )?;
    let outcome = match before {
        Some(before) if before == restrictions => return Ok(WriteOutcome::Unchanged),
        Some(_) => WriteOutcome::Replaced,
        None => WriteOutcome::Inserted,
    };
    session.execute(
        "INSERT INTO role (payer_id, name, restrictions) VALUES ($1, $2, $3)
         ON CONFLICT (payer_id, name) DO UPDATE SET restrictions = excluded.restrictions",
        &[&payer, &role.name, &restrictions],
    )?;
    raised.raise_access(session)?;
    Ok(outcome)
}

pub(super) fn delete(session: &mut Session, raised: &mut Raised, payer: &str, name: &str) -> Result<bool, StoreError> {
    // A text that PostgreSQL cannot hold is no role's name.
    if !can_be_held(payer) || !can_be_held(name) {
        return Ok(false);
    }
    let deleted = session.execute(
        "DELETE FROM role WHERE payer_id = (SELECT id FROM payer WHERE name = $1) AND name = $2",
        &[&payer, &name],
    )?;
    if deleted == 0 {
        return Ok(false);
    }
    raised.raise_access(session)?;
    Ok(true)
}
