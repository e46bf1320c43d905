//! The story of images of line indexes: the database knows those that were recorded, and nothing else.

use std::sync::Arc;

use super::claims::{claim, write};
use super::{done, dropped};
use crate::{ClaimDeletion, ExistingClaims, INDEX_IMAGES_MAX, IndexImage, Store};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    an_image_is_known_until_it_is_forgotten(open().as_ref());
    an_image_that_is_not_committed_is_none(open().as_ref());
    only_the_last_ones_are_known(open().as_ref());
    what_has_changed_since_an_image_is_counted(open().as_ref());
}

fn image(id: &str, change_sequence: u64) -> IndexImage {
    IndexImage {
        id: id.to_owned(),
        change_sequence,
        digest: format!("digest of {id}"),
    }
}

pub(crate) fn record(store: &dyn Store, id: &str, change_sequence: u64) {
    done(store, |transaction| {
        transaction.record_index_image(&image(id, change_sequence))
    });
}

fn an_image_is_known_until_it_is_forgotten(store: &dyn Store) {
    record(store, "a", 0);
    record(store, "b", 7);
    for known in [image("a", 0), image("b", 7)] {
        assert_eq!(store.index_image(&known.id), Ok(Some(known)));
    }
    for unknown in ["c", "A", "", "\0"] {
        assert_eq!(store.index_image(unknown), Ok(None), "{unknown:?}");
        done(store, |transaction| transaction.forget_index_image(unknown));
    }
    done(store, |transaction| transaction.forget_index_image("a"));
    assert_eq!(store.index_image("a"), Ok(None));
    assert_eq!(store.index_image("b"), Ok(Some(image("b", 7))), "it is another host's");
    assert_eq!(store.change_sequence(), Ok(0), "no claim has changed");
    let again = store.write(|transaction| transaction.record_index_image(&image("b", 8)));
    assert!(again.is_err(), "an id is of one image");
    assert_eq!(store.index_image("b"), Ok(Some(image("b", 7))));
}

fn an_image_that_is_not_committed_is_none(store: &dyn Store) {
    dropped(store, |transaction| transaction.record_index_image(&image("a", 1)));
    assert_eq!(store.index_image("a"), Ok(None));
}

fn only_the_last_ones_are_known(store: &dyn Store) {
    record(store, "of a host that is gone", 1);
    // The clock of a database may stand still for a while.
    std::thread::sleep(std::time::Duration::from_millis(20));
    done(store, |transaction| {
        (1..=INDEX_IMAGES_MAX).try_for_each(|number| transaction.record_index_image(&image(&number.to_string(), 1)))
    });
    assert_eq!(store.index_image("of a host that is gone"), Ok(None));
    assert!((1..=INDEX_IMAGES_MAX).all(|number| store.index_image(&number.to_string()).expect("read").is_some()));
}

fn what_has_changed_since_an_image_is_counted(store: &dyn Store) {
    assert_eq!(store.changed_claim_count(0), Ok(0));
    write(
        store,
        vec![claim("ACME", "C1", ""), claim("OTHER", "C2", "")],
        ExistingClaims::Refuse,
    );
    write(store, vec![claim("ACME", "C3", "")], ExistingClaims::Refuse);
    let deletion = ClaimDeletion {
        payer: "ACME".to_owned(),
        id: 1,
        seen: 1,
    };
    assert_eq!(
        done(store, |transaction| transaction.delete_claims(&[deletion])),
        [true]
    );
    for (after, changed) in [(0, 3), (1, 2), (2, 1), (3, 0), (u64::MAX, 0)] {
        assert_eq!(store.changed_claim_count(after), Ok(changed), "after {after}");
    }
}
