//! How claims go on: sent, received, released, processed again, finished, deleted; each in one transaction with what it
//! brings about.

use axum::http::Method;
use serde_json::{Value, json};

use super::family::{
    ACME, all_created, check_refused, created, letters, line, mark_sent, now, path, patient, post, procedure, put,
    send, subscription,
};
use crate::reprocess::world::{World, on_both};

fn status(world: &World, claim: &Value) -> String {
    letters(&now(world, claim)).1
}

/// Reports the claim, which is in processing, as adjudicated for good.
#[track_caller]
fn finalize(world: &World, claim: &Value) {
    let path = format!("/api/claims/{}/adjudicated", claim["ClaimNum"]);
    world
        .client
        .acting_as("payer")
        .post_json(&path, &json!({ "status": "FINALIZED" }))
        .expect(200);
}

/// The status that the payer's side knows.
fn processing(world: &World, claim: &Value) -> String {
    let path = format!("/api/claims/{}", claim["ClaimNum"]);
    let shown = send(world, Method::GET, ACME, &path, &Value::Null).expect(200).json();
    shown["status"].as_str().expect("a status").to_owned()
}

/// The kinds of events about a claim, with the status each tells, in order.
fn told(world: &World, claim: &Value) -> Vec<(String, String)> {
    let events = world.events_after(0);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    events
        .iter()
        .filter(|event| event["claim"] == claim["ClaimNum"])
        .map(|event| (text(&event["type"]), text(&event["data"]["claimStatus"])))
        .collect()
}

#[test]
fn a_receipt_releases_what_waits_for_it_at_once() {
    let lines = patient(ACME, 7, "ddd") + &procedure(ACME, 7, 1, json!({}));
    on_both(&lines, |world| {
        let claims = all_created(world, 7, &[701]);
        let [primary, secondary, tertiary] = claims.as_slice() else {
            panic!("{claims:?}");
        };
        assert_eq!(processing(world, primary), "ENTRY");
        mark_sent(world, primary);
        assert_eq!(
            (status(world, primary).as_str(), processing(world, primary).as_str()),
            ("S", "INITIAL")
        );
        let position = world.position();
        let sequence = world.store.change_sequence().expect("a number");
        finalize(world, primary);
        // One transaction: one number of changes for both claims.
        assert_eq!(world.store.change_sequence().expect("a number"), sequence + 1);
        assert_eq!(
            (status(world, primary).as_str(), processing(world, primary).as_str()),
            ("R", "FINALIZED")
        );
        assert_eq!(status(world, secondary), "W");
        assert_eq!(status(world, tertiary), "U", "it waits for the second");
        let events: Vec<Value> = world.events_after(position);
        let released = events
            .iter()
            .find(|event| event["claim"] == secondary["ClaimNum"])
            .expect("an event");
        assert_eq!(released["type"], "claim.status-changed");
        assert_eq!(released["data"]["claimStatusBefore"], "H");
        assert_eq!(released["data"]["received"], primary["ClaimNum"]);

        mark_sent(world, secondary);
        finalize(world, secondary);
        assert_eq!(status(world, tertiary), "W");
        assert_ne!(now(world, secondary)["DateReceived"], "0001-01-01");
        assert_eq!(
            told(world, secondary)
                .iter()
                .map(|(_, status)| status.as_str())
                .filter(|status| !status.is_empty())
                .collect::<Vec<_>>(),
            ["H", "W", "S", "R"]
        );
    });
}

#[test]
fn processed_again_a_claim_is_sent_again_and_releases_nothing_twice() {
    let lines = patient(ACME, 7, "dd")
        + &procedure(ACME, 7, 1, json!({}))
        + &line(json!({ "kind": "unfinalizeReason", "payer": ACME, "code": "UF1" }));
    on_both(&lines, |world| {
        let claims = all_created(world, 7, &[701]);
        let (primary, secondary) = (&claims[0], &claims[1]);
        mark_sent(world, primary);
        finalize(world, primary);
        assert_eq!(status(world, secondary), "W");
        // Held again by hand, it is not the payer's second answer that frees it.
        let held = put(world, secondary, &json!({ "ClaimStatus": "H" }));
        check_refused(
            "nothing to wait for",
            &held,
            ("status-not-allowed", "ClaimStatus"),
            "R S U W",
        );
        put(world, secondary, &json!({ "ClaimStatus": "U" })).expect(200);

        let code = now_code(world, primary);
        world
            .reprocess(&code, &json!({ "claimUnfinalizeReasonList": [{ "code": "UF1" }] }))
            .expect(200);
        assert_eq!(
            (status(world, primary).as_str(), processing(world, primary).as_str()),
            ("S", "INITIAL")
        );
        let received_on = now(world, primary)["DateReceived"].clone();
        finalize(world, primary);
        assert_eq!(status(world, primary), "R");
        assert_eq!(now(world, primary)["DateReceived"], received_on);
        assert_eq!(status(world, secondary), "U");
    });
}

/// What the payer's side calls the claim.
fn now_code(world: &World, claim: &Value) -> String {
    let path = format!("/api/claims/{}", claim["ClaimNum"]);
    let shown = send(world, Method::GET, ACME, &path, &Value::Null).expect(200).json();
    shown["code"].as_str().expect("a code").to_owned()
}

#[test]
fn hold_follows_what_became_of_the_primary() {
    let mut lines = String::new();
    for number in 1..=5 {
        lines += &patient(ACME, number, "dd");
        lines += &procedure(ACME, number, 1, json!({}));
    }
    on_both(&lines, |world| {
        let ask = |patient: u64, claim_type: &str, status: &str| {
            let mut body = json!({ "PatNum": patient, "procNums": [patient * 100 + 1], "ClaimType": claim_type });
            if !status.is_empty() {
                body["ClaimStatus"] = status.into();
            }
            post(world, ACME, &body)
        };
        // Never made.
        ask(1, "S", "H").expect(201);
        // Itself unsent.
        ask(2, "P", "U").expect(201);
        ask(2, "S", "H").expect(201);
        // Deleted.
        let primary = ask(3, "P", "").expect(201).json();
        send(world, Method::DELETE, ACME, &path(&primary), &Value::Null).expect(200);
        ask(3, "S", "H").expect(201);
        // Received, by way of processing.
        let primary = ask(4, "P", "").expect(201).json();
        mark_sent(world, &primary);
        finalize(world, &primary);
        check_refused(
            "received",
            &ask(4, "S", "H"),
            ("status-not-allowed", "ClaimStatus"),
            "U W",
        );
        ask(4, "S", "W").expect(201);
        // Received outside.
        let primary = ask(5, "P", "").expect(201).json();
        put(world, &primary, &json!({ "ClaimStatus": "R" })).expect(200);
        assert_eq!(processing(world, &primary), "FINALIZED");
        check_refused(
            "received outside",
            &ask(5, "S", "H"),
            ("status-not-allowed", "ClaimStatus"),
            "U W",
        );
    });
}

#[test]
fn the_order_of_plans_today_does_not_matter_to_what_waits() {
    let lines = patient(ACME, 7, "dd") + &procedure(ACME, 7, 1, json!({}));
    on_both(&lines, |world| {
        let claims = all_created(world, 7, &[701]);
        let pat_plan = |place: u64, ordinal: u64| {
            let code = subscription(7, place).to_string();
            line(json!({
                "kind": "patPlan", "payer": ACME, "code": code, "patient": "7", "insSub": code, "ordinal": ordinal,
            }))
        };
        world.import(&(pat_plan(1, 2) + &pat_plan(2, 1)));
        put(world, &claims[0], &json!({ "ClaimStatus": "R" })).expect(200);
        assert_eq!(status(world, &claims[1]), "W");
    });
}

#[test]
fn a_claim_leaves_its_hold_when_the_procedure_is_finished() {
    let lines = patient(ACME, 7, "dd") + &procedure(ACME, 7, 1, json!({ "inProcess": true }));
    on_both(&lines, |world| {
        let claims = all_created(world, 7, &[701]);
        let refused = put(world, &claims[0], &json!({ "ClaimStatus": "W" }));
        check_refused("it is held", &refused, ("claim-in-process", "ClaimStatus"), "I");
        world.import(&procedure(ACME, 7, 1, json!({ "inProcess": false })));
        for _ in 0..600 {
            if status(world, &claims[0]) != "I" && status(world, &claims[1]) != "I" {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        assert_eq!(
            (status(world, &claims[0]).as_str(), status(world, &claims[1]).as_str()),
            ("W", "H")
        );
        assert_eq!(
            told(world, &claims[1]),
            [
                ("claim.created".to_owned(), "I".to_owned()),
                ("claim.status-changed".to_owned(), "H".to_owned())
            ]
        );
    });
}

#[test]
fn a_claim_in_processing_is_moved_by_processing_alone() {
    let lines = patient(ACME, 7, "d") + &procedure(ACME, 7, 1, json!({}));
    on_both(&lines, |world| {
        let claim = created(world, &json!({ "PatNum": 7, "procNums": [701], "ClaimType": "P" }));
        mark_sent(world, &claim);
        let before = world.everything();
        for (asked, code) in [
            ("R", "claim-in-processing"),
            ("W", "status-not-allowed"),
            ("U", "status-not-allowed"),
        ] {
            let answer = put(world, &claim, &json!({ "ClaimStatus": asked }));
            assert_eq!(answer.status, 400, "{asked}: {}", answer.text);
            assert_eq!(answer.json()["code"], code, "{asked}: {}", answer.text);
        }
        // What it is already is no change.
        put(world, &claim, &json!({ "ClaimStatus": "S" })).expect(200);
        mark_sent(world, &claim);
        assert_eq!(world.everything(), before);
        finalize(world, &claim);
        for asked in ["W", "U", "S", "H"] {
            let answer = put(world, &claim, &json!({ "ClaimStatus": asked }));
            assert_eq!(
                (answer.status, &answer.json()["field"]),
                (400, &json!("ClaimStatus")),
                "{}",
                answer.text
            );
        }
    });
}

#[test]
fn what_is_said_on_a_claim_can_be_changed() {
    let lines = patient(ACME, 7, "d") + &procedure(ACME, 7, 1, json!({}));
    on_both(&lines, |world| {
        let claim = created(world, &json!({ "PatNum": 7, "procNums": [701], "ClaimType": "P" }));
        let changes = json!({
            "ClaimNote": "see the X-ray", "ProvTreat": 5, "ProvBill": "P-9", "ClaimForm": "ADA", "DateSent": "2026-02-03",
            "DateService": "2026-01-11", "PatRelat": "Child",
        });
        let changed = put(world, &claim, &changes).expect(200).json();
        for (name, value) in [
            ("ClaimNote", "see the X-ray"),
            ("ProvTreat", "5"),
            ("ProvBill", "P-9"),
            ("ClaimForm", "ADA"),
            ("DateSent", "2026-02-03"),
            ("DateService", "2026-01-11"),
            ("PatRelat", "Child"),
            ("ClaimStatus", "W"),
        ] {
            assert_eq!(changed[name], value, "{name}");
        }
        assert_eq!(now(world, &claim), changed);
        assert_eq!(told(world, &claim).last().expect("an event").0, "claim.changed");
        let position = world.position();
        put(world, &claim, &json!({ "ClaimNote": "see the X-ray" })).expect(200);
        assert_eq!(world.position(), position, "nothing was changed");
        let cleared = put(world, &claim, &json!({ "ClaimNote": "", "DateSent": "0001-01-01" }))
            .expect(200)
            .json();
        assert_eq!(
            (&cleared["ClaimNote"], &cleared["DateSent"]),
            (&json!(""), &json!("0001-01-01"))
        );
        for (body, code, field) in [
            (json!({ "PatNum": 8 }), "field-not-changeable", "PatNum"),
            (json!({ "procNums": [] }), "field-not-changeable", "procNums"),
            (json!({ "claimNote": "x" }), "unknown-field", "claimNote"),
            (json!({}), "nothing-to-change", ""),
            (json!({ "ClaimStatus": "w" }), "bad-claim-status", "ClaimStatus"),
            (json!({ "DateSent": "2026-02-30" }), "bad-value", "DateSent"),
        ] {
            check_refused(field, &put(world, &claim, &body), (code, field), "");
        }
    });
}

#[test]
fn a_claim_that_something_came_back_for_cannot_be_deleted() {
    let mut lines = String::new();
    for number in 1..=3 {
        lines += &patient(ACME, number, "d");
        lines += &procedure(ACME, number, 1, json!({}));
    }
    on_both(&lines, |world| {
        let delete = |claim: &Value| send(world, Method::DELETE, ACME, &path(claim), &Value::Null);
        let ask = |patient: u64| {
            let body = json!({ "PatNum": patient, "procNums": [patient * 100 + 1], "ClaimType": "P" });
            created(world, &body)
        };
        let unsent = ask(1);
        delete(&unsent).expect(200);
        send(world, Method::GET, ACME, &path(&unsent), &Value::Null).expect(404);
        delete(&unsent).expect(404);
        assert_eq!(told(world, &unsent).last().expect("an event").0, "claim.deleted");
        // Its number is not given again.
        assert!(ask(1)["ClaimNum"].as_i64() > unsent["ClaimNum"].as_i64());

        let received = ask(2);
        mark_sent(world, &received);
        finalize(world, &received);
        check_refused("received", &delete(&received), ("claim-received", "ClaimNum"), "");

        let covered = ask(3);
        mark_sent(world, &covered);
        let report = json!({
            "status": "MANUAL ADJUDICATION", "currency": "USD", "lines": [{ "code": "301", "coveredAmount": "12.00" }],
        });
        let reported = format!("/api/claims/{}/adjudicated", covered["ClaimNum"]);
        world.client.post_json(&reported, &report).expect(200);
        assert_eq!(now(world, &covered)["InsPayAmt"], json!(12.0));
        check_refused(
            "a covered amount",
            &delete(&covered),
            ("covered-amount-reported", "ClaimNum"),
            "",
        );
    });
}

#[test]
fn a_claim_of_the_payers_side_is_shown_and_not_changed() {
    let lines = patient(ACME, 7, "d") + &crate::support::claim_line("C1", &json!({}));
    on_both(&lines, |world| {
        let claim = json!({ "ClaimNum": world.id("C1") });
        assert_eq!(now(world, &claim)["ClaimStatus"], "");
        check_refused(
            "put",
            &put(world, &claim, &json!({ "ClaimStatus": "W" })),
            ("not-from-intake", "ClaimNum"),
            "",
        );
        let deleted = send(world, Method::DELETE, ACME, &path(&claim), &Value::Null);
        check_refused("delete", &deleted, ("not-from-intake", "ClaimNum"), "");
    });
}

#[test]
fn a_claim_that_was_created_is_matched_like_any_other() {
    let lines = patient(ACME, 7, "d") + &procedure(ACME, 7, 1, json!({}));
    on_both(&lines, |world| {
        let count = || {
            let asked = json!({ "processType": "CLAIM", "claimStatus": "FINALIZED" });
            let answer = world.client.post_json("/api/claimsreprocesscount", &asked);
            answer.expect(200).json()["count"].clone()
        };
        let claim = created(world, &json!({ "PatNum": 7, "procNums": [701], "ClaimType": "P" }));
        let before = count();
        put(world, &claim, &json!({ "ClaimStatus": "R" })).expect(200);
        assert_ne!(count(), before, "it is finalized now");
    });
}

#[test]
fn a_name_that_an_import_has_taken_is_in_nobodys_way() {
    let lines = patient(ACME, 7, "d")
        + &procedure(ACME, 7, 1, json!({}))
        + &crate::support::claim_line("CLAIM-2", &json!({ "id": 1 }));
    on_both(&lines, |world| {
        let claim = created(world, &json!({ "PatNum": 7, "procNums": [701], "ClaimType": "P" }));
        assert_eq!(
            (&claim["ClaimNum"], now_code(world, &claim).as_str()),
            (&json!(2), "CLAIM-2-2")
        );
    });
}
