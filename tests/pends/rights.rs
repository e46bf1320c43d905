//! Who may resolve what: an operation needs the restrictions of all that it would resolve, else it does nothing at all, on
//! no level.

use serde_json::{Value, json};

use super::fixture::{
    Kept, READ, RESOLVE, attached, grant, links, pend_reason, pended, post, principal, shown, unresolved,
};
use crate::http::client::XML;
use crate::http::who::token;
use crate::reprocess::world::{World, on_both};

/// The message of a missing restriction.
const NOT_ALLOWED: &str = "CLA-IP-CLAI-023";
const TEXT: &str = "Unresolved pend reasons exist and you don't have the privileges to resolve them";

/// Pend reasons and the restrictions that they take.
const RESTRICTED: [(&str, &str); 6] = [
    ("MED", "MEDICAL"),
    ("LAW", "LEGAL"),
    ("DENT", "DENTAL"),
    ("DRUG", "PHARMACY"),
    ("ALL", "EVERYWHERE"),
    // One that is named as an integration point is a restriction like any other.
    ("READ", "audit.read IP"),
];

/// What each operation needs beside the right to resolve, of a claim of [`line_of`].
const OPERATIONS: [(&str, &[&str]); 9] = [
    (
        "/api/claims/{id}/submit",
        &["MEDICAL", "LEGAL", "DENTAL", "PHARMACY", "EVERYWHERE", "audit.read IP"],
    ),
    ("/api/claims/{id}/resolvepend/ALL", &["EVERYWHERE"]),
    ("/api/claims/{id}/resolvepend/READ", &["audit.read IP"]),
    ("/api/claims/{id}/resolveclaimlinepend/ALL", &["EVERYWHERE"]),
    ("/api/claims/{id}/resolveclaimlinepend/DENT", &["DENTAL"]),
    ("/api/claims/{id}/resolvepend/FREE", &[]),
    ("/api/claimpendreasons/{id}-1/resolve", &["MEDICAL"]),
    ("/api/claimlinependreasons/{id}-9/resolve", &["PHARMACY"]),
    ("/api/claimlinependreasons/{id}-7/resolve", &["DENTAL"]),
];

fn definitions() -> String {
    let restricted = RESTRICTED.iter();
    let restricted = restricted.map(|(code, restriction)| {
        pend_reason(
            code,
            &json!({ "accessRestriction": restriction, "publishMessage": true }),
        )
    });
    // What is empty is absent.
    restricted.collect::<String>() + &pend_reason("FREE", &json!({ "accessRestriction": "" }))
}

/// A claim with restricted pend reasons on all levels: on the header MED 1, ALL 2, FREE 3, LAW 4, which is resolved; on the
/// bill LAW 5, ALL 6; on the first line DENT 7, FREE 8, on the second DRUG 9, ALL 10, READ 11.
fn line_of(code: &str) -> String {
    let changes = json!({
        "pendReasons": attached(&["MED", "ALL", "FREE", "LAW!"]),
        "bills": [{ "code": "B1", "lines": ["L1"], "pendReasons": attached(&["LAW", "ALL"]) }],
        "lines": [
            { "code": "L1", "pendReasons": attached(&["DENT", "FREE"]) },
            { "code": "L2", "pendReasons": attached(&["DRUG", "ALL", "READ"]) },
        ],
    });
    pended(code, &changes)
}

/// The restrictions of all reasons but this one, and the right to resolve.
fn all_but(missing: Option<&str>) -> Vec<&'static str> {
    let held = RESTRICTED.iter().map(|(_, restriction)| *restriction);
    let held = held.filter(|restriction| Some(*restriction) != missing);
    held.chain([RESOLVE, READ]).collect()
}

/// The refused attempts of this user in the audit log: the operation and the reason that was given.
fn refused(world: &World, user: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let page = world
        .client
        .get(&format!("/api/audit?limit=1000&user={user}"))
        .expect(200)
        .json();
    let entries = page["entries"].as_array().expect("entries").iter();
    let refused = entries.filter(|entry| entry["refused"] == true);
    refused
        .map(|entry| (text(&entry["object"]), text(&entry["details"]["reason"])))
        .collect()
}

#[test]
fn whoever_lacks_one_restriction_of_many_changes_nothing_on_any_level() {
    let mut lines = definitions();
    for missing in 0..RESTRICTED.len() {
        for operation in 0..OPERATIONS.len() {
            lines += &line_of(&format!("C{missing}-{operation}"));
        }
    }
    on_both(&lines, |world| {
        for (number, (_, missing)) in RESTRICTED.iter().enumerate() {
            let name = format!("all-but-{number}");
            let lacking = principal(world, &name, &all_but(Some(missing)));
            let mut attempts = Vec::new();
            for (place, (path, needed)) in OPERATIONS.iter().enumerate() {
                let claim = shown(world, &format!("C{number}-{place}"));
                let path = path.replace("{id}", &claim["id"].to_string());
                if !needed.contains(missing) {
                    post(&lacking, &path).expect(303);
                    continue;
                }
                let before = Kept::of(world);
                let answer = post(&lacking, &path).expect(403);
                assert_eq!(answer.messages(), [(NOT_ALLOWED.to_owned(), TEXT.to_owned())], "{path}");
                let answer = lacking
                    .send(axum::http::Method::POST, &path, &[("accept", XML)], "")
                    .expect(403);
                let text = TEXT.replace('\'', "&apos;");
                let message = format!("<resultMessage code=\"{NOT_ALLOWED}\">{text}</resultMessage>");
                assert!(answer.text.contains(&message), "{}", answer.text);
                before.assert_same(world, &path);
                // The links say what the claim is in a state for, whoever asks.
                assert_eq!(
                    lacking.get(&format!("/api/claims/{}", claim["id"])).expect(200).json(),
                    claim
                );
                attempts.extend([(); 2].map(|()| (format!("POST {path}"), TEXT.to_owned())));
            }
            assert_eq!(refused(world, &name), attempts, "{missing}");

            // As soon as it is granted, it can be done.
            grant(world, &name, &all_but(None));
            for (place, (path, needed)) in OPERATIONS.iter().enumerate() {
                let claim = shown(world, &format!("C{number}-{place}"));
                if needed.contains(missing) {
                    post(&lacking, &path.replace("{id}", &claim["id"].to_string())).expect(303);
                }
            }
            assert_eq!(refused(world, &name).len(), attempts.len());
            let submitted = shown(world, &format!("C{number}-0"));
            assert_eq!(
                (submitted["status"].as_str(), unresolved(&submitted)),
                (Some("INITIAL"), Vec::new())
            );
        }
    });
}

#[test]
fn a_restriction_counts_where_something_is_resolved_that_has_it() {
    let resolved = json!({
        "pendReasons": attached(&["MED!", "FREE"]), "bills": [],
        "lines": [{ "code": "L1", "pendReasons": attached(&["MED!", "DENT!"]) }],
    });
    let lines = [definitions(), pended("RESOLVED", &resolved), line_of("OPEN")];
    let locked = pended(
        "HELD",
        &json!({ "lockedBy": "nightly-run", "pendReasons": attached(&["MED"]) }),
    );
    on_both(&(lines.concat() + &locked), |world| {
        let resolver = principal(world, "resolver", &[RESOLVE, READ]);
        let before = Kept::of(world);
        // It was resolved by somebody who might.
        for path in [
            "resolvepend/MED",
            "resolveclaimlinepend/MED",
            "resolveclaimlinepend/DENT",
        ] {
            post(&resolver, &format!("/api/claims/RESOLVED/{path}")).expect(303);
        }
        // What cannot be done by anybody is told as such.
        post(&resolver, "/api/claims/HELD/resolvepend/MED").expect(409);
        post(&resolver, "/api/claims/HELD/resolvepend/DRUG").expect(404);
        post(&resolver, "/api/claims/OPEN/resolvepend/MED").expect(403);
        before.assert_same(world, "what was refused, or done before");
        post(&resolver, "/api/claims/RESOLVED/submit").expect(303);

        // The reference data of the moment counts.
        let reference = |restriction: Value| {
            world.import(&pend_reason("MED", &json!({ "accessRestriction": restriction })));
        };
        reference(Value::Null);
        let id = shown(world, "OPEN")["id"].clone();
        post(&resolver, &format!("/api/claimpendreasons/{id}-1/resolve")).expect(303);
        grant(world, "resolver", &[RESOLVE, "MEDICAL"]);
        world.import(&line_of("OPEN"));
        reference(json!("SURGICAL"));
        post(&resolver, "/api/claims/OPEN/resolvepend/MED").expect(403);
        grant(world, "resolver", &[RESOLVE, "SURGICAL"]);
        post(&resolver, "/api/claims/OPEN/resolvepend/MED").expect(303);
        // Without the right to resolve the others are worth nothing.
        grant(world, "resolver", &["SURGICAL", "EVERYWHERE"]);
        let answer = post(&resolver, "/api/claims/OPEN/resolvepend/ALL").expect(403);
        let codes: Vec<_> = answer.messages().into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [NOT_ALLOWED, "REPRISE-ACCESS-002"]);
    });
}

#[test]
fn an_administrator_holds_every_restriction_and_an_integrator_none() {
    on_both(&(definitions() + &line_of("C1") + &line_of("C2")), |world| {
        let integrator = token(&world.host, Some("ACME"), "integrator", &["integrator"]);
        let integrator = world.client.bearing(&integrator);
        for (path, needed) in OPERATIONS {
            let path = path.replace("{id}", &shown(world, "C1")["id"].to_string());
            post(&integrator, &path).expect(if needed.is_empty() { 303 } else { 403 });
        }
        for (relation, path) in links(&shown(world, "C1")) {
            if relation.starts_with("claim:resolve") {
                post(&world.client, &path).expect(303);
            }
        }
        post(&world.client, "/api/claims/C1/submit").expect(303);
        post(&world.client, "/api/claims/C2/submit").expect(303);
    });
}
