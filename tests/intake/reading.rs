//! Reading claims and what they are made of.

use axum::http::Method;
use serde_json::{Value, json};

use super::family::{ACME, STRICT, all_created, created, mark_sent, offices, patient, procedure, send};
use crate::reprocess::world::on_both;
use crate::support::decided_by;

#[test]
fn a_claim_is_shown_with_every_field() {
    let lines = patient(ACME, 7, "dd")
        + &procedure(ACME, 7, 1, json!({}))
        + &procedure(ACME, 7, 2, json!({ "date": "2026-01-08", "fee": "70.25" }));
    on_both(&lines, |world| {
        let asked = json!({
            "PatNum": 7, "procNums": [701, 702], "ClaimType": "S", "ClaimStatus": "H", "PatRelat": "Spouse",
            "ClaimNote": "by hand", "ProvTreat": "P-7",
        });
        let answer = super::family::post(world, ACME, &asked).expect(201);
        let mut claim = answer.json();
        assert_eq!(answer.header("location"), super::family::path(&claim));
        assert_eq!(super::family::now(world, &claim), claim);
        let edited = claim["SecDateTEdit"].take();
        assert_eq!(edited.as_str().expect("a moment").len(), "2026-01-31 14:00:00".len());
        let number = claim["ClaimNum"].take();
        assert!(number.as_i64() > Some(0));
        let expected = json!({
            "ClaimNum": null, "PatNum": 7, "ClaimType": "S", "ClaimStatus": "H", "InsSubNum": 72, "PlanNum": 72,
            "PatRelat": "Spouse", "InsSubNum2": 71, "PlanNum2": 71, "PatRelat2": "Self", "DateService": "2026-01-08",
            "DateSent": "0001-01-01", "DateReceived": "0001-01-01", "ProvTreat": "P-7", "ProvBill": "P-1",
            "ClaimFee": 120.25, "InsPayEst": 0.0, "InsPayAmt": 0.0, "ClaimForm": "", "ClaimNote": "by hand",
            "procNums": [701, 702], "SecDateTEdit": null,
        });
        assert_eq!(claim, expected);
    });
}

#[test]
fn claims_are_listed_by_number_and_filtered() {
    let mut lines = offices();
    for number in 1..=3 {
        lines += &patient(ACME, number, "dd");
        lines += &procedure(ACME, number, 1, json!({}));
    }
    lines += &patient(STRICT, 1, "d");
    lines += &procedure(STRICT, 1, 1, json!({}));
    on_both(&lines, |world| {
        let mut numbers = Vec::new();
        for patient in 1..=3 {
            for claim in all_created(world, patient, &[patient * 100 + 1]) {
                numbers.push(claim["ClaimNum"].as_i64().expect("a number"));
            }
        }
        super::family::post(world, STRICT, &json!({ "PatNum": 1, "procNums": [101] })).expect(201);
        let list = |query: &str| -> Vec<i64> {
            let path = format!("/api/v1/claims{query}");
            let list = send(world, Method::GET, ACME, &path, &Value::Null).expect(200).json();
            list.as_array()
                .expect("a list")
                .iter()
                .map(|claim| claim["ClaimNum"].as_i64().expect("a number"))
                .collect()
        };
        assert_eq!(list(""), numbers);
        assert_eq!(list("?PatNum=2"), numbers[2..4]);
        assert_eq!(list("?PatNum=99"), [0_i64; 0]);
        assert_eq!(list("?ClaimStatus=H"), [numbers[1], numbers[3], numbers[5]]);
        assert_eq!(list("?ClaimStatus=H&PatNum=3"), [numbers[5]]);
        assert_eq!(list("?Limit=2"), numbers[..2]);
        assert_eq!(list("?Limit=2&Offset=3"), numbers[3..5]);
        assert_eq!(list("?SecDateTEdit=2000-01-01"), numbers);
        assert_eq!(list("?SecDateTEdit=2200-01-01%2012:00:00"), [0_i64; 0]);
        let sent = mark_sent(world, &json!({ "ClaimNum": numbers[0] }));
        assert_eq!(sent["ClaimStatus"], "S");
        assert_eq!(list("?ClaimStatus=S"), [numbers[0]]);
        assert_eq!(list("?ClaimStatus=W"), [numbers[2], numbers[4]]);
    });
}

#[test]
fn what_claims_are_made_of_can_be_read() {
    let lines = patient(ACME, 7, "dm") + &procedure(ACME, 7, 1, json!({ "noBillInsSubs": ["72"] }));
    on_both(&lines, |world| {
        let get = |path: &str| send(world, Method::GET, ACME, path, &Value::Null).expect(200).json();
        assert_eq!(
            get("/api/v1/patients/7"),
            json!({ "PatNum": 7, "Birthdate": "0001-01-01", "PriProv": "P-1" })
        );
        assert_eq!(
            get("/api/v1/insplans/72"),
            json!({ "PlanNum": 72, "PlanType": "", "IsMedical": "true" })
        );
        assert_eq!(
            get("/api/v1/inssubs/71"),
            json!({ "InsSubNum": 71, "PlanNum": 71, "Subscriber": 7 })
        );
        let plans = get("/api/v1/patplans?PatNum=7");
        assert_eq!(
            plans[0],
            json!({ "PatPlanNum": 71, "PatNum": 7, "InsSubNum": 71, "Ordinal": 1, "Relationship": "Self" })
        );
        assert_eq!(plans.as_array().expect("a list").len(), 2);
        let procedures = get("/api/v1/procedurelogs?PatNum=7");
        assert_eq!(procedures[0], get("/api/v1/procedurelogs/701"));
        assert_eq!(
            procedures[0],
            json!({
                "ProcNum": 701, "PatNum": 7, "procCode": "T0120", "ProcDate": "2026-01-10", "ProcFee": 50.0,
                "ProcStatus": "complete", "ProvNum": "P-2", "ClinicNum": "", "PlaceService": "office",
                "DiagnosticCodes": ["K021"], "NoBillInsSubNums": [72], "IsInProcess": "false",
            })
        );
        for path in [
            "/api/v1/patients/8",
            "/api/v1/insplans/9",
            "/api/v1/inssubs/9",
            "/api/v1/procedurelogs/9",
        ] {
            let answer = send(world, Method::GET, ACME, path, &Value::Null).expect(404);
            assert_eq!(answer.json()["code"], "not-found", "{path}");
        }
        assert_eq!(get("/api/v1/patplans?PatNum=8"), json!([]));
    });
}

#[test]
fn the_history_says_how_a_claim_was_born_and_by_which_rules() {
    let lines = patient(ACME, 7, "d") + &procedure(ACME, 7, 1, json!({}));
    on_both(&lines, |world| {
        let claim = created(world, &json!({ "PatNum": 7, "procNums": [701], "ClaimType": "P" }));
        mark_sent(world, &claim);
        let path = format!("/api/claims/{}/history", claim["ClaimNum"]);
        let history = send(world, Method::GET, ACME, &path, &Value::Null).expect(200).json();
        let entries = history["history"].as_array().expect("entries");
        let operations: Vec<&Value> = entries.iter().map(|entry| &entry["operation"]).collect();
        assert_eq!(operations, ["create", "change"]);
        for entry in entries {
            assert_eq!(entry["user"], "clerk");
            let decided_by = decided_by(&world.host);
            assert_eq!(entry["details"]["rules"], decided_by["rules"], "{entry}");
            assert_eq!(entry["details"]["generation"], decided_by["generation"], "{entry}");
        }
    });
}
