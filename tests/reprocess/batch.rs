//! Batches: a data file set is filled, an activity reads it, the answer is a data file, and the set is locked meanwhile.

use std::num::NonZeroU32;

use axum::http::Method;
use reprise::Throttle;
use serde_json::{Value, json};

use super::world::{NAMES, World, line, on_both, on_both_set_up};
use crate::components;
use crate::http::client::{Answer, JSON, XML, link};
use crate::support::claim_line;

/// Pended claims `C00`, `C01`, ...
fn claims(count: usize) -> String {
    let claims = (0..count).map(|number| claim_line(&code(number), &json!({ "status": "CHANGE" })));
    format!("{NAMES}{}", claims.collect::<String>())
}

fn code(number: usize) -> String {
    format!("C{number:02}")
}

fn file_of(codes: &[&str]) -> String {
    codes
        .iter()
        .map(|code| json!({ "code": code }))
        .collect::<Value>()
        .to_string()
}

fn scheduled(code: &str) -> (String, String, Vec<String>) {
    line(code, "S", "CLA-IP-REPR-022")
}

/// One message, and its code.
#[track_caller]
fn only_code(answer: Answer, status: u16) -> String {
    let messages = answer.expect(status).messages();
    let [(code, _)] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    code.clone()
}

fn is_locked(world: &World, set: &str) -> bool {
    let set = world.client.get(&format!("/api/datafilesets/{set}")).expect(200).json();
    set["locked"].as_bool().expect("a truth")
}

#[test]
fn a_data_file_set_is_created_filled_and_shown() {
    on_both(NAMES, |world| {
        let body = json!({ "code": "SET 1", "description": "of March", "dataFiles": [
            { "code": "A/1" }, { "code": "B", "description": "the second" },
        ] });
        let created = world.client.post_json("/api/datafilesets", &body).expect(201);
        assert_eq!(created.header("location"), "/api/datafilesets/SET%201");
        let path = "/api/datafilesets/SET%201/datafile/A%2F1/data";
        assert_eq!(world.client.get(path).expect(200).text, "");
        let taken = world.client.post(path, "text/plain", "anything").expect(200);
        assert!(taken.text.contains("\"lengthBytes\":8"), "{}", taken.text);
        // What is handed in again takes the place of what was there.
        world.client.post(path, XML, "<claims/>").expect(200);
        assert_eq!(world.client.get(path).expect(200).text, "<claims/>");
        let part = world
            .client
            .send(Method::GET, path, &[("range", "bytes=1-6")], "")
            .expect(206);
        assert_eq!(part.text, "claims");
        let shown = world.client.get("/api/datafilesets/SET%201").expect(200).json();
        let files = &shown["dataFiles"];
        assert_eq!(
            [
                &shown["code"],
                &shown["description"],
                &shown["locked"],
                &files[0]["lengthBytes"],
                &files[1]["lengthBytes"]
            ],
            [&json!("SET 1"), &json!("of March"), &json!(false), &json!(9), &json!(0)]
        );
        assert_eq!(link(&files[0], "data"), path);

        assert_eq!(
            only_code(world.client.post_json("/api/datafilesets", &body), 409),
            "REPRISE-REQ-030"
        );
        for (body, code) in [
            (json!({ "code": "S" }), "REPRISE-REQ-004"),
            (json!({ "code": "S", "dataFiles": [] }), "REPRISE-REQ-010"),
            (
                json!({ "code": "S", "dataFiles": [{ "code": "A" }, { "code": "A" }] }),
                "REPRISE-REQ-011",
            ),
            (
                json!({ "code": "S", "dataFiles": [{ "code": "A" }], "colour": "red" }),
                "REPRISE-REQ-003",
            ),
        ] {
            assert_eq!(
                only_code(world.client.post_json("/api/datafilesets", &body), 400),
                code,
                "{body}"
            );
        }
        for path in ["/api/datafilesets/NONE", "/api/datafilesets/SET%201/datafile/NONE/data"] {
            world.client.get(path).expect(404);
        }
        world.upload("SET%201", "NONE", JSON, "[]").expect(404);
        let xml = "<dataFileSet code=\"X\"><dataFiles><dataFile code=\"IN\"/></dataFiles></dataFileSet>";
        assert!(
            world
                .client
                .post("/api/datafilesets", XML, xml)
                .expect(201)
                .text
                .contains("code=\"X\"")
        );
    });
}

#[test]
fn an_activity_is_created_and_started_once() {
    on_both(&claims(2), |world| {
        world.data_file("SET", JSON, file_of(&["C00", "C01"]));
        let body =
            json!({ "code": "REPROCESSCLAIMS_IMPORT", "level": "GL", "parameters": { "dataFileSetCode": "SET" } });
        let created = world.client.post_json("/api/activities", &body).expect(201);
        let path = created.header("location").to_owned();
        let shown = world.client.get(&path).expect(200).json();
        assert_eq!([&shown["status"], &shown["queued"]], [&json!("initial"), &json!(false)]);
        assert!(!is_locked(world, "SET"));
        let start = link(&shown, "start").to_owned();
        world.client.post(&start, JSON, "").expect(202);
        let ended = world.client.ended(&path);
        assert_eq!(ended["status"], "completed");
        assert_eq!(world.listed(&ended), [scheduled("C00"), scheduled("C01")]);
        assert!(!is_locked(world, "SET"));
        let again = world.client.post(&start, JSON, "").expect(409);
        let id = &ended["id"];
        let text = format!("Activity {id} cannot be started: its status is completed");
        assert_eq!(again.messages(), [("ACT-IP-ACTY-006".to_owned(), text)]);

        // In XML too, and one that was never started can be cancelled, which is its end.
        let xml = "<activity code=\"REPROCESSCLAIMS_IMPORT\" level=\"GL\"><parameters>\
                   <parameter name=\"dataFileSetCode\" value=\"SET\"/></parameters></activity>";
        let path = world
            .client
            .post("/api/activities", XML, xml)
            .expect(201)
            .header("location")
            .to_owned();
        world.client.post(&format!("{path}/cancel"), JSON, "{}").expect(202);
        assert_eq!(world.client.ended(&path)["status"], "cancelled");
        assert_eq!(
            only_code(world.client.post(&format!("{path}/start"), JSON, ""), 409),
            "ACT-IP-ACTY-006"
        );
    });
}

#[test]
fn a_set_is_locked_while_it_is_read_and_unlocked_at_any_end() {
    let slow = |configuration: &mut reprise::Configuration, _: &crate::support::Place| {
        configuration.throttle = Throttle {
            default: NonZeroU32::new(1),
            ..Throttle::default()
        };
    };
    on_both_set_up(&claims(60), slow, |world| {
        let codes: Vec<String> = (0..60).map(code).collect();
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        world.data_file("SET", JSON, file_of(&codes));
        let parameters = json!({ "dataFileSetCode": "SET" });
        let started = world.start_batch(&parameters).expect(201);
        let path = started.header("location").to_owned();
        assert!(is_locked(&world, "SET"));
        world.until(&path, |shown| shown["progress"]["succeeded"].as_u64() >= Some(1));

        let refused = world.start_batch(&parameters).expect(409);
        let text = "Data file set SET is locked: an activity is using it".to_owned();
        assert_eq!(refused.messages(), [("ACT-VL-FIAT-001".to_owned(), text)]);
        assert_eq!(only_code(world.upload("SET", "IN", JSON, "[]"), 409), "ACT-VL-FIAT-001");
        let links = world.client.get(&path).expect(200).json()["links"].to_string();
        assert!(
            !links.contains("\"file\""),
            "an activity that goes on has no file: {links}"
        );

        // What it has done when it is cancelled stays done, and is what its file says.
        world.client.post(&format!("{path}/cancel"), JSON, "").expect(202);
        let ended = world.client.ended(&path);
        assert_eq!(ended["status"], "cancelled");
        let done = world.listed(&ended);
        assert!((1..60).contains(&done.len()), "{}", done.len());
        for (number, result) in done.iter().enumerate() {
            assert_eq!(*result, scheduled(&code(number)));
        }
        for number in 0..60 {
            let expected = if number < done.len() { "INITIAL" } else { "CHANGE" };
            assert_eq!(world.status(&code(number)), expected, "{number}");
        }
        assert!(!is_locked(&world, "SET"));

        // Read again, what was done is told so, and the rest is done.
        let world = world.restarted(|configuration| configuration.throttle = Throttle::default());
        let ended = world.batch("SET");
        let expected: Vec<_> = (0..60)
            .map(|number| match number {
                number if number < done.len() => line(&code(number), "F", "CLA-IP-REPR-013"),
                number => scheduled(&code(number)),
            })
            .collect();
        assert_eq!(world.listed(&ended), expected);
    });
}

#[test]
fn another_host_goes_on_behind_the_last_entry_that_was_done() {
    let slow = |configuration: &mut reprise::Configuration, _: &crate::support::Place| {
        configuration.throttle = Throttle {
            default: NonZeroU32::new(1),
            ..Throttle::default()
        };
    };
    on_both_set_up(&claims(60), slow, |world| {
        let entries: String = (0..60)
            .map(|number| format!("<claim code=\"{}\"/>\n", code(number)))
            .collect();
        world.data_file(
            "SET",
            XML,
            format!("<claimsReprocessRequests>\n{entries}</claimsReprocessRequests>"),
        );
        let started = world.start_batch(&json!({ "dataFileSetCode": "SET" })).expect(201);
        let path = started.header("location").to_owned();
        world.until(&path, |shown| shown["progress"]["succeeded"].as_u64() >= Some(2));
        let world = world.restarted(|configuration| configuration.throttle = Throttle::default());
        let ended = world.client.ended(&path);
        assert_eq!(ended["status"], "completed");
        let expected: Vec<_> = (0..60).map(|number| scheduled(&code(number))).collect();
        assert_eq!(world.listed(&ended), expected);
        for number in 0..60 {
            assert_eq!(world.history(&code(number)).len(), 1, "{number}");
        }
    });
}

#[test]
fn the_answer_goes_where_it_is_asked_to_go() {
    on_both(&claims(2), |world| {
        world.data_file("SET", JSON, file_of(&["C00"]));
        let started = world.start_batch(&json!({ "dataFileSetCode": "SET", "responseDataFileSetCode": "ANSWER" }));
        let ended = world.client.ended(started.expect(201).header("location"));
        assert_eq!(link(&ended, "file"), "/api/datafilesets/ANSWER/datafile/RESPONSE/data");
        let shown = world.client.get("/api/datafilesets/ANSWER").expect(200).json();
        assert_eq!(shown["locked"], false);

        let taken = world.start_batch(&json!({ "dataFileSetCode": "SET", "responseDataFileSetCode": "ANSWER" }));
        assert_eq!(only_code(taken, 409), "REPRISE-REQ-030");
        assert!(!is_locked(world, "SET"));
        let made_up = world.batch("SET");
        let id = &made_up["id"];
        let path = format!("/api/datafilesets/REPROCESSCLAIMS_IMPORT-{id}/datafile/RESPONSE/data");
        assert_eq!(link(&made_up, "file"), path);
        // The result of an activity is no file of claims.
        let body = json!({ "dataFileSetCode": "ANSWER" });
        let [(_, text)] = world
            .start_batch(&body)
            .expect(400)
            .messages()
            .try_into()
            .expect("one message");
        assert!(text.contains("it is the result of activity"), "{text}");
    });
}

#[test]
fn parameters_that_cannot_be_are_refused() {
    on_both(&claims(1), |world| {
        world.data_file("SET", JSON, file_of(&["C00"]));
        let set = || json!({ "dataFileSetCode": "SET" });
        for (body, status, code) in [
            (
                json!({ "code": "OTHER", "level": "GL", "parameters": set() }),
                400,
                "REPRISE-REQ-010",
            ),
            (
                json!({ "code": "REPROCESSCLAIMS_IMPORT", "level": "XX", "parameters": set() }),
                400,
                "REPRISE-REQ-010",
            ),
            (
                json!({ "code": "REPROCESSCLAIMS_IMPORT", "level": "GL" }),
                400,
                "REPRISE-REQ-004",
            ),
            (
                json!({ "code": "REPROCESSCLAIMS_IMPORT", "level": "GL", "parameters": { "set": "SET" } }),
                400,
                "REPRISE-REQ-003",
            ),
            (
                json!({ "code": "REPROCESSCLAIMS_IMPORT", "level": "GL", "parameters": { "dataFileSetCode": "NONE" } }),
                404,
                "REPRISE-REQ-019",
            ),
        ] {
            let answer = world.client.post_json("/api/activities/start", &body).expect(status);
            assert_eq!(answer.messages()[0].0, code, "{body}: {}", answer.text);
        }
        assert_eq!(world.client.get("/api/activities").json()["activities"], json!([]));
        assert!(!is_locked(world, "SET"));
    });
}

#[test]
fn a_batch_that_a_component_fails_in_says_so_entry_by_entry_and_goes_on() {
    let set_up = |configuration: &mut reprise::Configuration, place: &crate::support::Place| {
        configuration.claim_status_rules = Some(place.file("status.wasm", components::PANICS_ON_RESERVATIONS));
    };
    let reservation = claim_line("R1", &json!({ "status": "CHANGE", "processType": "RESERVATION" }));
    on_both_set_up(&format!("{}{reservation}", claims(2)), set_up, |world| {
        world.data_file("SET", JSON, file_of(&["C00", "R1", "C01"]));
        let ended = world.batch("SET");
        assert_eq!(ended["status"], "completed with errors");
        let failed = line("R1", "F", "REPRISE-RULES-001");
        assert_eq!(world.listed(&ended), [scheduled("C00"), failed, scheduled("C01")]);
        let progress = &ended["progress"];
        assert_eq!(
            [&progress["total"], &progress["succeeded"], &progress["failed"]],
            [3, 2, 1]
        );
    });
}
