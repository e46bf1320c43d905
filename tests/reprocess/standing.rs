//! Where a claim stands: whether it can be processed again, in which order it is told why not, and what can be done next.

use serde_json::{Value, json};

use super::world::{NAMES, line, merge, on_both, outcome};
use crate::support::claim_line;

#[test]
fn a_refusal_is_the_first_that_applies_and_changes_nothing() {
    on_both(NAMES, |world| {
        let settled = json!({ "settlementReason": "RECOVERED" });
        let locked = json!({ "lockedBy": "nightly-run" });
        let on_its_way = json!({ "status": "PRICING DONE" });
        let finalized = json!({});
        for (number, (members, code, status)) in [
            (vec![&settled, &locked, &on_its_way], "CLA-IP-REPR-027", 409),
            (vec![&settled, &finalized], "CLA-IP-REPR-027", 409),
            (vec![&locked, &on_its_way], "CLA-IP-REPR-028", 409),
            (vec![&locked, &finalized], "CLA-IP-REPR-028", 409),
            (vec![&on_its_way], "CLA-IP-REPR-013", 409),
            (vec![&finalized], "CLA-IP-REPR-014", 409),
        ]
        .into_iter()
        .enumerate()
        {
            let claim_code = format!("C{number}");
            let mut claim = json!({});
            for members in members {
                merge(&mut claim, members);
            }
            world.import(&claim_line(&claim_code, &claim));
            let before = world.everything();
            // All else that a request can ask for is asked for.
            let answer = world.reprocess(
                &claim_code,
                &json!({
                    "setToHighPriority": true, "reprocessMessageCode": "CUST1", "pricingDone": true,
                    "claimPendReasonList": [{ "code": "LOUD" }], "claimTagActionList": [{ "tag": "T1", "action": "R" }],
                }),
            );
            let given = answer.expect(status).json();
            let entry = outcome(&given["resultMessages"][0]);
            assert_eq!(entry, line(&claim_code, "F", code), "{claim}");
            assert_eq!(world.everything(), before, "{claim}");
            // That it was refused, and why, is kept beside the claim.
            let history = world.history(&claim_code);
            let text = &given["resultMessages"][0]["messages"][0]["text"];
            assert_eq!(history.len(), 1, "{claim}");
            assert_eq!(
                [&history[0]["operation"], &history[0]["user"], &history[0]["details"]],
                [&json!("reprocess-refused"), &json!("clerk"), &json!({ "error": text })],
                "{claim}"
            );
            let status = world
                .client
                .get(&format!("/api/claims/{claim_code}/status"))
                .expect(200);
            assert_eq!(status.json()["lastError"], *text, "{claim}");
        }
    });
}

#[test]
fn the_status_says_where_the_claim_stands_and_what_can_be_done_next() {
    on_both(NAMES, |world| {
        world.import(&claim_line("C1", &json!({ "status": "CHANGE" })));
        let id = world.id("C1");
        let path = format!("/api/claims/{id}/status");
        let relations = |status: &Value| {
            let links = status["links"].as_array().expect("links");
            links
                .iter()
                .map(|link| link["rel"].as_str().expect("a relation").to_owned())
                .collect::<Vec<_>>()
        };
        let before = world.client.get(&path).expect(200).json();
        assert_eq!(relations(&before), ["self", "claim", "history", "reprocess"]);
        assert_eq!(before["lastEntry"], Value::Null);
        let answer = world.reprocess("C1", &json!({})).expect(200);
        assert_eq!(answer.header("location"), path);
        let after = world.client.get(&path).expect(200).json();
        assert_eq!(after["status"], "INITIAL");
        assert_eq!(after["inProcess"], true);
        assert_eq!(after["lastEntry"]["operation"], "reprocess");
        assert_eq!(after["lastError"], Value::Null);
        assert_eq!(relations(&after), ["self", "claim", "history", "adjudicated"]);

        let run = world
            .store
            .write(|transaction| transaction.lock_claims(&[id], "activity 99", std::time::Duration::from_secs(600)));
        run.expect("a lock");
        let held = world.client.get(&path).expect(200).json();
        assert_eq!(
            [&held["locked"], &held["lockedBy"]],
            [&json!(true), &json!("activity 99")]
        );
        assert_eq!(relations(&held), ["self", "claim", "history"]);
        assert_eq!(world.client.get("/api/claims/C1/status").expect(200).json(), held);
    });
}
