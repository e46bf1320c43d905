//! Which hosts serve, in PostgreSQL.

use std::time::Duration;

use postgres::Row;

use super::session::{Session, get};
use super::{can_be_held, duration_ms, from_stored, to_stored};
use crate::{HOST_KEPT_FOR, ServingHost, StoreError};

pub(super) fn alive(session: &mut Session, within: Duration) -> Result<Vec<ServingHost>, StoreError> {
    let rows = session.rows(
        "SELECT host, address, rules_sequence, alive_at_ms FROM serving_host
         WHERE alive_at_ms > now_ms() - $1 ORDER BY host",
        &[&duration_ms(within)],
    )?;
    let host = |row: &Row| {
        Ok(ServingHost {
            host: get(row, 0)?,
            address: get(row, 1)?,
            rules_sequence: from_stored(get(row, 2)?)?,
            alive_at_ms: get(row, 3)?,
        })
    };
    rows.iter().map(host).collect()
}

pub(super) fn note(
    session: &mut Session,
    host: &str,
    address: Option<&str>,
    rules_sequence: u64,
) -> Result<(), StoreError> {
    session.execute(
        "DELETE FROM serving_host WHERE alive_at_ms <= now_ms() - $1",
        &[&duration_ms(HOST_KEPT_FOR)],
    )?;
    session.execute(
        "INSERT INTO serving_host (host, address, rules_sequence) VALUES ($1, $2, $3)
         ON CONFLICT (host) DO UPDATE
            SET address = excluded.address, rules_sequence = excluded.rules_sequence,
                alive_at_ms = excluded.alive_at_ms",
        &[&host, &address, &to_stored(rules_sequence)?],
    )?;
    Ok(())
}

pub(super) fn forget(session: &mut Session, host: &str) -> Result<(), StoreError> {
    // A text that PostgreSQL cannot hold is no host's name.
    if can_be_held(host) {
        session.execute("DELETE FROM serving_host WHERE host = $1", &[&host])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use reprise_test_postgres::shared;

    use super::super::{Postgres, parse};
    use crate::Store;
    use crate::conformance::serving_hosts::{names, note};

    #[test]
    fn a_host_without_a_sign_of_life_is_forgotten_after_a_day() {
        let Some(cluster) = shared() else { return };
        let url = cluster.create_database();
        let store = Postgres::open(parse(&url).expect("a URL")).expect("opened");
        for host in ["old", "young", "other"] {
            note(&store, host, None, 0);
        }
        let age = |host: &str, by_ms: i64| {
            let sql = format!("UPDATE serving_host SET alive_at_ms = alive_at_ms - {by_ms} WHERE host = '{host}'");
            cluster.execute(&url, &sql);
        };
        age("old", 24 * 60 * 60 * 1000);
        // Some minutes less than a day, so that the test may take its time.
        age("young", 24 * 60 * 60 * 1000 - 600_000);
        assert_eq!(names(&store), ["other"], "the others are not alive");
        let _serving = store.begin_serving().expect("begun");
        assert_eq!(names(&store), ["other"], "it serves beside this one");
        note(&store, "new", None, 0);
        let rows = cluster.execute(&url, "SELECT host FROM serving_host ORDER BY host");
        assert_eq!(rows.split_whitespace().collect::<Vec<_>>(), ["new", "other", "young"]);
    }
}
