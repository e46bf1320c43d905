//! The audit log in SQLite, and the histories of all claims read as a part of it.

use rusqlite::{Connection, Row};

use super::clock::now_ms;
use super::history;
use super::write::Raised;
use crate::{AuditEntry, AuditOf, AuditQuery, HistoryEntry, NewAuditEntry, StoreError};

/// An audit entry's columns, of those that are asked for. A statement of its own for each index: SQLite plans one before it
/// knows what is asked for.
macro_rules! select_audit {
    ($condition:literal) => {
        concat!(
            "SELECT audit.id, audit.at_ms, payer.name, audit.user_name, audit.operation, audit.object, audit.claim_id,
                    audit.refused, audit.rules, audit.details
             FROM audit LEFT JOIN payer ON payer.id = audit.payer_id
             WHERE audit.id > ?3 AND (?4 IS NULL OR audit.user_name = ?4) AND (?5 IS NULL OR audit.operation = ?5)
               AND (?6 IS NULL OR audit.at_ms >= ?6) AND (?7 IS NULL OR audit.at_ms < ?7)
               AND (?8 IS NULL OR audit.object = ?8) AND ",
            $condition,
            " ORDER BY audit.id LIMIT ?9"
        )
    };
}

const OF_PAYER: &str =
    select_audit!("audit.payer_id = (SELECT payer.id FROM payer WHERE payer.name = ?1) AND ?2 IS NULL");
const OF_PAYER_AND_CLAIM: &str =
    select_audit!("+audit.payer_id = (SELECT payer.id FROM payer WHERE payer.name = ?1) AND audit.claim_id = ?2");
const OF_PLATFORM: &str = select_audit!("audit.payer_id IS NULL AND ?1 IS NULL AND ?2 IS NULL");
const OF_PLATFORM_AND_CLAIM: &str = select_audit!("+audit.payer_id IS NULL AND ?1 IS NULL AND audit.claim_id = ?2");

/// The columns of an entry of a claim's history, of those that are asked for. The histories come first: a payer's claims
/// are many, and the entries that are wanted few.
macro_rules! select_claim_audit {
    ($condition:literal) => {
        concat!(
            "SELECT entry.id, entry.operation, entry.user_name, entry.activity_id, entry.at_ms, entry.details,
                    entry.claim_id, iif(claim.code >= ' ', claim.code, coalesce(claim.deleted_code, ''))
             FROM claim_history AS entry CROSS JOIN claim ON claim.id = entry.claim_id
             WHERE entry.id > ?3 AND (?4 IS NULL OR entry.user_name = ?4) AND (?5 IS NULL OR entry.operation = ?5)
               AND (?6 IS NULL OR entry.at_ms >= ?6) AND (?7 IS NULL OR entry.at_ms < ?7)
               AND (?8 IS NULL OR entry.activity_id = ?8)
               AND claim.payer_id = (SELECT payer.id FROM payer WHERE payer.name = ?1) AND ",
            $condition,
            " ORDER BY entry.id LIMIT ?9"
        )
    };
}

const OF_CLAIMS: &str = select_claim_audit!("?2 IS NULL");
const OF_CLAIM: &str = select_claim_audit!("entry.claim_id = ?2");

pub(super) fn append(
    connection: &Connection,
    raised: &mut Raised,
    entries: &[NewAuditEntry],
) -> Result<(), StoreError> {
    let now = now_ms();
    let mut insert = connection.prepare_cached(
        "INSERT INTO audit (payer_id, claim_id, at_ms, user_name, operation, object, refused, rules, details)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for entry in entries {
        let payer = match &entry.payer {
            Some(payer) => Some(raised.payer(connection, payer)?),
            None => None,
        };
        insert.execute((
            payer,
            entry.claim,
            now,
            &entry.user,
            &entry.operation,
            &entry.object,
            entry.refused,
            &entry.rules,
            &entry.details,
        ))?;
    }
    Ok(())
}

pub(super) fn entries(connection: &Connection, query: &AuditQuery<'_>) -> Result<Vec<AuditEntry>, StoreError> {
    let mut statement = connection.prepare_cached(match (query.payer, query.claim) {
        (AuditOf::Payer(_), None) => OF_PAYER,
        (AuditOf::Payer(_), Some(_)) => OF_PAYER_AND_CLAIM,
        (AuditOf::Platform, None) => OF_PLATFORM,
        (AuditOf::Platform, Some(_)) => OF_PLATFORM_AND_CLAIM,
    })?;
    let mut rows = statement.query((
        query.payer.payer(),
        query.claim,
        query.after,
        query.user,
        query.operation,
        query.from_ms,
        query.until_ms,
        query.object(),
        query.limit,
    ))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(read(row)?);
    }
    Ok(entries)
}

fn read(row: &Row<'_>) -> Result<AuditEntry, StoreError> {
    let id: i64 = row.get(0)?;
    let details: String = row.get(9)?;
    Ok(AuditEntry {
        id,
        at_ms: row.get(1)?,
        payer: row.get(2)?,
        user: row.get(3)?,
        operation: row.get(4)?,
        object: row.get(5)?,
        claim: row.get(6)?,
        refused: row.get(7)?,
        rules: row.get(8)?,
        details: history::json(&details, || format!("entry {id} of the audit log"))?,
    })
}

pub(super) fn of_claims(
    connection: &Connection,
    query: &AuditQuery<'_>,
) -> Result<Vec<(i64, String, HistoryEntry)>, StoreError> {
    let AuditOf::Payer(payer) = query.payer else {
        return Ok(Vec::new());
    };
    let mut statement = connection.prepare_cached(match query.claim {
        None => OF_CLAIMS,
        Some(_) => OF_CLAIM,
    })?;
    let mut rows = statement.query((
        payer,
        query.claim,
        query.after,
        query.user,
        query.operation,
        query.from_ms,
        query.until_ms,
        query.activity,
        query.limit,
    ))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let (claim, code): (i64, String) = (row.get(6)?, row.get(7)?);
        entries.push((claim, code, history::read(row, claim)?));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::super::Sqlite;
    use crate::conformance::audit::{ALL, new};
    use crate::conformance::claim_audit::record;
    use crate::conformance::done;
    use crate::{AccessStore, ClaimDeletion, NewAuditEntry, StoreError};

    #[test]
    fn the_record_is_only_ever_added_to_whoever_has_a_connection() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("reprise.db");
        let store = Sqlite::open(&path).expect("opened");
        record(&store);
        let before = (store.audit_entries(&ALL), store.claim_audit(&ALL));
        let connection = Connection::open(&path).expect("opened");
        for table in ["audit", "claim_history"] {
            for sql in [
                format!("UPDATE {table} SET user_name = 'somebody else'"),
                format!("UPDATE {table} SET id = id + 1 WHERE id = 1"),
                format!("INSERT INTO {table} SELECT * FROM {table} WHERE TRUE ON CONFLICT DO UPDATE SET at_ms = 0"),
                format!("DELETE FROM {table}"),
                format!("DELETE FROM {table} WHERE id = 1"),
            ] {
                let refused = connection.execute_batch(&sql).expect_err(&sql).to_string();
                assert_eq!(refused, "the audit log is only ever added to", "{sql}");
            }
            let sql = format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}");
            let ours = store.writer.lock().expect("a lock").execute_batch(&sql);
            let refused = StoreError::from(ours.expect_err(&sql)).to_string();
            assert!(refused.contains("only ever added to"), "{refused}");
        }
        assert_eq!((store.audit_entries(&ALL), store.claim_audit(&ALL)), before);
        record(&store);
        assert_eq!(store.audit_entries(&ALL).expect("read").len(), 2, "it is added to");
    }

    #[test]
    fn a_claim_that_an_older_version_deleted_has_no_code_any_more() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Sqlite::open(&directory.path().join("reprise.db")).expect("opened");
        record(&store);
        let deletion = ClaimDeletion {
            payer: "ACME".to_owned(),
            id: 1,
            seen: 1,
        };
        assert_eq!(
            done(&store, |transaction| transaction.delete_claims(&[deletion])),
            [true]
        );
        let codes = || -> Vec<String> {
            let entries = store.claim_audit(&ALL).expect("read");
            entries.into_iter().map(|(_, code, _)| code).collect()
        };
        assert_eq!(codes(), ["C1"]);
        let writer = store.writer.lock().expect("a lock");
        writer
            .execute_batch("UPDATE claim SET deleted_code = NULL")
            .expect("as an older version leaves it");
        assert_eq!(codes(), [""]);
    }

    #[test]
    fn a_damaged_entry_is_told_with_its_id() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Sqlite::open(&directory.path().join("reprise.db")).expect("opened");
        let damaged = NewAuditEntry {
            details: "{".to_owned(),
            ..new(Some("ACME"), "jane", "start", "activity 1", None)
        };
        done(&store, |transaction| transaction.append_audit(&[damaged]));
        let error = store.audit_entries(&ALL).expect_err("unreadable");
        assert!(
            matches!(&error, StoreError::Corrupt { what } if what.contains("entry 1 of the audit log")),
            "{error}"
        );
    }
}
