//! When an operation does nothing: what it is about is not there, the claim is in no state for it, or nobody may. Nothing
//! at all is changed then.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};

use super::fixture::{Kept, READ, RESOLVE, links, pended, post, post_keyed, principal, reasons, shown};
use crate::http::client::{JSON, XML};
use crate::reprocess::world::{World, on_both};
use crate::support::claim_line;

const NOT_THERE: &str = "REPRISE-REQ-019";
const WRONG_STATE: &str = "REPRISE-REQ-031";
const NOT_ALLOWED: [&str; 2] = ["CLA-IP-CLAI-023", "REPRISE-ACCESS-002"];

/// The five operations on a claim, each of which would resolve something if the claim were in a state for it.
fn operations(claim: &Value) -> [String; 5] {
    let id = &claim["id"];
    [
        format!("/api/claims/{id}/submit"),
        format!("/api/claims/{id}/resolvepend/LOUD"),
        format!("/api/claims/{id}/resolveclaimlinepend/LOUD"),
        format!("/api/claimpendreasons/{id}-1/resolve"),
        format!("/api/claimlinependreasons/{id}-8/resolve"),
    ]
}

/// The request is refused with this message, in JSON and in XML.
#[track_caller]
fn check(world: &World, path: &str, status: u16, code: &str, text: &str) {
    let answer = post(&world.client, path).expect(status);
    assert_eq!(answer.messages(), [(code.to_owned(), text.to_owned())], "{path}");
    let answer = world
        .client
        .send(Method::POST, path, &[("accept", XML)], "")
        .expect(status);
    assert_eq!(answer.header("content-type"), XML);
    let message = format!("<resultMessage code=\"{code}\">{text}</resultMessage>");
    let xml = format!("<resultMessages result=\"F\" elementId=\"\">{message}</resultMessages>");
    assert_eq!(answer.text, xml, "{path}");
}

#[test]
fn what_is_not_there_is_404_and_named() {
    on_both(&(reasons() + &pended("C1", &json!({}))), |world| {
        let id = &shown(world, "C1")["id"];
        let before = Kept::of(world);
        for (path, what) in [
            ("/api/claims/NONE/submit", "claim NONE"),
            ("/api/claims/999999/submit", "claim 999999"),
            ("/api/claims/NONE/resolvepend/LOUD", "claim NONE"),
            ("/api/claims/NONE/resolveclaimlinepend/LOUD", "claim NONE"),
            (
                "/api/claims/{id}/resolvepend/LOUDER",
                "pend reason LOUDER on claim C1 or its lines",
            ),
            (
                "/api/claims/{id}/resolvepend/loud",
                "pend reason loud on claim C1 or its lines",
            ),
            (
                "/api/claims/{id}/resolvepend/a%2Fb",
                "pend reason a/b on claim C1 or its lines",
            ),
            (
                "/api/claims/C1/resolveclaimlinepend/LOUDER",
                "pend reason LOUDER on a line of claim C1",
            ),
            ("/api/claimpendreasons/{id}-99/resolve", "claim pend reason {id}-99"),
            ("/api/claimpendreasons/999999-1/resolve", "claim pend reason 999999-1"),
            // Those of a bill, of a line and of a claim are not each other.
            ("/api/claimpendreasons/{id}-3/resolve", "claim pend reason {id}-3"),
            ("/api/claimpendreasons/{id}-5/resolve", "claim pend reason {id}-5"),
            (
                "/api/claimlinependreasons/{id}-1/resolve",
                "claim line pend reason {id}-1",
            ),
            (
                "/api/claimlinependreasons/{id}-4/resolve",
                "claim line pend reason {id}-4",
            ),
            ("/api/claimpendreasons/{id}/resolve", "claim pend reason {id}"),
            ("/api/claimpendreasons/{id}-01/resolve", "claim pend reason {id}-01"),
            ("/api/claimpendreasons/{id}-+1/resolve", "claim pend reason {id}-+1"),
            ("/api/claimpendreasons/-1/resolve", "claim pend reason -1"),
            ("/api/claimpendreasons/C1-1/resolve", "claim pend reason C1-1"),
            (
                "/api/claimlinependreasons/{id}-99999999999999999999/resolve",
                "claim line pend reason {id}-99999999999999999999",
            ),
            ("/api/claimlinependreasons/ä%20b/resolve", "claim line pend reason ä b"),
        ] {
            let id = id.to_string();
            let path = path.replace("{id}", &id).replace('ä', "%C3%A4");
            let text = format!("There is no {}", what.replace("{id}", &id));
            check(world, &path, 404, NOT_THERE, &text);
            if let Some(shown) = path.strip_suffix("/resolve") {
                assert_eq!(world.client.get(shown).expect(404).messages()[0].1, text);
                let generic = shown.replace("/api/", "/api/generic/");
                assert_eq!(world.client.get(&generic).expect(404).messages()[0].1, text);
            }
        }
        for path in ["/api/claims/NONE/pendhistory", "/api/claims/999999/pendhistory"] {
            world.client.get(path).expect(404);
        }
        before.assert_same(world, "what was refused");
    });
}

/// Of whom a claim tells why nothing can be done about its pend reasons, and how that begins.
fn standing() -> Vec<(String, &'static str)> {
    let mut standing: Vec<_> = [
        "INITIAL",
        "SENT OUT FOR PREPROCESSING",
        "SENT OUT FOR PRICING",
        "PRICING DONE",
        "PRICING ADJUDICATION DONE",
        "PRICING FINALIZED",
        "BENEFITS DONE",
        "ADJUDICATION DONE",
        "FINALIZED",
    ]
    .into_iter()
    .map(|status| (pended(&status.replace(' ', "-"), &json!({ "status": status })), status))
    .collect();
    standing.push((pended("SETTLED", &json!({ "settlementReason": "PAID" })), "settled"));
    standing.push((pended("LOCKED", &json!({ "lockedBy": "nightly-run" })), "locked"));
    standing.push((pended("HELD", &json!({})), "held"));
    standing
}

#[test]
fn a_claim_that_is_in_no_state_for_it_is_409_and_stays_as_it_is() {
    let lines: String = standing().into_iter().map(|(line, _)| line).collect();
    on_both(&(reasons() + &lines), |world| {
        let held = shown(world, "HELD")["id"].as_i64().expect("an id");
        let locked = world
            .store
            .write(|transaction| transaction.lock_claims(&[held], "activity 99", Duration::from_secs(600)));
        assert_eq!(locked, Ok(Vec::new()));
        let before = Kept::of(world);
        for (line, state) in standing() {
            let line: Value = serde_json::from_str(&line).expect("JSON");
            let code = line["code"].as_str().expect("a code");
            let claim = shown(world, code);
            let relations: Vec<_> = links(&claim).into_iter().map(|(relation, _)| relation).collect();
            assert_eq!(relations, ["self", "claim:status"], "{state}");
            for path in operations(&claim) {
                let what = if path.ends_with("/submit") {
                    "it cannot be submitted"
                } else {
                    "its pend reasons cannot be resolved"
                };
                let text = match state {
                    "settled" => format!("Claim {code} is settled, so {what}"),
                    "locked" | "held" => format!("Claim {code} is locked by another process, so {what} now"),
                    status => format!(
                        "Claim {code} is in status {status}, so {what}: that is for a claim in ENTRY or one that is pended"
                    ),
                };
                check(world, &path, 409, WRONG_STATE, &text);
                // A key is no way around it, and a refusal is not kept under one.
                let answer = post_keyed(&world.client, &path, "K-1").expect(409);
                assert!(!answer.headers.contains_key("idempotency-replayed"));
            }
        }
        before.assert_same(world, "what was refused");

        // Once it is let go, it can be done.
        let freed = world
            .store
            .write(|transaction| transaction.unlock_claims(&[held], "activity 99"));
        assert_eq!(freed, Ok(()));
        let claim = shown(world, "HELD");
        assert_eq!(links(&claim).len(), 7, "{claim}");
        for path in operations(&claim).iter().rev() {
            post_keyed(&world.client, path, "K-1").expect(303);
        }
    });
}

#[test]
fn a_claim_of_intake_is_submitted_once_it_is_sent() {
    // One that waits for a procedure in process does so only as long as there is one.
    let statuses = ["U", "H", "W", "P", "S", "R"];
    let lines = statuses.map(|status| {
        let at_intake = json!({ "patient": "7", "claimType": "P", "claimStatus": status, "status": "ENTRY" });
        pended(&format!("C-{status}"), &at_intake)
    });
    on_both(&(reasons() + &lines.concat()), |world| {
        for status in statuses {
            let code = format!("C-{status}");
            let (claim, before) = (shown(world, &code), Kept::of(world));
            let submit = format!("/api/claims/{code}/submit");
            let offers = links(&claim).iter().any(|(relation, _)| relation == "claim:submit");
            assert_eq!(offers, status == "S", "{status}");
            if status != "S" {
                let text = format!(
                    "Claim {code} began at intake and is not sent yet (its status there is {status}), so it cannot be \
                     submitted"
                );
                check(world, &submit, 409, WRONG_STATE, &text);
                before.assert_same(world, "what was refused");
            }
            // What keeps it from being sent can be resolved all the same.
            post(&world.client, &format!("/api/claims/{code}/resolvepend/LOUD")).expect(303);
            assert_eq!(shown(world, &code)["status"], "ENTRY");
            if status == "S" {
                post(&world.client, &submit).expect(303);
                assert_eq!(shown(world, &code)["claimStatus"], "S");
            }
        }
    });
}

#[test]
fn nobody_without_the_right_to_resolve_changes_anything() {
    let other = claim_line("Z1", &json!({ "payer": "ZENITH" }));
    on_both(&(reasons() + &pended("C1", &json!({})) + &other), |world| {
        let reader = principal(world, "reader", &[READ, "claims.reprocess IP", "claims.update IP"]);
        let resolver = principal(world, "resolver", &[RESOLVE]);
        let claim = shown(world, "C1");
        let before = Kept::of(world);
        for path in operations(&claim) {
            let answer = post(&world.client.without_credentials(), &path).expect(401);
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
            post(&world.client.bearing("reprise_0123456789abcdef_x"), &path).expect(401);
            let refused = post(&reader, &path).expect(403).messages();
            let (codes, texts): (Vec<_>, Vec<_>) = refused.into_iter().unzip();
            assert_eq!(codes, NOT_ALLOWED, "{path}");
            let missing = format!("reader does not have the access restriction {RESOLVE}, which this takes");
            assert_eq!(texts[1], missing, "{path}");
            // What is another payer's is not there.
            post(&world.client.as_of("ZENITH"), &path).expect(404);
        }
        // Who may resolve may not look.
        for path in ["/api/claims/C1", "/api/claims/C1/pendhistory"] {
            resolver.get(path).expect(403);
        }
        before.assert_same(world, "what was refused");
        // Who reads sees the same links as who may follow them: they say what state the claim is in, not who asks.
        assert_eq!(reader.get("/api/claims/C1").expect(200).json(), claim);
        for path in operations(&claim).iter().rev() {
            post(&resolver, path).expect(303);
        }
    });
}

#[test]
fn an_operation_says_all_by_its_path() {
    let lines = (0..5).map(|number| pended(&format!("C{number}"), &json!({})));
    on_both(&(reasons() + &lines.collect::<String>()), |world| {
        let before = Kept::of(world);
        for (content_type, body) in [
            (JSON, r#"{"code":"LOUD"}"#),
            (JSON, "null"),
            (XML, "<pendReason/>"),
            ("text/plain", "x"),
        ] {
            for path in operations(&shown(world, "C0")) {
                let answer = world.client.post(&path, content_type, body).expect(400);
                assert!(
                    answer.text.contains("nothing is read of one here; send none"),
                    "{}",
                    answer.text
                );
            }
        }
        before.assert_same(world, "what was refused");
        // Some clients cannot post nothing.
        for (number, path) in operations(&shown(world, "C0")).iter().rev().enumerate() {
            let body = ["{}", " {} \n", ""][number % 3];
            world.client.post(path, JSON, body).expect(303);
        }
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            for path in operations(&shown(world, "C1")) {
                world.client.send(method.clone(), &path, &[], "").expect(405);
            }
        }
    });
}
