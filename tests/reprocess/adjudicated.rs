//! What comes of it: claims that were sent through processing again are reported back, and the activity that had sent
//! them shows by how much they have changed.

use serde_json::{Value, json};

use super::world::{NAMES, World, line, on_both};
use crate::http::client::{Answer, XML};
use crate::support::claim_line;

/// Claims with two lines, 10.00 allowed and 8.00 covered, and a second line that has no amounts yet.
fn claim(code: &str, currency: &str) -> String {
    claim_line(
        code,
        &json!({ "currency": currency, "lines": [
            { "code": "L1", "allowedAmount": "10.00", "coveredAmount": "8.00" }, { "code": "L2" },
        ] }),
    )
}

fn lines() -> String {
    let claims = [
        claim("C1", "USD"),
        claim("C2", "USD"),
        claim("C3", "EUR"),
        claim("C4", "USD"),
    ];
    format!("{NAMES}{}", claims.concat())
}

fn report(world: &World, code: &str, body: &Value) -> Answer {
    let adjudicator = world.client.acting_as("adjudicator");
    adjudicator.post_json(&format!("/api/claims/{code}/adjudicated"), body)
}

fn sent(world: &World) -> String {
    let run = world.accepted(&json!({ "claimUnfinalizeReasonList": [{ "code": "UF1" }] }));
    let ended = world.client.ended(&run);
    let listed: Vec<_> = (1..5)
        .map(|number| line(&format!("C{number}"), "S", "CLA-IP-REPR-022"))
        .collect();
    assert_eq!(world.listed(&ended), listed);
    run
}

fn amounts(allowed: &str, covered: &str) -> Value {
    json!({ "code": "L1", "allowedAmount": allowed, "coveredAmount": covered })
}

#[test]
fn the_activity_shows_how_many_came_back_and_what_that_changed() {
    on_both(&lines(), |world| {
        let run = sent(world);
        let id = world.client.get(&run).json()["id"].clone();
        let shown = || world.client.get(&run).expect(200).json();
        assert_eq!(
            [&shown()["scheduled"], &shown()["adjudicated"]],
            [&json!(4), &json!([])]
        );
        let position = world.position();

        let body = json!({ "status": "FINALIZED", "lines": [amounts("12.50", "7.00")] });
        let answer = report(world, "C1", &body).expect(200).json();
        assert_eq!(
            answer,
            json!({ "claim": world.id("C1"), "status": "FINALIZED", "activity": id })
        );
        let total = |claims, currency, allowed, covered| {
            json!({
                "claims": claims, "currency": currency, "allowedAmountChange": allowed, "coveredAmountChange": covered,
            })
        };
        assert_eq!(shown()["adjudicated"], json!([total(1, "USD", "2.50", "-1.00")]));

        // A line that had no amounts has them now; one that is not named keeps its own.
        let second = json!({ "code": "L2", "allowedAmount": "1.00" });
        report(
            world,
            "C2",
            &json!({ "status": "PRICING FINALIZED", "lines": [second] }),
        )
        .expect(200);
        assert_eq!(shown()["adjudicated"], json!([total(2, "USD", "3.50", "-1.00")]));
        let body = json!({ "status": "FINALIZED", "currency": "EUR", "lines": [amounts("0.00", "0.00")] });
        report(world, "C3", &body).expect(200);
        let by_currency = json!([total(1, "EUR", "-10.00", "-8.00"), total(2, "USD", "3.50", "-1.00")]);
        assert_eq!(shown()["adjudicated"], by_currency);
        assert_eq!(shown()["scheduled"], 4);

        let lines = world.claim("C1")["lines"].clone();
        assert_eq!(
            [&lines[0]["allowedAmount"], &lines[0]["coveredAmount"]],
            ["12.50", "7.00"]
        );
        assert_eq!(lines[1]["allowedAmount"], Value::Null);
        let history = world.history("C1");
        let entry = history.last().expect("an entry");
        assert_eq!(
            [&entry["operation"], &entry["user"], &entry["activity"]],
            [&json!("adjudicated"), &json!("adjudicator"), &id]
        );
        assert_eq!(
            entry["details"],
            json!({
                "claim": "C1", "statusBefore": "INITIAL", "statusAfter": "FINALIZED",
                "allowedAmountChange": "2.50", "coveredAmountChange": "-1.00", "user": "adjudicator",
            })
        );
        let told = world.events_after(position);
        assert!(
            told.iter().all(|event| event["type"] == "claim.adjudicated"),
            "{told:?}"
        );
        assert_eq!(told.len(), 3);
        assert_eq!(told[0]["data"], entry["details"]);
        // What it reports is what the next request decides on.
        world.reprocess("C1", &json!({})).expect(409);
        let count = json!({ "processType": "CLAIM", "claimStatus": "PRICING FINALIZED" });
        let counted = world
            .client
            .post_json("/api/claimsreprocesscount", &count)
            .expect(200)
            .json();
        assert_eq!(
            [&counted["count"], &counted["totalAllowedAmount"]],
            [&json!(1), &json!("11.00")]
        );
    });
}

#[test]
fn a_claim_comes_back_once() {
    on_both(&lines(), |world| {
        let body = json!({ "status": "FINALIZED" });
        let not_sent = report(world, "C1", &body).expect(409);
        let text = "Claim C1 is in status FINALIZED and not in processing, so it cannot be reported as adjudicated";
        assert_eq!(not_sent.messages(), [("REPRISE-REQ-031".to_owned(), text.to_owned())]);
        let run = sent(world);
        report(world, "C1", &body).expect(200);
        let before = world.everything();
        report(world, "C1", &body).expect(409);
        assert_eq!(world.everything(), before);
        assert_eq!(world.client.get(&run).json()["adjudicated"][0]["claims"], 1);
    });
}

#[test]
fn a_claim_that_comes_back_to_a_human_has_its_pend_reasons() {
    on_both(&lines(), |world| {
        sent(world);
        let position = world.position();
        let body = json!({ "status": "MANUAL BENEFITS", "pendReasons": [{ "code": "QUIET" }, { "code": "LOUD" }] });
        report(world, "C1", &body).expect(200);
        let attached = json!([{ "code": "QUIET", "resolved": false }, { "code": "LOUD", "resolved": false }]);
        assert_eq!(world.claim("C1")["pendReasons"], attached);
        let told = world.events_after(position);
        let kinds: Vec<_> = told.iter().map(|event| &event["type"]).collect();
        assert_eq!(kinds, ["claim.adjudicated", "claim.task-opened"]);
        assert_eq!(told[1]["data"]["pendReasons"], json!(["LOUD"]));
        // Sent through again, its open task ends.
        let position = world.position();
        world.reprocess("C1", &json!({})).expect(200);
        let told = world.events_after(position);
        let kinds: Vec<_> = told.iter().map(|event| &event["type"]).collect();
        assert_eq!(kinds, ["claim.pend-done", "claim.resubmitted"]);
        // The last to send it was no activity.
        let answer = report(world, "C1", &json!({ "status": "FINALIZED" }))
            .expect(200)
            .json();
        assert_eq!(answer["activity"], Value::Null);
        let in_xml = world.client.post(
            "/api/claims/C2/adjudicated",
            XML,
            "<adjudicated status=\"CHANGE\"><lines><line code=\"L1\" coveredAmount=\"9.00\"/></lines>\
             <pendReasons><pendReason code=\"LOUD\"/></pendReasons></adjudicated>",
        );
        assert!(in_xml.expect(200).text.contains("status=\"CHANGE\""));
        assert_eq!(world.claim("C2")["lines"][0]["coveredAmount"], "9.00");
    });
}

#[test]
fn a_report_that_cannot_be_is_refused_and_changes_nothing() {
    on_both(&lines(), |world| {
        sent(world);
        let held = world.id("C4");
        let lock = world
            .store
            .write(|transaction| transaction.lock_claims(&[held], "activity 99", std::time::Duration::from_secs(600)));
        assert_eq!(lock, Ok(Vec::new()));
        let before = world.everything();
        for (claim, body, status, words) in [
            (
                "C1",
                json!({ "status": "FINALIZED", "lines": [{ "code": "L9" }] }),
                400,
                "claim C1 has no such line",
            ),
            (
                "C1",
                json!({ "status": "FINALIZED", "currency": "EUR" }),
                400,
                "it is EUR, and the claim's is USD",
            ),
            (
                "C1",
                json!({ "status": "INITIAL" }),
                400,
                "adjudication leaves a claim in one of",
            ),
            ("C1", json!({ "lines": [] }), 400, "`status` is missing"),
            (
                "C1",
                json!({ "status": "FINALIZED", "pendReasons": [{ "code": "LOUD" }] }),
                400,
                "give pend reasons with a pended status only",
            ),
            (
                "C1",
                json!({ "status": "CHANGE", "pendReasons": [{ "code": "NONE" }] }),
                400,
                "Pend reason code NONE is unknown",
            ),
            (
                "C1",
                json!({ "status": "FINALIZED", "lines": [amounts("1.005", "0.00")] }),
                400,
                "1.005",
            ),
            (
                "C1",
                json!({ "status": "FINALIZED", "lines": [amounts("1.00", "0.00"), amounts("2.00", "0.00")] }),
                400,
                "line `L1` is given more than once",
            ),
            (
                "C4",
                json!({ "status": "FINALIZED" }),
                409,
                "it is locked by another process",
            ),
            ("C9", json!({ "status": "FINALIZED" }), 404, "There is no claim C9"),
        ] {
            let answer = report(world, claim, &body).expect(status);
            let messages = answer.messages();
            assert!(
                messages.len() == 1 && messages[0].1.contains(words),
                "{words}: {messages:?}"
            );
        }
        assert_eq!(world.everything(), before);
    });
}
