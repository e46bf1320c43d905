//! Tokens in SQLite.

use rusqlite::{Connection, OptionalExtension, Row};

use super::clock::now_ms;
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

pub(super) fn by_id(connection: &Connection, id: &str) -> Result<Option<Token>, StoreError> {
    let mut statement = connection.prepare_cached(select_token!("id = ?1"))?;
    Ok(statement.query_row([id], read).optional()?)
}

pub(super) fn of_principal(connection: &Connection, principal: i64) -> Result<Vec<Token>, StoreError> {
    let mut statement = connection.prepare_cached(select_token!("principal_id = ?1 ORDER BY created_at_ms, id"))?;
    let tokens = statement.query_map([principal], read)?;
    Ok(tokens.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> Result<Token, rusqlite::Error> {
    Ok(Token {
        id: row.get(0)?,
        principal: row.get(1)?,
        digest: row.get(2)?,
        created_at_ms: row.get(3)?,
        expires_at_ms: row.get(4)?,
        revoked_at_ms: row.get(5)?,
        last_used_at_ms: row.get(6)?,
    })
}

pub(super) fn create(connection: &Connection, raised: &mut Raised, token: &NewToken) -> Result<(), StoreError> {
    let created = connection
        .prepare_cached(
            "INSERT INTO access_token (id, principal_id, digest, created_at_ms, expires_at_ms)
             SELECT ?1, id, ?3, ?4, ?5 FROM principal WHERE id = ?2
             ON CONFLICT (id) DO NOTHING",
        )?
        .execute((&token.id, token.principal, token.digest, now_ms(), token.expires_at_ms))?;
    if created == 0 {
        return Err(StoreError::other(
            "there is no such principal to have a token, or another token has its id",
        ));
    }
    raised.raise_access(connection)
}

pub(super) fn revoke(connection: &Connection, raised: &mut Raised, id: &str) -> Result<bool, StoreError> {
    let revoked = connection
        .prepare_cached("UPDATE access_token SET revoked_at_ms = ?2 WHERE id = ?1 AND revoked_at_ms IS NULL")?
        .execute((id, now_ms()))?;
    if revoked == 0 {
        let mut is_there = connection.prepare_cached("SELECT 1 FROM access_token WHERE id = ?1")?;
        return Ok(is_there.exists([id])?);
    }
    raised.raise_access(connection)?;
    Ok(true)
}

pub(super) fn note_use(connection: &Connection, uses: &[(String, i64)]) -> Result<(), StoreError> {
    let mut note = connection.prepare_cached(
        "UPDATE access_token SET last_used_at_ms = ?2
         WHERE id = ?1 AND (last_used_at_ms IS NULL OR last_used_at_ms < ?2)",
    )?;
    for (id, at_ms) in uses {
        note.execute((id, at_ms))?;
    }
    Ok(())
}
