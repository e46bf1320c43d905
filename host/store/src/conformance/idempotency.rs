//! The story of answers that are kept: one for each request, the first.

use std::sync::Arc;
use std::thread;

use super::{done, dropped};
use crate::{IdempotencyKey, KeptAnswer, Store};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    the_first_answer_is_kept(open().as_ref());
    an_answer_that_is_not_committed_is_not_kept(open().as_ref());
    of_two_answers_at_once_one_is_kept(open().as_ref());
}

pub(crate) fn key(key: &str) -> IdempotencyKey {
    IdempotencyKey {
        payer: "ACME".to_owned(),
        user: "jane".to_owned(),
        path: "POST /api/claimsreprocess".to_owned(),
        key: key.to_owned(),
    }
}

pub(crate) fn answer(text: &str) -> KeptAnswer {
    KeptAnswer {
        request_digest: vec![0, 255, 1],
        answer: text.to_owned(),
    }
}

pub(crate) fn keep(store: &dyn Store, key: &IdempotencyKey, text: &str) -> Option<KeptAnswer> {
    done(store, |transaction| transaction.keep_answer(key, &answer(text)))
}

fn the_first_answer_is_kept(store: &dyn Store) {
    let first = key("k");
    assert_eq!(store.kept_answer(&first), Ok(None));
    assert_eq!(keep(store, &first, "one"), None);
    assert_eq!(keep(store, &first, "two"), Some(answer("one")));
    assert_eq!(store.kept_answer(&first), Ok(Some(answer("one"))));

    let text = |text: &str| text.to_owned();
    for other in [
        IdempotencyKey {
            payer: text("OTHER"),
            ..first.clone()
        },
        IdempotencyKey {
            user: text("joe"),
            ..first.clone()
        },
        IdempotencyKey {
            path: text("POST /api/activities/start"),
            ..first.clone()
        },
        IdempotencyKey {
            key: text("K"),
            ..first.clone()
        },
    ] {
        assert_eq!(store.kept_answer(&other), Ok(None), "{other:?}");
        assert_eq!(keep(store, &other, "other"), None, "{other:?}");
        assert_eq!(store.kept_answer(&other), Ok(Some(answer("other"))), "{other:?}");
    }
    assert_eq!(store.kept_answer(&first), Ok(Some(answer("one"))));
}

fn an_answer_that_is_not_committed_is_not_kept(store: &dyn Store) {
    dropped(store, |transaction| {
        assert_eq!(transaction.keep_answer(&key("k"), &answer("one"))?, None);
        assert_eq!(store.kept_answer(&key("k"))?, None, "seen before it was committed");
        Ok(())
    });
    assert_eq!(keep(store, &key("k"), "two"), None);
}

fn of_two_answers_at_once_one_is_kept(store: &dyn Store) {
    for round in 0..10 {
        let key = key(&format!("k{round}"));
        let kept: Vec<_> = thread::scope(|scope| {
            let writers = ["a", "b", "c"].map(|text| {
                let key = &key;
                scope.spawn(move || (text, keep(store, key, text)))
            });
            writers
                .into_iter()
                .map(|writer| writer.join().expect("answered"))
                .collect()
        });
        let first: Vec<_> = kept
            .iter()
            .filter(|(_, before)| before.is_none())
            .map(|(text, _)| *text)
            .collect();
        assert_eq!(first.len(), 1, "{kept:?}");
        assert_eq!(store.kept_answer(&key), Ok(Some(answer(first[0]))));
        assert!(
            kept.iter()
                .flat_map(|(_, before)| before)
                .all(|before| *before == answer(first[0]))
        );
    }
}
