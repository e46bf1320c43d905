//! Doing it once: under an idempotency key an operation that comes again gets the answer that it got, and nothing is done.

use serde_json::json;

use super::fixture::{Kept, pended, post, post_keyed, reasons, shown};
use crate::http::client::Answer;
use crate::reprocess::world::on_both;

fn is_replayed(answer: &Answer) -> bool {
    answer.headers.contains_key("idempotency-replayed")
}

#[test]
fn a_claim_is_submitted_once_and_who_asks_again_is_told_the_same() {
    on_both(
        &(reasons() + &pended("C1", &json!({})) + &pended("C2", &json!({}))),
        |world| {
            let first = post_keyed(&world.client, "/api/claims/C1/submit", "K-1").expect(303);
            assert!(!is_replayed(&first));
            let before = Kept::of(world);
            for _ in 0..2 {
                let again = post_keyed(&world.client, "/api/claims/C1/submit", "K-1").expect(303);
                assert!(is_replayed(&again));
                assert_eq!(again.header("location"), first.header("location"));
            }
            // Without the key, and under another one, it is another request, which finds the claim on its way.
            post(&world.client, "/api/claims/C1/submit").expect(409);
            post_keyed(&world.client, "/api/claims/C1/submit", "K-2").expect(409);
            // So it is for another user, and by the claim's other name, which is another path.
            post_keyed(&world.client.acting_as("ann"), "/api/claims/C1/submit", "K-1").expect(409);
            let id = &shown(world, "C1")["id"];
            post_keyed(&world.client, &format!("/api/claims/{id}/submit"), "K-1").expect(409);
            before.assert_same(world, "what was done already");
            assert_eq!(world.history("C1").len(), 1);

            // What was refused is not kept under its key.
            assert!(!is_replayed(
                &post_keyed(&world.client, "/api/claims/C2/submit", "K-1").expect(303)
            ));
        },
    );
}

#[test]
fn a_kept_answer_outlasts_what_it_was_about() {
    let changes = json!({ "lines": [{ "code": "L1" }], "bills": [] });
    on_both(&(reasons() + &pended("C1", &changes)), |world| {
        let id = shown(world, "C1")["id"].clone();
        let paths = [
            (
                format!("/api/claimpendreasons/{id}-1/resolve"),
                format!("/api/generic/claimpendreasons/{id}-1"),
            ),
            // Nothing is left to be done here, and that is kept too.
            (
                "/api/claims/C1/resolvepend/LOUD".to_owned(),
                format!("/api/generic/claims/{id}"),
            ),
        ];
        for (path, location) in &paths {
            let answer = post_keyed(&world.client, path, "K-1").expect(303);
            assert_eq!(
                (answer.header("location"), is_replayed(&answer)),
                (location.as_str(), false)
            );
        }
        world.reprocess("C1", &json!({})).expect(200);
        let before = Kept::of(world);
        for (path, location) in &paths {
            post(&world.client, path).expect(404);
            let answer = post_keyed(&world.client, path, "K-1").expect(303);
            assert_eq!(
                (answer.header("location"), is_replayed(&answer)),
                (location.as_str(), true)
            );
        }
        before.assert_same(world, "what was done already");
        for key in ["a b", "ä", &"k".repeat(201)] {
            post_keyed(&world.client, &paths[0].0, key).expect(400);
        }
        // A body makes no other request of it, since none is read.
        let headers = [("idempotency-key", "K-1"), ("content-type", "application/json")];
        let answer = world
            .client
            .send(axum::http::Method::POST, &paths[0].0, &headers, "{}")
            .expect(303);
        assert!(is_replayed(&answer));
        // A query that says something is another one.
        let path = format!("{}?again=true", paths[0].0);
        post_keyed(&world.client, &path, "K-1").expect(422);
    });
}
