//! Which components are installed for whom, in SQLite.

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::clock::now_ms;
use super::components;
use super::write::Raised;
use crate::{Installation, InstallationOutcome, InstallationState, NewInstallation, RulesOf, StoreError};

/// An installation's columns.
macro_rules! select_installation {
    ($($condition:tt)+) => {
        concat!(
            "SELECT payer.name, rule_installation.digest, rule_installation.state, rule_installation.reason,
                    rule_installation.installed_by, rule_installation.installed_at_ms, rule_installation.changed_at_ms
             FROM rule_installation LEFT JOIN payer ON payer.id = rule_installation.payer_id WHERE ",
            $($condition)+
        )
    };
}

pub(super) fn find(
    connection: &Connection,
    payer: Option<&str>,
    digest: &str,
) -> Result<Option<Installation>, StoreError> {
    let sql = select_installation!(
        "coalesce(rule_installation.payer_id, 0) = ",
        owner!("?1"),
        " AND rule_installation.digest = ?2"
    );
    Ok(listed(connection, sql, (payer, digest))?.pop())
}

pub(super) fn all(connection: &Connection, of: RulesOf<'_>) -> Result<Vec<Installation>, StoreError> {
    match of.owner() {
        None => listed(
            connection,
            select_installation!("TRUE ORDER BY payer.name, rule_installation.id"),
            [],
        ),
        Some(payer) => listed(
            connection,
            select_installation!(
                "coalesce(rule_installation.payer_id, 0) = ",
                owner!("?1"),
                " ORDER BY rule_installation.id"
            ),
            [payer],
        ),
    }
}

/// The installations that a statement finds.
fn listed(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<Installation>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut installations = Vec::new();
    while let Some(row) = rows.next()? {
        installations.push(read(row)?);
    }
    Ok(installations)
}

fn read(row: &Row<'_>) -> Result<Installation, StoreError> {
    let state: String = row.get(2)?;
    Ok(Installation {
        payer: row.get(0)?,
        digest: row.get(1)?,
        state: state.parse()?,
        reason: row.get(3)?,
        installed_by: row.get(4)?,
        installed_at_ms: row.get(5)?,
        changed_at_ms: row.get(6)?,
    })
}

pub(super) fn install(
    connection: &Connection,
    raised: &mut Raised,
    installation: &NewInstallation,
) -> Result<InstallationOutcome, StoreError> {
    components::check_stored(connection, &installation.digest)?;
    let owner = raised.owner(connection, installation.payer.as_deref())?;
    let installed = connection
        .prepare_cached(
            "INSERT INTO rule_installation (payer_id, digest, state, installed_by, installed_at_ms, changed_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5)
             ON CONFLICT (coalesce(payer_id, 0), digest) DO NOTHING",
        )?
        .execute((
            owner,
            &installation.digest,
            InstallationState::Received.as_str(),
            &installation.installed_by,
            now_ms(),
        ))?;
    Ok(match installed {
        0 => InstallationOutcome::AlreadyInstalled,
        _ => InstallationOutcome::Installed,
    })
}

pub(super) fn set_state(
    connection: &Connection,
    raised: &mut Raised,
    payer: Option<&str>,
    digest: &str,
    from: &[InstallationState],
    to: InstallationState,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    let mut find = connection.prepare_cached(concat!(
        "SELECT id, state, reason FROM rule_installation WHERE coalesce(payer_id, 0) = ",
        owner!("?1"),
        " AND digest = ?2"
    ))?;
    let found: Option<(i64, String, Option<String>)> = find
        .query_row((payer, digest), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((id, state, before)) = found else {
        return Ok(false);
    };
    let state: InstallationState = state.parse()?;
    if !from.contains(&state) {
        return Ok(false);
    }
    if (state, before.as_deref()) == (to, reason) {
        return Ok(true);
    }
    connection
        .prepare_cached("UPDATE rule_installation SET state = ?2, reason = ?3, changed_at_ms = ?4 WHERE id = ?1")?
        .execute((id, to.as_str(), reason, now_ms()))?;
    raised.raise_rules(connection)?;
    Ok(true)
}
