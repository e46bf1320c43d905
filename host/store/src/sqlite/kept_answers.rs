//! Answers that are kept for requests that are sent again, in SQLite.

use rusqlite::{Connection, OptionalExtension};

use super::clock::now_ms;
use crate::{IDEMPOTENCY_KEPT_FOR, IdempotencyKey, KeptAnswer, StoreError};

/// An answer that was kept at this moment or before is forgotten.
fn forgotten_ms() -> i64 {
    now_ms().saturating_sub(i64::try_from(IDEMPOTENCY_KEPT_FOR.as_millis()).unwrap_or(i64::MAX))
}

pub(super) fn find(connection: &Connection, key: &IdempotencyKey) -> Result<Option<KeptAnswer>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT request_digest, answer FROM kept_answer
         WHERE payer = ?1 AND user_name = ?2 AND path = ?3 AND key = ?4 AND kept_at_ms > ?5",
    )?;
    let values = (&key.payer, &key.user, &key.path, &key.key, forgotten_ms());
    let read = |row: &rusqlite::Row<'_>| {
        Ok(KeptAnswer {
            request_digest: row.get(0)?,
            answer: row.get(1)?,
        })
    };
    Ok(statement.query_row(values, read).optional()?)
}

pub(super) fn keep(
    connection: &Connection,
    key: &IdempotencyKey,
    answer: &KeptAnswer,
) -> Result<Option<KeptAnswer>, StoreError> {
    connection
        .prepare_cached("DELETE FROM kept_answer WHERE kept_at_ms <= ?1")?
        .execute([forgotten_ms()])?;
    if let Some(kept) = find(connection, key)? {
        return Ok(Some(kept));
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO kept_answer (payer, user_name, path, key, request_digest, answer, kept_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let values = (
        &key.payer,
        &key.user,
        &key.path,
        &key.key,
        &answer.request_digest,
        &answer.answer,
        now_ms(),
    );
    insert.execute(values)?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::Sqlite;
    use super::forgotten_ms;
    use crate::Store;
    use crate::conformance::idempotency::{answer, keep, key};

    #[test]
    fn an_answer_is_forgotten_after_a_day() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Sqlite::open(&directory.path().join("reprise.db")).expect("opened");
        for name in ["old", "young", "other"] {
            assert_eq!(keep(&store, &key(name), "first"), None);
        }
        let age = |name: &str, kept_at_ms: i64| {
            let writer = store.writer.lock().expect("a lock");
            writer
                .execute(
                    "UPDATE kept_answer SET kept_at_ms = ?2 WHERE key = ?1",
                    (name, kept_at_ms),
                )
                .expect("aged");
        };
        age("old", forgotten_ms());
        age("other", forgotten_ms());
        // Some minutes less than a day, so that the test may take its time.
        age("young", forgotten_ms() + 600_000);
        assert_eq!(store.kept_answer(&key("old")), Ok(None));
        assert_eq!(store.kept_answer(&key("young")), Ok(Some(answer("first"))));
        assert_eq!(keep(&store, &key("old"), "second"), None);
        assert_eq!(store.kept_answer(&key("old")), Ok(Some(answer("second"))));
        let rows = store
            .writer
            .lock()
            .expect("a lock")
            .query_row("SELECT count(*) FROM kept_answer", [], |row| row.get(0));
        assert_eq!(rows, Ok(2), "the other one is deleted, too");
    }
}
