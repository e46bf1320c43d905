//! The story of tokens: created, revoked, used.

use std::sync::Arc;

use super::access::{create, new};
use super::done;
use crate::{NewToken, Store, StoreError};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    a_token_is_revoked_once(open().as_ref());
    a_token_has_a_principal_and_an_id_of_its_own(open().as_ref());
    the_last_use_of_a_token_never_goes_back(open().as_ref());
}

pub(crate) fn token(id: &str, principal: i64) -> NewToken {
    NewToken {
        id: id.to_owned(),
        principal,
        digest: std::array::from_fn(|place| u8::try_from(255 - place).expect("a byte")),
        expires_at_ms: None,
    }
}

fn a_token_is_revoked_once(store: &dyn Store) {
    let (jane, joan) = (
        create(store, &new(Some("ACME"), "jane", None)),
        create(store, &new(None, "joan", None)),
    );
    let wanted = NewToken {
        expires_at_ms: Some(1_700_000_000_000),
        ..token("00000000000000aa", jane)
    };
    done(store, |transaction| transaction.create_token(&wanted));
    done(store, |transaction| {
        transaction.create_token(&token("00000000000000bb", jane))
    });
    done(store, |transaction| {
        transaction.create_token(&token("00000000000000cc", joan))
    });
    let found = |id: &str| store.token(id).expect("read").expect("there");
    let first = found("00000000000000aa");
    assert_eq!(
        (first.principal, first.digest, first.expires_at_ms),
        (jane, wanted.digest, wanted.expires_at_ms)
    );
    assert_eq!((first.revoked_at_ms, first.last_used_at_ms), (None, None));
    assert!(first.created_at_ms > 0);

    let revoke = |id: &str| done(store, |transaction| transaction.revoke_token(id));
    assert!(revoke("00000000000000aa"));
    let revoked = found("00000000000000aa");
    assert!(revoked.revoked_at_ms >= Some(first.created_at_ms));
    assert!(revoke("00000000000000aa"));
    assert_eq!(found("00000000000000aa"), revoked, "the first moment stays");
    assert!(!revoke("00000000000000AA") && !revoke("\0") && !revoke(""));

    assert_eq!(
        store.tokens(jane),
        Ok(vec![revoked, found("00000000000000bb")]),
        "a token that was revoked is still shown"
    );
    assert_eq!(store.tokens(joan), Ok(vec![found("00000000000000cc")]));
    assert_eq!(store.tokens(joan + 99), Ok(vec![]));
}

fn a_token_has_a_principal_and_an_id_of_its_own(store: &dyn Store) {
    let jane = create(store, &new(None, "jane", None));
    done(store, |transaction| transaction.create_token(&token("a", jane)));
    let before = store.token("a");
    for refused in [token("b", jane + 99), token("a", jane)] {
        let outcome = store.write(|transaction| transaction.create_token(&refused));
        assert!(
            matches!(outcome, Err(StoreError::Other { .. })),
            "{refused:?} {outcome:?}"
        );
    }
    assert_eq!((store.token("a"), store.token("b")), (before, Ok(None)));
}

fn the_last_use_of_a_token_never_goes_back(store: &dyn Store) {
    let jane = create(store, &new(None, "jane", None));
    for id in ["a", "b", "c"] {
        done(store, |transaction| transaction.create_token(&token(id, jane)));
    }
    let sequence = store.access_sequence();
    for (uses, then) in [
        (vec![], [None, None]),
        (vec![("a", 500)], [Some(500), None]),
        (vec![("a", 400), ("b", 7)], [Some(500), Some(7)]),
        (
            vec![("b", 9), ("a", 600), ("b", 8), ("absent", 1), ("\0", 1)],
            [Some(600), Some(9)],
        ),
        (vec![("b", 8), ("b", 20), ("b", 10)], [Some(600), Some(20)]),
    ] {
        let uses: Vec<_> = uses.into_iter().map(|(id, at_ms)| (id.to_owned(), at_ms)).collect();
        done(store, |transaction| transaction.note_token_use(&uses));
        let used = |id: &str| store.token(id).expect("read").expect("there").last_used_at_ms;
        assert_eq!([used("a"), used("b")], then, "{uses:?}");
        assert_eq!(used("c"), None);
    }
    assert_eq!(
        store.access_sequence(),
        sequence,
        "that a token was used changes nothing"
    );
}
