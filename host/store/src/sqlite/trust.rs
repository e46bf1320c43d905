//! Trusted keys, signatures under components, and what is asked of these, in SQLite.

use rusqlite::{Connection, OptionalExtension};

use super::clock::now_ms;
use super::components;
use super::write::Raised;
use crate::{ComponentSignature, NewComponentSignature, NewTrustedKey, RulesPolicy, StoreError, TrustedKey};

pub(super) fn keys(connection: &Connection, payer: Option<&str>) -> Result<Vec<TrustedKey>, StoreError> {
    let mut statement = connection.prepare_cached(concat!(
        "SELECT id, public_key, comment, added_at_ms, added_by, expires_at_ms, revoked_at_ms
         FROM trusted_key WHERE coalesce(payer_id, 0) = ",
        owner!("?1"),
        " ORDER BY added_at_ms, id"
    ))?;
    let keys = statement.query_map([payer], |row| {
        Ok(TrustedKey {
            payer: payer.map(str::to_owned),
            id: row.get(0)?,
            public_key: row.get(1)?,
            comment: row.get(2)?,
            added_at_ms: row.get(3)?,
            added_by: row.get(4)?,
            expires_at_ms: row.get(5)?,
            revoked_at_ms: row.get(6)?,
        })
    })?;
    Ok(keys.collect::<Result<_, _>>()?)
}

pub(super) fn add_key(connection: &Connection, raised: &mut Raised, key: &NewTrustedKey) -> Result<bool, StoreError> {
    let owner = raised.owner(connection, key.payer.as_deref())?;
    let added = connection
        .prepare_cached(
            "INSERT INTO trusted_key (payer_id, id, public_key, comment, added_by, added_at_ms, expires_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (coalesce(payer_id, 0), id) DO NOTHING",
        )?
        .execute((
            owner,
            &key.id,
            key.public_key,
            &key.comment,
            &key.added_by,
            now_ms(),
            key.expires_at_ms,
        ))?;
    Ok(added > 0)
}

pub(super) fn revoke_key(connection: &Connection, payer: Option<&str>, id: &str) -> Result<bool, StoreError> {
    let revoked = connection
        .prepare_cached(concat!(
            "UPDATE trusted_key SET revoked_at_ms = coalesce(revoked_at_ms, ?3) WHERE coalesce(payer_id, 0) = ",
            owner!("?1"),
            " AND id = ?2"
        ))?
        .execute((payer, id, now_ms()))?;
    Ok(revoked > 0)
}

pub(super) fn signatures(
    connection: &Connection,
    payer: Option<&str>,
    digest: &str,
) -> Result<Vec<ComponentSignature>, StoreError> {
    let mut statement = connection.prepare_cached(concat!(
        "SELECT key_id, manifest, signature, added_at_ms FROM component_signature WHERE coalesce(payer_id, 0) = ",
        owner!("?1"),
        " AND digest = ?2 ORDER BY id"
    ))?;
    let signatures = statement.query_map((payer, digest), |row| {
        Ok(ComponentSignature {
            payer: payer.map(str::to_owned),
            digest: digest.to_owned(),
            key_id: row.get(0)?,
            manifest: row.get(1)?,
            signature: row.get(2)?,
            added_at_ms: row.get(3)?,
        })
    })?;
    Ok(signatures.collect::<Result<_, _>>()?)
}

pub(super) fn add_signature(
    connection: &Connection,
    raised: &mut Raised,
    signature: &NewComponentSignature,
) -> Result<bool, StoreError> {
    components::check_stored(connection, &signature.digest)?;
    let owner = raised.owner(connection, signature.payer.as_deref())?;
    let added = connection
        .prepare_cached(
            "INSERT INTO component_signature (payer_id, digest, key_id, manifest, signature, added_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (coalesce(payer_id, 0), digest, key_id, signature) DO NOTHING",
        )?
        .execute((
            owner,
            &signature.digest,
            &signature.key_id,
            &signature.manifest,
            signature.signature,
            now_ms(),
        ))?;
    Ok(added > 0)
}

pub(super) fn policy(connection: &Connection, payer: Option<&str>) -> Result<RulesPolicy, StoreError> {
    let mut statement = connection.prepare_cached(concat!(
        "SELECT require_signature, return_after_quarantine FROM rules_policy WHERE coalesce(payer_id, 0) = ",
        owner!("?1")
    ))?;
    let policy = statement.query_row([payer], |row| {
        Ok(RulesPolicy {
            require_signature: row.get(0)?,
            return_after_quarantine: row.get(1)?,
        })
    });
    Ok(policy.optional()?.unwrap_or_default())
}

pub(super) fn set_policy(
    connection: &Connection,
    raised: &mut Raised,
    payer: Option<&str>,
    policy: &RulesPolicy,
) -> Result<(), StoreError> {
    let owner = raised.owner(connection, payer)?;
    connection
        .prepare_cached(
            "INSERT INTO rules_policy (payer_id, require_signature, return_after_quarantine) VALUES (?1, ?2, ?3)
             ON CONFLICT (coalesce(payer_id, 0)) DO UPDATE
                SET require_signature = excluded.require_signature,
                    return_after_quarantine = excluded.return_after_quarantine",
        )?
        .execute((owner, policy.require_signature, policy.return_after_quarantine))?;
    Ok(())
}
