//! Generations of rules, and the record of which of them decided when, in PostgreSQL.

use postgres::Row;

use super::session::{Session, get};
use super::write::Raised;
use crate::generation::{check_component, no_generation};
use crate::{Activation, Generation, NewActivation, NewGeneration, RuleKind, StoreError};

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

const ACTIVE: &str = select_generation!("generation.id = ", active!(owner!("$1")));

/// For each owner by itself, so that the record is not read from one end to the other.
const ALL_ACTIVE: &str = select_generation!(
    "generation.id IN (SELECT ",
    active!("owner.id"),
    " FROM (SELECT 0 AS id UNION ALL SELECT payer.id FROM payer) AS owner) ORDER BY payer.name NULLS FIRST"
);

pub(super) fn by_number(
    session: &mut Session,
    payer: Option<&str>,
    number: i64,
) -> Result<Option<Generation>, StoreError> {
    let sql = select_generation!(
        "coalesce(generation.payer_id, 0) = ",
        owner!("$1"),
        " AND generation.number = $2"
    );
    let row = session.row(sql, &[&payer, &number])?;
    row.as_ref().map(read).transpose()
}

pub(super) fn page(
    session: &mut Session,
    payer: Option<&str>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Generation>, StoreError> {
    let sql = select_generation!(
        "coalesce(generation.payer_id, 0) = ",
        owner!("$1"),
        " AND generation.number < $2 ORDER BY generation.number DESC LIMIT $3"
    );
    let rows = session.rows(sql, &[&payer, &before.unwrap_or(i64::MAX), &i64::from(limit)])?;
    rows.iter().map(read).collect()
}

pub(super) fn active(session: &mut Session, payer: Option<&str>) -> Result<Option<Generation>, StoreError> {
    let row = session.row(ACTIVE, &[&payer])?;
    row.as_ref().map(read).transpose()
}

pub(super) fn all_active(session: &mut Session) -> Result<Vec<Generation>, StoreError> {
    session.rows(ALL_ACTIVE, &[])?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Generation, StoreError> {
    Ok(Generation {
        payer: get(row, 0)?,
        number: get(row, 1)?,
        criteria: get(row, 2)?,
        claim_status: get(row, 3)?,
        user: get(row, 4)?,
        reason: get(row, 5)?,
        created_at_ms: get(row, 6)?,
    })
}

/// INVARIANT: there is one writer, so what is looked up stays true until it is acted on.
pub(super) fn create(
    session: &mut Session,
    raised: &mut Raised,
    generation: &NewGeneration,
) -> Result<i64, StoreError> {
    let payer = generation.payer.as_deref();
    for (digest, kind) in generation.components()? {
        let found = session.row(
            concat!(
                "SELECT kind, EXISTS (SELECT 1 FROM rule_installation AS installation
                                      WHERE coalesce(installation.payer_id, 0) IN (0, ",
                owner!("$1"),
                ") AND installation.digest = rule_component.digest)
                 FROM rule_component WHERE digest = $2"
            ),
            &[&payer, &digest],
        )?;
        let found = found.map(|row| {
            let found: RuleKind = get::<&str>(&row, 0)?.parse()?;
            Ok::<_, StoreError>((found, get(&row, 1)?))
        });
        check_component(digest, kind, found.transpose()?)?;
    }
    let owner = raised.owner(session, payer)?;
    session.one(
        "INSERT INTO rule_generation (payer_id, number, criteria, claim_status, user_name, reason)
         SELECT $1::bigint, coalesce(max(number), 0) + 1, $2, $3, $4, $5
         FROM rule_generation WHERE coalesce(payer_id, 0) = coalesce($1::bigint, 0)
         RETURNING number",
        &[
            &owner,
            &generation.criteria,
            &generation.claim_status,
            &generation.user,
            &generation.reason,
        ],
    )
}

pub(super) fn activations(
    session: &mut Session,
    payer: Option<&str>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Activation>, StoreError> {
    let rows = session.rows(
        concat!(
            "SELECT activation.id, payer.name, generation.number, activation.kind, activation.user_name,
                    activation.reason, activation.at_ms
             FROM rule_activation AS activation
             LEFT JOIN payer ON payer.id = activation.payer_id
             LEFT JOIN rule_generation AS generation ON generation.id = activation.generation_id
             WHERE coalesce(activation.payer_id, 0) = ",
            owner!("$1"),
            " AND activation.id < $2 ORDER BY activation.id DESC LIMIT $3"
        ),
        &[&payer, &before.unwrap_or(i64::MAX), &i64::from(limit)],
    )?;
    let activation = |row: &Row| {
        Ok(Activation {
            id: get(row, 0)?,
            payer: get(row, 1)?,
            generation: get(row, 2)?,
            kind: get::<&str>(row, 3)?.parse()?,
            user: get(row, 4)?,
            reason: get(row, 5)?,
            at_ms: get(row, 6)?,
        })
    };
    rows.iter().map(activation).collect()
}

pub(super) fn append_activation(
    session: &mut Session,
    raised: &mut Raised,
    activation: &NewActivation,
) -> Result<i64, StoreError> {
    activation.check()?;
    let payer = activation.payer.as_deref();
    let generation = match activation.generation {
        Some(number) => Some(id_of(session, payer, number)?),
        None => None,
    };
    let owner = raised.owner(session, payer)?;
    let id = session.one(
        "INSERT INTO rule_activation (payer_id, generation_id, kind, user_name, reason)
         VALUES ($1, $2, $3, $4, $5) RETURNING id",
        &[
            &owner,
            &generation,
            &activation.kind.as_str(),
            &activation.user,
            &activation.reason,
        ],
    )?;
    raised.raise_rules(session)?;
    Ok(id)
}

/// The id of the generation with this number. Fails if there is none.
fn id_of(session: &mut Session, payer: Option<&str>, number: i64) -> Result<i64, StoreError> {
    let id = session.value(
        concat!(
            "SELECT id FROM rule_generation WHERE coalesce(payer_id, 0) = ",
            owner!("$1"),
            " AND number = $2"
        ),
        &[&payer, &number],
    )?;
    id.ok_or_else(|| no_generation(number))
}

#[cfg(test)]
mod tests {
    use reprise_test_postgres::shared;

    use super::super::{Postgres, parse};
    use super::ALL_ACTIVE;
    use crate::conformance::generations::{activate, create, prepare};
    use crate::{RuleStore, RulesOf};

    #[test]
    fn what_decisions_name_stays_whoever_has_a_connection() {
        let Some(cluster) = shared() else { return };
        let url = cluster.create_database();
        let store = Postgres::open(parse(&url).expect("a URL")).expect("opened");
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
            let (key, overriding) = match table {
                "rule_component" => ("digest", ""),
                "rule_generation" => ("id", "OVERRIDING SYSTEM VALUE"),
                _ => ("coalesce(payer_id, 0), id", "OVERRIDING SYSTEM VALUE"),
            };
            for change in [
                format!("UPDATE {table} SET {column} = ''another''"),
                format!("UPDATE {table} SET {column} = NULL WHERE FALSE"),
                format!(
                    "INSERT INTO {table} {overriding} SELECT * FROM {table}
                     ON CONFLICT ({key}) DO UPDATE SET {column} = ''another''"
                ),
                format!("DELETE FROM {table}"),
                format!("TRUNCATE {table} CASCADE"),
            ] {
                // Says why it was refused, or that it was not.
                let sql = format!(
                    "CREATE FUNCTION pg_temp.attempt() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
                         EXECUTE '{change}';
                         RETURN 'done';
                     EXCEPTION WHEN OTHERS THEN
                         RETURN SQLERRM;
                     END $$;
                     SELECT pg_temp.attempt()"
                );
                let said = cluster.execute(&url, &sql);
                assert!(said.ends_with(&format!("{words}\n")), "{change}: {said}");
            }
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
        let Some(cluster) = shared() else { return };
        let url = cluster.create_database();
        let store = Postgres::open(parse(&url).expect("a URL")).expect("opened");
        prepare(&store);
        create(&store, None, "due");
        cluster.execute(
            &url,
            "INSERT INTO payer SELECT number, 'P' || number FROM generate_series(1, 20) AS number;
             INSERT INTO rule_activation (payer_id, generation_id, kind, user_name, reason)
             SELECT nullif(number % 21, 0), 1, 'activate', 'jane', 'due' FROM generate_series(1, 20000) AS number;
             ANALYZE",
        );
        let plan = cluster.execute(&url, &format!("EXPLAIN {ALL_ACTIVE}"));
        assert!(
            plan.contains("Index Scan Backward using rule_activation_by_owner"),
            "{plan}"
        );
        // That generation is the platform's, and found once for all whose last activation names it.
        let found = store.active_generations().expect("read");
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
