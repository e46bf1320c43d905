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

#[cfg(test)]
mod tests {
    use super::super::Sqlite;
    use crate::Store;
    use crate::conformance::serving_hosts::{names, note};

    #[test]
    fn a_host_without_a_sign_of_life_is_forgotten_after_a_day() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Sqlite::open(&directory.path().join("reprise.db")).expect("opened");
        for host in ["old", "young"] {
            note(&store, host, None, 0);
        }
        let age = |host: &str, by_ms: i64| {
            let writer = store.writer.lock().expect("a lock");
            let aged = writer.execute(
                "UPDATE serving_host SET alive_at_ms = alive_at_ms - ?2 WHERE host = ?1",
                (host, by_ms),
            );
            assert_eq!(aged, Ok(1));
        };
        let rows = || {
            let writer = store.writer.lock().expect("a lock");
            let rows: Vec<String> = writer
                .prepare("SELECT host FROM serving_host ORDER BY host")
                .expect("prepared")
                .query_map([], |row| row.get(0))
                .expect("read")
                .collect::<Result<_, _>>()
                .expect("read");
            rows
        };
        age("old", 24 * 60 * 60 * 1000);
        // Some minutes less than a day, so that the test may take its time.
        age("young", 24 * 60 * 60 * 1000 - 600_000);
        assert!(names(&store).is_empty(), "neither is alive");
        note(&store, "new", None, 0);
        assert_eq!(rows(), ["new", "young"]);
        assert_eq!(names(&store), ["new"]);
    }

    #[test]
    fn a_host_that_served_before_serves_no_more() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Sqlite::open(&directory.path().join("reprise.db")).expect("opened");
        note(&store, "before", None, 0);
        let _serving = store.begin_serving().expect("begun");
        assert!(names(&store).is_empty());
    }
}
