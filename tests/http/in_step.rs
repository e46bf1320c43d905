//! What others do meanwhile: imports while the host is up, a process that died, callers at the same time.

use std::sync::Barrier;

use reprise::Submission;
use reprise::access::Rights;
use reprise_request::{Document, MediaType, NameMap, RequestKind, read_criteria_request};
use reprise_store::{ActivityStatus, ClaimDeletion, NewActivity};
use serde_json::json;

use super::Client;
use super::client::{JSON, link};
use super::who::USER;
use crate::support::{Place, SAMPLE, claim_line};

const EVERYTHING: &str = r#"{"reprocess":false,"processType":"CLAIM"}"#;

fn count(client: &Client) -> serde_json::Value {
    client
        .post("/api/claimsreprocesscount", JSON, EVERYTHING)
        .expect(200)
        .json()
}

#[test]
fn a_claim_that_is_imported_or_replaced_is_seen_by_the_next_request() {
    let (client, place) = Client::on(&claim_line("A", &json!({})));
    let lines = |allowed: &str| json!({ "lines": [{ "code": "1", "allowedAmount": allowed }] });
    for (line, count_after, allowed) in [
        (claim_line("B", &lines("5.00")), 2, "15.00"),
        (claim_line("B", &lines("6.00")), 2, "16.00"),
        (claim_line("A", &json!({ "lockedBy": "nightly-run" })), 1, "6.00"),
        (claim_line("A", &lines("100.00")), 2, "106.00"),
        (claim_line("B", &json!({ "status": "BENEFITS DONE" })), 1, "100.00"),
        (claim_line("C", &lines("0.01")), 2, "100.01"),
    ] {
        place.import(&line);
        let count = count(&client);
        assert_eq!(count["count"], count_after, "{line}");
        assert_eq!(count["totalAllowedAmount"], allowed, "{line}");
    }
    let activity = client.ended(&client.accepted(JSON, EVERYTHING));
    let listed: Vec<_> = client
        .results(&activity)
        .iter()
        .map(|entry| entry["elementId"].clone())
        .collect();
    assert_eq!(listed, ["A", "C", ""]);
}

#[test]
fn a_claim_that_is_deleted_is_in_no_count_any_more() {
    let lines = ["A", "B", "C"].map(|code| claim_line(code, &json!({})));
    let (client, place) = Client::on(&lines.concat());
    assert_eq!(count(&client)["count"], 3);
    let store = reprise_store::open(&place.database()).expect("a store");
    let delete = |code: &str| {
        let seen = store.claims_by_code("ACME", &[code]).expect("read").remove(0);
        let deletion = ClaimDeletion {
            payer: "ACME".to_owned(),
            id: seen.id,
            seen: seen.change_sequence,
        };
        let deleted = store.write(|transaction| transaction.delete_claims(&[deletion]));
        assert_eq!(deleted, Ok(vec![true]));
    };
    delete("B");
    assert_eq!(count(&client)["count"], 2, "brought into step");
    assert_eq!(count(&Client::of_host(place.host(None)))["count"], 2, "loaded anew");
    // Deleted, and there again under its code, between two requests.
    delete("C");
    place.import(&lines.concat());
    for (client, what) in [
        (client, "brought into step"),
        (Client::of_host(place.host(None)), "loaded anew"),
    ] {
        let count = count(&client);
        assert_eq!(
            (&count["count"], &count["totalAllowedAmount"]),
            (&json!(3), &json!("30.00")),
            "{what}"
        );
    }
}

#[test]
fn a_group_that_is_imported_or_replaced_is_seen_by_the_next_request() {
    let (client, place) = Client::on(SAMPLE);
    let body = json!({ "processType": "CLAIM", "claimStatus": "FINALIZED", "messageGroupCode": "NEW" });
    client.post_json("/api/claimsreprocesscount", &body).expect(400);
    for (members, count) in [
        ("[]", 0),
        (r#"[{"code":"AUTH2"}]"#, 1),
        (r#"[{"code":"AUTH2"},{"code":"INFO1"}]"#, 3),
    ] {
        let group = format!(r#"{{"kind":"messageGroup","payer":"ACME","code":"NEW","members":{members}}}"#);
        place.import(&group);
        let answer = client.post_json("/api/claimsreprocesscount", &body).expect(200);
        assert_eq!(answer.json()["count"], count, "{members}");
    }
}

#[test]
fn a_payer_that_is_new_is_seen() {
    let (client, place) = Client::on("");
    assert_eq!(count(&client)["count"], 0);
    place.import(SAMPLE);
    assert_eq!(count(&client)["count"], 8);
}

#[test]
fn nothing_is_decided_before_the_index_is_loaded() {
    let place = Place::with(SAMPLE);
    let host = place.open_host(None);
    let client = Client::of_host(host.clone());
    for path in [
        "/api/claimsreprocesscount",
        "/api/claimsreprocesscriteria",
        "/api/claimsreprocesscriteria/explain?claim=C001",
    ] {
        let answer = client.post(path, JSON, EVERYTHING).expect(503);
        assert_eq!(answer.header("retry-after"), "1");
        assert_eq!(answer.messages()[0].0, "REPRISE-REQ-020", "{path}");
    }
    // What needs no index is answered.
    client.get("/api/claims/C001").expect(200);
    host.load(|_, _| ()).expect("a loaded index");
    client.post("/api/claimsreprocesscount", JSON, EVERYTHING).expect(200);
}

#[test]
fn what_a_dead_process_left_unfinished_is_done_after_a_restart() {
    let place = Place::with(SAMPLE);
    let body = include_str!("../../host/samples/late-authorizations-1.xml");
    let body = body.replace("reprocess=\"true\"", "reprocess=\"false\"");
    let document = Document::read(body.as_bytes(), MediaType::Xml).expect("a document");
    let request = read_criteria_request(&document, RequestKind::Criteria, NameMap::standard()).expect("a request");
    // A host that never gets to its activities stands for one that died.
    let dead = place.host(None);
    let submission = Submission {
        body,
        media_type: MediaType::Xml,
        correlation_id: Some("case 7".to_owned()),
        user: USER.to_owned(),
    };
    let ids: Vec<i64> = (0..2)
        .map(|_| {
            dead.start_criteria("ACME", &Rights::All, &request, submission.clone(), None)
                .expect("accepted")
                .answer
        })
        .collect();
    drop(dead);
    let store = reprise_store::open(&place.database()).expect("a database");
    let moved = store.write(|transaction| {
        transaction.change_activity_status(ids[1], ActivityStatus::Initial, ActivityStatus::InProcess)
    });
    assert_eq!(moved, Ok(true));

    let client = Client::new(place.host(None));
    for id in ids {
        let activity = client.ended(&format!("/api/activities/{id}"));
        assert_eq!(activity["status"], "completed");
        assert_eq!(activity["correlationId"], "case 7");
        let listed: Vec<_> = client
            .results(&activity)
            .iter()
            .map(|entry| entry["elementId"].clone())
            .collect();
        assert_eq!(listed, ["C001", "C002", "C003"]);
    }
    assert_eq!(store.queued_activities().expect("activities"), []);
}

#[test]
fn an_activity_whose_code_is_gone_meanwhile_ends_with_the_reason() {
    let place = Place::with(SAMPLE);
    let parameters = json!({
        "mediaType": "application/json",
        "body": r#"{"reprocess":false,"processType":"CLAIM","productCode":"GONE"}"#,
    });
    let activity = NewActivity {
        payer: "ACME".to_owned(),
        code: "REPROCESSCLAIMS_CRITERIA".to_owned(),
        parameters,
        correlation_id: None,
        user: USER.to_owned(),
        high_priority: false,
        queued: true,
    };
    let store = reprise_store::open(&place.database()).expect("a database");
    let id = store
        .write(|transaction| transaction.create_activity(&activity))
        .expect("an activity");
    let client = Client::new(place.host(None));
    let ended = client.ended(&format!("/api/activities/{id}"));
    assert_eq!(ended["status"], "business error");
    assert!(
        ended["links"]
            .as_array()
            .expect("links")
            .iter()
            .all(|link| link["rel"] != "file"),
        "{ended}"
    );
    let said = client.get(link(&ended, "messages")).expect(200).messages();
    assert_eq!(
        said,
        [("CLA-IP-REPR-001".to_owned(), "Product code GONE is unknown".to_owned())]
    );
}

#[test]
fn callers_at_the_same_time_get_the_same_answers() {
    const CALLERS: usize = 8;
    let rounds = if std::env::var_os("REPRISE_SOAK").is_some() {
        500
    } else {
        20
    };
    let place = Place::with(SAMPLE);
    // Two hosts on one database, as two processes would be.
    let clients = [Client::new(place.host(None)), Client::of_host(place.host(None))];
    let expected = count(&clients[0]);
    let together = Barrier::new(CALLERS);
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (clients, expected, together) = (&clients, &expected, &together);
            scope.spawn(move || {
                together.wait();
                for _ in 0..rounds {
                    assert_eq!(count(&clients[caller % 2]), *expected);
                }
            });
        }
    });
}

#[test]
fn activities_at_the_same_time_all_end() {
    let (client, _place) = Client::on(SAMPLE);
    let paths: Vec<String> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| client.accepted(JSON, EVERYTHING)))
            .collect();
        callers
            .into_iter()
            .map(|caller| caller.join().expect("a caller"))
            .collect()
    });
    let first = client.results(&client.ended(&paths[0]));
    assert_eq!(first.len(), 11);
    for path in &paths {
        let activity = client.ended(path);
        assert_eq!(activity["status"], "completed with errors");
        assert_eq!(client.results(&activity), first);
    }
}

#[test]
fn counts_go_on_while_claims_are_imported() {
    let (client, place) = Client::on(&claim_line("A", &json!({})));
    std::thread::scope(|scope| {
        let importing = scope.spawn(|| {
            for number in 0..20 {
                place.import(&claim_line(&format!("B{number}"), &json!({})));
            }
        });
        let mut last = 0;
        while !importing.is_finished() {
            let answer = count(&client);
            let counted = answer["count"].as_u64().expect("a count");
            assert!(counted >= last, "{counted} after {last}");
            assert_eq!(answer["totalAllowedAmount"], format!("{}.00", counted * 10));
            last = counted;
        }
    });
    assert_eq!(count(&client)["count"], 21);
}
