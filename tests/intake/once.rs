//! One set of claims: whoever asks twice, or at the same time, or for the same procedure.

use std::collections::BTreeSet;
use std::sync::Barrier;

use serde_json::{Value, json};

use super::family::{ACME, check_refused, letters, patient, post, procedure};
use crate::reprocess::world::{World, on_both};

fn keyed(world: &World, key: &str, body: &Value) -> crate::http::client::Answer {
    world.post_with("/api/v1/claims", &[("idempotency-key", key)], body)
}

/// Has so many ask at the same moment, and answers what each was answered.
fn at_once<T: Send>(callers: usize, ask: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(callers);
    let (barrier, ask) = (&barrier, &ask);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..callers)
            .map(|caller| {
                scope.spawn(move || {
                    barrier.wait();
                    ask(caller)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("an answer"))
            .collect()
    })
}

#[test]
fn the_same_key_gets_the_first_answer_and_another_body_is_refused() {
    let lines = patient(ACME, 7, "dd") + &procedure(ACME, 7, 1, json!({})) + &procedure(ACME, 7, 2, json!({}));
    on_both(&lines, |world| {
        let body = json!({ "PatNum": 7, "procNums": [701] });
        let first = keyed(world, "K1", &body).expect(201);
        let again = keyed(world, "K1", &body).expect(201);
        assert_eq!(first.text, again.text);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(first.header("location"), again.header("location"));
        let other = keyed(world, "K1", &json!({ "PatNum": 7, "procNums": [702] })).expect(422);
        assert_eq!(other.json()["code"], "idempotency-key-reused");
        // What was refused is not kept.
        let unknown = json!({ "PatNum": 7, "procNums": [799] });
        keyed(world, "K2", &unknown).expect(400);
        keyed(world, "K2", &json!({ "PatNum": 7, "procNums": [702] })).expect(201);
        // A dry run under a key stores nothing, its answer neither.
        let headers = [("idempotency-key", "K3")];
        let before = world.everything();
        world
            .post_with("/api/v1/claims?dryRun=true", &headers, &unknown)
            .expect(400);
        assert_eq!(world.everything(), before);
        keyed(world, "a b", &body).expect(400);
    });
}

#[test]
fn eight_clients_with_one_key_create_one_set() {
    let lines = patient(ACME, 7, "ddd") + &procedure(ACME, 7, 1, json!({}));
    on_both(&lines, |world| {
        let body = json!({ "PatNum": 7, "procNums": [701] });
        let answers = at_once(8, |_| keyed(world, "K", &body));
        let mut texts = BTreeSet::new();
        for answer in &answers {
            match answer.status {
                201 => _ = texts.insert(answer.text.clone()),
                409 => {
                    assert_eq!(answer.json()["code"], "request-running");
                    assert_eq!(answer.header("retry-after"), "1");
                }
                _ => panic!("{answer:?}"),
            }
        }
        assert_eq!(texts.len(), 1, "{answers:?}");
        let stored = super::family::send(
            world,
            axum::http::Method::GET,
            ACME,
            "/api/v1/claims?PatNum=7",
            &Value::Null,
        );
        assert_eq!(stored.expect(200).json().as_array().expect("a list").len(), 3);
    });
}

#[test]
fn three_hundred_clients_at_once_are_all_answered() {
    let clients = 300_usize;
    let mut lines = String::new();
    for number in 1..=clients as u64 {
        lines += &patient(ACME, number, "d");
        lines += &procedure(ACME, number, 1, json!({}));
    }
    on_both(&lines, |world| {
        // More than are written in one transaction, and for some patients two at once.
        let answers = at_once(clients, |caller| {
            let number = (caller % (clients - 50)) as u64 + 1;
            post(
                world,
                ACME,
                &json!({ "PatNum": number, "procNums": [number * 100 + 1] }),
            )
        });
        let created = answers.iter().filter(|answer| answer.status == 201).count();
        let refused = answers.iter().filter(|answer| answer.status == 400).count();
        assert_eq!((created, refused), (250, 50));
        let all = super::family::send(
            world,
            axum::http::Method::GET,
            ACME,
            "/api/v1/claims?Limit=1000",
            &Value::Null,
        );
        assert_eq!(all.expect(200).json().as_array().expect("a list").len(), 250);
    });
}

#[test]
fn of_two_clients_racing_for_a_procedure_one_gets_it() {
    let rounds = 20;
    let mut lines = String::new();
    for number in 1..=rounds {
        lines += &patient(ACME, number, "dd");
        for place in 1..=3 {
            lines += &procedure(ACME, number, place, json!({}));
        }
    }
    on_both(&lines, |world| {
        for number in 1..=rounds {
            // Procedure 1 is in both requests, and each has one more.
            let answers = at_once(2, |caller| {
                let procedures = [number * 100 + 1, number * 100 + 2 + caller as u64];
                post(world, ACME, &json!({ "PatNum": number, "procNums": procedures }))
            });
            let (won, lost) = match answers[0].status {
                201 => (&answers[0], &answers[1]),
                _ => (&answers[1], &answers[0]),
            };
            assert_eq!(won.status, 201, "{}", won.text);
            check_refused("the slower one", lost, ("procedure-already-claimed", "procNums"), "");
            let claims = won.json();
            let letters: Vec<_> = claims["claims"]
                .as_array()
                .expect("claims")
                .iter()
                .map(letters)
                .collect();
            assert_eq!(letters.len(), 2);
        }
        let all = super::family::send(
            world,
            axum::http::Method::GET,
            ACME,
            "/api/v1/claims?Limit=1000",
            &Value::Null,
        );
        let all = all.expect(200).json();
        assert_eq!(
            all.as_array().expect("a list").len() as u64,
            2 * rounds,
            "nothing of the losers is stored"
        );
    });
}

#[test]
fn one_receipt_of_two_reports_at_once_releases_once() {
    let lines = patient(ACME, 7, "dd") + &procedure(ACME, 7, 1, json!({}));
    on_both(&lines, |world| {
        let claims = super::family::all_created(world, 7, &[701]);
        let answers = at_once(4, |_| {
            super::family::put(world, &claims[0], &json!({ "ClaimStatus": "R" }))
        });
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        let events = world.events_after(0);
        let released = events
            .iter()
            .filter(|event| event["claim"] == claims[1]["ClaimNum"] && event["type"] == "claim.status-changed");
        assert_eq!(released.count(), 1);
    });
}
