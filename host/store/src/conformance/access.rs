//! The story of access: payers that were created, principals, the roles that payers make.

use std::sync::Arc;

use super::tokens::token;
use super::{done, dropped};
use crate::{
    NewPrincipal, Principal, PrincipalChange, PrincipalCreation, PrincipalsOf, Role, Store, StoreError, WriteOutcome,
    WriteTransaction,
};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    a_payer_is_there_once_it_was_created(open().as_ref());
    a_principal_is_found_by_what_it_has(open().as_ref());
    a_name_is_taken_within_a_payer_and_a_subject_everywhere(open().as_ref());
    principals_are_listed_by_payer_and_name(open().as_ref());
    a_principal_is_changed(open().as_ref());
    a_role_is_written_and_deleted(open().as_ref());
    each_transaction_that_changes_access_is_counted(open().as_ref());
    what_is_not_committed_is_none(open().as_ref());
    nothing_is_found_under_what_nobody_has(open().as_ref());
}

pub(crate) fn new(payer: Option<&str>, name: &str, subject: Option<&str>) -> NewPrincipal {
    NewPrincipal {
        payer: payer.map(str::to_owned),
        name: name.to_owned(),
        subject: subject.map(str::to_owned),
        roles: vec!["operator".to_owned(), "it's \"ä\"".to_owned(), "a".to_owned()],
    }
}

fn try_to_create(store: &dyn Store, principal: &NewPrincipal) -> PrincipalCreation {
    done(store, |transaction| transaction.create_principal(principal))
}

pub(crate) fn create(store: &dyn Store, principal: &NewPrincipal) -> i64 {
    match try_to_create(store, principal) {
        PrincipalCreation::Created(id) => id,
        other => unreachable!("{other:?}"),
    }
}

fn principal(store: &dyn Store, id: i64) -> Principal {
    store.principal(id).expect("read").expect("there")
}

fn role(payer: &str, name: &str, restrictions: &[&str]) -> Role {
    Role {
        payer: payer.to_owned(),
        name: name.to_owned(),
        restrictions: restrictions.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn a_payer_is_there_once_it_was_created(store: &dyn Store) {
    assert_eq!(store.payers(), Ok(vec![]));
    let create = |payer: &str| done(store, |transaction| transaction.create_payer(payer));
    assert_eq!(["ZETA", "ACME", "ZETA", "zeta"].map(create), [true, true, false, true]);
    assert_eq!(store.payers(), Ok(["ACME", "ZETA", "zeta"].map(str::to_owned).to_vec()));
    assert_eq!(store.claim_count(Some("ACME")), Ok(0));
}

fn a_principal_is_found_by_what_it_has(store: &dyn Store) {
    let wanted = new(Some("ACME"), "jane \u{e9}", Some("auth|jane"));
    let id = create(store, &wanted);
    let found = principal(store, id);
    assert_eq!(
        found,
        Principal {
            id,
            payer: wanted.payer.clone(),
            name: wanted.name.clone(),
            subject: wanted.subject.clone(),
            roles: wanted.roles.clone(),
            created_at_ms: found.created_at_ms,
            disabled_at_ms: None,
        }
    );
    assert!(found.created_at_ms > 0);
    assert_eq!(store.payers(), Ok(vec!["ACME".to_owned()]), "the payer was new");
    assert_eq!(
        store.principal_by_name(Some("ACME"), "jane \u{e9}"),
        Ok(Some(found.clone()))
    );
    assert_eq!(store.principal_by_subject("auth|jane"), Ok(Some(found)));
    let plain = NewPrincipal {
        roles: vec![],
        ..new(None, "jane \u{e9}", None)
    };
    let of_platform = create(store, &plain);
    let found = store
        .principal_by_name(None, "jane \u{e9}")
        .expect("read")
        .expect("there");
    assert_eq!((found.id, found.payer, found.roles), (of_platform, None, vec![]));
}

fn a_name_is_taken_within_a_payer_and_a_subject_everywhere(store: &dyn Store) {
    use PrincipalCreation::{NameTaken, SubjectTaken};
    for (payer, name, subject, refused) in [
        (Some("ACME"), "jane", Some("s1"), None),
        (Some("ACME"), "jane", Some("s2"), Some(NameTaken)),
        (Some("ACME"), "jane", Some("s1"), Some(NameTaken)),
        (Some("ACME"), "Jane", None, None),
        (Some("ACME"), "joan", Some("s1"), Some(SubjectTaken)),
        (Some("OTHER"), "jane", Some("s1"), Some(SubjectTaken)),
        (None, "jane", Some("s1"), Some(SubjectTaken)),
        (None, "jane", None, None),
        (None, "jane", None, Some(NameTaken)),
        (None, "joan", None, None),
    ] {
        let outcome = try_to_create(store, &new(payer, name, subject));
        let created = matches!(outcome, PrincipalCreation::Created(_));
        assert_eq!((!created).then_some(outcome), refused, "{payer:?} {name} {subject:?}");
    }
    assert_eq!(
        store.payers(),
        Ok(vec!["ACME".to_owned()]),
        "what was refused has left no payer behind"
    );
    create(store, &new(Some("OTHER"), "jane", Some("S1")));
}

fn principals_are_listed_by_payer_and_name(store: &dyn Store) {
    for (payer, name) in [
        (Some("ZETA"), "b"),
        (Some("ACME"), "b"),
        (None, "z"),
        (Some("ACME"), "B"),
        (None, "a"),
    ] {
        create(store, &new(payer, name, None));
    }
    let disabled = store
        .principal_by_name(Some("ACME"), "b")
        .expect("read")
        .expect("there");
    done(store, |transaction| {
        transaction.set_principal_disabled(disabled.id, true)
    });
    let listed = |of: PrincipalsOf<'_>| -> Vec<String> {
        let principals = store.principals(of).expect("read");
        let shown = |principal: Principal| format!("{}/{}", principal.payer.unwrap_or_default(), principal.name);
        principals.into_iter().map(shown).collect()
    };
    assert_eq!(
        listed(PrincipalsOf::Everyone),
        ["/a", "/z", "ACME/B", "ACME/b", "ZETA/b"]
    );
    assert_eq!(listed(PrincipalsOf::Platform), ["/a", "/z"]);
    assert_eq!(listed(PrincipalsOf::Payer("ACME")), ["ACME/B", "ACME/b"]);
    for nobody in ["NOBODY", "", "\0"] {
        assert!(listed(PrincipalsOf::Payer(nobody)).is_empty(), "{nobody:?}");
    }
}

fn a_principal_is_changed(store: &dyn Store) {
    let id = create(store, &new(Some("ACME"), "jane", Some("s1")));
    create(store, &new(None, "joan", Some("s2")));
    let absent = id + 99;

    let roles = vec!["rule-author".to_owned()];
    let set_roles = |id, roles: &[String]| done(store, |transaction| transaction.set_principal_roles(id, roles));
    assert_eq!(
        (set_roles(id, &roles), set_roles(id, &roles), set_roles(absent, &roles)),
        (true, true, false)
    );
    assert_eq!(principal(store, id).roles, roles);
    assert!(set_roles(id, &[]));
    assert!(principal(store, id).roles.is_empty());

    use PrincipalChange::{Changed, NoSuchPrincipal, SubjectTaken};
    for (principal_id, subject, outcome, then) in [
        (id, Some("s2"), SubjectTaken, Some("s1")),
        (id, Some("s1"), Changed, Some("s1")),
        (absent, Some("s1"), NoSuchPrincipal, Some("s1")),
        (absent, None, NoSuchPrincipal, Some("s1")),
        (id, Some("s3"), Changed, Some("s3")),
        (id, None, Changed, None),
        (id, None, Changed, None),
    ] {
        let what = format!("{principal_id} {subject:?}");
        let set = done(store, |transaction| {
            transaction.set_principal_subject(principal_id, subject)
        });
        assert_eq!(set, outcome, "{what}");
        assert_eq!(principal(store, id).subject.as_deref(), then, "{what}");
    }
    assert_eq!(store.principal_by_subject("s1"), Ok(None), "it is nobody's any more");

    let set_disabled = |id, disabled| done(store, |transaction| transaction.set_principal_disabled(id, disabled));
    assert!(set_disabled(id, true));
    let since = principal(store, id).disabled_at_ms;
    assert!(since > Some(0));
    assert!(set_disabled(id, true));
    assert_eq!(principal(store, id).disabled_at_ms, since, "the first moment stays");
    assert!(set_disabled(id, false) && set_disabled(id, false));
    assert_eq!(principal(store, id).disabled_at_ms, None);
    assert!(!set_disabled(absent, true) && !set_disabled(absent, false));
}

fn a_role_is_written_and_deleted(store: &dyn Store) {
    use WriteOutcome::{Inserted, Replaced, Unchanged};
    let reviewer = role("ACME", "reviewer", &["claims.read IP", "it's \"ä\""]);
    let clerk = role("ACME", "Clerk", &[]);
    let others = role("OTHER", "reviewer", &["events IP"]);
    let narrowed = role("ACME", "reviewer", &["claims.read IP"]);
    for (what, role, outcome) in [
        ("new", &reviewer, Inserted),
        ("the same", &reviewer, Unchanged),
        ("another", &clerk, Inserted),
        ("another payer's", &others, Inserted),
        ("with other content", &narrowed, Replaced),
    ] {
        assert_eq!(
            done(store, |transaction| transaction.write_role(role)),
            outcome,
            "{what}"
        );
    }
    assert_eq!(store.payers(), Ok(vec!["ACME".to_owned(), "OTHER".to_owned()]));
    assert_eq!(store.roles("ACME"), Ok(vec![clerk.clone(), narrowed]));
    assert_eq!(store.roles("OTHER"), Ok(vec![others.clone()]));
    assert_eq!((store.roles("NOBODY"), store.roles("\0")), (Ok(vec![]), Ok(vec![])));
    for (payer, name, deleted) in [
        ("ACME", "Reviewer", false),
        ("NOBODY", "reviewer", false),
        ("ACME", "\0", false),
        ("\0", "reviewer", false),
        ("ACME", "reviewer", true),
        ("ACME", "reviewer", false),
    ] {
        let found = done(store, |transaction| transaction.delete_role(payer, name));
        assert_eq!(found, deleted, "{payer} {name}");
    }
    assert_eq!(
        (store.roles("ACME"), store.roles("OTHER")),
        (Ok(vec![clerk]), Ok(vec![others]))
    );
}

type Work<'a> = &'a dyn Fn(&mut dyn WriteTransaction) -> Result<(), StoreError>;

fn each_transaction_that_changes_access_is_counted(store: &dyn Store) {
    assert_eq!(store.access_sequence(), Ok(0));
    let id = create(store, &new(Some("ACME"), "jane", Some("s1")));
    assert_eq!(
        store.access_sequence(),
        Ok(1),
        "a payer and a principal in one transaction"
    );
    let reviewer = role("ACME", "reviewer", &["a"]);
    let check = |what: &str, counted: u64, work: Work<'_>| {
        let before = store.access_sequence().expect("read");
        done(store, |transaction| work(transaction));
        assert_eq!(store.access_sequence(), Ok(before + counted), "{what}");
    };
    check("a payer", 1, &|transaction| transaction.create_payer("NEW").map(drop));
    check("no new payer", 0, &|transaction| {
        transaction.create_payer("NEW").map(drop)
    });
    check("a name that is taken", 0, &|transaction| {
        transaction.create_principal(&new(Some("ACME"), "jane", None)).map(drop)
    });
    check("other roles", 1, &|transaction| {
        transaction.set_principal_roles(id, &[]).map(drop)
    });
    check("the same roles", 0, &|transaction| {
        transaction.set_principal_roles(id, &[]).map(drop)
    });
    check("another subject", 1, &|transaction| {
        transaction.set_principal_subject(id, None).map(drop)
    });
    check("the same subject", 0, &|transaction| {
        transaction.set_principal_subject(id, None).map(drop)
    });
    check("disabled", 1, &|transaction| {
        transaction.set_principal_disabled(id, true).map(drop)
    });
    check("disabled again", 0, &|transaction| {
        transaction.set_principal_disabled(id, true).map(drop)
    });
    check("enabled", 1, &|transaction| {
        transaction.set_principal_disabled(id, false).map(drop)
    });
    check("a role", 1, &|transaction| transaction.write_role(&reviewer).map(drop));
    check("the same role", 0, &|transaction| {
        transaction.write_role(&reviewer).map(drop)
    });
    check("a token", 1, &|transaction| transaction.create_token(&token("a", id)));
    check("revoked", 1, &|transaction| transaction.revoke_token("a").map(drop));
    check("revoked again", 0, &|transaction| {
        transaction.revoke_token("a").map(drop)
    });
    check("a role less", 1, &|transaction| {
        transaction.delete_role("ACME", "reviewer").map(drop)
    });
    check("no role less", 0, &|transaction| {
        transaction.delete_role("ACME", "reviewer").map(drop)
    });
    check("much at once", 1, &|transaction| {
        transaction.create_payer("NEWER")?;
        transaction.create_principal(&new(Some("NEWER"), "jane", None))?;
        transaction.write_role(&reviewer)?;
        transaction.create_token(&token("b", id))
    });
    check("nothing", 0, &|_| Ok(()));
}

fn what_is_not_committed_is_none(store: &dyn Store) {
    dropped(store, |transaction| {
        transaction.create_payer("NEW")?;
        let created = transaction.create_principal(&new(Some("ACME"), "jane", Some("s1")))?;
        let PrincipalCreation::Created(id) = created else {
            unreachable!("{created:?}")
        };
        transaction.write_role(&role("ACME", "reviewer", &[]))?;
        transaction.create_token(&token("a", id))?;
        assert_eq!(
            store.principals(PrincipalsOf::Everyone)?,
            [],
            "seen before it was committed"
        );
        Ok(())
    });
    assert_eq!((store.payers(), store.access_sequence()), (Ok(vec![]), Ok(0)));
    assert_eq!(store.principals(PrincipalsOf::Everyone), Ok(vec![]));
    assert_eq!((store.token("a"), store.roles("ACME")), (Ok(None), Ok(vec![])));
}

fn nothing_is_found_under_what_nobody_has(store: &dyn Store) {
    let id = create(store, &new(Some("ACME"), "jane", None));
    create(store, &new(None, "joan", Some("s1")));
    done(store, |transaction| transaction.create_token(&token("a", id)));
    for (payer, name) in [
        (None, "jane"),
        (Some("ACME"), "joan"),
        (Some("ACME"), "JANE"),
        (Some("acme"), "jane"),
        (Some("NOBODY"), "jane"),
        (Some("\0"), "jane"),
        (Some("ACME"), "\0"),
        (None, ""),
    ] {
        assert_eq!(store.principal_by_name(payer, name), Ok(None), "{payer:?} {name:?}");
    }
    for subject in ["S1", "", "\0"] {
        assert_eq!(store.principal_by_subject(subject), Ok(None), "{subject:?}");
    }
    for id in [0, -1, id + 99, i64::MAX] {
        assert_eq!(store.principal(id), Ok(None), "{id}");
    }
    for id in ["A", "", "\0", "a\0"] {
        assert_eq!(store.token(id), Ok(None), "{id:?}");
    }
}
