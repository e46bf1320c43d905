//! Doing it once: under an idempotency key a request that comes again gets the answer that it got, and nothing is done.

use std::num::NonZeroU32;
use std::sync::Barrier;

use axum::http::Method;
use reprise::Throttle;
use serde_json::{Value, json};

use super::world::{Everything, NAMES, World, on_both, on_both_set_up};
use crate::http::client::{Answer, JSON, XML};
use crate::support::claim_line;

fn lines() -> String {
    let claims = (0..10).map(|number| claim_line(&format!("C{number}"), &json!({ "status": "CHANGE" })));
    format!("{NAMES}{}", claims.collect::<String>())
}

fn keyed(world: &World, path: &str, key: &str, body: &Value) -> Answer {
    world.post_with(path, &[("idempotency-key", key)], body)
}

fn is_replayed(answer: &Answer) -> bool {
    answer
        .headers
        .get("idempotency-replayed")
        .is_some_and(|value| value == "true")
}

/// What a request that is done twice would have changed, and how many activities there are.
fn all(world: &World) -> (Everything, usize) {
    let activities = world.client.get("/api/activities?limit=1000").expect(200).json();
    (
        world.everything(),
        activities["activities"].as_array().expect("activities").len(),
    )
}

/// The request comes again under its key: it gets the same answer, and all stays as it is. Another request under the key
/// is refused. Answers the first answer.
#[track_caller]
fn check_once(world: &World, path: &str, body: &Value, status: u16, other: &Value) -> Answer {
    let first = keyed(world, path, "K-1", body).expect(status);
    assert!(!is_replayed(&first), "{path}");
    let before = all(world);
    for _ in 0..2 {
        let again = keyed(world, path, "K-1", body).expect(status);
        assert!(is_replayed(&again), "{path}");
        assert_eq!(again.headers.get("location"), first.headers.get("location"), "{path}");
        // An activity is shown as it stands by now, and is the same one.
        let id = |answer: &Answer| {
            let json = answer.json();
            json.get("id").cloned().unwrap_or(json)
        };
        assert_eq!(id(&again), id(&first), "{path}");
    }
    let refused = keyed(world, path, "K-1", other).expect(422);
    let text = "Idempotency-Key K-1 was given before with another request; give a new request a new key";
    assert_eq!(
        refused.messages(),
        [("REPRISE-REQ-029".to_owned(), text.to_owned())],
        "{path}"
    );
    assert_eq!(all(world), before, "{path}");
    first
}

#[test]
fn each_request_that_changes_something_is_done_once_under_its_key() {
    on_both(&lines(), |world| {
        let single = |code: &str| json!({ "code": code });
        check_once(world, "/api/claimsreprocess", &single("C0"), 200, &single("C1"));
        assert_eq!(world.history("C0").len(), 1);
        assert_eq!(world.status("C1"), "CHANGE");

        let report = |status: &str| json!({ "status": status, "lines": [] });
        check_once(
            world,
            "/api/claims/C0/adjudicated",
            &report("FINALIZED"),
            200,
            &report("CHANGE"),
        );
        assert_eq!(world.status("C0"), "FINALIZED");

        let set = |code: &str| json!({ "code": code, "dataFiles": [{ "code": "IN" }] });
        check_once(world, "/api/datafilesets", &set("SET"), 201, &set("OTHER"));
        world.client.get("/api/datafilesets/OTHER").expect(404);
        world.upload("SET", "IN", JSON, "[{\"code\":\"C2\"}]").expect(200);

        let batch = |set: &str| json!({ "code": "REPROCESSCLAIMS_IMPORT", "level": "GL", "parameters": { "dataFileSetCode": set } });
        let created = check_once(world, "/api/activities", &batch("SET"), 201, &batch("OTHER"));
        let path = created.header("location").to_owned();
        let start = format!("{path}/start");
        let started = keyed(world, &start, "K-2", &json!({})).expect(202);
        assert!(!is_replayed(&started));
        assert_eq!(world.client.ended(&path)["status"], "completed");
        // Without the key it could not be started again.
        let before = all(world);
        assert!(is_replayed(&keyed(world, &start, "K-2", &json!({})).expect(202)));
        keyed(world, &start, "K-3", &json!({})).expect(409);
        assert_eq!(all(world), before);

        let started = keyed(world, "/api/activities/start", "K-1", &batch("SET")).expect(201);
        let path = started.header("location").to_owned();
        world.client.ended(&path);
        let again = keyed(world, "/api/activities/start", "K-1", &batch("SET")).expect(201);
        assert!(is_replayed(&again));
        assert_eq!(again.header("location"), path);
        keyed(world, "/api/activities/start", "K-1", &batch("OTHER")).expect(422);
    });
}

#[test]
fn a_criteria_request_is_accepted_and_cancelled_once() {
    let slow = |configuration: &mut reprise::Configuration, _: &crate::support::Place| {
        configuration.throttle = Throttle {
            default: NonZeroU32::new(1),
            ..Throttle::default()
        };
    };
    on_both_set_up(&lines(), slow, |world| {
        let body = |priority: bool| json!({ "reprocess": true, "processType": "CLAIM", "setToHighPriority": priority });
        let path = "/api/claimsreprocesscriteria";
        let first = keyed(&world, path, "K-1", &body(false)).expect(202);
        let run = first.header("location").to_owned();
        let again = keyed(&world, path, "K-1", &body(false)).expect(202);
        assert!(is_replayed(&again));
        assert_eq!(again.header("location"), run);
        assert_eq!(again.text, first.text);
        keyed(&world, path, "K-1", &body(true)).expect(422);
        assert_eq!(all(&world).1, 1);

        let cancel = format!("{run}/cancel");
        keyed(&world, &cancel, "K-1", &json!({})).expect(202);
        world.client.ended(&run);
        let again = keyed(&world, &cancel, "K-1", &json!({})).expect(202);
        assert!(is_replayed(&again));
        keyed(&world, &cancel, "K-2", &json!({})).expect(409);
        // That it was cancelled is no reason to accept it anew.
        assert_eq!(
            keyed(&world, path, "K-1", &body(false)).expect(202).header("location"),
            run
        );
    });
}

#[test]
fn eight_callers_with_one_key_make_one_change() {
    on_both(&lines(), |world| {
        let set = json!({ "code": "SET", "dataFiles": [{ "code": "IN" }] });
        let criteria = json!({ "reprocess": true, "processType": "CLAIM", "claimStatus": "CHANGE" });
        for (path, body, status) in [
            ("/api/claimsreprocess", json!({ "code": "C0" }), 200),
            ("/api/claims/C0/adjudicated", json!({ "status": "CHANGE" }), 200),
            ("/api/datafilesets", set, 201),
            ("/api/claimsreprocesscriteria", criteria, 202),
        ] {
            let barrier = Barrier::new(8);
            let answers: Vec<Answer> = std::thread::scope(|scope| {
                let ask = || {
                    barrier.wait();
                    keyed(world, path, "K-1", &body)
                };
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().expect("an answer"))
                    .collect()
            });
            let first = answers.iter().filter(|answer| !is_replayed(answer)).count();
            assert_eq!(first, 1, "{path}");
            for answer in &answers {
                assert_eq!(answer.status, status, "{path}: {}", answer.text);
                assert_eq!(answer.text, answers[0].text, "{path}");
            }
        }
        let activities = world.client.get("/api/activities").expect(200).json();
        let activities = activities["activities"].as_array().expect("activities");
        assert_eq!(activities.len(), 1);
        world.client.ended(&format!("/api/activities/{}", activities[0]["id"]));
        // Once by itself, once reported back, once by the run.
        assert_eq!(world.history("C0").len(), 3);
    });
}

#[test]
fn a_batch_that_is_started_many_times_at_once_is_started_once() {
    on_both(&lines(), |world| {
        let parameters = |set: &str| json!({ "dataFileSetCode": set });
        let body =
            |set: &str| json!({ "code": "REPROCESSCLAIMS_IMPORT", "level": "GL", "parameters": parameters(set) });
        for number in 0..10 {
            let claims = json!([{ "code": format!("C{number}") }]).to_string();
            let (created, prepared) = (format!("CREATED-{number}"), format!("PREPARED-{number}"));
            world.data_file(&created, JSON, claims.clone());
            world.data_file(&prepared, JSON, claims);
            let activity = world.client.post_json("/api/activities", &body(&prepared)).expect(201);
            let start = format!("{}/start", activity.header("location"));
            let key = format!("K-{number}");
            for (path, body, status) in [
                ("/api/activities/start", body(&created).to_string(), 201),
                (&start, String::new(), 202),
            ] {
                let barrier = Barrier::new(8);
                let answers: Vec<Answer> = std::thread::scope(|scope| {
                    let ask = || {
                        barrier.wait();
                        let headers = [("content-type", JSON), ("idempotency-key", key.as_str())];
                        world.client.send(Method::POST, path, &headers, body.clone())
                    };
                    let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
                    let threads = threads.into_iter();
                    threads.map(|thread| thread.join().expect("an answer")).collect()
                });
                let started = answers[0].json()["id"].clone();
                for answer in &answers {
                    assert_eq!(answer.status, status, "{path}: {}", answer.text);
                    assert_eq!(answer.json()["id"], started, "{path}");
                }
                let first = answers.iter().filter(|answer| !is_replayed(answer)).count();
                assert_eq!(first, 1, "{path}");
                world.client.ended(&format!("/api/activities/{started}"));
            }
        }
    });
}

#[test]
fn what_is_refused_is_not_kept() {
    on_both(&lines(), |world| {
        world.import(&claim_line("F1", &json!({})));
        let body = json!({ "code": "F1" });
        keyed(world, "/api/claimsreprocess", "K-1", &body).expect(409);
        keyed(world, "/api/claimsreprocess", "K-1", &json!({ "code": "NONE" })).expect(404);
        keyed(
            world,
            "/api/claimsreprocess",
            "K-1",
            &json!({ "code": "F1", "colour": "red" }),
        )
        .expect(400);
        // When it can be done, it is, under the same key.
        world.import(&claim_line("F1", &json!({ "status": "CHANGE" })));
        let done = keyed(world, "/api/claimsreprocess", "K-1", &body).expect(200);
        assert!(!is_replayed(&done));
        assert!(is_replayed(
            &keyed(world, "/api/claimsreprocess", "K-1", &body).expect(200)
        ));
    });
}

#[test]
fn a_key_is_for_a_payer_a_user_and_a_path() {
    let other = claim_line("C0", &json!({ "status": "CHANGE", "payer": "ZENITH" }));
    on_both(&format!("{}{other}", lines()), |world| {
        let ask = |payer: &str, user: &str, content_type: &str, body: &str| {
            let headers = [("content-type", content_type), ("idempotency-key", "K-1")];
            world.client.as_of(payer).acting_as(user).send(
                Method::POST,
                "/api/claimsreprocess",
                &headers,
                body.to_owned(),
            )
        };
        let body = "{\"code\":\"C0\"}";
        assert!(!is_replayed(&ask("ACME", "ann", JSON, body).expect(200)));
        assert!(!is_replayed(&ask("ZENITH", "ann", JSON, body).expect(200)));
        // Another user's is another request, and finds what the first has done.
        assert!(!is_replayed(&ask("ACME", "bob", JSON, body).expect(409)));
        assert!(is_replayed(&ask("ACME", "ann", JSON, body).expect(200)));
        // The same bytes as another type are another request, and so are other bytes that say the same.
        ask("ACME", "ann", XML, "<claim code=\"C0\"/>").expect(422);
        ask("ACME", "ann", JSON, "{\"code\": \"C0\"}").expect(422);
        let headers = [("content-type", JSON), ("idempotency-key", "K-1")];
        let body = json!({ "processType": "CLAIM" }).to_string();
        let ann = world.client.acting_as("ann");
        let count = ann
            .send(Method::POST, "/api/claimsreprocesscount", &headers, body)
            .expect(200);
        assert!(!is_replayed(&count));
        for key in ["a b", "ä", &"k".repeat(201)] {
            let answer = keyed(world, "/api/claimsreprocess", key, &json!({ "code": "C1" }));
            assert_eq!(answer.expect(400).messages()[0].0, "REPRISE-REQ-010", "{key}");
        }
    });
}
