//! The audit log in PostgreSQL, and the histories of all claims read as a part of it.

use postgres::Row;

use super::history;
use super::session::{Session, get};
use super::write::Raised;
use crate::{AuditEntry, AuditOf, AuditQuery, HistoryEntry, NewAuditEntry, StoreError};

/// How many entries a statement is about at most.
const BATCH_ROWS_MAX: usize = 4096;

/// An audit entry's columns, of those that are asked for. A statement of its own for each index: one that is prepared is
/// planned before it is known what is asked for.
macro_rules! select_audit {
    ($condition:literal) => {
        concat!(
            "SELECT audit.id, audit.at_ms, payer.name, audit.user_name, audit.operation, audit.object, audit.claim_id,
                    audit.refused, audit.rules, audit.details
             FROM audit LEFT JOIN payer ON payer.id = audit.payer_id
             WHERE audit.id > $3 AND ($4::text IS NULL OR audit.user_name = $4)
               AND ($5::text IS NULL OR audit.operation = $5) AND ($6::bigint IS NULL OR audit.at_ms >= $6)
               AND ($7::bigint IS NULL OR audit.at_ms < $7) AND ($8::text IS NULL OR audit.object = $8) AND ",
            $condition,
            " ORDER BY audit.id LIMIT $9"
        )
    };
}

const OF_PAYER: &str =
    select_audit!("audit.payer_id = (SELECT payer.id FROM payer WHERE payer.name = $1) AND $2::bigint IS NULL");
const OF_PAYER_AND_CLAIM: &str =
    select_audit!("audit.payer_id = (SELECT payer.id FROM payer WHERE payer.name = $1) AND audit.claim_id = $2");
const OF_PLATFORM: &str = select_audit!("audit.payer_id IS NULL AND $1::text IS NULL AND $2::bigint IS NULL");
const OF_PLATFORM_AND_CLAIM: &str =
    select_audit!("audit.payer_id IS NULL AND $1::text IS NULL AND audit.claim_id = $2");

/// The columns of an entry of a claim's history, of those that are asked for. The histories come first, in order, and the
/// claim of each is looked for by itself (`OFFSET 0` keeps the server from anything else): a payer's claims are many, and
/// the entries that are wanted few.
macro_rules! select_claim_audit {
    ($condition:literal) => {
        concat!(
            "SELECT entry.id, entry.operation, entry.user_name, entry.activity_id, entry.at_ms, entry.details,
                    entry.claim_id, claim.code
             FROM claim_history AS entry
             CROSS JOIN LATERAL (
                 SELECT CASE WHEN claim.code >= ' ' THEN claim.code ELSE coalesce(claim.deleted_code, '') END AS code
                 FROM claim
                 WHERE claim.id = entry.claim_id AND claim.payer_id = (SELECT payer.id FROM payer WHERE payer.name = $1)
                 OFFSET 0) AS claim
             WHERE entry.id > $3 AND ($4::text IS NULL OR entry.user_name = $4)
               AND ($5::text IS NULL OR entry.operation = $5) AND ($6::bigint IS NULL OR entry.at_ms >= $6)
               AND ($7::bigint IS NULL OR entry.at_ms < $7) AND ($8::bigint IS NULL OR entry.activity_id = $8) AND ",
            $condition,
            " ORDER BY entry.id LIMIT $9"
        )
    };
}

const OF_CLAIMS: &str = select_claim_audit!("$2::bigint IS NULL");
const OF_CLAIM: &str = select_claim_audit!("entry.claim_id = $2");

pub(super) fn append(session: &mut Session, raised: &mut Raised, entries: &[NewAuditEntry]) -> Result<(), StoreError> {
    for batch in entries.chunks(BATCH_ROWS_MAX) {
        let mut payers = Vec::with_capacity(batch.len());
        for entry in batch {
            payers.push(match &entry.payer {
                Some(payer) => Some(raised.payer(session, payer)?),
                None => None,
            });
        }
        let claims: Vec<Option<i64>> = batch.iter().map(|entry| entry.claim).collect();
        let users: Vec<&str> = batch.iter().map(|entry| entry.user.as_str()).collect();
        let operations: Vec<&str> = batch.iter().map(|entry| entry.operation.as_str()).collect();
        let objects: Vec<&str> = batch.iter().map(|entry| entry.object.as_str()).collect();
        let refused: Vec<bool> = batch.iter().map(|entry| entry.refused).collect();
        let rules: Vec<Option<&str>> = batch.iter().map(|entry| entry.rules.as_deref()).collect();
        let details: Vec<&str> = batch.iter().map(|entry| entry.details.as_str()).collect();
        // Ids are given after rows were put in order.
        session.execute(
            "INSERT INTO audit (payer_id, claim_id, user_name, operation, object, refused, rules, details)
             SELECT payer_id, claim_id, user_name, operation, object, refused, rules, details
             FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[],
                         $8::text[])
                  WITH ORDINALITY
                  AS entry (payer_id, claim_id, user_name, operation, object, refused, rules, details, place)
             ORDER BY place",
            &[
                &payers,
                &claims,
                &users,
                &operations,
                &objects,
                &refused,
                &rules,
                &details,
            ],
        )?;
    }
    Ok(())
}

pub(super) fn entries(session: &mut Session, query: &AuditQuery<'_>) -> Result<Vec<AuditEntry>, StoreError> {
    let sql = match (query.payer, query.claim) {
        (AuditOf::Payer(_), None) => OF_PAYER,
        (AuditOf::Payer(_), Some(_)) => OF_PAYER_AND_CLAIM,
        (AuditOf::Platform, None) => OF_PLATFORM,
        (AuditOf::Platform, Some(_)) => OF_PLATFORM_AND_CLAIM,
    };
    let rows = session.rows(
        sql,
        &[
            &query.payer.payer(),
            &query.claim,
            &query.after,
            &query.user,
            &query.operation,
            &query.from_ms,
            &query.until_ms,
            &query.object(),
            &i64::from(query.limit),
        ],
    )?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<AuditEntry, StoreError> {
    let id: i64 = get(row, 0)?;
    Ok(AuditEntry {
        id,
        at_ms: get(row, 1)?,
        payer: get(row, 2)?,
        user: get(row, 3)?,
        operation: get(row, 4)?,
        object: get(row, 5)?,
        claim: get(row, 6)?,
        refused: get(row, 7)?,
        rules: get(row, 8)?,
        details: history::json(get(row, 9)?, || format!("entry {id} of the audit log"))?,
    })
}

pub(super) fn of_claims(
    session: &mut Session,
    query: &AuditQuery<'_>,
) -> Result<Vec<(i64, String, HistoryEntry)>, StoreError> {
    let AuditOf::Payer(payer) = query.payer else {
        return Ok(Vec::new());
    };
    let sql = match query.claim {
        None => OF_CLAIMS,
        Some(_) => OF_CLAIM,
    };
    let rows = session.rows(
        sql,
        &[
            &payer,
            &query.claim,
            &query.after,
            &query.user,
            &query.operation,
            &query.from_ms,
            &query.until_ms,
            &query.activity,
            &i64::from(query.limit),
        ],
    )?;
    let entry = |row: &Row| {
        let claim = get(row, 6)?;
        Ok((claim, get(row, 7)?, history::read(row, claim)?))
    };
    rows.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use reprise_test_postgres::shared;

    use super::super::{Postgres, parse};
    use crate::conformance::audit::ALL;
    use crate::conformance::claim_audit::record;
    use crate::conformance::done;
    use crate::{AccessStore, ClaimDeletion};

    #[test]
    fn the_record_is_only_ever_added_to_whoever_has_a_connection() {
        let Some(cluster) = shared() else { return };
        let url = cluster.create_database();
        let store = Postgres::open(parse(&url).expect("a URL")).expect("opened");
        record(&store);
        let before = (store.audit_entries(&ALL), store.claim_audit(&ALL));
        for table in ["audit", "claim_history"] {
            for change in [
                format!("UPDATE {table} SET user_name = ''somebody else''"),
                format!("UPDATE {table} SET at_ms = 0 WHERE id = 1"),
                format!(
                    "INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {table}
                     ON CONFLICT (id) DO UPDATE SET at_ms = 0"
                ),
                format!("DELETE FROM {table}"),
                format!("DELETE FROM {table} WHERE id = 1"),
                format!("TRUNCATE {table}"),
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
                assert!(
                    said.ends_with("the audit log is only ever added to\n"),
                    "{change}: {said}"
                );
            }
        }
        assert_eq!((store.audit_entries(&ALL), store.claim_audit(&ALL)), before);
        record(&store);
        assert_eq!(store.audit_entries(&ALL).expect("read").len(), 2, "it is added to");
    }

    #[test]
    fn a_claim_that_an_older_version_deleted_has_no_code_any_more() {
        let Some(cluster) = shared() else { return };
        let url = cluster.create_database();
        let store = Postgres::open(parse(&url).expect("a URL")).expect("opened");
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
        cluster.execute(&url, "UPDATE claim SET deleted_code = NULL");
        assert_eq!(codes(), [""]);
    }
}
