//! Tokens in PostgreSQL.

use postgres::Row;

use super::can_be_held;
use super::session::{Session, get};
use super::write::Raised;
use crate::{NewToken, StoreError, Token};

/// A token's columns.
macro_rules! select_token {
    ($condition:literal) => {
        concat!(
            "SELECT id, principal_id, digest, created_at_ms, expires_at_ms, revoked_at_ms, last_used_at_ms
             FROM access_token WHERE ",
            $condition
        )
    };
}

pub(super) fn by_id(session: &mut Session, id: &str) -> Result<Option<Token>, StoreError> {
    let row = session.row(select_token!("id = $1"), &[&id])?;
    row.as_ref().map(read).transpose()
}

pub(super) fn of_principal(session: &mut Session, principal: i64) -> Result<Vec<Token>, StoreError> {
    let rows = session.rows(
        select_token!("principal_id = $1 ORDER BY created_at_ms, id"),
        &[&principal],
    )?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Token, StoreError> {
    let id: String = get(row, 0)?;
    let digest: &[u8] = get(row, 2)?;
    let digest = digest
        .try_into()
        .map_err(|_| StoreError::corrupt(format!("the digest of token {id} is not 32 bytes long")))?;
    Ok(Token {
        id,
        principal: get(row, 1)?,
        digest,
        created_at_ms: get(row, 3)?,
        expires_at_ms: get(row, 4)?,
        revoked_at_ms: get(row, 5)?,
        last_used_at_ms: get(row, 6)?,
    })
}

pub(super) fn create(session: &mut Session, raised: &mut Raised, token: &NewToken) -> Result<(), StoreError> {
    let created = session.execute(
        "INSERT INTO access_token (id, principal_id, digest, expires_at_ms)
         SELECT $1, id, $3, $4 FROM principal WHERE id = $2
         ON CONFLICT (id) DO NOTHING",
        &[
            &token.id,
            &token.principal,
            &token.digest.as_slice(),
            &token.expires_at_ms,
        ],
    )?;
    if created == 0 {
        return Err(StoreError::other(
            "there is no such principal to have a token, or another token has its id",
        ));
    }
    raised.raise_access(session)
}

pub(super) fn revoke(session: &mut Session, raised: &mut Raised, id: &str) -> Result<bool, StoreError> {
    // A text that PostgreSQL cannot hold is no token's id.
    if !can_be_held(id) {
        return Ok(false);
    }
    let revoked = session.execute(
        "UPDATE access_token SET revoked_at_ms = now_ms() WHERE id = $1 AND revoked_at_ms IS NULL",
        &[&id],
    )?;
    if revoked == 0 {
        return session.one("SELECT EXISTS (SELECT 1 FROM access_token WHERE id = $1)", &[&id]);
    }
    raised.raise_access(session)?;
    Ok(true)
}

pub(super) fn note_use(session: &mut Session, uses: &[(String, i64)]) -> Result<(), StoreError> {
    let uses = uses.iter().filter(|(id, _)| can_be_held(id));
    let (ids, moments): (Vec<&str>, Vec<i64>) = uses.map(|(id, at_ms)| (id.as_str(), *at_ms)).unzip();
    session.execute(
        "UPDATE access_token SET last_used_at_ms = used.at_ms
         FROM (SELECT id, max(at_ms) AS at_ms FROM unnest($1::text[], $2::bigint[]) AS used (id, at_ms) GROUP BY id) AS used
         WHERE access_token.id = used.id
           AND (access_token.last_used_at_ms IS NULL OR access_token.last_used_at_ms < used.at_ms)",
        &[&ids, &moments],
    )?;
    Ok(())
}
