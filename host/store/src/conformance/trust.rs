//! The story of trust: keys, signatures, and what is asked of them.

use std::sync::Arc;

use super::components::{component, digest, store_one};
use super::done;
use crate::{
    ComponentSignature, NewComponentSignature, NewTrustedKey, RuleKind, RulesPolicy, Store, StoreError, TrustedKey,
};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    a_key_is_trusted_by_whom_it_was_added(open().as_ref());
    a_key_is_revoked_once(open().as_ref());
    a_signature_counts_for_whom_it_was_added(open().as_ref());
    a_policy_is_what_was_set_last(open().as_ref());
}

pub(crate) fn key(payer: Option<&str>, id: &str) -> NewTrustedKey {
    NewTrustedKey {
        payer: payer.map(str::to_owned),
        id: id.to_owned(),
        public_key: std::array::from_fn(|place| u8::try_from(255 - place).expect("a byte")),
        comment: "it's \"ours\" \u{e9}".to_owned(),
        added_by: "jane".to_owned(),
        expires_at_ms: None,
    }
}

fn add(store: &dyn Store, key: &NewTrustedKey) -> bool {
    done(store, |transaction| transaction.add_trusted_key(key))
}

fn keys(store: &dyn Store, payer: Option<&str>) -> Vec<TrustedKey> {
    store.trusted_keys(payer).expect("read")
}

fn ids(store: &dyn Store, payer: Option<&str>) -> Vec<String> {
    let mut ids: Vec<_> = keys(store, payer).into_iter().map(|key| key.id).collect();
    // Those that were added in the same moment come in the order of their ids.
    ids.sort();
    ids
}

fn a_key_is_trusted_by_whom_it_was_added(store: &dyn Store) {
    let expiring = NewTrustedKey {
        expires_at_ms: Some(1_700_000_000_000),
        ..key(Some("ACME"), "00000000000000aa")
    };
    assert!(add(store, &expiring));
    let found = keys(store, Some("ACME"));
    let expected = TrustedKey {
        payer: expiring.payer.clone(),
        id: expiring.id.clone(),
        public_key: expiring.public_key,
        comment: expiring.comment.clone(),
        added_at_ms: found[0].added_at_ms,
        added_by: expiring.added_by.clone(),
        expires_at_ms: expiring.expires_at_ms,
        revoked_at_ms: None,
    };
    assert!(expected.added_at_ms > 0);
    assert_eq!(found, [expected]);

    let other = NewTrustedKey {
        public_key: [7; 32],
        ..key(Some("ACME"), "00000000000000aa")
    };
    for (key, is_new) in [
        (&expiring, false),
        (&other, false),
        (&key(Some("ACME"), "00000000000000bb"), true),
        (&key(Some("OTHER"), "00000000000000aa"), true),
        (&key(None, "00000000000000aa"), true),
        (&key(None, "00000000000000aa"), false),
        (&key(None, "00000000000000cc"), true),
    ] {
        assert_eq!(add(store, key), is_new, "{key:?}");
    }
    assert_eq!(keys(store, Some("ACME"))[0], found[0], "it stays as it is");
    assert_eq!(ids(store, Some("ACME")), ["00000000000000aa", "00000000000000bb"]);
    assert_eq!(ids(store, Some("OTHER")), ["00000000000000aa"]);
    assert_eq!(ids(store, None), ["00000000000000aa", "00000000000000cc"]);
    for nobody in ["NOBODY", "", "\0"] {
        assert!(ids(store, Some(nobody)).is_empty(), "{nobody:?}");
    }
}

fn a_key_is_revoked_once(store: &dyn Store) {
    add(store, &key(Some("ACME"), "a"));
    add(store, &key(None, "a"));
    let revoke = |payer: Option<&str>, id: &str| done(store, |transaction| transaction.revoke_trusted_key(payer, id));
    for (payer, id) in [
        (Some("ACME"), "A"),
        (Some("OTHER"), "a"),
        (Some(""), "a"),
        (Some("\0"), "a"),
        (Some("ACME"), "\0"),
        (None, ""),
    ] {
        assert!(!revoke(payer, id), "{payer:?} {id:?}");
    }
    assert!(revoke(Some("ACME"), "a"));
    let revoked = keys(store, Some("ACME"));
    assert!(revoked[0].revoked_at_ms >= Some(revoked[0].added_at_ms));
    assert!(revoke(Some("ACME"), "a"));
    assert!(!add(store, &key(Some("ACME"), "a")), "it is not trusted again");
    assert_eq!(keys(store, Some("ACME")), revoked, "the first moment stays");
    assert_eq!(keys(store, None)[0].revoked_at_ms, None, "the platform still trusts it");
}

pub(crate) fn signature(payer: Option<&str>, number: u32, key_id: &str, byte: u8) -> NewComponentSignature {
    NewComponentSignature {
        payer: payer.map(str::to_owned),
        digest: digest(number),
        key_id: key_id.to_owned(),
        manifest: "{ \"name\": \"it's \\\"ä\\\"\" }".to_owned(),
        signature: std::array::from_fn(|place| u8::try_from(place).expect("a byte") ^ byte),
    }
}

fn a_signature_counts_for_whom_it_was_added(store: &dyn Store) {
    store_one(store, &component(1, RuleKind::Criteria));
    store_one(store, &component(2, RuleKind::Criteria));
    let add = |signature: &NewComponentSignature| done(store, |transaction| transaction.add_signature(signature));
    let first = signature(Some("ACME"), 1, "a", 0);
    for (signature, is_new) in [
        (&first, true),
        (&first, false),
        (&signature(Some("ACME"), 1, "b", 0), true),
        (&signature(Some("ACME"), 1, "a", 1), true),
        (&signature(Some("ACME"), 2, "a", 0), true),
        (&signature(Some("OTHER"), 1, "a", 0), true),
        (&signature(None, 1, "a", 0), true),
        (&signature(None, 1, "a", 0), false),
    ] {
        assert_eq!(add(signature), is_new, "{signature:?}");
    }
    let found = store.signatures(Some("ACME"), &digest(1)).expect("read");
    let expected = ComponentSignature {
        payer: first.payer,
        digest: first.digest,
        key_id: first.key_id,
        manifest: first.manifest,
        signature: first.signature,
        added_at_ms: found[0].added_at_ms,
    };
    assert!(expected.added_at_ms > 0);
    assert_eq!(found[0], expected);
    let shown: Vec<_> = found
        .iter()
        .map(|found| (found.key_id.as_str(), found.signature[0]))
        .collect();
    assert_eq!(shown, [("a", 0), ("b", 0), ("a", 1)]);
    for (payer, digest, count) in [
        (Some("ACME"), digest(2), 1),
        (Some("OTHER"), digest(1), 1),
        (Some("OTHER"), digest(2), 0),
        (None, digest(1), 1),
        (None, digest(2), 0),
        (Some("NOBODY"), digest(1), 0),
        (Some("\0"), digest(1), 0),
        (None, "\0".to_owned(), 0),
    ] {
        let found = store.signatures(payer, &digest).expect("read");
        assert_eq!(found.len(), count, "{payer:?} {digest:?}");
    }
    let under_nothing = store.write(|transaction| transaction.add_signature(&signature(None, 9, "a", 0)));
    assert!(
        matches!(&under_nothing, Err(StoreError::Other { reason }) if reason.contains("there is no component")),
        "{under_nothing:?}"
    );
}

fn a_policy_is_what_was_set_last(store: &dyn Store) {
    let policies: Vec<_> = [(false, false), (true, false), (false, true), (true, true)]
        .into_iter()
        .map(|(require_signature, return_after_quarantine)| RulesPolicy {
            require_signature,
            return_after_quarantine,
        })
        .collect();
    for payer in [Some("ACME"), None, Some("OTHER")] {
        assert_eq!(store.rules_policy(payer), Ok(RulesPolicy::default()), "{payer:?}");
        for policy in policies.iter().rev() {
            done(store, |transaction| transaction.set_rules_policy(payer, policy));
            assert_eq!(store.rules_policy(payer), Ok(*policy), "{payer:?}");
        }
        done(store, |transaction| transaction.set_rules_policy(payer, &policies[3]));
    }
    assert_eq!(store.payers(), Ok(vec!["ACME".to_owned(), "OTHER".to_owned()]));
    for nobody in ["NOBODY", "", "\0"] {
        assert_eq!(
            store.rules_policy(Some(nobody)),
            Ok(RulesPolicy::default()),
            "{nobody:?}"
        );
    }
}
