//! Which components are installed for whom, in PostgreSQL.

use postgres::Row;

use super::session::{Session, get};
use super::write::Raised;
use super::{can_be_held, components};
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
    session: &mut Session,
    payer: Option<&str>,
    digest: &str,
) -> Result<Option<Installation>, StoreError> {
    let sql = select_installation!(
        "coalesce(rule_installation.payer_id, 0) = ",
        owner!("$1"),
        " AND rule_installation.digest = $2"
    );
    let row = session.row(sql, &[&payer, &digest])?;
    row.as_ref().map(read).transpose()
}

pub(super) fn all(session: &mut Session, of: RulesOf<'_>) -> Result<Vec<Installation>, StoreError> {
    let rows = match of.owner() {
        None => session.rows(
            select_installation!("TRUE ORDER BY payer.name NULLS FIRST, rule_installation.id"),
            &[],
        )?,
        Some(payer) => session.rows(
            select_installation!(
                "coalesce(rule_installation.payer_id, 0) = ",
                owner!("$1"),
                " ORDER BY rule_installation.id"
            ),
            &[&payer],
        )?,
    };
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Installation, StoreError> {
    let state: &str = get(row, 2)?;
    Ok(Installation {
        payer: get(row, 0)?,
        digest: get(row, 1)?,
        state: state.parse()?,
        reason: get(row, 3)?,
        installed_by: get(row, 4)?,
        installed_at_ms: get(row, 5)?,
        changed_at_ms: get(row, 6)?,
    })
}

pub(super) fn install(
    session: &mut Session,
    raised: &mut Raised,
    installation: &NewInstallation,
) -> Result<InstallationOutcome, StoreError> {
    components::check_stored(session, &installation.digest)?;
    let owner = raised.owner(session, installation.payer.as_deref())?;
    let installed = session.execute(
        "INSERT INTO rule_installation (payer_id, digest, state, installed_by) VALUES ($1, $2, $3, $4)
         ON CONFLICT (coalesce(payer_id, 0), digest) DO NOTHING",
        &[
            &owner,
            &installation.digest,
            &InstallationState::Received.as_str(),
            &installation.installed_by,
        ],
    )?;
    Ok(match installed {
        0 => InstallationOutcome::AlreadyInstalled,
        _ => InstallationOutcome::Installed,
    })
}

pub(super) fn set_state(
    session: &mut Session,
    raised: &mut Raised,
    payer: Option<&str>,
    digest: &str,
    from: &[InstallationState],
    to: InstallationState,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    // Under a text that PostgreSQL cannot hold nothing is installed.
    if !can_be_held(payer.unwrap_or_default()) || !can_be_held(digest) {
        return Ok(false);
    }
    // INVARIANT: there is one writer, so what is looked up stays true until it is acted on.
    let found = session.row(
        concat!(
            "SELECT id, state, reason FROM rule_installation WHERE coalesce(payer_id, 0) = ",
            owner!("$1"),
            " AND digest = $2"
        ),
        &[&payer, &digest],
    )?;
    let Some(found) = found else {
        return Ok(false);
    };
    let (id, state, before): (i64, &str, Option<&str>) = (get(&found, 0)?, get(&found, 1)?, get(&found, 2)?);
    let state: InstallationState = state.parse()?;
    if !from.contains(&state) {
        return Ok(false);
    }
    if (state, before) == (to, reason) {
        return Ok(true);
    }
    session.execute(
        "UPDATE rule_installation SET state = $2, reason = $3, changed_at_ms = now_ms() WHERE id = $1",
        &[&id, &to.as_str(), &reason],
    )?;
    raised.raise_rules(session)?;
    Ok(true)
}
