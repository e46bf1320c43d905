//! Faults of rule components, in SQLite.

use rusqlite::Connection;

use super::clock::{ago_ms, now_ms};
use super::from_stored;
use super::write::Raised;
use crate::rules::kept_words;
use crate::{FAULT_KEPT_FOR, RuleFault, StoreError};

pub(super) fn since(connection: &Connection, payer: &str, digest: &str, since_ms: i64) -> Result<u64, StoreError> {
    let count = connection
        .prepare_cached(
            "SELECT count(*) FROM rule_fault
             WHERE payer_id = (SELECT id FROM payer WHERE name = ?1) AND digest = ?2 AND at_ms >= ?3",
        )?
        .query_row((payer, digest, since_ms), |row| row.get(0))?;
    from_stored(count)
}

pub(super) fn last(
    connection: &Connection,
    payer: &str,
    digest: &str,
    limit: u32,
) -> Result<Vec<RuleFault>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT host, text, at_ms FROM rule_fault
         WHERE payer_id = (SELECT id FROM payer WHERE name = ?1) AND digest = ?2
         ORDER BY at_ms DESC, id DESC LIMIT ?3",
    )?;
    let faults = statement.query_map((payer, digest, limit), |row| {
        Ok(RuleFault {
            host: row.get(0)?,
            text: row.get(1)?,
            at_ms: row.get(2)?,
        })
    })?;
    Ok(faults.collect::<Result<_, _>>()?)
}

pub(super) fn note(
    connection: &Connection,
    raised: &mut Raised,
    payer: &str,
    digest: &str,
    host: &str,
    text: &str,
) -> Result<(), StoreError> {
    let payer = raised.payer(connection, payer)?;
    connection
        .prepare_cached("DELETE FROM rule_fault WHERE at_ms <= ?1")?
        .execute([ago_ms(FAULT_KEPT_FOR)])?;
    connection
        .prepare_cached("INSERT INTO rule_fault (payer_id, digest, at_ms, host, text) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((payer, digest, now_ms(), host, kept_words(text)))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Sqlite;
    use crate::conformance::rule_faults::{note, texts};

    #[test]
    fn a_fault_is_forgotten_after_a_day() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Sqlite::open(&directory.path().join("reprise.db")).expect("opened");
        for text in ["old", "young"] {
            note(&store, text);
        }
        let age = |text: &str, by_ms: i64| {
            let writer = store.writer.lock().expect("a lock");
            let aged = writer.execute(
                "UPDATE rule_fault SET at_ms = at_ms - ?2 WHERE text = ?1",
                (text, by_ms),
            );
            assert_eq!(aged, Ok(1));
        };
        age("old", 24 * 60 * 60 * 1000);
        // Some minutes less than a day, so that the test may take its time.
        age("young", 24 * 60 * 60 * 1000 - 600_000);
        note(&store, "new");
        assert_eq!(texts(&store), ["new", "young"]);
    }
}
