//! The case that the product ships, for real: authorizations came late, and the claims that were finalized without them
//! are processed again, each with a word on it.

use serde_json::{Value, json};

use super::world::{World, line, on_both};
use crate::http::client::{JSON, XML, link};
use crate::http::who::USER;
use crate::support::SAMPLE;

/// A request has these claims processed again, and nothing else is touched.
fn check(world: &World, content_type: &str, request: &'static str, claims: &[&str]) {
    let all = || (1..=12).map(|number| format!("C{number:03}"));
    let before: Vec<Value> = all().map(|code| world.claim(&code)).collect();
    let position = world.position();
    let ended = world.client.ended(&world.client.accepted(content_type, request));
    assert_eq!(ended["status"], "completed");
    let listed: Vec<_> = claims.iter().map(|code| line(code, "S", "CLA-IP-REPR-022")).collect();
    assert_eq!(world.listed(&ended), listed);
    let entries: String = claims
        .iter()
        .map(|code| {
            format!(
                "<resultMessages result=\"S\" elementId=\"{code}\"><resultMessage code=\"CLA-IP-REPR-022\">Claim with \
                 code {code} is scheduled for reprocessing</resultMessage></resultMessages>\n"
            )
        })
        .collect();
    let whole = format!("<claimReprocessingCriteriaResponse>\n{entries}</claimReprocessingCriteriaResponse>\n");
    assert_eq!(world.file_as(&ended, XML), whole);

    let reason = json!({
        "code": "UF1", "sourceReference": "late authorizations",
        "dynamicFields": [{ "name": "requestedBy", "value": "member services" }],
    });
    for (code, mut before) in all().zip(before) {
        if claims.contains(&code.as_str()) {
            before["status"] = "INITIAL".into();
            before["messages"] = json!(["CUST1"]);
            before["unfinalizeReasons"] = json!([reason]);
            before["pricingDone"] = false.into();
            let history = world.history(&code);
            assert_eq!(history.len(), 1);
            assert_eq!(
                [&history[0]["activity"], &history[0]["user"]],
                [&ended["id"], &json!(USER)]
            );
            let details = &history[0]["details"];
            assert_eq!([&details["statusBefore"], &details["message"]], ["FINALIZED", "CUST1"]);
        }
        assert_eq!(world.claim(&code), before, "{code}");
    }
    let told = world.events_after(position);
    let told: Vec<_> = told
        .iter()
        .map(|event| [&event["type"], &event["data"]["claim"]])
        .collect();
    let resubmitted = json!("claim.resubmitted");
    let codes: Vec<Value> = claims.iter().map(|code| json!(code)).collect();
    assert_eq!(told, codes.iter().map(|code| [&resubmitted, code]).collect::<Vec<_>>());
    // By now there is nothing left that the request hits.
    let again = world.client.ended(&world.client.accepted(content_type, request));
    assert_eq!(world.file_as(&again, JSON), "");
    assert_eq!(
        world.client.get(link(&again, "self")).expect(200).json()["progress"]["total"],
        0
    );
}

#[test]
fn the_late_authorizations_are_reprocessed_as_the_readme_says() {
    on_both(SAMPLE, |world| {
        let first = include_str!("../../host/samples/late-authorizations-1.xml");
        check(world, XML, first, &["C001", "C002", "C003"]);
        let second = include_str!("../../host/samples/late-authorizations-2.json");
        check(world, JSON, second, &["C004"]);
    });
}
