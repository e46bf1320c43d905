//! The feed of events: page by page and as it happens, each payer's own, with no gap for whoever reads on.

use axum::http::Method;
use serde_json::{Value, json};

use super::world::{NAMES, World, on_both};
use crate::support::claim_line;

fn lines() -> String {
    let claims = (0..5).map(|number| claim_line(&format!("C{number}"), &json!({ "status": "CHANGE" })));
    let others =
        (0..2).map(|number| claim_line(&format!("C{number}"), &json!({ "status": "CHANGE", "payer": "ZENITH" })));
    format!("{NAMES}{}{}", claims.collect::<String>(), others.collect::<String>())
}

fn reprocess(world: &World, payer: &str, code: &str) {
    let body = json!({ "code": code });
    world
        .client
        .as_of(payer)
        .post_json("/api/claimsreprocess", &body)
        .expect(200);
}

fn page(world: &World, payer: &str, query: &str) -> Value {
    world
        .client
        .as_of(payer)
        .get(&format!("/api/v1/events{query}"))
        .expect(200)
        .json()
}

/// The codes of the claims that the events of a page are about.
fn codes(page: &Value) -> Vec<String> {
    let events = page["events"].as_array().expect("events").iter();
    events
        .map(|event| event["data"]["claim"].as_str().expect("a code").to_owned())
        .collect()
}

#[test]
fn a_payers_events_are_read_page_by_page() {
    on_both(&lines(), |world| {
        assert_eq!(page(world, "ACME", ""), json!({ "events": [], "next": 0 }));
        for (payer, code) in [
            ("ACME", "C0"),
            ("ZENITH", "C1"),
            ("ACME", "C1"),
            ("ACME", "C2"),
            ("ZENITH", "C0"),
            ("ACME", "C3"),
        ] {
            reprocess(world, payer, code);
        }
        let whole = page(world, "ACME", "");
        assert_eq!(codes(&whole), ["C0", "C1", "C2", "C3"]);
        assert_eq!(codes(&page(world, "ZENITH", "")), ["C1", "C0"]);
        let events = whole["events"].as_array().expect("events");
        let positions: Vec<u64> = events
            .iter()
            .map(|event| event["position"].as_u64().expect("a position"))
            .collect();
        assert!(positions.is_sorted_by(|one, next| one < next), "{positions:?}");
        let event = &events[0];
        assert_eq!(event["type"], "claim.resubmitted");
        assert!(
            event["time"].as_str().is_some_and(|time| time.ends_with('Z')),
            "{event}"
        );

        let mut read = Vec::new();
        let mut after = 0;
        loop {
            let page = page(world, "ACME", &format!("?limit=3&after={after}"));
            if codes(&page).is_empty() {
                assert_eq!(page["next"], after, "there is nothing after the end yet");
                break;
            }
            read.extend(codes(&page));
            after = page["next"].as_u64().expect("where to go on");
        }
        assert_eq!(read, codes(&whole));
        reprocess(world, "ACME", "C4");
        assert_eq!(codes(&page(world, "ACME", &format!("?after={after}"))), ["C4"]);

        let xml = world.client.get_xml("/api/v1/events?limit=1").expect(200).text;
        assert!(xml.contains("type=\"claim.resubmitted\""), "{xml}");
        for query in ["?after=-1", "?after=x", "?limit=0", "?limit=1001", "?before=1"] {
            let answer = world.client.get(&format!("/api/v1/events{query}"));
            assert_eq!(answer.status, 400, "{query}");
        }
    });
}

#[test]
fn events_are_sent_as_they_happen_and_whoever_comes_again_goes_on_where_it_was() {
    on_both(&lines(), |world| {
        reprocess(world, "ACME", "C0");
        reprocess(world, "ZENITH", "C0");
        reprocess(world, "ACME", "C1");
        let listed = page(world, "ACME", "");
        let mut feed = world.client.follow("/api/v1/events?limit=1", &[]);
        let mut last = String::new();
        for event in listed["events"].as_array().expect("events") {
            let (id, kind, data) = feed.next_event();
            assert_eq!(
                (id.as_str(), kind.as_str()),
                (&*event["position"].to_string(), "claim.resubmitted")
            );
            assert_eq!(data, *event, "what is sent is what is listed");
            last = id;
        }
        // What happens while it is open.
        reprocess(world, "ZENITH", "C1");
        reprocess(world, "ACME", "C2");
        assert_eq!(feed.next_event().2["data"]["claim"], "C2");
        drop(feed);

        let again = |headers: &[(&str, &str)], query: &str| {
            let mut feed = world.client.follow(&format!("/api/v1/events{query}"), headers);
            feed.next_event().2["data"]["claim"].clone()
        };
        assert_eq!(again(&[("last-event-id", &last)], ""), "C2");
        // Its own word goes before that of the address, which it came by first.
        assert_eq!(again(&[("last-event-id", &last)], "?after=0"), "C2");
        assert_eq!(again(&[], &format!("?after={last}")), "C2");
        assert_eq!(again(&[], ""), "C0");
        let headers = [("accept", "text/event-stream"), ("last-event-id", "x")];
        world
            .client
            .send(Method::GET, "/api/v1/events", &headers, "")
            .expect(400);
    });
}

#[test]
fn a_run_is_followed_to_its_last_claim() {
    let claims = (0..50).map(|number| claim_line(&format!("D{number:02}"), &json!({ "status": "CHANGE" })));
    on_both(&format!("{NAMES}{}", claims.collect::<String>()), |world| {
        let mut feed = world.client.follow("/api/v1/events", &[]);
        let ended = world.run(&json!({}));
        for number in 0..50 {
            let (_, kind, event) = feed.next_event();
            assert_eq!(kind, "claim.resubmitted");
            let data = &event["data"];
            assert_eq!(
                [&data["claim"], &data["activity"]],
                [&json!(format!("D{number:02}")), &ended["id"]]
            );
        }
    });
}
