//! The schema, as numbered steps. A step that was released never changes; what changes is a new step.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::clock::now_ms;
use super::intake;
use crate::StoreError;

/// The step after which what was there already is looked up by what it has.
const INTAKE: &str = "intake";

/// The steps, in order; the first has number 1.
const MIGRATIONS: &[(&str, &str)] = &[
    ("start", include_str!("../../migrations/sqlite/0001_start.sql")),
    ("reprocess", include_str!("../../migrations/sqlite/0002_reprocess.sql")),
    (
        "content age",
        include_str!("../../migrations/sqlite/0003_content_age.sql"),
    ),
    (INTAKE, include_str!("../../migrations/sqlite/0004_intake.sql")),
    ("webhooks", include_str!("../../migrations/sqlite/0005_webhooks.sql")),
    ("access", include_str!("../../migrations/sqlite/0006_access.sql")),
    ("rules", include_str!("../../migrations/sqlite/0007_rules.sql")),
    (
        "index images",
        include_str!("../../migrations/sqlite/0008_index_images.sql"),
    ),
];

/// Brings the schema up to date, in one transaction. Another process may be doing the same.
pub(super) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    // Most often there is nothing to do, and no need to wait for whoever is writing.
    if applied(connection)? == known() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migration (
            number INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            applied_at_ms INTEGER NOT NULL
        ) STRICT",
    )?;
    let applied = applied(&transaction)?;
    for (number, (name, sql)) in (1_i64..).zip(MIGRATIONS) {
        if number > applied {
            transaction.execute_batch(sql)?;
            if *name == INTAKE {
                intake::fill(&transaction)?;
            }
            transaction.execute(
                "INSERT INTO schema_migration (number, name, applied_at_ms) VALUES (?1, ?2, ?3)",
                (number, name, now_ms()),
            )?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// The number of the last step that is known here.
fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The number of the last step that was applied; 0 if none was. A step that is not known here is an error.
fn applied(connection: &Connection) -> Result<i64, StoreError> {
    let is_there = connection
        .query_row(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'",
            [],
            |_| Ok(()),
        )
        .optional()?;
    if is_there.is_none() {
        return Ok(0);
    }
    let found: i64 = connection.query_row("SELECT coalesce(max(number), 0) FROM schema_migration", [], |row| {
        row.get(0)
    })?;
    if found > known() {
        return Err(StoreError::NewerSchema { found, known: known() });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use rusqlite::Connection;

    use super::super::Sqlite;
    use super::{INTAKE, MIGRATIONS};
    use crate::conformance::claims::claim;
    use crate::{ClaimToWrite, IntakeQuery, Store, StoreError};

    /// A database of the first schema.
    fn create_first(path: &Path) -> Connection {
        let connection = Connection::open(path).expect("opened");
        connection.execute_batch(MIGRATIONS[0].1).expect("created");
        connection
            .execute_batch(
                "CREATE TABLE schema_migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL,
                                                applied_at_ms INTEGER NOT NULL) STRICT;
                 INSERT INTO schema_migration VALUES (1, 'start', 0);",
            )
            .expect("marked");
        connection
    }

    #[test]
    fn a_copy_has_the_schema_of_the_database_which_stays_as_it_is() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("reprise.db");
        let connection = create_first(&path);
        for schema in [1, 99] {
            connection
                .execute("UPDATE schema_migration SET number = ?1", [schema])
                .expect("numbered");
            let before = fs::read(&path).expect("read");
            let target = directory.path().join(format!("copy-{schema}.db"));
            crate::back_up(&format!("sqlite:{}", path.display()), &target).expect("copied");
            let copy = Connection::open(&target).expect("opened");
            let found: i64 = copy
                .query_row("SELECT max(number) FROM schema_migration", [], |row| row.get(0))
                .expect("read");
            assert_eq!(found, schema);
            assert_eq!(fs::read(&path).expect("read"), before, "schema {schema}");
        }
    }

    #[test]
    fn activities_of_the_first_schema_were_queued_by_somebody_unknown() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("reprise.db");
        let connection = create_first(&path);
        connection
            .execute_batch(
                "UPDATE counter SET value = 7 WHERE name = 'change';
                 INSERT INTO payer VALUES (1, 'ACME');
                 INSERT INTO activity (payer_id, code, parameters, status, total, created_at_ms)
                 VALUES (1, 'REPROCESSCLAIMS_CRITERIA', '{}', 'in process', 3, 0),
                        (1, 'REPROCESSCLAIMS_CRITERIA', '{}', 'completed', 3, 0);",
            )
            .expect("filled");
        drop(connection);

        let store = Sqlite::open(&path).expect("brought up to date");
        assert_eq!((store.change_sequence(), store.event_position()), (Ok(7), Ok(0)));
        let queued = store.queued_activities().expect("read");
        let ids: Vec<i64> = queued.iter().map(|activity| activity.id).collect();
        assert_eq!(ids, [1], "the other one has ended");
        let activity = &queued[0];
        assert_eq!(activity.user, "anonymous");
        assert_eq!(
            (activity.queued, activity.high_priority, activity.counts.total),
            (true, false, Some(3))
        );
        assert_eq!((&activity.cancelled_by, &activity.bookmark), (&None, &None));
    }

    /// A database as it was before claims were looked up by what they have at intake.
    fn create_before_intake(path: &Path) -> Connection {
        let connection = create_first(path);
        for (number, (name, sql)) in (1_i64..).zip(MIGRATIONS) {
            if *name == INTAKE {
                break;
            }
            if number > 1 {
                connection.execute_batch(sql).expect("migrated");
                connection
                    .execute("INSERT INTO schema_migration VALUES (?1, ?2, 0)", (number, name))
                    .expect("marked");
            }
        }
        connection
            .execute_batch("INSERT INTO payer VALUES (1, 'ACME')")
            .expect("filled");
        connection
    }

    fn add_claim(connection: &Connection, id: i64, body: &[u8]) {
        connection
            .execute(
                "INSERT INTO claim (id, payer_id, code, change_sequence, body) VALUES (?1, 1, ?2, 1, ?3)",
                (id, format!("C{id}"), body),
            )
            .expect("added");
    }

    #[test]
    fn claims_of_an_older_schema_are_found_by_what_they_have_at_intake() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("reprise.db");
        let connection = create_before_intake(&path);
        let of_the_payer = || claim("ACME", "C", "");
        for (id, claim) in [
            (1, of_the_payer()),
            (
                2,
                serde_json::from_str(include_str!("../../golden/claim.json")).expect("a claim"),
            ),
            (
                3,
                reprise_model::Claim {
                    procedures: vec!["12858".to_owned()],
                    ..of_the_payer()
                },
            ),
            (
                4,
                reprise_model::Claim {
                    patient: Some("1337".to_owned()),
                    ..of_the_payer()
                },
            ),
        ] {
            add_claim(&connection, id, &ClaimToWrite::encode(claim).expect("encodable").body);
        }
        drop(connection);

        let store = Sqlite::open(&path).expect("brought up to date");
        let ids = |rows: Vec<crate::EncodedClaim>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
        assert_eq!(
            ids(store.claims_with_procedures("ACME", &["12858"]).expect("read")),
            [2, 3]
        );
        let query = IntakeQuery {
            patient: Some("1337"),
            status: None,
            edited_from_ms: None,
            after: 0,
            offset: 0,
            limit: 10,
        };
        assert_eq!(ids(store.intake_claims("ACME", &query).expect("read")), [2]);
        assert_eq!(store.change_sequence(), Ok(0), "no claim has changed");
    }

    #[test]
    fn a_claim_that_cannot_be_taken_over_leaves_the_database_as_it_was() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("reprise.db");
        let connection = create_before_intake(&path);
        let full: reprise_model::Claim =
            serde_json::from_str(include_str!("../../golden/claim.json")).expect("a claim");
        let mut body = ClaimToWrite::encode(full).expect("encodable").body;
        let place = body
            .windows(3)
            .rposition(|bytes| *bytes == [1, 1, b'W'])
            .expect("a status");
        body[place + 2] = b'X';
        add_claim(&connection, 8, &body);
        let error = Sqlite::open(&path).err().expect("refused");
        let sentence = error.to_string();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{sentence}");
        for words in ["id 8", "`claimStatus` is none of U", "with `--replace`"] {
            assert!(sentence.contains(words), "{sentence}");
        }
        let last: String = connection
            .query_row(
                "SELECT name FROM schema_migration ORDER BY number DESC LIMIT 1",
                [],
                |row| row.get(0),
            )
            .expect("read");
        assert_eq!(last, "content age");
    }
}
