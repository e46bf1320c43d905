//! What a pend reason is known by: a number in its claim that is its own as long as it is attached, and never another's.

use axum::http::Method;
use serde_json::{Value, json};

use super::fixture::{attached, number, pend_history, pended, places, post, reasons, shown, unresolved};
use crate::http::client::XML;
use crate::reprocess::world::{World, on_both};

/// Each pend reason as `place:code=number`.
fn numbered(claim: &Value) -> Vec<String> {
    let places = places(claim).into_iter();
    places
        .map(|(level, of, reason)| {
            let place = of.as_str().unwrap_or(level);
            let code = reason["code"].as_str().expect("a code");
            format!("{place}:{code}={}", number(&reason))
        })
        .collect()
}

/// There is no such pend reason, and none to be resolved, whichever way it is asked for.
#[track_caller]
fn check_gone(world: &World, path: &str) {
    let generic = path.replace("/api/", "/api/generic/");
    for path in [path, &generic] {
        world.client.get(path).expect(404);
        world.client.get_xml(path).expect(404);
    }
    let resolve = format!("{path}/resolve");
    post(&world.client, &resolve).expect(404);
    world
        .client
        .send(Method::POST, &resolve, &[("accept", XML)], "")
        .expect(404);
}

#[test]
fn what_is_attached_anew_is_another_one() {
    on_both(&(reasons() + &pended("C1", &json!({}))), |world| {
        let id = shown(world, "C1")["id"].clone();
        let pends = |codes: &[&str]| {
            let pends: Vec<_> = codes.iter().map(|code| json!({ "code": code })).collect();
            json!({ "claimPendReasonList": pends })
        };
        world.reprocess("C1", &pends(&["LOUD", "QUIET"])).expect(200);
        let claim = shown(world, "C1");
        assert_eq!(
            (claim["status"].as_str(), numbered(&claim)),
            (
                Some("CHANGE"),
                vec!["claim:LOUD=9".to_owned(), "claim:QUIET=10".to_owned(),]
            )
        );
        for (resource, numbers) in [("claimpendreasons", 1..=2), ("claimlinependreasons", 5..=8)] {
            for number in numbers {
                check_gone(world, &format!("/api/{resource}/{id}-{number}"));
            }
        }
        assert_eq!(unresolved(&claim), [9, 10], "it is not what was resolved before");
        post(&world.client, "/api/claims/C1/resolveclaimlinepend/LOUD").expect(404);
        post(&world.client, &format!("/api/claimpendreasons/{id}-9/resolve")).expect(303);

        // Once more, and again, whatever was resolved meanwhile.
        world.reprocess("C1", &pends(&["LOUD"])).expect(200);
        assert_eq!(numbered(&shown(world, "C1")), ["claim:LOUD=11"]);
        check_gone(world, &format!("/api/claimpendreasons/{id}-9"));
        world.reprocess("C1", &json!({})).expect(200);
        world
            .client
            .post_json(
                "/api/claims/C1/adjudicated",
                &json!({ "status": "MANUAL BENEFITS", "pendReasons": [{ "code": "LOUD" }] }),
            )
            .expect(200);
        assert_eq!(numbered(&shown(world, "C1")), ["claim:LOUD=12"]);
        check_gone(world, &format!("/api/claimpendreasons/{id}-11"));
        post(&world.client, &format!("/api/claimpendreasons/{id}-12/resolve")).expect(303);

        let rows = pend_history(world, &json!({ "id": id }));
        let numbers: Vec<_> = rows.iter().map(|row| row[3].as_u64().expect("a number")).collect();
        assert_eq!(numbers, [1, 3, 4, 5, 6, 8, 9, 10, 11, 12], "each is told of once");
    });
}

#[test]
fn a_pend_reason_that_is_resolved_stays_what_it_is() {
    on_both(&(reasons() + &pended("C1", &json!({}))), |world| {
        let before = numbered(&shown(world, "C1"));
        for path in ["resolvepend/LOUD", "submit"] {
            post(&world.client, &format!("/api/claims/C1/{path}")).expect(303);
            let claim = shown(world, "C1");
            assert_eq!(numbered(&claim), before);
            for number in [1, 2] {
                let path = format!("/api/claimpendreasons/{}-{number}", claim["id"]);
                assert_eq!(world.client.get(&path).expect(200).json()["resolved"], true);
                // That it is resolved is so wherever the claim is.
                post(&world.client, &format!("{path}/resolve")).expect(303);
            }
        }
        // Reported back to a human with one that it has already, which is not resolved any more, it is attached anew.
        let report = json!({ "status": "CHANGE", "pendReasons": [{ "code": "QUIET" }] });
        world
            .client
            .post_json("/api/claims/C1/adjudicated", &report)
            .expect(200);
        let claim = shown(world, "C1");
        assert_eq!(unresolved(&claim), [9]);
        assert_eq!(places(&claim)[1].2["code"], "QUIET");
        check_gone(world, &format!("/api/claimpendreasons/{}-2", claim["id"]));
    });
}

#[test]
fn a_claim_that_is_imported_again_keeps_the_numbers_of_what_stays() {
    on_both(&(reasons() + &pended("C1", &json!({}))), |world| {
        let id = shown(world, "C1")["id"].clone();
        post(&world.client, &format!("/api/claimlinependreasons/{id}-5/resolve")).expect(303);
        // What an import says is so, also of what was resolved.
        world.import(&pended("C1", &json!({})));
        assert_eq!(unresolved(&shown(world, "C1")), [1, 3, 4, 5, 6, 8]);
        let changes = json!({
            "pendReasons": attached(&["LOUDER", "QUIET!", "LOUD"]),
            "bills": [{ "code": "B2", "pendReasons": attached(&["LOUD"]) }],
            "lines": [
                { "code": "L2", "pendReasons": attached(&["LOUD"]) },
                { "code": "L1", "pendReasons": attached(&["QUIET", "LOUDER"]) },
            ],
        });
        world.import(&pended("C1", &changes));
        let claim = shown(world, "C1");
        assert_eq!(claim["id"], id);
        assert_eq!(
            numbered(&claim),
            [
                "claim:LOUDER=9",
                "claim:QUIET=2",
                "claim:LOUD=1",
                "B2:LOUD=10",
                "L2:LOUD=8",
                "L1:QUIET=6",
                "L1:LOUDER=11"
            ]
        );
        check_gone(world, &format!("/api/claimlinependreasons/{id}-5"));
        check_gone(world, &format!("/api/claimlinependreasons/{id}-7"));
        for path in [
            "claimlinependreasons/{id}-8",
            "claimpendreasons/{id}-9",
            "claimlinependreasons/{id}-11",
        ] {
            let path = path.replace("{id}", &id.to_string());
            post(&world.client, &format!("/api/{path}/resolve")).expect(303);
        }
        assert_eq!(unresolved(&shown(world, "C1")), [1, 10, 6]);

        // What an import has taken off was not resolved by anybody, and comes back as another one.
        world.import(&pended("C1", &json!({})));
        assert_eq!(
            numbered(&shown(world, "C1")),
            [
                "claim:LOUD=1",
                "claim:QUIET=2",
                "B1:LOUD=12",
                "B1:QUIET=13",
                "L1:LOUD=14",
                "L1:QUIET=6",
                "L2:QUIET=15",
                "L2:LOUD=8"
            ]
        );
        let rows = pend_history(world, &json!({ "id": id }));
        let numbers: Vec<_> = rows.iter().map(|row| row[3].as_u64().expect("a number")).collect();
        assert_eq!(numbers, [5, 8, 9, 11]);
    });
}
