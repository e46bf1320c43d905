//! Generations of rules, and the record of which of them decided when, in SQLite.

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::clock::now_ms;
use super::write::Raised;
use crate::generation::{check_component, no_generation};
use crate::{Activation, Generation, NewActivation, NewGeneration, StoreError};

/// A generation's columns.
macro_rules! select_generation {
    ($($condition:tt)+) => {
        concat!(
            "SELECT payer.name, generation.number, generation.criteria, generation.claim_status, generation.user_name,
                    generation.reason, generation.created_at_ms
             FROM rule_generation AS generation LEFT JOIN payer ON payer.id = generation.payer_id WHERE ",
            $($condition)+
        )
    };
}

/// The generation of an owner's last activation.
macro_rules! active {
    ($owner:expr) => {
        concat!(
            "(SELECT activation.generation_id FROM rule_activation AS activation
              WHERE coalesce(activation.payer_id, 0) = ",
            $owner,
            " ORDER BY activation.id DESC LIMIT 1)"
        )
    };
}

pub(super) fn by_number(
    connection: &Connection,
    payer: Option<&str>,
    number: i64,
) -> Result<Option<Generation>, StoreError> {
    let sql = select_generation!(
        "coalesce(generation.payer_id, 0) = ",
        owner!("?1"),
        " AND generation.number = ?2"
    );
    Ok(listed(connection, sql, (payer, number))?.pop())
}

pub(super) fn page(
    connection: &Connection,
    payer: Option<&str>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Generation>, StoreError> {
    let sql = select_generation!(
        "coalesce(generation.payer_id, 0) = ",
        owner!("?1"),
        " AND generation.number < ?2 ORDER BY generation.number DESC LIMIT ?3"
    );
    listed(connection, sql, (payer, before.unwrap_or(i64::MAX), limit))
}

pub(super) fn active(connection: &Connection, payer: Option<&str>) -> Result<Option<Generation>, StoreError> {
    let sql = select_generation!("generation.id = ", active!(owner!("?1")));
    Ok(listed(connection, sql, [payer])?.pop())
}

pub(super) fn all_active(connection: &Connection) -> Result<Vec<Generation>, StoreError> {
    // For each owner by itself, so that the record is not read from one end to the other.
    let sql = select_generation!(
        "generation.id IN (SELECT ",
        active!("owner.id"),
        " FROM (SELECT 0 AS id UNION ALL SELECT payer.id FROM payer) AS owner) ORDER BY payer.name"
    );
    listed(connection, sql, [])
}

/// The generations that a statement finds.
fn listed(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<Generation>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let generations = statement.query_map(values, read)?;
    Ok(generations.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> Result<Generation, rusqlite::Error> {
    Ok(Generation {
        payer: row.get(0)?,
        number: row.get(1)?,
        criteria: row.get(2)?,
        claim_status: row.get(3)?,
        user: row.get(4)?,
        reason: row.get(5)?,
        created_at_ms: row.get(6)?,
    })
}

pub(super) fn create(
    connection: &Connection,
    raised: &mut Raised,
    generation: &NewGeneration,
) -> Result<i64, StoreError> {
    let payer = generation.payer.as_deref();
    for (digest, kind) in generation.components()? {
        let mut find = connection.prepare_cached(concat!(
            "SELECT kind, EXISTS (SELECT 1 FROM rule_installation AS installation
                                  WHERE coalesce(installation.payer_id, 0) IN (0, ",
            owner!("?1"),
            ") AND installation.digest = rule_component.digest)
             FROM rule_component WHERE digest = ?2"
        ))?;
        let found: Option<(String, bool)> = find
            .query_row((payer, digest), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let found = found.map(|(found, installed)| Ok::<_, StoreError>((found.parse()?, installed)));
        check_component(digest, kind, found.transpose()?)?;
    }
    let owner = raised.owner(connection, payer)?;
    Ok(connection
        .prepare_cached(
            "INSERT INTO rule_generation (payer_id, number, criteria, claim_status, user_name, reason, created_at_ms)
             SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6
             FROM rule_generation WHERE coalesce(payer_id, 0) = coalesce(?1, 0)
             RETURNING number",
        )?
        .query_row(
            (
                owner,
                &generation.criteria,
                &generation.claim_status,
                &generation.user,
                &generation.reason,
                now_ms(),
            ),
            |row| row.get(0),
        )?)
}

pub(super) fn activations(
    connection: &Connection,
    payer: Option<&str>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Activation>, StoreError> {
    let mut statement = connection.prepare_cached(concat!(
        "SELECT activation.id, payer.name, generation.number, activation.kind, activation.user_name,
                activation.reason, activation.at_ms
         FROM rule_activation AS activation
         LEFT JOIN payer ON payer.id = activation.payer_id
         LEFT JOIN rule_generation AS generation ON generation.id = activation.generation_id
         WHERE coalesce(activation.payer_id, 0) = ",
        owner!("?1"),
        " AND activation.id < ?2 ORDER BY activation.id DESC LIMIT ?3"
    ))?;
    let mut rows = statement.query((payer, before.unwrap_or(i64::MAX), limit))?;
    let mut activations = Vec::new();
    while let Some(row) = rows.next()? {
        let kind: String = row.get(3)?;
        activations.push(Activation {
            id: row.get(0)?,
            payer: row.get(1)?,
            generation: row.get(2)?,
            kind: kind.parse()?,
            user: row.get(4)?,
            reason: row.get(5)?,
            at_ms: row.get(6)?,
        });
    }
    Ok(activations)
}

pub(super) fn append_activation(
    connection: &Connection,
    raised: &mut Raised,
    activation: &NewActivation,
) -> Result<i64, StoreError> {
    activation.check()?;
    let payer = activation.payer.as_deref();
    let generation = match activation.generation {
        Some(number) => Some(id_of(connection, payer, number)?),
        None => None,
    };
    let owner = raised.owner(connection, payer)?;
    let id = connection
        .prepare_cached(
            "INSERT INTO rule_activation (payer_id, generation_id, kind, user_name, reason, at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
        )?
        .query_row(
            (
                owner,
                generation,
                activation.kind.as_str(),
                &activation.user,
                &activation.reason,
                now_ms(),
            ),
            |row| row.get(0),
        )?;
    raised.raise_rules(connection)?;
    Ok(id)
}

/// The id of the generation with this number. Fails if there is none.
fn id_of(connection: &Connection, payer: Option<&str>, number: i64) -> Result<i64, StoreError> {
    let mut statement = connection.prepare_cached(concat!(
        "SELECT id FROM rule_generation WHERE coalesce(payer_id, 0) = ",
        owner!("?1"),
        " AND number = ?2"
    ))?;
    let id = statement.query_row((payer, number), |row| row.get(0)).optional()?;
    id.ok_or_else(|| no_generation(number))
}
