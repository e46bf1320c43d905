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

const ACTIVE: &str = select_generation!("generation.id = ", active!(owner!("?1")));

/// For each owner by itself, so that the record is not read from one end to the other. The plus takes away that the id is a
/// column's: SQLite would not look for that in an index on an expression.
const ALL_ACTIVE: &str = select_generation!(
    "generation.id IN (SELECT ",
    active!("+owner.id"),
    " FROM (SELECT 0 AS id UNION ALL SELECT payer.id FROM payer) AS owner) ORDER BY payer.name"
);

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
    Ok(listed(connection, ACTIVE, [payer])?.pop())
}

pub(super) fn all_active(connection: &Connection) -> Result<Vec<Generation>, StoreError> {
    listed(connection, ALL_ACTIVE, [])
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

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::super::Sqlite;
    use super::{ACTIVE, ALL_ACTIVE};
    use crate::conformance::generations::{activate, create, prepare};
    use crate::{RuleStore, RulesOf, StoreError};

    #[test]
    fn what_decisions_name_stays_whoever_has_a_connection() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("reprise.db");
        let store = Sqlite::open(&path).expect("opened");
        prepare(&store);
        activate(&store, None, Some(create(&store, None, "due")));
        let all = || {
            (
                store.installed_components(RulesOf::Everyone),
                store.generations(None, None, 9),
                store.activations(None, None, 9),
            )
        };
        let before = all();
        let connection = Connection::open(&path).expect("opened");
        for (table, column, words) in [
            (
                "rule_component",
                "name",
                "a component that is stored is never changed or deleted",
            ),
            (
                "rule_generation",
                "criteria",
                "a generation is never changed or deleted",
            ),
            (
                "rule_activation",
                "reason",
                "the record of activations is only ever added to",
            ),
        ] {
            for sql in [
                format!("UPDATE {table} SET {column} = 'another'"),
                format!("UPDATE {table} SET rowid = rowid + 1 WHERE rowid = 1"),
                format!(
                    "INSERT INTO {table} SELECT * FROM {table} WHERE TRUE ON CONFLICT DO UPDATE SET {column} = 'another'"
                ),
                format!("DELETE FROM {table}"),
                format!("DELETE FROM {table} WHERE rowid = 1"),
            ] {
                let refused = connection.execute_batch(&sql).expect_err(&sql).to_string();
                assert_eq!(refused, words, "{sql}");
            }
            let sql = format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}");
            let ours = store.writer.lock().expect("a lock").execute_batch(&sql);
            let refused = StoreError::from(ours.expect_err(&sql)).to_string();
            assert!(refused.contains(words), "{refused}");
        }
        assert_eq!(all(), before);
        activate(&store, None, Some(create(&store, None, "due again")));
        assert_eq!(
            store.activations(None, None, 9).expect("read").len(),
            2,
            "it is added to"
        );
    }

    #[test]
    fn what_decides_is_found_however_long_the_record_is() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Sqlite::open(&directory.path().join("reprise.db")).expect("opened");
        let writer = store.writer.lock().expect("a lock");
        for sql in [ACTIVE, ALL_ACTIVE] {
            let mut statement = writer.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("explained");
            let values = vec![None::<String>; statement.parameter_count()];
            let steps: Vec<String> = statement
                .query_map(rusqlite::params_from_iter(values), |row| row.get(3))
                .expect("explained")
                .collect::<Result<_, _>>()
                .expect("explained");
            for step in [
                "SEARCH activation USING INDEX rule_activation_by_owner (<expr>=?)",
                "SEARCH generation USING INTEGER PRIMARY KEY (rowid=?)",
            ] {
                assert!(steps.iter().any(|found| found == step), "{steps:?}");
            }
        }
    }
}
