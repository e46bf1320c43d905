//! Rules over HTTP: a component is sent, activated and gone back from, and decides from the next request on.

use axum::http::Method;
use serde_json::{Value, json};

use super::REASON;
use crate::components::ANY_DIAGNOSIS;
use crate::http::client::{Answer, Client, JSON};
use crate::reprocess::world::on_both;
use crate::support::claim_line;

const RULES: &str = "/api/v1/rules";
const WASM: &str = "application/wasm";

/// A line whose second diagnosis is a member of a group, which the default rules pass over.
fn lines() -> String {
    let group = r#"{"kind":"diagnosisGroup","payer":"ACME","code":"DG-1","members":[{"code":"E119"}]}"#;
    let line = json!({ "lines": [{
        "code": "1", "serviceStartDate": "2020-01-01",
        "diagnoses": [{ "code": "I10", "sequence": 1 }, { "code": "E119", "sequence": 2 }],
    }]});
    format!(
        "{group}\n{}{}",
        claim_line("A", &line),
        claim_line("Z", &json!({ "payer": "ZENITH" }))
    )
}

fn decide(client: &Client, how: &str, body: &Value) -> Answer {
    client.post_json(&format!("{RULES}/{how}"), body)
}

fn count(client: &Client) -> Value {
    let asked = json!({ "processType": "CLAIM", "diagnosisGroupCode": "DG-1" });
    client.post_json("/api/claimsreprocesscount", &asked).expect(200).json()["count"].clone()
}

#[test]
fn what_is_activated_decides_from_the_next_request_on() {
    on_both(&lines(), |world| {
        let client = &world.client;
        assert_eq!(count(client), 0);
        let sent = client
            .post(&format!("{RULES}/components"), WASM, ANY_DIAGNOSIS)
            .expect(201);
        let path = sent.header("location").to_owned();
        assert_eq!(client.get(&path).expect(200).json()["state"], "checked");
        assert_eq!(count(client), 0);

        let components = json!({ "components": ["any-diagnosis@0.1.0"], "reason": REASON });
        let activated = decide(client, "activate", &components).expect(200).json();
        assert_eq!(
            (&activated["generation"], &activated["missingHosts"]),
            (&json!(1), &json!([]))
        );
        assert_eq!(count(client), 1);
        let gone_back = decide(client, "rollback", &json!({ "reason": REASON }))
            .expect(200)
            .json();
        assert_eq!(gone_back["generation"], Value::Null);
        assert_eq!(count(client), 0);

        let record = client.get(&format!("{RULES}/activations")).expect(200).json();
        let kinds: Vec<_> = record["activations"]
            .as_array()
            .expect("entries")
            .iter()
            .map(|entry| &entry["kind"])
            .collect();
        assert_eq!(kinds, ["rollback", "activate"]);
        let generations = client.get(&format!("{RULES}/generations")).expect(200).json();
        assert_eq!(generations["generations"][0]["decides"], false);
        client.get_xml(&format!("{RULES}/components")).expect(200);
    });
}

#[test]
fn under_one_key_it_is_activated_once() {
    on_both(&lines(), |world| {
        let client = &world.client;
        client
            .post(&format!("{RULES}/components"), WASM, ANY_DIAGNOSIS)
            .expect(201);
        client
            .post(&format!("{RULES}/components"), WASM, ANY_DIAGNOSIS)
            .expect(200);
        let activate = |reason: &str| {
            let body = json!({ "components": ["any-diagnosis@0.1.0"], "reason": reason }).to_string();
            let headers = [("content-type", JSON), ("idempotency-key", "once")];
            client.send(Method::POST, &format!("{RULES}/activate"), &headers, body)
        };
        let first = activate(REASON).expect(200);
        let again = activate(REASON).expect(200);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(first.text, again.text);
        activate("another reason").expect(422);
        let record = client.get(&format!("{RULES}/activations")).expect(200).json();
        assert_eq!(record["activations"].as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn what_is_refused_says_at_which_step_and_why() {
    on_both(&lines(), |world| {
        let client = &world.client;
        let refused = client
            .post(&format!("{RULES}/components"), WASM, "no component")
            .expect(422)
            .json();
        let last = refused["steps"]
            .as_array()
            .and_then(|steps| steps.last())
            .expect("a step");
        assert_eq!((&last["step"], &last["passed"]), (&json!("validation"), &json!(false)));
        let checked = client
            .post(&format!("{RULES}/components/check"), WASM, "no component")
            .expect(200);
        assert_eq!(checked.json()["passed"], false);
        let headers = [("content-type", WASM), ("reprise-signature", "bm9uZQ==")];
        let sent = client
            .send(Method::POST, &format!("{RULES}/components"), &headers, ANY_DIAGNOSIS)
            .expect(400);
        assert!(
            sent.text
                .contains("it is no signature as `reprise rules sign` writes it"),
            "{}",
            sent.text
        );
        for (how, body, status, words) in [
            (
                "activate",
                json!({ "components": ["any-diagnosis@0.1.0"] }),
                400,
                "`reason` is missing",
            ),
            (
                "activate",
                json!({ "components": ["any"], "reason": REASON }),
                400,
                "at least 8 digits",
            ),
            (
                "activate",
                json!({ "components": ["any@1"], "reason": REASON }),
                404,
                "There is no component `any@1`",
            ),
            (
                "activate",
                json!({ "defaults": ["all"], "reason": REASON }),
                400,
                "criteria or claim-status",
            ),
            ("rollback", json!({ "reason": REASON }), 409, "nothing to go back from"),
            (
                "rollback",
                json!({ "reason": REASON, "to": 7 }),
                404,
                "There is no generation 7",
            ),
            ("deactivate", json!({ "reason": "" }), 400, "`reason` is missing"),
        ] {
            let answer = decide(client, how, &body).expect(status);
            assert!(answer.text.contains(words), "{}", answer.text);
        }
    });
}
