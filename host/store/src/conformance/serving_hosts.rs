//! The story of serving hosts: which are alive, and by which rules they decide.

use std::sync::Arc;

use super::{LONG, OVER, done, dropped};
use crate::{ServingHost, Store};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    a_host_is_what_it_said_last(open().as_ref());
    a_host_that_ends_is_forgotten(open().as_ref());
    a_sign_of_life_that_is_not_committed_is_none(open().as_ref());
}

pub(crate) fn note(store: &dyn Store, host: &str, address: Option<&str>, sequence: u64) {
    done(store, |transaction| transaction.note_host(host, address, sequence));
}

/// The names of the hosts that are alive.
pub(crate) fn names(store: &dyn Store) -> Vec<String> {
    let hosts = store.serving_hosts(LONG).expect("read");
    hosts.into_iter().map(|host| host.host).collect()
}

fn a_host_is_what_it_said_last(store: &dyn Store) {
    for (host, address, sequence) in [
        ("b", None, 0),
        ("a \u{e9}", Some("127.0.0.1:8080"), 7),
        ("B", Some("127.0.0.1:8081"), 9),
        ("b", Some("127.0.0.1:8082"), 8),
        ("B", None, 3),
    ] {
        note(store, host, address, sequence);
    }
    let found = store.serving_hosts(LONG).expect("read");
    let expected = |place: usize, host: &str, address: Option<&str>, rules_sequence: u64| ServingHost {
        host: host.to_owned(),
        address: address.map(str::to_owned),
        rules_sequence,
        alive_at_ms: found[place].alive_at_ms,
    };
    assert_eq!(
        found,
        [
            expected(0, "B", None, 3),
            expected(1, "a \u{e9}", Some("127.0.0.1:8080"), 7),
            expected(2, "b", Some("127.0.0.1:8082"), 8),
        ]
    );
    assert!(found.iter().all(|host| host.alive_at_ms > 0));
    assert_eq!(store.serving_hosts(OVER), Ok(vec![]), "nobody is alive within no time");
    assert_eq!(store.rules_sequence(), Ok(0), "that changes no rules");
}

fn a_host_that_ends_is_forgotten(store: &dyn Store) {
    note(store, "a", None, 0);
    note(store, "b", None, 0);
    for host in ["b", "b", "A", "", "\0"] {
        done(store, |transaction| transaction.forget_host(host));
    }
    assert_eq!(names(store), ["a"]);
}

fn a_sign_of_life_that_is_not_committed_is_none(store: &dyn Store) {
    dropped(store, |transaction| transaction.note_host("a", None, 0));
    assert!(names(store).is_empty());
}
