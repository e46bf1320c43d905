//! The schema, as numbered steps. A step that was released never changes; what changes is a new step.

use super::intake;
use super::session::Session;
use super::write::{BEGIN, ROLL_BACK};
use crate::StoreError;

/// The step after which what was there already is looked up by what it has.
const INTAKE: &str = "intake";

/// The steps, in order; the first has number 1.
const MIGRATIONS: &[(&str, &str)] = &[
    ("start", include_str!("../../migrations/postgres/0001_start.sql")),
    (
        "content age",
        include_str!("../../migrations/postgres/0002_content_age.sql"),
    ),
    (INTAKE, include_str!("../../migrations/postgres/0003_intake.sql")),
    ("webhooks", include_str!("../../migrations/postgres/0004_webhooks.sql")),
    ("access", include_str!("../../migrations/postgres/0005_access.sql")),
    ("rules", include_str!("../../migrations/postgres/0006_rules.sql")),
    (
        "index images",
        include_str!("../../migrations/postgres/0007_index_images.sql"),
    ),
];

/// What the table of steps is marked with: tells a database of Reprise from any other.
const MARK: &str = "the schema of Reprise";

/// Brings the schema up to date, in one transaction. Another host may be doing the same.
pub(super) fn run(session: &mut Session) -> Result<(), StoreError> {
    // Most often there is nothing to do, and no need to wait for whoever is writing.
    if applied(session)? == Some(known()) {
        return Ok(());
    }
    session.batch(BEGIN)?;
    match apply(session) {
        Ok(()) => session.batch("COMMIT"),
        Err(error) => {
            session.batch(ROLL_BACK)?;
            Err(error)
        }
    }
}

fn apply(session: &mut Session) -> Result<(), StoreError> {
    let applied = applied(session)?;
    if applied.is_none() {
        // INVARIANT: asked under the write lock. Before, another host may have been half-way between two looks.
        check_empty(session)?;
        session.batch(&format!(
            "CREATE TABLE schema_migration (
                number bigint PRIMARY KEY,
                name text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            COMMENT ON TABLE schema_migration IS '{MARK}'"
        ))?;
    }
    for (number, (name, sql)) in (1_i64..).zip(MIGRATIONS) {
        if Some(number) > applied {
            session.batch(sql)?;
            if *name == INTAKE {
                intake::fill(session)?;
            }
            session.execute(
                "INSERT INTO schema_migration (number, name) VALUES ($1, $2)",
                &[&number, name],
            )?;
        }
    }
    Ok(())
}

/// The number of the last step that is known here.
fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The number of the last step that was applied; none if the database is not marked as Reprise's. A step that is not
/// known here is an error.
fn applied(session: &mut Session) -> Result<Option<i64>, StoreError> {
    // Asked of the catalogue's tables: its functions may answer from a cache that does not know yet what another host
    // has just committed.
    let mark: Option<String> = session.value(
        "SELECT pg_description.description FROM pg_namespace
         JOIN pg_class ON pg_class.relnamespace = pg_namespace.oid AND pg_class.relname = 'schema_migration'
         JOIN pg_description ON pg_description.objoid = pg_class.oid AND pg_description.objsubid = 0
                            AND pg_description.classoid = 'pg_class'::regclass
         WHERE pg_namespace.nspname = current_schema()",
        &[],
    )?;
    if mark.as_deref() != Some(MARK) {
        return Ok(None);
    }
    let found: i64 = session.one("SELECT coalesce(max(number), 0) FROM schema_migration", &[])?;
    if found > known() {
        return Err(StoreError::NewerSchema { found, known: known() });
    }
    Ok(Some(found))
}

/// Fails if there are tables of something else.
fn check_empty(session: &mut Session) -> Result<(), StoreError> {
    let others: bool = session.one(
        "SELECT EXISTS (SELECT 1 FROM pg_namespace JOIN pg_class ON pg_class.relnamespace = pg_namespace.oid
                        WHERE pg_namespace.nspname = current_schema() AND pg_class.relkind IN ('r', 'p', 'v', 'm', 'f'))",
        &[],
    )?;
    if others {
        return Err(StoreError::Unavailable {
            reason: "the database holds tables of something else; name another database, or create one with \
                     `createdb --encoding=UTF8`"
                .to_owned(),
        });
    }
    Ok(())
}
