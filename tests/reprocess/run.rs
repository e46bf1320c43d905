//! Runs by criteria: what they list, in which order, how the file of it can be read, and whose turn it is.

use axum::http::Method;
use serde_json::{Value, json};

use super::world::{NAMES, World, line, on_both, on_both_set_up};
use crate::http::client::{Client, JSON, XML, link};
use crate::support::claim_line;

/// Claims whose codes are in another order by bytes than by any alphabet, by number or by import.
fn lines() -> String {
    let claims = [
        claim_line("c2", &json!({ "status": "CHANGE" })),
        claim_line("Ä1", &json!({})),
        claim_line("C10", &json!({ "settlementReason": "PAID" })),
        claim_line("C9", &json!({ "status": "PRICING FINALIZED" })),
        claim_line("C-1", &json!({ "lockedBy": "nightly-run" })),
        claim_line("C1", &json!({ "status": "MANUAL ADJUDICATION" })),
        claim_line("B7", &json!({ "status": "BENEFITS DONE" })),
        claim_line("B8", &json!({ "lines": [] })),
        claim_line("B9", &json!({ "processType": "RESERVATION" })),
    ];
    format!("{NAMES}{}", claims.concat())
}

fn with_reason() -> Value {
    json!({ "claimUnfinalizeReasonList": [{ "code": "UF1" }] })
}

#[test]
fn the_count_is_the_number_of_claims_that_a_run_schedules_and_the_others_are_listed_with_theirs() {
    on_both(&lines(), |world| {
        let mut counted = json!({ "processType": "CLAIM" });
        super::world::merge(&mut counted, &with_reason());
        let count = world
            .client
            .post_json("/api/claimsreprocesscount", &counted)
            .expect(200)
            .json();
        let mut dry = with_reason();
        dry["reprocess"] = false.into();
        let dry_run = world.client.results(&world.run(&dry));

        let ended = world.run(&with_reason());
        let listed = world.listed(&ended);
        assert_eq!(
            listed,
            [
                line("C-1", "F", "CLA-IP-REPR-028"),
                line("C1", "S", "CLA-IP-REPR-022"),
                line("C10", "F", "CLA-IP-REPR-027"),
                line("C9", "S", "CLA-IP-REPR-022"),
                line("c2", "S", "CLA-IP-REPR-022"),
                line("Ä1", "S", "CLA-IP-REPR-022"),
            ]
        );
        let scheduled = listed.iter().filter(|(_, result, _)| result == "S").count();
        assert_eq!(count["count"], scheduled);
        assert_eq!([&count["excludedSettled"], &count["excludedLocked"]], [1, 1]);
        // The dry run has said so, claim by claim.
        let real = world.client.results(&ended);
        for (foretold, done) in dry_run.iter().zip(&real) {
            assert_eq!(
                [&foretold["elementId"], &foretold["result"]],
                [&done["elementId"], &done["result"]]
            );
            if done["result"] == "F" {
                assert_eq!(foretold, done);
            }
        }
        assert_eq!(dry_run.len(), real.len());

        assert_eq!(ended["status"], "completed with errors");
        let progress = json!({ "total": 6, "succeeded": 4, "failed": 2, "blocksMatched": null, "blocks": null });
        assert_eq!(ended["progress"], progress);
        assert_eq!([&ended["scheduled"], &ended["adjudicated"]], [&json!(4), &json!([])]);
        assert_eq!(
            [&ended["user"], &ended["highPriority"]],
            [&json!("clerk"), &json!(false)]
        );
        // What it did is told by claim, with the activity.
        let entry = &world.history("C9")[0];
        assert_eq!([&entry["activity"], &entry["user"]], [&ended["id"], &json!("clerk")]);
        // Now there is nothing more to do.
        let again = world.run(&with_reason());
        assert_eq!(again["status"], "completed with errors");
        assert_eq!(
            world.listed(&again),
            [line("C-1", "F", "CLA-IP-REPR-028"), line("C10", "F", "CLA-IP-REPR-027")]
        );
    });
}

#[test]
fn a_run_that_hits_nothing_is_completed_with_an_empty_file() {
    on_both(&lines(), |world| {
        let mut nobody = with_reason();
        nobody["entryStartDate"] = "2030-01-01".into();
        let ended = world.run(&nobody);
        assert_eq!(
            [&ended["status"], &ended["progress"]["total"]],
            [&json!("completed"), &json!(0)]
        );
        assert_eq!(world.file_as(&ended, JSON), "");
        assert_eq!(
            world.file_as(&ended, XML),
            "<claimReprocessingCriteriaResponse>\n</claimReprocessingCriteriaResponse>\n"
        );
    });
}

#[test]
fn ranges_of_the_data_file_joined_are_the_whole() {
    on_both(&lines(), |world| {
        let ended = world.run(&with_reason());
        let path = link(&ended, "file");
        for accept in [JSON, XML] {
            let whole = world.file_as(&ended, accept);
            let get = |range: &str| {
                let headers = [("accept", accept), ("range", range)];
                world.client.send(Method::GET, path, &headers, "")
            };
            let length = whole.len();
            let mut joined = Vec::new();
            // Odd steps, so that entries and characters are cut.
            for start in (0..length).step_by(61) {
                let last = (start + 60).min(length - 1);
                let headers = [("accept", accept), ("range", &*format!("bytes={start}-{}", start + 60))];
                let (headers_of, part) = bytes(&world.client, path, &headers, 206);
                assert_eq!(headers_of, format!("bytes {start}-{last}/{length}"));
                joined.extend(part);
            }
            assert_eq!(String::from_utf8(joined).expect("UTF-8"), whole);
            let tail = get("bytes=-20").expect(206);
            assert!(whole.ends_with(&tail.text), "{}", tail.text);
            let beyond = get(&format!("bytes={length}-")).expect(416);
            assert_eq!(beyond.header("content-range"), format!("bytes */{length}"));
            assert_eq!(get("lines=0-1").expect(200).text, whole);
        }
    });
}

/// The range and the bytes of an answer that may end within a character.
fn bytes(client: &Client, path: &str, headers: &[(&str, &str)], status: u16) -> (String, Vec<u8>) {
    let (given, headers, bytes) = client.bytes(path, headers);
    assert_eq!(given, status);
    let range = headers["content-range"].to_str().expect("text").to_owned();
    (range, bytes)
}

#[test]
fn high_priority_has_three_turns_where_the_others_have_one() {
    let claims: String = (0..8)
        .map(|number| {
            claim_line(
                &format!("C{number}"),
                &json!({ "status": "CHANGE",
        "entryDate": format!("2020-01-{:02}", number + 1) }),
            )
        })
        .collect();
    on_both_set_up(
        &format!("{NAMES}{claims}"),
        |_, _| (),
        |world| {
            // Nothing is done before all is asked for.
            world.host.stop_activities();
            let accepted: Vec<_> = (0..8)
                .map(|number| {
                    let day = format!("2020-01-{:02}", number + 1);
                    let is_high = ![2, 5].contains(&number);
                    world.accepted(&json!({
                        "entryStartDate": day, "entryEndDate": day, "setToHighPriority": is_high,
                    }))
                })
                .collect();
            let shown = world.client.get(&accepted[0]).expect(200).json();
            assert_eq!(
                [&shown["status"], &shown["highPriority"]],
                [&json!("initial"), &json!(true)]
            );
            let world = world.restarted(|_| ());
            for activity in &accepted {
                assert_eq!(world.client.ended(activity)["status"], "completed");
            }
            // Each has a turn to match and then one to apply, which the feed tells in order.
            let order: Vec<_> = world
                .events_after(0)
                .iter()
                .map(|event| event["data"]["claim"].as_str().expect("a code").to_owned())
                .collect();
            assert_eq!(order, ["C0", "C1", "C3", "C2", "C4", "C6", "C7", "C5"]);
        },
    );
}

#[test]
fn a_payer_that_is_slowed_down_holds_up_nobody_else() {
    let slow: String = (0..40)
        .map(|number| claim_line(&format!("C{number}"), &json!({ "status": "CHANGE" })))
        .collect();
    let other: String = (0..40)
        .map(|number| claim_line(&format!("C{number}"), &json!({ "status": "CHANGE", "payer": "ZENITH" })))
        .collect();
    let set_up = |configuration: &mut reprise::Configuration, _: &crate::support::Place| {
        configuration.throttle.by_payer = [("ACME".to_owned(), std::num::NonZeroU32::MIN)].into();
    };
    on_both_set_up(&format!("{NAMES}{slow}{other}"), set_up, |world| {
        let ask = |payer: &str| {
            let body = json!({ "reprocess": true, "processType": "CLAIM" });
            let answer = world
                .client
                .as_of(payer)
                .post_json("/api/claimsreprocesscriteria", &body);
            answer.expect(202).header("location").to_owned()
        };
        let get = |payer: &str, path: &str| world.client.as_of(payer).get(path).expect(200).json();
        let (slow, other) = (ask("ACME"), ask("ZENITH"));
        for _ in 0..6_000 {
            if get("ZENITH", &other)["status"] == "completed" {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert_eq!(get("ZENITH", &other)["progress"]["succeeded"], 40);
        let shown = get("ACME", &slow);
        assert_eq!(
            [&shown["status"], &shown["progress"]["total"]],
            [&json!("in process"), &json!(40)]
        );
        let stopped = format!("{slow}/cancel");
        world.client.post_json(&stopped, &json!({})).expect(202);
    });
}

#[test]
fn activities_are_listed_the_latest_first() {
    on_both(&lines(), |world| {
        let paths: Vec<_> = (0..5).map(|_| world.accepted(&json!({ "reprocess": false }))).collect();
        for path in &paths {
            world.client.ended(path);
        }
        let ids: Vec<i64> = paths
            .iter()
            .map(|path| path.rsplit('/').next().expect("an id").parse().expect("a number"))
            .collect();
        let page = |query: &str| {
            let page = world.client.get(&format!("/api/activities{query}")).expect(200).json();
            let activities = page["activities"].as_array().expect("activities");
            let listed: Vec<_> = activities
                .iter()
                .map(|activity| activity["id"].as_i64().expect("an id"))
                .collect();
            (listed, page["next"].clone())
        };
        let backwards: Vec<i64> = ids.iter().rev().copied().collect();
        assert_eq!(page(""), (backwards.clone(), Value::Null));
        assert_eq!(page("?limit=2"), (backwards[..2].to_vec(), json!(backwards[1])));
        assert_eq!(
            page(&format!("?limit=2&before={}", backwards[1])),
            (backwards[2..4].to_vec(), json!(backwards[3]))
        );
        assert_eq!(
            page(&format!("?limit=2&before={}", backwards[3])),
            (backwards[4..].to_vec(), Value::Null)
        );
        world.client.get("/api/activities?limit=0").expect(400);
        world.client.get("/api/activities?limit=1001").expect(400);
        world
            .client
            .get(&format!("/api/activities/{}", backwards[0] + 1))
            .expect(404);
        world.client.get("/api/activities/first").expect(404);
    });
}

/// The XML of an activity names what the JSON does.
#[test]
fn an_activity_shows_the_same_in_both_formats() {
    on_both(&lines(), |world: &World| {
        let ended = world.run(&with_reason());
        let xml = world.client.get_xml(link(&ended, "self")).expect(200).text;
        for words in [
            "status=\"completed with errors\"",
            "user=\"clerk\"",
            "scheduled=\"4\"",
            "<progress total=\"6\" succeeded=\"4\" failed=\"2\"/>",
            "rel=\"file\"",
        ] {
            assert!(xml.contains(words), "{words}: {xml}");
        }
    });
}
