//! Limits at the door: whoever comes beyond one is told so in the words of the API that was asked, and when to come again.

use std::num::NonZeroU32;

use axum::http::Method;
use reprise::http::{Api, DoorLimits, URL_BYTES_MAX};

use super::client::{Answer, Client, JSON, XML};
use crate::support::{Place, SAMPLE};

/// Callers of an API with these limits, and the place where its claims are.
fn within(limits: DoorLimits) -> (Client, Place) {
    let place = Place::with(SAMPLE);
    let mut api = Api::new(place.host(None));
    api.limits = limits;
    (Client::of_api(api), place)
}

/// The answer refuses in JSON or XML as it was asked for, or, under `/api/v1`, as a problem.
#[track_caller]
fn check_refused(answer: &Answer, accept: &str, path: &str, status: u16, code: &str, problem: &str) {
    assert_eq!(answer.status, status, "{path}: {}", answer.text);
    let content_type = answer.header("content-type");
    if path.starts_with("/api/v1/") {
        assert_eq!(content_type, "application/problem+json");
        assert_eq!(answer.json()["code"], problem, "{}", answer.text);
    } else {
        assert_eq!(content_type, accept);
        assert!(answer.text.contains(code), "{}", answer.text);
    }
}

const PATHS: [&str; 3] = ["/api/activities", "/api/v1/claims", "/api/openapi.json"];

#[test]
fn a_url_is_only_so_long() {
    let (client, _place) = within(DoorLimits::default());
    for path in PATHS {
        let of_length = |length: usize| format!("{path}?a={}", "a".repeat(length - path.len() - 3));
        for accept in [JSON, XML] {
            let ask = |length| client.send(Method::GET, &of_length(length), &[("accept", accept)], "");
            assert_ne!(ask(URL_BYTES_MAX).status, 414, "{path}");
            let answer = ask(URL_BYTES_MAX + 1);
            check_refused(&answer, accept, path, 414, "REPRISE-REQ-010", "url-too-long");
        }
    }
}

#[test]
fn beyond_the_requests_that_may_be_under_way_only_who_watches_is_answered() {
    let (client, _place) = within(DoorLimits {
        requests_in_flight: 0,
        ..DoorLimits::default()
    });
    for path in PATHS {
        for accept in [JSON, XML] {
            let answer = client.send(Method::GET, path, &[("accept", accept)], "");
            check_refused(&answer, accept, path, 503, "REPRISE-REQ-020", "busy");
            assert_eq!(answer.header("retry-after"), "1");
        }
    }
    for path in ["/healthz", "/readyz"] {
        client.get(path).expect(200);
    }
}

#[test]
fn beyond_the_transfers_that_may_go_on_all_else_is_answered() {
    let (client, _place) = within(DoorLimits {
        transfers: 0,
        ..DoorLimits::default()
    });
    let file = "/api/datafilesets/SET/datafile/FILE/data";
    for (method, path) in [
        (Method::GET, file),
        (Method::POST, file),
        (Method::POST, "/api/v1/claims/validate"),
    ] {
        let answer = client.send(method, path, &[("accept", JSON)], "");
        check_refused(&answer, JSON, path, 503, "REPRISE-REQ-020", "busy");
        assert_eq!(answer.header("retry-after"), "1");
    }
    client.get("/api/activities").expect(200);
    client.send(Method::HEAD, file, &[], "").expect(404);
}

#[test]
fn a_place_is_given_back_when_a_transfer_has_ended() {
    let (client, _place) = within(DoorLimits {
        transfers: 1,
        ..DoorLimits::default()
    });
    let missing = "/api/datafilesets/SET/datafile/FILE/data";
    for _ in 0..10 {
        client.get(missing).expect(404);
        // The thread of the one before may end a moment after its answer.
        let judged = (0..1_000).find_map(|_| {
            let answer = client.post("/api/v1/claims/validate", "application/x-ndjson", "");
            std::thread::sleep(std::time::Duration::from_millis(u64::from(answer.status == 503)));
            (answer.status != 503).then_some(answer)
        });
        judged.expect("a place").expect(200);
        while client.get(missing).status == 503 {}
    }
}

#[test]
fn a_principal_sends_only_so_many_requests_a_second_whatever_others_send() {
    let (client, _place) = within(DoorLimits {
        requests_per_second: NonZeroU32::new(1),
        ..DoorLimits::default()
    });
    // However slow this machine is, some two requests of a few come within a second.
    let refused = |client: &Client, accept: &str, path: &str| {
        let answers = (0..100).map(|_| client.send(Method::GET, path, &[("accept", accept)], ""));
        let answer = answers
            .into_iter()
            .find(|answer| answer.status == 429)
            .expect("too many");
        check_refused(&answer, accept, path, 429, "REPRISE-ACCESS-003", "too-many-requests");
        let seconds: u64 = answer.header("retry-after").parse().expect("whole seconds");
        assert_eq!(seconds, 1);
    };
    for (accept, path) in [
        (JSON, "/api/activities"),
        (XML, "/api/activities"),
        (JSON, "/api/v1/claims"),
    ] {
        refused(&client, accept, path);
    }
    client.acting_as("jane").get("/api/activities").expect(200);
    for path in ["/healthz", "/readyz", "/api/openapi.json"] {
        for _ in 0..10 {
            client.get(path).expect(200);
        }
    }
}
