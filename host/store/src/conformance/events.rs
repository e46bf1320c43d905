//! The story of events: a feed for each payer, which is never added to behind a reader.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

use super::claims::{claim, write};
use super::{done, dropped};
use crate::{Event, ExistingClaims, NewEvent, Store};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    a_feed_is_read_in_order(open().as_ref());
    an_event_that_is_not_committed_is_none(open().as_ref());
    a_feed_is_not_added_to_behind_its_reader(open().as_ref());
}

/// Gives ACME the claim 1, and OTHER the claim 2.
fn create(store: &dyn Store) {
    let claims = vec![claim("ACME", "C1", ""), claim("OTHER", "C2", "")];
    write(store, claims, ExistingClaims::Refuse);
}

fn event(payer: &str, number: i64) -> NewEvent {
    NewEvent {
        payer: payer.to_owned(),
        kind: "claim.resubmitted",
        claim: if payer == "ACME" { 1 } else { 2 },
        details: json!({"number": number, "note": "it's \"here\""}).to_string(),
    }
}

fn append(store: &dyn Store, events: &[NewEvent]) {
    done(store, |transaction| transaction.append_events(events));
}

fn read(store: &dyn Store, payer: &str, after: u64, limit: u32) -> Vec<Event> {
    store.events(payer, after, limit).expect("read")
}

fn number(event: &Event) -> i64 {
    event.details["number"].as_i64().expect("a number")
}

fn numbers(events: &[Event]) -> Vec<i64> {
    events.iter().map(number).collect()
}

fn a_feed_is_read_in_order(store: &dyn Store) {
    create(store);
    assert_eq!((store.event_position(), read(store, "ACME", 0, 10)), (Ok(0), vec![]));
    append(store, &[event("ACME", 1), event("OTHER", 2), event("ACME", 3)]);
    append(store, &[]);
    done(store, |transaction| {
        transaction.append_events(&[event("ACME", 4)])?;
        transaction.append_events(&[event("OTHER", 5), event("ACME", 6)])
    });
    let events = read(store, "ACME", 0, 10);
    assert_eq!(numbers(&events), [1, 3, 4, 6]);
    assert!(events.is_sorted_by(|one, next| one.position < next.position && one.at_ms <= next.at_ms));
    let first = &events[0];
    assert_eq!((first.kind.as_str(), first.claim), ("claim.resubmitted", 1));
    assert_eq!(first.details, json!({"number": 1, "note": "it's \"here\""}));
    assert!(first.position > 0 && first.at_ms > 0);
    assert_eq!(store.event_position(), Ok(events[3].position));

    assert_eq!(read(store, "ACME", 0, 2), events[..2]);
    assert_eq!(read(store, "ACME", events[1].position, 1), events[2..3]);
    assert_eq!(read(store, "ACME", events[3].position, 10), []);
    assert_eq!(read(store, "ACME", u64::MAX, 10), []);
    assert_eq!(numbers(&read(store, "OTHER", 0, 10)), [2, 5]);
    assert_eq!(read(store, "NOBODY", 0, 10), []);
}

fn an_event_that_is_not_committed_is_none(store: &dyn Store) {
    create(store);
    append(store, &[event("ACME", 1)]);
    let position = store.event_position();
    dropped(store, |transaction| {
        transaction.append_events(&[event("ACME", 2), event("ACME", 3)])?;
        assert_eq!(
            (store.events("ACME", 0, 10)?.len(), store.event_position()),
            (1, position.clone())
        );
        Ok(())
    });
    assert_eq!(
        (read(store, "ACME", 0, 10).len(), store.event_position()),
        (1, position)
    );
    append(store, &[event("ACME", 4)]);
    assert_eq!(numbers(&read(store, "ACME", 0, 10)), [1, 4]);
}

fn a_feed_is_not_added_to_behind_its_reader(store: &dyn Store) {
    const WRITERS: usize = 3;
    create(store);
    let ended = AtomicUsize::new(0);
    let write = |writer: i64| {
        for batch in 0..30 {
            // Of different lengths, and some of them dropped: positions are taken early and given up late.
            let events: Vec<_> = (0..=batch % 4)
                .map(|place| event("ACME", 1000 * writer + 10 * batch + place))
                .collect();
            if batch % 5 == 3 {
                dropped(store, |transaction| transaction.append_events(&events));
            } else {
                append(store, &events);
            }
        }
        ended.fetch_add(1, Ordering::SeqCst);
    };
    let followed = thread::scope(|scope| {
        for writer in (0..).take(WRITERS) {
            let write = &write;
            scope.spawn(move || write(writer));
        }
        let mut followed: Vec<Event> = Vec::new();
        loop {
            let all_ended = ended.load(Ordering::SeqCst) == WRITERS;
            let after = followed.last().map_or(0, |event| event.position);
            let next = read(store, "ACME", after, 7);
            if next.is_empty() && all_ended {
                return followed;
            }
            followed.extend(next);
            thread::yield_now();
        }
    });
    assert_eq!(followed, read(store, "ACME", 0, 10_000));
    // Of thirty batches of one to four events, six are dropped.
    assert_eq!(followed.len(), WRITERS * 58);
    for writer in (0..).take(WRITERS) {
        let own: Vec<i64> = numbers(&followed)
            .into_iter()
            .filter(|number| number / 1000 == writer)
            .collect();
        assert!(own.is_sorted(), "in the order in which they were written");
    }
}
