//! The story of the histories of all claims, read as a part of the audit log.

use std::sync::Arc;

use serde_json::json;

use super::audit::{ALL, OF_PLATFORM, append, new};
use super::claims::{claim, write};
use super::{create_activity, done};
use crate::{AuditOf, AuditQuery, ClaimDeletion, ExistingClaims, HistoryEntry, NewHistoryEntry, Store};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    histories_of_all_claims_are_read_as_they_are_asked_for(open().as_ref());
    the_history_of_a_deleted_claim_tells_the_code_that_it_had(open().as_ref());
}

/// Gives ACME the claim 1 unless it has it, with one more entry in its history, and one more in the audit log.
pub(crate) fn record(store: &dyn Store) {
    write(store, vec![claim("ACME", "C1", "")], ExistingClaims::Refuse);
    done(store, |transaction| {
        transaction.append_history(&[history_entry(1, "jane", "create", None)])?;
        transaction.append_audit(&[new(Some("ACME"), "jane", "start", "activity 1", None)])
    });
}

/// What a history says: the claim, its code, what was done.
fn histories(store: &dyn Store, query: AuditQuery<'_>) -> Vec<(i64, String, String)> {
    let found = store.claim_audit(&query).expect("read");
    found
        .into_iter()
        .map(|(claim, code, entry)| (claim, code, entry.operation))
        .collect()
}

fn history_entry(claim: i64, user: &str, operation: &'static str, activity: Option<i64>) -> NewHistoryEntry {
    NewHistoryEntry {
        claim,
        operation,
        user: user.to_owned(),
        activity,
        details: json!({ "claim": claim }).to_string(),
    }
}

fn histories_of_all_claims_are_read_as_they_are_asked_for(store: &dyn Store) {
    let claims = [("ACME", "C1"), ("OTHER", "C2"), ("ACME", "C3")];
    let claims = claims.map(|(payer, code)| claim(payer, code, "")).to_vec();
    write(store, claims, ExistingClaims::Refuse);
    let activity = create_activity(store, "ACME");
    done(store, |transaction| {
        transaction.append_history(&[
            history_entry(1, "jane", "reprocess", Some(activity)),
            history_entry(2, "jane", "reprocess", None),
            history_entry(3, "joan", "reprocess", Some(activity)),
            history_entry(1, "joan", "submit", None),
            history_entry(3, "jane", "submit", None),
        ])
    });
    // An entry of the log about a claim is none of its history, and the other way round.
    append(store, &[new(Some("ACME"), "jane", "show", "claim C1", Some(1))]);
    let all = store.claim_audit(&ALL).expect("read");
    let first: &HistoryEntry = &all[0].2;
    assert_eq!(first.details, json!({"claim": 1}));
    assert_eq!((first.user.as_str(), first.activity), ("jane", Some(activity)));
    let of_claim: Vec<_> = all
        .iter()
        .filter(|(claim, ..)| *claim == 1)
        .map(|(.., entry)| entry.clone())
        .collect();
    assert_eq!(
        store.claim_history("ACME", 1, 0, 10),
        Ok(of_claim),
        "both read the same"
    );
    let last = &all[3].2;

    let row = |claim: i64, operation: &str| (claim, format!("C{claim}"), operation.to_owned());
    let everything = vec![
        row(1, "reprocess"),
        row(3, "reprocess"),
        row(1, "submit"),
        row(3, "submit"),
    ];
    let of = |payer| AuditQuery {
        payer: AuditOf::Payer(payer),
        ..ALL
    };
    for (query, expected) in [
        (ALL, everything.clone()),
        (of("OTHER"), vec![row(2, "reprocess")]),
        (of("NOBODY"), vec![]),
        (of("\0"), vec![]),
        (OF_PLATFORM, vec![]),
        (
            AuditQuery {
                claim: Some(1),
                ..OF_PLATFORM
            },
            vec![],
        ),
        (AuditQuery { limit: 1, ..ALL }, everything[..1].to_vec()),
        (
            AuditQuery {
                after: first.id,
                limit: 2,
                ..ALL
            },
            everything[1..3].to_vec(),
        ),
        (AuditQuery { after: last.id, ..ALL }, vec![]),
        (
            AuditQuery { claim: Some(1), ..ALL },
            vec![row(1, "reprocess"), row(1, "submit")],
        ),
        (
            AuditQuery {
                claim: Some(1),
                after: first.id,
                ..ALL
            },
            vec![row(1, "submit")],
        ),
        (AuditQuery { claim: Some(2), ..ALL }, vec![]),
        (AuditQuery { claim: Some(99), ..ALL }, vec![]),
        (
            AuditQuery {
                user: Some("joan"),
                ..ALL
            },
            vec![row(3, "reprocess"), row(1, "submit")],
        ),
        (
            AuditQuery {
                user: Some("\0"),
                ..ALL
            },
            vec![],
        ),
        (
            AuditQuery {
                operation: Some("submit"),
                ..ALL
            },
            everything[2..].to_vec(),
        ),
        (
            AuditQuery {
                operation: Some("submit"),
                user: Some("jane"),
                ..ALL
            },
            vec![row(3, "submit")],
        ),
        (
            AuditQuery {
                activity: Some(activity),
                ..ALL
            },
            everything[..2].to_vec(),
        ),
        (
            AuditQuery {
                activity: Some(activity),
                claim: Some(3),
                ..ALL
            },
            vec![row(3, "reprocess")],
        ),
        (
            AuditQuery {
                activity: Some(activity + 1),
                ..ALL
            },
            vec![],
        ),
        (
            AuditQuery {
                from_ms: Some(first.at_ms),
                until_ms: Some(last.at_ms + 1),
                ..ALL
            },
            everything.clone(),
        ),
        (
            AuditQuery {
                from_ms: Some(last.at_ms + 1),
                ..ALL
            },
            vec![],
        ),
        (
            AuditQuery {
                until_ms: Some(first.at_ms),
                ..ALL
            },
            vec![],
        ),
    ] {
        assert_eq!(histories(store, query), expected, "{query:?}");
    }
}

fn the_history_of_a_deleted_claim_tells_the_code_that_it_had(store: &dyn Store) {
    write(
        store,
        vec![claim("ACME", "C1", ""), claim("ACME", "C2", "")],
        ExistingClaims::Refuse,
    );
    let deletions = [1, 2].map(|id| ClaimDeletion {
        payer: "ACME".to_owned(),
        id,
        seen: 1,
    });
    done(store, |transaction| {
        transaction.append_history(&[history_entry(1, "jane", "create", None)])?;
        transaction.delete_claims(&deletions[..1])?;
        transaction.append_history(&[history_entry(1, "jane", "delete", None)])
    });
    // Its code is another claim's now.
    write(store, vec![claim("ACME", "C1", "")], ExistingClaims::Refuse);
    done(store, |transaction| {
        transaction.append_history(&[
            history_entry(3, "jane", "create", None),
            history_entry(2, "jane", "pend", None),
        ])?;
        transaction.delete_claims(&deletions[1..])
    });
    let row = |claim: i64, code: &str, operation: &str| (claim, code.to_owned(), operation.to_owned());
    let everything = [
        row(1, "C1", "create"),
        row(1, "C1", "delete"),
        row(3, "C1", "create"),
        row(2, "C2", "pend"),
    ];
    assert_eq!(histories(store, ALL), everything);
    assert_eq!(histories(store, AuditQuery { claim: Some(1), ..ALL }), everything[..2]);
}
