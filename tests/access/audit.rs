//! The audit log: what was done, by whom and under which rules, each payer's own, to the last entry.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};

use super::fixture::{ZENITH, lines};
use crate::cli::command::reprise;
use crate::http::client::{Client, JSON};
use crate::http::who::{USER, token};
use crate::intake::family;
use crate::reprocess::world::{World, on_both};
use crate::support::{Place, SAMPLE, decided_by};

/// The entries that a query asks for.
#[track_caller]
fn entries(client: &Client, query: &str) -> Vec<Value> {
    let page = client.get(&format!("/api/audit{query}")).expect(200).json();
    page["entries"].as_array().expect("entries").clone()
}

/// When it was. Without the letter behind it, times are in order as texts are, however many digits they have.
fn time(entry: &Value) -> &str {
    let time = entry["time"].as_str().unwrap_or_else(|| panic!("no time: {entry}"));
    time.strip_suffix('Z').unwrap_or_else(|| panic!("not in UTC: {entry}"))
}

/// What an entry says: who, what, to what.
fn said(entry: &Value) -> (String, String, String) {
    let text = |name: &str| {
        entry[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name}: {entry}"))
            .to_owned()
    };
    (text("user"), text("operation"), text("object"))
}

/// Has everything done of which there are different kinds, and answers the id of the run.
fn do_everything(world: &World) -> i64 {
    let client = &world.client;
    let put = |path: &str, body: Value| {
        client
            .send(Method::PUT, path, &[("content-type", JSON)], body.to_string())
            .expect(200);
    };
    family::created(world, &json!({ "PatNum": 1, "procNums": [101], "ClaimType": "P" }));
    let ann = client.acting_as("ann");
    ann.post_json("/api/claimsreprocess", &json!({ "code": "ACME-CHANGE" }))
        .expect(200);
    ann.post_json("/api/claims/ACME-SENT/adjudicated", &json!({ "status": "FINALIZED" }))
        .expect(200);
    ann.post("/api/claims/ACME-P1/resolvepend/PR-1", JSON, "").expect(303);
    ann.post("/api/claims/ACME-P2/submit", JSON, "").expect(303);
    let run = world.run(&json!({ "claimStatus": "MANUAL ADJUDICATION" }));
    world.data_file("SET", JSON, "[]");
    put("/api/roles/reader", json!({ "restrictions": ["claims.read IP"] }));
    let jane = client.post_json("/api/principals", &json!({ "name": "jane", "roles": ["reader"] }));
    let path = jane.expect(201).header("location").to_owned();
    put(&path, json!({ "roles": ["reader", "operator"] }));
    let token = client
        .post_json(&format!("{path}/tokens"), &json!({}))
        .expect(201)
        .json();
    let jane = client.bearing(token["token"].as_str().expect("a token"));
    jane.get("/api/principals").expect(403);
    jane.post("/api/claims/ACME-P3/submit", JSON, "").expect(403);
    let revoke = format!("/api/tokens/{}", token["id"].as_str().expect("an id"));
    client.send(Method::DELETE, &revoke, &[], "").expect(200);
    jane.get("/api/principals").expect(401);
    run["id"].as_i64().expect("an id")
}

#[test]
fn it_is_kept_who_did_what_to_what() {
    on_both(&lines(), |world| {
        let run = do_everything(world);
        let all = entries(&world.client, "?limit=1000");
        let said: BTreeSet<_> = all.iter().map(said).collect();
        let activity = format!("activity {run}");
        let jane = world.host.access("the story").principal_named(Some("ACME"), "jane");
        let jane = format!("principal {}", jane.expect("a read").expect("jane").id);
        for (user, operation, object) in [
            (USER, "create", "claim CLAIM-7"),
            ("ann", "reprocess", "claim ACME-CHANGE"),
            ("ann", "adjudicated", "claim ACME-SENT"),
            ("ann", "resolve-pend", "claim ACME-P1"),
            ("ann", "submit", "claim ACME-P2"),
            (USER, "start_reprocess_criteria", &activity),
            (USER, "reprocess", "claim ACME-P1"),
            (USER, "create_data_file_set", "data file set SET"),
            (USER, "upload_data_file", "data file IN of data file set SET"),
            (USER, "write_role", "role reader"),
            (USER, "create_principal", &jane),
            (USER, "change_principal", &jane),
            ("jane", "list_principals", "GET /api/principals"),
            ("jane", "submit_claim", "POST /api/claims/ACME-P3/submit"),
        ] {
            let entry = (user.to_owned(), operation.to_owned(), object.to_owned());
            assert!(said.contains(&entry), "{entry:?} is not in {said:#?}");
        }
        for operation in ["create_token", "revoke_token"] {
            assert_eq!(
                entries(&world.client, &format!("?operation={operation}&user={USER}")).len(),
                1,
                "{operation}"
            );
        }
        let decided_by = decided_by(&world.host);
        for entry in &all {
            let is_refused = entry["user"] == "jane";
            assert_eq!(entry["refused"], is_refused, "{entry}");
            if ["reprocess", "create"].contains(&entry["operation"].as_str().expect("a text")) {
                assert_eq!(entry["rules"], decided_by["rules"], "{entry}");
                assert_eq!(entry["generation"], decided_by["generation"], "{entry}");
                assert!(entry["claim"].is_i64(), "{entry}");
            }
        }
        let times: Vec<_> = all.iter().map(time).collect();
        assert!(times.is_sorted(), "{times:?}");
    });
}

#[test]
fn it_can_be_asked_for_by_claim_user_operation_activity_and_time() {
    on_both(&lines(), |world| {
        let run = do_everything(world);
        let client = &world.client;
        let all = entries(client, "?limit=1000");
        let check = |query: &str, is_asked_for: &dyn Fn(&Value) -> bool| {
            let expected: Vec<_> = all.iter().filter(|entry| is_asked_for(entry)).cloned().collect();
            assert!(
                !expected.is_empty() && expected.len() < all.len(),
                "{query} tells nothing apart"
            );
            assert_eq!(entries(client, &format!("?limit=1000&{query}")), expected, "{query}");
        };
        let claim = world.id("ACME-P1");
        check("claim=ACME-P1", &|entry| entry["claim"] == claim);
        check(&format!("claim={claim}"), &|entry| entry["claim"] == claim);
        check("user=ann", &|entry| entry["user"] == "ann");
        check("operation=reprocess", &|entry| entry["operation"] == "reprocess");
        check("user=ann&operation=reprocess", &|entry| {
            entry["user"] == "ann" && entry["operation"] == "reprocess"
        });
        check(&format!("activity={run}"), &|entry| entry["activity"] == run);
        let middle = time(&all[all.len() / 2]);
        check(&format!("from={middle}Z"), &|entry| time(entry) >= middle);
        check(&format!("until={middle}Z"), &|entry| time(entry) < middle);
        for query in [
            "?from=yesterday",
            "?until=x",
            "?after=7",
            "?after=-1-2",
            "?limit=0",
            "?activity=x",
            "?colour=red",
        ] {
            client.get(&format!("/api/audit{query}")).expect(400);
        }
        client.get("/api/audit?claim=NONE").expect(404);
        let xml = client.get_xml("/api/audit?user=ann&limit=1").expect(200).text;
        assert!(xml.contains("user=\"ann\" operation=\"reprocess\""), "{xml}");
    });
}

#[test]
fn whoever_reads_page_by_page_gets_every_entry_once() {
    on_both(&lines(), |world| {
        do_everything(world);
        let whole = entries(&world.client, "?limit=1000");
        for limit in [1, 3, 1000] {
            let (mut read, mut after) = (Vec::new(), String::new());
            loop {
                let path = format!("/api/audit?limit={limit}{after}");
                let page = world.client.get(&path).expect(200).json();
                let of_page = page["entries"].as_array().expect("entries");
                let next = format!("&after={}", page["next"].as_str().expect("a place"));
                if of_page.is_empty() {
                    assert!(after.is_empty() || next == after, "nothing follows");
                    break;
                }
                assert!(of_page.len() <= limit);
                read.extend(of_page.iter().cloned());
                after = next;
            }
            assert_eq!(read, whole, "{limit} at once");
        }
        let exported = world.client.get("/api/audit/export").expect(200);
        assert_eq!(exported.header("content-type"), "application/x-ndjson");
        let mut lines: Vec<Value> = exported
            .text
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect();
        assert_eq!(lines.pop(), Some(json!({ "end": true })));
        assert_eq!(lines, whole);
        let of_ann = world.client.get("/api/audit/export?user=ann").expect(200);
        assert_eq!(
            of_ann.text.lines().count(),
            entries(&world.client, "?user=ann").len() + 1
        );
    });
}

#[test]
fn another_payers_entries_are_not_there() {
    on_both(&lines(), |world| {
        let run = do_everything(world);
        token(&world.host, Some(ZENITH), "auditor", &["administrator"]);
        let zenith = world.client.as_of(ZENITH);
        let seen = entries(&zenith, "");
        assert!(!seen.is_empty());
        for entry in &seen {
            assert!(!entry.to_string().contains("ACME"), "{entry}");
            assert_eq!(entry["user"], "the story", "its own principals were made");
        }
        assert_eq!(entries(&zenith, "?user=ann"), Vec::<Value>::new());
        assert_eq!(entries(&zenith, &format!("?activity={run}")), Vec::<Value>::new());
        zenith.get("/api/audit?claim=ACME-P1").expect(404);
        // A claim of this number is nobody's of it.
        let claim = world.id("ACME-P1");
        assert_eq!(entries(&zenith, &format!("?claim={claim}")), Vec::<Value>::new());
        let platform = world.client.of_platform("platform-administrator");
        for entry in entries(&platform, "?limit=1000") {
            assert!(!entry.to_string().contains("ACME"), "{entry}");
        }
        platform.get("/api/audit?claim=ACME-P1").expect(400);
    });
}

#[test]
fn the_command_shows_the_same() {
    let (client, place) = Client::on(SAMPLE);
    client
        .post_json("/api/principals", &json!({ "name": "jane" }))
        .expect(201);
    reprise(
        &place,
        &[
            "role",
            "write",
            "reader",
            "--restriction",
            "claims.read IP",
            "--payer",
            "ACME",
        ],
    )
    .well();
    let shown = |arguments: &[&str]| -> Vec<Value> {
        let arguments: Vec<_> = ["audit", "--payer", "ACME"].iter().chain(arguments).collect();
        let lines = reprise(&place, &arguments).well().output;
        lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect()
    };
    assert_eq!(shown(&[]), entries(&client, "?limit=1000"));
    let by_command = entries(&client, "?user=command%20line");
    assert_eq!(
        by_command.iter().map(said).next_back(),
        Some(("command line".into(), "write_role".into(), "role reader".into()))
    );
    assert_eq!(shown(&["--user", "command line"]), by_command);
    assert_eq!(shown(&["--user", "nobody"]), Vec::<Value>::new());
    reprise(&place, &["audit", "--payer", "NOBODY"]).failed(1, &["payer `NOBODY` is unknown; known are: ACME"]);
    let platform = reprise(&place, &["audit"]).well().output;
    let entry: Value = serde_json::from_str(&platform).expect("one entry: what the server has brought along decides");
    assert_eq!(
        said(&entry),
        ("reprise".into(), "activate_rules".into(), "generation 1".into())
    );
    let elsewhere = Place::new();
    assert_eq!(reprise(&elsewhere, &["audit"]).well().output, "");
}
