//! Answers that are kept for requests that are sent again, in PostgreSQL.

use super::duration_ms;
use super::session::{Session, get};
use crate::{IDEMPOTENCY_KEPT_FOR, IdempotencyKey, KeptAnswer, StoreError};

pub(super) fn find(session: &mut Session, key: &IdempotencyKey) -> Result<Option<KeptAnswer>, StoreError> {
    // The digest finds, the texts decide.
    let row = session.row(
        "SELECT request_digest, answer FROM kept_answer
         WHERE md5(path || key) = md5($3::text || $4::text)
           AND payer = $1 AND user_name = $2 AND path = $3 AND key = $4 AND kept_at_ms > now_ms() - $5",
        &[
            &key.payer,
            &key.user,
            &key.path,
            &key.key,
            &duration_ms(IDEMPOTENCY_KEPT_FOR),
        ],
    )?;
    row.map(kept).transpose()
}

pub(super) fn keep(
    session: &mut Session,
    key: &IdempotencyKey,
    answer: &KeptAnswer,
) -> Result<Option<KeptAnswer>, StoreError> {
    // INVARIANT: there is one writer, so an answer that is not found is not there.
    let row = session.row(
        "WITH forgotten AS (
             DELETE FROM kept_answer WHERE kept_at_ms <= now_ms() - $7
         ), kept AS (
             SELECT request_digest, answer FROM kept_answer
             WHERE md5(path || key) = md5($3::text || $4::text)
               AND payer = $1 AND user_name = $2 AND path = $3 AND key = $4 AND kept_at_ms > now_ms() - $7
         ), new AS (
             INSERT INTO kept_answer (payer, user_name, path, key, request_digest, answer)
             SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT 1 FROM kept)
         )
         SELECT request_digest, answer FROM kept",
        &[
            &key.payer,
            &key.user,
            &key.path,
            &key.key,
            &answer.request_digest,
            &answer.answer,
            &duration_ms(IDEMPOTENCY_KEPT_FOR),
        ],
    )?;
    row.map(kept).transpose()
}

fn kept(row: postgres::Row) -> Result<KeptAnswer, StoreError> {
    Ok(KeptAnswer {
        request_digest: get(&row, 0)?,
        answer: get(&row, 1)?,
    })
}
