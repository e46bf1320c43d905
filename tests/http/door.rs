//! Limits at the door: whoever comes beyond one is told so in the words of the API that was asked, and when to come again.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::sync::mpsc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Method;
use reprise::http::{Api, DoorLimits, URL_BYTES_MAX};
use serde_json::json;
use tokio_stream::wrappers::ReceiverStream;

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
    if path.starts_with("/api/v1/claims") {
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
    // To find a length can take as long as to send the content.
    client.send(Method::HEAD, file, &[], "").expect(503);
    client.get("/api/activities").expect(200);
}

/// A body that nothing comes of until its sender is dropped, and that sender.
fn open_body() -> (Body, tokio::sync::mpsc::Sender<Result<Bytes, Infallible>>) {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    (Body::from_stream(ReceiverStream::new(receiver)), sender)
}

/// Whatever is tried until it is no answer that the server is busy.
#[track_caller]
fn once_not_busy<T>(mut tried: impl FnMut() -> Result<T, u16>) -> T {
    for _ in 0..6_000 {
        match tried() {
            Ok(done) => return done,
            Err(status) => assert_eq!(status, 503),
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the server has been busy for a minute");
}

#[test]
fn nobody_has_more_than_half_of_the_transfers() {
    let (client, _place) = within(DoorLimits {
        transfers: 4,
        ..DoorLimits::default()
    });
    let path = "/api/v1/claims/validate";
    let validate = |client: &Client| {
        let (body, sender) = open_body();
        let headers = [("content-type", "application/x-ndjson")];
        client
            .open(Method::POST, path, &headers, body)
            .map(|(_, answer)| (answer, sender))
    };
    let jane = client.acting_as("jane");
    let mut held = vec![validate(&client).expect("a place"), validate(&client).expect("a place")];
    let answer = client.post(path, "application/x-ndjson", "");
    check_refused(&answer, JSON, path, 503, "REPRISE-REQ-020", "busy");
    assert!(answer.text.contains("one principal may have"), "{}", answer.text);
    held.extend([validate(&jane).expect("a place"), validate(&jane).expect("a place")]);
    let answer = client.acting_as("john").post(path, "application/x-ndjson", "");
    check_refused(&answer, JSON, path, 503, "REPRISE-REQ-020", "busy");
    assert!(!answer.text.contains("one principal may have"), "{}", answer.text);
    drop(held);
    drop(once_not_busy(|| validate(&client)));
}

#[test]
fn feeds_and_exports_have_places_of_which_nobody_takes_more_than_a_quarter() {
    let (client, _place) = within(DoorLimits {
        streams: 8,
        ..DoorLimits::default()
    });
    let events = "/api/v1/events";
    let stream = [("accept", "text/event-stream")];
    let follow = |client: &Client| client.open(Method::GET, events, &stream, "");
    let mut held = Vec::new();
    for name in ["jane", "john", "jill", "jack"] {
        let client = client.acting_as(name);
        for _ in 0..2 {
            held.push(follow(&client).expect("a place"));
        }
    }
    let refused = |client: &Client, words: &str| {
        for (path, accept) in [
            (events, "text/event-stream, application/json;q=0.5"),
            ("/api/audit/export", JSON),
        ] {
            let answer = client.send(Method::GET, path, &[("accept", accept)], "");
            check_refused(&answer, JSON, path, 503, "REPRISE-REQ-020", "busy");
            assert_eq!(answer.header("retry-after"), "1");
            assert!(answer.text.contains(words), "{}", answer.text);
        }
        // A page of events is no stream.
        client.get(events).expect(200);
        client.get("/api/audit").expect(200);
    };
    refused(&client, "As many feeds and exports as may be");
    held.pop();
    held.push(once_not_busy(|| follow(&client)));
    held.truncate(6);
    held.extend([once_not_busy(|| follow(&client)), once_not_busy(|| follow(&client))]);
    drop(held.remove(0));
    // A place is free then for others.
    let is_own = || {
        let answer = client.send(Method::GET, "/api/audit/export", &[], "");
        answer
            .text
            .contains("one principal may have")
            .then_some(())
            .ok_or(answer.status)
    };
    once_not_busy(is_own);
    refused(&client, "one principal may have");
    drop(once_not_busy(|| follow(&client.acting_as("joan"))));
    drop(held);
    for _ in 0..10 {
        let answer = once_not_busy(|| {
            let answer = client.get("/api/audit/export");
            if answer.status == 200 {
                Ok(answer)
            } else {
                Err(answer.status)
            }
        });
        assert!(answer.text.ends_with("{\"end\":true}\n"), "{}", answer.text);
    }
}

#[test]
fn an_upload_that_trickles_is_given_up() {
    let (client, _place) = within(DoorLimits {
        upload_idle_time_max: Duration::from_millis(200),
        ..DoorLimits::default()
    });
    let set = json!({ "code": "SET", "dataFiles": [{ "code": "FILE" }] });
    client.post_json("/api/datafilesets", &set).expect(201);
    let path = "/api/datafilesets/SET/datafile/FILE/data";
    let post = |pause: Duration| {
        let (body, sender) = open_body();
        // It ends when nobody takes any more.
        std::thread::spawn(move || {
            while sender.blocking_send(Ok(Bytes::from_static(b"a"))).is_ok() {
                std::thread::sleep(pause);
            }
        });
        client.post(path, "application/octet-stream", body)
    };
    client.post(path, "application/octet-stream", "kept").expect(200);
    for pause in [Duration::from_millis(5), Duration::from_secs(1)] {
        let answer = post(pause).expect(408);
        assert!(answer.text.contains("less than 64 KiB came"), "{}", answer.text);
    }
    assert_eq!(client.get(path).expect(200).text, "kept");
}

#[test]
fn a_place_is_given_back_when_the_work_has_ended_not_when_the_caller_has_gone() {
    let (client, place) = within(DoorLimits {
        requests_in_flight: 1,
        ..DoorLimits::default()
    });
    let ask = || client.get("/api/activities").status;
    assert_eq!(ask(), 200);
    let store = reprise_store::open(&place.database()).expect("a database");
    let (release, released) = mpsc::channel::<()>();
    let (begun, has_begun) = mpsc::channel();
    std::thread::scope(|scope| {
        // While somebody else writes, the work of a request that writes goes on.
        scope.spawn(move || {
            let written = store.write(|_| {
                begun.send(()).expect("somebody waits");
                let _ = released.recv();
                Ok(())
            });
            written.expect("written");
        });
        has_begun.recv().expect("begun");
        // Who leaves too early leaves no work behind.
        let is_held = (1..40).any(|patience| {
            let principal = json!({ "name": format!("p{patience}"), "roles": [] });
            client.post_and_leave("/api/principals", &principal, Duration::from_millis(20 * patience));
            ask() == 503
        });
        assert!(is_held, "the place was given back while the work went on");
        drop(release);
    });
    let given_back = || match ask() {
        200 => Ok(()),
        status => Err(status),
    };
    once_not_busy(given_back);
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

#[test]
fn who_may_do_nothing_is_told_so_only_so_often() {
    let (client, _place) = within(DoorLimits {
        requests_per_second: NonZeroU32::new(1),
        ..DoorLimits::default()
    });
    // Its own rate would hold up whoever prepares the story.
    let prepare = |path: &str, body: &serde_json::Value| {
        once_not_busy(|| {
            let answer = client.post_json(path, body);
            if answer.status == 429 { Err(503) } else { Ok(answer) }
        })
        .expect(201)
    };
    let jane = prepare("/api/principals", &json!({ "name": "jane", "roles": [] }));
    let token = prepare(&format!("{}/tokens", jane.header("location")), &json!({})).json();
    let jane = client.bearing(token["token"].as_str().expect("a token"));
    let statuses: Vec<_> = (0..100).map(|_| jane.get("/api/audit").status).collect();
    assert_eq!(statuses[0], 403);
    let too_many = statuses.iter().filter(|status| **status == 429).count();
    let refused = statuses.iter().filter(|status| **status == 403).count();
    assert_eq!(too_many + refused, statuses.len());
    assert!(too_many > 0, "{statuses:?}");
    let audit = once_not_busy(|| {
        let answer = client.get("/api/audit?user=jane&limit=1000");
        if answer.status == 429 { Err(503) } else { Ok(answer) }
    });
    let entries = audit.expect(200).json();
    assert_eq!(
        entries["entries"].as_array().expect("entries").len(),
        refused,
        "{entries}"
    );
}
