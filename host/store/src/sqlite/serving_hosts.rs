//! Which hosts serve, in SQLite. One process does, so there is one at most; others have ended.

use std::time::Duration;

use rusqlite::Connection;

use super::clock::{ago_ms, now_ms};
use super::{from_stored, to_stored};
use crate::{HOST_KEPT_FOR, ServingHost, StoreError};

pub(super) fn alive(connection: &Connection, within: Duration) -> Result<Vec<ServingHost>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT host, address, rules_sequence, alive_at_ms FROM serving_host WHERE alive_at_ms > ?1 ORDER BY host",
    )?;
    let mut rows = statement.query([ago_ms(within)])?;
    let mut hosts = Vec::new();
    while let Some(row) = rows.next()? {
        hosts.push(ServingHost {
            host: row.get(0)?,
            address: row.get(1)?,
            rules_sequence: from_stored(row.get(2)?)?,
            alive_at_ms: row.get(3)?,
        });
    }
    Ok(hosts)
}

pub(super) fn note(
    connection: &Connection,
    host: &str,
    address: Option<&str>,
    rules_sequence: u64,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM serving_host WHERE alive_at_ms <= ?1")?
        .execute([ago_ms(HOST_KEPT_FOR)])?;
    connection
        .prepare_cached(
            "INSERT INTO serving_host (host, address, rules_sequence, alive_at_ms) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (host) DO UPDATE
                SET address = excluded.address, rules_sequence = excluded.rules_sequence,
                    alive_at_ms = excluded.alive_at_ms",
        )?
        .execute((host, address, to_stored(rules_sequence)?, now_ms()))?;
    Ok(())
}

pub(super) fn forget(connection: &Connection, host: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM serving_host WHERE host = ?1")?
        .execute([host])?;
    Ok(())
}
