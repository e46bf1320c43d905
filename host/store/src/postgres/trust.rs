//! Trusted keys, signatures under components, and what is asked of these, in PostgreSQL.

use postgres::Row;

use super::session::{Session, get};
use super::write::Raised;
use super::{can_be_held, components};
use crate::{ComponentSignature, NewComponentSignature, NewTrustedKey, RulesPolicy, StoreError, TrustedKey};

pub(super) fn keys(session: &mut Session, payer: Option<&str>) -> Result<Vec<TrustedKey>, StoreError> {
    let rows = session.rows(
        concat!(
            "SELECT id, public_key, comment, added_at_ms, added_by, expires_at_ms, revoked_at_ms
             FROM trusted_key WHERE coalesce(payer_id, 0) = ",
            owner!("$1"),
            " ORDER BY added_at_ms, id"
        ),
        &[&payer],
    )?;
    let key = |row: &Row| {
        let id: String = get(row, 0)?;
        let public_key = bytes(row, 1, || format!("public key {id}"))?;
        Ok(TrustedKey {
            payer: payer.map(str::to_owned),
            id,
            public_key,
            comment: get(row, 2)?,
            added_at_ms: get(row, 3)?,
            added_by: get(row, 4)?,
            expires_at_ms: get(row, 5)?,
            revoked_at_ms: get(row, 6)?,
        })
    };
    rows.iter().map(key).collect()
}

/// So many bytes.
fn bytes<const LENGTH: usize>(
    row: &Row,
    column: usize,
    what: impl FnOnce() -> String,
) -> Result<[u8; LENGTH], StoreError> {
    let bytes: &[u8] = get(row, column)?;
    bytes
        .try_into()
        .map_err(|_| StoreError::corrupt(format!("{} is not {LENGTH} bytes long", what())))
}

pub(super) fn add_key(session: &mut Session, raised: &mut Raised, key: &NewTrustedKey) -> Result<bool, StoreError> {
    let owner = raised.owner(session, key.payer.as_deref())?;
    let added = session.execute(
        "INSERT INTO trusted_key (payer_id, id, public_key, comment, added_by, expires_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (coalesce(payer_id, 0), id) DO NOTHING",
        &[
            &owner,
            &key.id,
            &key.public_key.as_slice(),
            &key.comment,
            &key.added_by,
            &key.expires_at_ms,
        ],
    )?;
    Ok(added > 0)
}

pub(super) fn revoke_key(session: &mut Session, payer: Option<&str>, id: &str) -> Result<bool, StoreError> {
    // A text that PostgreSQL cannot hold is no key's id.
    if !can_be_held(payer.unwrap_or_default()) || !can_be_held(id) {
        return Ok(false);
    }
    let revoked = session.execute(
        concat!(
            "UPDATE trusted_key SET revoked_at_ms = coalesce(revoked_at_ms, now_ms()) WHERE coalesce(payer_id, 0) = ",
            owner!("$1"),
            " AND id = $2"
        ),
        &[&payer, &id],
    )?;
    Ok(revoked > 0)
}

pub(super) fn signatures(
    session: &mut Session,
    payer: Option<&str>,
    digest: &str,
) -> Result<Vec<ComponentSignature>, StoreError> {
    let rows = session.rows(
        concat!(
            "SELECT key_id, manifest, signature, added_at_ms FROM component_signature WHERE coalesce(payer_id, 0) = ",
            owner!("$1"),
            " AND digest = $2 ORDER BY id"
        ),
        &[&payer, &digest],
    )?;
    let signature = |row: &Row| {
        Ok(ComponentSignature {
            payer: payer.map(str::to_owned),
            digest: digest.to_owned(),
            key_id: get(row, 0)?,
            manifest: get(row, 1)?,
            signature: bytes(row, 2, || format!("a signature under component `{digest}`"))?,
            added_at_ms: get(row, 3)?,
        })
    };
    rows.iter().map(signature).collect()
}

pub(super) fn add_signature(
    session: &mut Session,
    raised: &mut Raised,
    signature: &NewComponentSignature,
) -> Result<bool, StoreError> {
    components::check_stored(session, &signature.digest)?;
    let owner = raised.owner(session, signature.payer.as_deref())?;
    let added = session.execute(
        "INSERT INTO component_signature (payer_id, digest, key_id, manifest, signature) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (coalesce(payer_id, 0), digest, key_id, signature) DO NOTHING",
        &[
            &owner,
            &signature.digest,
            &signature.key_id,
            &signature.manifest,
            &signature.signature.as_slice(),
        ],
    )?;
    Ok(added > 0)
}

pub(super) fn policy(session: &mut Session, payer: Option<&str>) -> Result<RulesPolicy, StoreError> {
    let row = session.row(
        concat!(
            "SELECT require_signature, return_after_quarantine FROM rules_policy WHERE coalesce(payer_id, 0) = ",
            owner!("$1")
        ),
        &[&payer],
    )?;
    let Some(row) = row else {
        return Ok(RulesPolicy::default());
    };
    Ok(RulesPolicy {
        require_signature: get(&row, 0)?,
        return_after_quarantine: get(&row, 1)?,
    })
}

pub(super) fn set_policy(
    session: &mut Session,
    raised: &mut Raised,
    payer: Option<&str>,
    policy: &RulesPolicy,
) -> Result<(), StoreError> {
    let owner = raised.owner(session, payer)?;
    session.execute(
        "INSERT INTO rules_policy (payer_id, require_signature, return_after_quarantine) VALUES ($1, $2, $3)
         ON CONFLICT (coalesce(payer_id, 0)) DO UPDATE
            SET require_signature = excluded.require_signature,
                return_after_quarantine = excluded.return_after_quarantine",
        &[&owner, &policy.require_signature, &policy.return_after_quarantine],
    )?;
    Ok(())
}
