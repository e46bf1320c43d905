//! What can be asked for about webhooks and what cannot: created, listed, paused, deleted, each payer's own.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{SECRET, append_many, ask, ask_of, create, on_both, order, shown, until_done};
use crate::http::client::{JSON, XML, link};
use crate::reprocess::world::merge;

#[test]
fn a_webhook_is_created_listed_and_deleted() {
    on_both(|world| {
        let body = json!({
            "code": "a/b", "url": "http://127.0.0.1:9/", "types": ["claim.created"], "where": { "claimStatus": ["W"] },
        });
        let answer = ask(world, Method::POST, "/api/v1/webhooks", &body).expect(201);
        assert_eq!(answer.header("location"), "/api/v1/webhooks/a%2Fb");
        let mut created = answer.json();
        let secret = created["secret"].as_str().expect("a secret").to_owned();
        assert!(
            secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{secret}"
        );
        created.as_object_mut().expect("an object").remove("secret");
        assert_eq!(shown(world, "a%2Fb"), created);
        for (member, value) in [
            ("code", json!("a/b")),
            ("url", json!("http://127.0.0.1:9/")),
            ("types", json!(["claim.created"])),
            ("where", json!({ "claimStatus": ["W"] })),
            ("position", json!(0)),
            ("behind", json!(0)),
            ("attempts", json!(0)),
            ("nextAttempt", Value::Null),
            ("lastError", Value::Null),
            ("paused", json!(false)),
            ("pausedBecause", Value::Null),
            ("deadLetters", json!(0)),
            ("resending", json!(0)),
        ] {
            assert_eq!(created[member], value, "{member}");
        }
        assert!(created["created"].as_str().is_some_and(|time| time.ends_with('Z')));
        assert_eq!(link(&created, "dead-letters"), "/api/v1/webhooks/a%2Fb/deadletters");

        let taken = ask(world, Method::POST, "/api/v1/webhooks", &body).expect(409);
        assert_eq!(taken.messages()[0].1, "Webhook a/b is there already");
        ask(
            world,
            Method::POST,
            "/api/v1/webhooks",
            &json!({ "code": "W", "url": "https://events.example" }),
        )
        .expect(201);
        let listed = ask(world, Method::GET, "/api/v1/webhooks", &Value::Null)
            .expect(200)
            .json();
        assert_eq!(listed["webhooks"][1], created);
        assert_eq!(listed["webhooks"][0]["code"], "W", "in byte order");

        let shown_in_xml = world.client.get_xml("/api/v1/webhooks/a%2Fb").expect(200).text;
        for words in [
            "<webhook code=\"a/b\" url=\"http://127.0.0.1:9/\"",
            "<types><type value=\"claim.created\"/></types>",
            "<where><member name=\"claimStatus\"><value><item value=\"W\"/></value></member></where>",
        ] {
            assert!(shown_in_xml.contains(words), "{shown_in_xml}");
        }
        let in_xml =
            "<webhook code=\"X\" url=\"http://127.0.0.1:9/\"><types><type value=\"claim.created\"/></types></webhook>";
        let created_in_xml = world.client.post("/api/v1/webhooks", XML, in_xml).expect(201);
        assert!(created_in_xml.text.contains(" secret=\""), "{}", created_in_xml.text);

        ask(world, Method::DELETE, "/api/v1/webhooks/a%2Fb", &Value::Null).expect(204);
        ask(world, Method::DELETE, "/api/v1/webhooks/a%2Fb", &Value::Null).expect(404);
        ask(world, Method::GET, "/api/v1/webhooks/a%2Fb", &Value::Null).expect(404);
    });
}

#[test]
fn a_paused_webhook_is_sent_nothing_until_it_is_resumed() {
    on_both(|world| {
        let receiver = Receiver::answering(SECRET, |_| {
            std::thread::sleep(Duration::from_millis(2));
            200
        });
        create(world, "W", &receiver, &json!({}));
        append_many(world, 200);
        receiver.until_taken(20);
        let paused = order(world, "W/pause", 200);
        assert_eq!(
            [&paused["paused"], &paused["pausedBecause"]],
            [&json!(true), &json!("jane has asked for it")]
        );
        link(&paused, "resume");
        // The one that was under way may still come, and no other.
        let before = receiver.received().len();
        append_many(world, 10);
        std::thread::sleep(Duration::from_millis(300));
        let after = receiver.received().len();
        assert!(after <= before + 1, "{before} {after}");
        order(world, "W/pause", 200);
        let resumed = order(world, "W/resume", 200);
        assert_eq!(
            [&resumed["paused"], &resumed["pausedBecause"]],
            [&json!(false), &Value::Null]
        );
        receiver.until_taken(210);
        until_done(world, "W");
        assert_eq!(
            receiver.taken(),
            (1..=210).collect::<Vec<_>>(),
            "none is missing, none came twice"
        );

        // One that is deleted is sent nothing more.
        order(world, "W/replay?after=0", 202);
        receiver.until_taken(230);
        ask(world, Method::DELETE, "/api/v1/webhooks/W", &Value::Null).expect(204);
        let before = receiver.received().len();
        std::thread::sleep(Duration::from_millis(300));
        let after = receiver.received().len();
        assert!(after <= before + 1, "{before} {after}");
    });
}

#[test]
fn another_payers_webhook_is_not_there() {
    on_both(|world| {
        let receiver = Receiver::answering(SECRET, |_| 500);
        create(world, "W", &receiver, &json!({}));
        append_many(world, 1);
        super::until(world, "W", |shown| shown["deadLetters"] == 1);
        for (method, path) in [
            (Method::GET, "W"),
            (Method::DELETE, "W"),
            (Method::POST, "W/pause"),
            (Method::POST, "W/resume"),
            (Method::POST, "W/replay?after=0"),
            (Method::GET, "W/deadletters"),
            (Method::POST, "W/deadletters/resend"),
            (Method::POST, "W/deadletters/1/resend"),
        ] {
            let path = format!("/api/v1/webhooks/{path}");
            let answer = ask_of(world, "ZENITH", method.clone(), &path, &Value::Null).expect(404);
            assert!(answer.text.contains("There is no"), "{method} {path}: {}", answer.text);
            let code = "/api/v1/webhooks/W";
            let nobody = path.replace(code, "/api/v1/webhooks/NONE");
            ask(world, method, &nobody, &Value::Null).expect(404);
        }
        let listed = ask_of(world, "ZENITH", Method::GET, "/api/v1/webhooks", &Value::Null).expect(200);
        assert_eq!(listed.json(), json!({ "webhooks": [] }));
        // Codes are each payer's own.
        let body = json!({ "code": "W", "url": receiver.url });
        ask_of(world, "ZENITH", Method::POST, "/api/v1/webhooks", &body).expect(201);
        assert_eq!(shown(world, "W")["deadLetters"], 1);
        assert_eq!(receiver.received().len(), super::ATTEMPTS_MAX as usize);
    });
}

#[test]
fn a_secret_is_shown_once() {
    on_both(|world| {
        let receiver = Receiver::answering(SECRET, |_| 500);
        let created = create(world, "W", &receiver, &json!({}));
        assert_eq!(created["secret"], SECRET);
        append_many(world, 1);
        super::until(world, "W", |shown| shown["deadLetters"] == 1);
        let again = json!({ "code": "W", "url": receiver.url, "secret": SECRET });
        let wrong = json!({ "code": "X", "url": 7, "secret": SECRET, "after": "x" });
        for accept in [JSON, XML] {
            let headers = [("accept", accept), ("content-type", JSON)];
            for (method, path, body) in [
                (Method::GET, "/api/v1/webhooks", &Value::Null),
                (Method::GET, "/api/v1/webhooks/W", &Value::Null),
                (Method::GET, "/api/v1/webhooks/W/deadletters", &Value::Null),
                (Method::POST, "/api/v1/webhooks/W/pause", &Value::Null),
                (Method::POST, "/api/v1/webhooks/W/resume", &Value::Null),
                (Method::POST, "/api/v1/webhooks/W/replay?after=1", &Value::Null),
                (Method::POST, "/api/v1/webhooks/W/replay?after=99", &Value::Null),
                (Method::POST, "/api/v1/webhooks/W/deadletters/resend", &Value::Null),
                (Method::POST, "/api/v1/webhooks", &again),
                (Method::POST, "/api/v1/webhooks", &wrong),
            ] {
                let body = if body.is_null() {
                    String::new()
                } else {
                    body.to_string()
                };
                let answer = world.client.send(method.clone(), path, &headers, body);
                assert!(!answer.text.contains(SECRET), "{method} {path}: {}", answer.text);
            }
        }
        let found = world.store.webhook("ACME", "W").expect("read").expect("there");
        assert!(!format!("{found:?}").contains(SECRET));
    });
}

#[test]
fn a_webhook_is_created_once_under_a_key() {
    on_both(|world| {
        let receiver = Receiver::taking(SECRET);
        let body = json!({ "code": "W", "url": receiver.url });
        let send = |key: &str, path: &str, body: &Value| {
            let headers = [("content-type", JSON), ("idempotency-key", key)];
            let body = if body.is_null() {
                String::new()
            } else {
                body.to_string()
            };
            world.client.send(Method::POST, path, &headers, body)
        };
        let first = send("k1", "/api/v1/webhooks", &body).expect(201);
        let again = send("k1", "/api/v1/webhooks", &body).expect(201);
        assert_eq!(
            again.json(),
            first.json(),
            "a secret that got lost is not lost for ever"
        );
        assert_eq!(again.header("idempotency-replayed"), "true");
        send("k2", "/api/v1/webhooks", &body).expect(409);
        let other = json!({ "code": "V", "url": receiver.url });
        send("k1", "/api/v1/webhooks", &other).expect(422);

        append_many(world, 3);
        receiver.until_taken(3);
        until_done(world, "W");
        send("r", "/api/v1/webhooks/W/replay?after=1", &Value::Null).expect(202);
        receiver.until_taken(5);
        until_done(world, "W");
        let again = send("r", "/api/v1/webhooks/W/replay?after=1", &Value::Null).expect(202);
        assert_eq!(again.header("idempotency-replayed"), "true");
        send("r", "/api/v1/webhooks/W/replay?after=0", &Value::Null).expect(422);
        until_done(world, "W");
        assert_eq!(receiver.taken(), [1, 2, 3, 2, 3]);

        // Under a key that was for a webhook that is there no more, its successor's secret is not to be had.
        ask(world, Method::DELETE, "/api/v1/webhooks/W", &Value::Null).expect(204);
        ask(world, Method::POST, "/api/v1/webhooks", &body).expect(201);
        send("k1", "/api/v1/webhooks", &body).expect(404);
    });
}

#[test]
fn what_cannot_be_asked_for_is_refused_with_every_reason() {
    on_both(|world| {
        let body = |members: &Value| {
            let mut body = json!({ "code": "W", "url": "http://127.0.0.1:9/events" });
            merge(&mut body, members);
            body
        };
        let long = "a".repeat(2_000);
        for (members, words) in [
            (json!({ "code": null }), "`code` is missing"),
            (json!({ "code": "" }), "`code` is missing"),
            (json!({ "code": "a\u{7}b" }), "it holds a control character"),
            (json!({ "code": "c".repeat(201) }), "it is 201 bytes long"),
            (json!({ "url": null }), "`url` is missing"),
            (json!({ "url": 7 }), "it is the number 7, and has to be a text"),
            (
                json!({ "url": "events.example" }),
                "it has to begin with http:// or https:// and a host",
            ),
            (
                json!({ "url": "file:///etc/passwd" }),
                "it has to begin with http:// or https:// and a host",
            ),
            (json!({ "url": "http://" }), "it is no URL"),
            (json!({ "url": "http://jane:hush@a/" }), "it names a user or a password"),
            (json!({ "url": "http://a:70000/" }), "its port is none"),
            (json!({ "url": "http://a/#b" }), "it has a fragment"),
            (
                json!({ "url": format!("http://a/{long}") }),
                "it is 2009 bytes long; 2000 are allowed",
            ),
            (json!({ "types": "claim.created" }), "it has to be a list of texts"),
            (json!({ "types": ["CLAIM"] }), "`CLAIM` is no type of event"),
            (json!({ "types": vec!["a"; 101] }), "it lists 101; 100 are allowed"),
            (
                json!({ "where": ["W"] }),
                "has to be an object of names and lists of values",
            ),
            (
                json!({ "where": { "claimStatus": "W" } }),
                "`claimStatus`: it has to be a list of texts",
            ),
            (json!({ "where": { "claimStatus": [] } }), "`claimStatus` has no value"),
            (
                json!({ "where": { "claimStatus": [{}] } }),
                "`claimStatus`: it has to be a list of texts",
            ),
            (
                json!({ "where": { "claimStatus": ["x".repeat(201)] } }),
                "longer than 200 bytes",
            ),
            (json!({ "secret": "hush" }), "it is 4 bytes long; it can have 16 to 200"),
            (
                json!({ "secret": "s".repeat(201) }),
                "it is 201 bytes long; it can have 16 to 200",
            ),
            (
                json!({ "secret": "a secret with blanks" }),
                "other than the visible ones of ASCII",
            ),
            (
                json!({ "after": -1 }),
                "it is the number -1, and is the position of an event, or 0",
            ),
            (json!({ "after": 1 }), "it is 1, and the feed ends at 0"),
            (json!({ "paused": true }), "`paused` is not known here"),
        ] {
            let answer = ask(world, Method::POST, "/api/v1/webhooks", &body(&members)).expect(400);
            let said: Vec<_> = answer.messages().into_iter().map(|(_, text)| text).collect();
            assert!(said.len() == 1 && said[0].contains(words), "{members}: {said:?}");
        }
        let all = json!({ "url": "x", "types": ["A"], "secret": "x", "after": "x", "more": 1 });
        let answer = ask(world, Method::POST, "/api/v1/webhooks", &all).expect(400);
        assert_eq!(answer.messages().len(), 6, "{}", answer.text);
        for wrong in ["[]", "7", "{", "{\"claim\":{}}"] {
            world.client.post("/api/v1/webhooks", JSON, wrong).expect(400);
        }
        let with_body = json!({ "reason": "lunch" });
        ask(world, Method::POST, "/api/v1/webhooks/W/pause", &with_body).expect(400);
        let listed = ask(world, Method::GET, "/api/v1/webhooks", &Value::Null).expect(200);
        assert_eq!(listed.json(), json!({ "webhooks": [] }), "nothing was created");
    });
}

#[test]
fn a_payer_may_have_a_hundred_webhooks() {
    on_both(|world| {
        let new = |number: usize| json!({ "code": format!("W{number}"), "url": "http://127.0.0.1:9/" });
        for number in 0..100 {
            ask(world, Method::POST, "/api/v1/webhooks", &new(number)).expect(201);
        }
        let refused = ask(world, Method::POST, "/api/v1/webhooks", &new(100)).expect(409);
        let (_, text) = &refused.messages()[0];
        assert_eq!(
            text,
            "There are 100 webhooks, and a payer may have no more; delete one first"
        );
        ask_of(world, "ZENITH", Method::POST, "/api/v1/webhooks", &new(100)).expect(201);
        ask(world, Method::DELETE, "/api/v1/webhooks/W7", &Value::Null).expect(204);
        ask(world, Method::POST, "/api/v1/webhooks", &new(100)).expect(201);
    });
}
