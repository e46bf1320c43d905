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
