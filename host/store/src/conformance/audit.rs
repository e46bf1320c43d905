//! The story of the audit log: what was done, read as it is asked for.

use std::sync::Arc;

use serde_json::json;

use super::{done, dropped};
use crate::{AuditEntry, AuditOf, AuditQuery, NewAuditEntry, Store};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    an_entry_is_read_as_it_was_appended(open().as_ref());
    entries_are_read_as_they_are_asked_for(open().as_ref());
    an_entry_that_is_not_committed_is_none(open().as_ref());
    many_entries_are_appended_like_one(open().as_ref());
}

/// What asks for everything of ACME's.
pub(crate) const ALL: AuditQuery<'_> = AuditQuery {
    payer: AuditOf::Payer("ACME"),
    claim: None,
    user: None,
    operation: None,
    from_ms: None,
    until_ms: None,
    activity: None,
    after: 0,
    limit: 100,
};

pub(super) const OF_PLATFORM: AuditQuery<'_> = AuditQuery {
    payer: AuditOf::Platform,
    ..ALL
};

pub(crate) fn new(payer: Option<&str>, user: &str, operation: &str, object: &str, claim: Option<i64>) -> NewAuditEntry {
    NewAuditEntry {
        payer: payer.map(str::to_owned),
        user: user.to_owned(),
        operation: operation.to_owned(),
        object: object.to_owned(),
        claim,
        refused: false,
        rules: None,
        details: "{}".to_owned(),
    }
}

pub(super) fn append(store: &dyn Store, entries: &[NewAuditEntry]) {
    done(store, |transaction| transaction.append_audit(entries));
}

fn read(store: &dyn Store, query: AuditQuery<'_>) -> Vec<AuditEntry> {
    store.audit_entries(&query).expect("read")
}

fn objects(store: &dyn Store, query: AuditQuery<'_>) -> Vec<String> {
    read(store, query).into_iter().map(|entry| entry.object).collect()
}

fn an_entry_is_read_as_it_was_appended(store: &dyn Store) {
    let full = NewAuditEntry {
        claim: Some(7),
        refused: true,
        rules: Some("generation 3".to_owned()),
        details: json!({"reason": "it's \"no\"", "ä": [1, null, "\0"]}).to_string(),
        ..new(
            Some("ACME"),
            "jane \u{e9}",
            "resolve_pend",
            "/api/claims/7/submit",
            None,
        )
    };
    let plain = new(None, "root", "create_payer", "payer ACME", None);
    append(store, &[full.clone(), plain.clone()]);
    append(store, &[]);
    for (query, appended) in [(ALL, full), (OF_PLATFORM, plain)] {
        let found = read(store, query);
        let [entry] = found.as_slice() else {
            unreachable!("{found:?}")
        };
        assert!(entry.id > 0 && entry.at_ms > 0);
        let expected = AuditEntry {
            id: entry.id,
            at_ms: entry.at_ms,
            payer: appended.payer,
            user: appended.user,
            operation: appended.operation,
            object: appended.object,
            claim: appended.claim,
            refused: appended.refused,
            rules: appended.rules,
            details: serde_json::from_str(&appended.details).expect("JSON"),
        };
        assert_eq!(*entry, expected);
    }
    assert_eq!(store.payers(), Ok(vec!["ACME".to_owned()]), "the payer was new");
    assert_eq!(
        store.access_sequence(),
        Ok(0),
        "that changes nothing of who may do what"
    );
}

fn entries_are_read_as_they_are_asked_for(store: &dyn Store) {
    append(
        store,
        &[
            new(Some("ACME"), "jane", "start", "activity 1", None),
            new(Some("OTHER"), "jane", "start", "activity 2", Some(7)),
            new(None, "root", "start", "activity 3", None),
            new(Some("ACME"), "joan", "start", "activity 4", None),
            new(Some("ACME"), "jane", "cancel", "activity 1", None),
            new(Some("ACME"), "jane", "start", "activity 10", Some(7)),
            new(Some("ACME"), "joan", "show", "claim", Some(7)),
            new(None, "root", "show", "claim", Some(7)),
        ],
    );
    let all = read(store, ALL);
    assert!(all.is_sorted_by(|one, next| one.id < next.id && one.at_ms <= next.at_ms));
    let (first, last) = (&all[0], &all[all.len() - 1]);
    let a = |numbers: &[i64]| -> Vec<String> { numbers.iter().map(|number| format!("activity {number}")).collect() };
    let with_claim = |mut objects: Vec<String>| {
        objects.push("claim".to_owned());
        objects
    };
    let of = |payer| AuditQuery {
        payer: AuditOf::Payer(payer),
        ..ALL
    };
    for (query, expected) in [
        (ALL, with_claim(a(&[1, 4, 1, 10]))),
        (of("OTHER"), a(&[2])),
        (of("NOBODY"), a(&[])),
        (of(""), a(&[])),
        (of("\0"), a(&[])),
        (OF_PLATFORM, with_claim(a(&[3]))),
        (AuditQuery { limit: 2, ..ALL }, a(&[1, 4])),
        (AuditQuery { limit: 0, ..ALL }, a(&[])),
        (
            AuditQuery {
                after: first.id,
                limit: 2,
                ..ALL
            },
            a(&[4, 1]),
        ),
        (AuditQuery { after: last.id, ..ALL }, a(&[])),
        (AuditQuery { claim: Some(7), ..ALL }, with_claim(a(&[10]))),
        (
            AuditQuery {
                claim: Some(7),
                limit: 1,
                ..ALL
            },
            a(&[10]),
        ),
        (
            AuditQuery {
                claim: Some(7),
                ..of("NOBODY")
            },
            a(&[]),
        ),
        (
            AuditQuery {
                claim: Some(7),
                ..OF_PLATFORM
            },
            with_claim(a(&[])),
        ),
        (AuditQuery { claim: Some(8), ..ALL }, a(&[])),
        (
            AuditQuery {
                user: Some("jane"),
                ..ALL
            },
            a(&[1, 1, 10]),
        ),
        (
            AuditQuery {
                user: Some("Jane"),
                ..ALL
            },
            a(&[]),
        ),
        (
            AuditQuery {
                user: Some("\0"),
                ..ALL
            },
            a(&[]),
        ),
        (
            AuditQuery {
                user: Some("jane"),
                ..OF_PLATFORM
            },
            a(&[]),
        ),
        (
            AuditQuery {
                operation: Some("start"),
                ..ALL
            },
            a(&[1, 4, 10]),
        ),
        (
            AuditQuery {
                operation: Some("\0"),
                ..ALL
            },
            a(&[]),
        ),
        (
            AuditQuery {
                user: Some("jane"),
                operation: Some("start"),
                ..ALL
            },
            a(&[1, 10]),
        ),
        (
            AuditQuery {
                user: Some("jane"),
                operation: Some("start"),
                claim: Some(7),
                ..ALL
            },
            a(&[10]),
        ),
        (
            AuditQuery {
                activity: Some(1),
                ..ALL
            },
            a(&[1, 1]),
        ),
        (
            AuditQuery {
                activity: Some(2),
                ..ALL
            },
            a(&[]),
        ),
        (
            AuditQuery {
                activity: Some(3),
                ..OF_PLATFORM
            },
            a(&[3]),
        ),
        (
            AuditQuery {
                from_ms: Some(first.at_ms),
                ..ALL
            },
            with_claim(a(&[1, 4, 1, 10])),
        ),
        (
            AuditQuery {
                from_ms: Some(last.at_ms + 1),
                ..ALL
            },
            a(&[]),
        ),
        (
            AuditQuery {
                until_ms: Some(last.at_ms + 1),
                ..ALL
            },
            with_claim(a(&[1, 4, 1, 10])),
        ),
        (
            AuditQuery {
                until_ms: Some(first.at_ms),
                ..ALL
            },
            a(&[]),
        ),
    ] {
        assert_eq!(objects(store, query), expected, "{query:?}");
    }
}

fn an_entry_that_is_not_committed_is_none(store: &dyn Store) {
    dropped(store, |transaction| {
        transaction.append_audit(&[new(Some("ACME"), "jane", "start", "activity 1", None)])?;
        assert_eq!(store.audit_entries(&ALL)?, []);
        Ok(())
    });
    assert_eq!((read(store, ALL), store.payers()), (vec![], Ok(vec![])));
}

fn many_entries_are_appended_like_one(store: &dyn Store) {
    let entries: Vec<_> = (1..=5000)
        .map(|number| new(Some("ACME"), "jane", "start", &format!("activity {number}"), None))
        .collect();
    append(store, &entries);
    let query = AuditQuery { limit: 10_000, ..ALL };
    let appended: Vec<_> = entries.into_iter().map(|entry| entry.object).collect();
    assert_eq!(objects(store, query), appended);
    let found = objects(
        store,
        AuditQuery {
            activity: Some(4999),
            ..ALL
        },
    );
    assert_eq!(found, ["activity 4999"]);
}
