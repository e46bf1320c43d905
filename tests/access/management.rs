//! How access is managed: what a role grants counts with the next request, each payer manages its own, the platform all.

use axum::http::Method;
use serde_json::{Value, json};

use crate::http::client::{Answer, Client, JSON, XML};
use crate::http::who::token;
use crate::reprocess::world::{World, on_both};
use crate::support::{SAMPLE, claim_line};

const COUNT: &str = "/api/claimsreprocesscount";

/// The sample's payer, and another.
fn lines() -> String {
    format!("{SAMPLE}{}", claim_line("Z1", &json!({ "payer": "ZENITH" })))
}

fn put(client: &Client, path: &str, body: &Value) -> Answer {
    client.send(Method::PUT, path, &[("content-type", JSON)], body.to_string())
}

fn delete(client: &Client, path: &str) -> Answer {
    client.send(Method::DELETE, path, &[], "")
}

/// A principal of ACME with these roles: where it is, and a caller that it is.
fn principal(world: &World, name: &str, roles: &[&str]) -> (String, Client) {
    let created = world
        .client
        .post_json("/api/principals", &json!({ "name": name, "roles": roles }))
        .expect(201);
    let path = created.header("location").to_owned();
    let token = world
        .client
        .post_json(&format!("{path}/tokens"), &json!({}))
        .expect(201)
        .json();
    (path, world.client.bearing(token["token"].as_str().expect("a token")))
}

/// The names in a list of roles or principals.
fn names(listed: &Answer, list: &str) -> Vec<String> {
    let listed = listed.json();
    let listed = listed[list].as_array().expect("a list").iter();
    listed
        .map(|item| item["name"].as_str().expect("a name").to_owned())
        .collect()
}

#[test]
fn what_a_principal_may_do_changes_with_its_roles_at_once() {
    on_both(&lines(), |world| {
        let all = json!({ "processType": "CLAIM" });
        put(
            &world.client,
            "/api/roles/reader",
            &json!({ "restrictions": ["claims.read IP"] }),
        )
        .expect(200);
        let (path, jane) = principal(world, "jane", &["reader"]);
        let own = jane.get("/api/principals/self").expect(200).json();
        assert_eq!(
            [&own["name"], &own["payer"], &own["roles"], &own["restrictions"]],
            [
                &json!("jane"),
                &json!("ACME"),
                &json!(["reader"]),
                &json!(["claims.read IP"])
            ]
        );
        jane.get("/api/claims/C001").expect(200);
        let refused = jane.post_json(COUNT, &all).expect(403);
        assert!(
            refused.messages()[0].1.contains("claims.reprocesscount IP"),
            "{}",
            refused.text
        );
        jane.get("/api/principals").expect(403);

        put(
            &world.client,
            "/api/roles/reader",
            &json!({ "restrictions": ["claims.reprocesscount IP"] }),
        )
        .expect(200);
        jane.post_json(COUNT, &all).expect(200);
        jane.get("/api/claims/C001").expect(403);
        let changed = put(&world.client, &path, &json!({ "roles": ["operator"] }))
            .expect(200)
            .json();
        assert_eq!(changed["roles"], json!(["operator"]));
        jane.get("/api/claims/C001").expect(200);
        put(&world.client, &path, &json!({ "roles": [] })).expect(200);
        jane.post_json(COUNT, &all).expect(403);
        jane.get("/api/principals/self").expect(200);

        put(&world.client, &path, &json!({ "disabled": true })).expect(200);
        jane.get("/api/principals/self").expect(401);
        put(
            &world.client,
            &path,
            &json!({ "disabled": false, "roles": ["administrator"] }),
        )
        .expect(200);
        jane.get("/api/principals").expect(200);
    });
}

#[test]
fn what_cannot_be_asked_for_about_access_is_refused() {
    on_both(&lines(), |world| {
        let client = &world.client;
        let (path, _) = principal(world, "jane", &["operator"]);
        let known = "those are administrator, operator, integrator, rule-author";
        for (body, status, words) in [
            (json!({ "name": "john", "roles": ["king"] }), 400, known),
            (json!({ "name": "john", "roles": ["monitor"] }), 400, known),
            (json!({ "roles": [] }), 400, "`name` is missing"),
            (json!({ "name": "john", "disabled": true }), 400, "disable it later"),
            (
                json!({ "name": "john", "payer": "ZENITH" }),
                400,
                "`payer` is not known here",
            ),
            (
                json!({ "name": "jane", "roles": [] }),
                409,
                "Principal jane is there already",
            ),
        ] {
            let answer = client.post_json("/api/principals", &body).expect(status);
            assert!(answer.text.contains(words), "{body}: {}", answer.text);
        }
        for (body, words) in [
            (json!({}), "nothing is to be changed"),
            (json!({ "name": "john" }), "it stays as it is"),
            (json!({ "roles": ["king"] }), known),
        ] {
            let answer = put(client, &path, &body).expect(400);
            assert!(answer.text.contains(words), "{body}: {}", answer.text);
        }
        let grant = |restriction: &str| json!({ "restrictions": [restriction] });
        for (role, body, status, words) in [
            ("administrator", grant("MEDICAL"), 409, "is built in"),
            ("monitor", grant("MEDICAL"), 409, "is built in"),
            ("reader", grant("claims.reed IP"), 400, "is of no integration point"),
            (
                "reader",
                grant("metrics.read IP"),
                400,
                "no role of a payer can grant it",
            ),
            ("reader", json!({}), 400, "is missing"),
        ] {
            let answer = put(client, &format!("/api/roles/{role}"), &body).expect(status);
            assert!(answer.text.contains(words), "{role} {body}: {}", answer.text);
        }
        delete(client, "/api/roles/administrator").expect(404);
        delete(client, "/api/roles/reader").expect(404);

        put(client, "/api/roles/reader", &grant("claims.read IP")).expect(200);
        put(client, &path, &json!({ "roles": ["reader"] })).expect(200);
        let used = delete(client, "/api/roles/reader").expect(409);
        assert!(used.text.contains("principal jane has role reader"), "{}", used.text);
        put(client, &path, &json!({ "roles": [] })).expect(200);
        delete(client, "/api/roles/reader").expect(204);
        let john = "<principal name=\"john\"><roles><role value=\"operator\"/></roles></principal>";
        let john = client.post("/api/principals", XML, john).expect(201);
        assert!(
            john.text.starts_with("<principal id=\"") && john.text.contains(" name=\"john\""),
            "{}",
            john.text
        );
        let xml = client.get_xml("/api/roles").expect(200).text;
        assert!(xml.contains("name=\"administrator\" builtIn=\"true\""), "{xml}");
    });
}

#[test]
fn a_payers_administrator_manages_its_own_payer_and_no_other() {
    on_both(&lines(), |world| {
        let (path, _) = principal(world, "jane", &["operator"]);
        put(
            &world.client,
            "/api/roles/reader",
            &json!({ "restrictions": ["claims.read IP"] }),
        )
        .expect(200);
        let tokens = world.client.get(&format!("{path}/tokens")).expect(200).json();
        let token = tokens["tokens"][0]["id"].as_str().expect("an id").to_owned();
        let zenith = world.client.as_of("ZENITH");
        for query in ["", "?payer=ACME"] {
            for answer in [
                zenith.get(&format!("{path}{query}")),
                zenith.get(&format!("{path}/tokens{query}")),
                zenith.post_json(&format!("{path}/tokens{query}"), &json!({})),
                put(&zenith, &format!("{path}{query}"), &json!({ "disabled": true })),
                delete(&zenith, &format!("/api/tokens/{token}{query}")),
                delete(&zenith, &format!("/api/roles/reader{query}")),
            ] {
                assert_eq!(answer.status, 404, "{query}: {}", answer.text);
            }
        }
        for answer in [
            zenith.get("/api/principals?payer=ACME"),
            zenith.get("/api/roles?payer=ACME"),
            zenith.get("/api/principals?payer=NOBODY"),
            zenith.post_json("/api/principals?payer=ACME", &json!({ "name": "spy" })),
            put(&zenith, "/api/roles/reader?payer=ACME", &json!({ "restrictions": [] })),
        ] {
            assert_eq!(answer.status, 404, "{}", answer.text);
        }
        zenith.post_json("/api/payers", &json!({ "code": "NOVA" })).expect(403);
        assert!(!names(&zenith.get("/api/roles"), "roles").contains(&"reader".to_owned()));
        // The same names are free for it.
        put(&zenith, "/api/roles/reader", &json!({ "restrictions": ["MEDICAL"] })).expect(200);
        zenith
            .post_json("/api/principals", &json!({ "name": "jane" }))
            .expect(201);
        let own = world.client.get("/api/principals?payer=ACME").expect(200);
        assert!(names(&own, "principals").contains(&"jane".to_owned()));
        let shown = world.client.get(&path).expect(200).json();
        assert_eq!(
            [&shown["roles"], &shown["disabled"]],
            [&json!(["operator"]), &Value::Null]
        );
        world.client.get(&format!("{path}/tokens")).expect(200);
    });
}

#[test]
fn an_administrator_of_the_platform_manages_every_payer_and_reads_no_claims() {
    on_both(&lines(), |world| {
        let platform = world.client.of_platform("platform-administrator");
        for path in [
            "/api/claims/C001",
            "/api/claims?code=C001",
            "/api/activities",
            "/api/v1/events",
            "/api/v1/claims",
            "/api/v1/webhooks",
        ] {
            platform.get(path).expect(403);
        }
        platform
            .post_json(COUNT, &json!({ "processType": "CLAIM" }))
            .expect(403);

        platform
            .post_json("/api/payers", &json!({ "code": "NOVA" }))
            .expect(201);
        platform
            .post_json("/api/payers", &json!({ "code": "NOVA" }))
            .expect(200);
        let payers = platform.get("/api/payers").expect(200).json();
        assert_eq!(
            payers["payers"],
            json!([{ "code": "ACME" }, { "code": "NOVA" }, { "code": "ZENITH" }])
        );
        let chief = json!({ "name": "chief", "roles": ["administrator"] });
        let chief = platform.post_json("/api/principals?payer=NOVA", &chief).expect(201);
        let path = chief.header("location").to_owned();
        platform.get(&path).expect(404);
        let token_of = format!("{path}/tokens?payer=NOVA");
        let created = platform.post_json(&token_of, &json!({})).expect(201).json();
        let nova = world.client.bearing(created["token"].as_str().expect("a token"));
        let counted = nova
            .post_json(COUNT, &json!({ "processType": "CLAIM" }))
            .expect(200)
            .json();
        assert_eq!(counted["count"], 0, "it has no claims");
        nova.get("/api/claims/C001").expect(404);
        put(&platform, &format!("{path}?payer=NOVA"), &json!({ "disabled": true })).expect(200);
        nova.get("/api/claims/C001").expect(401);

        let own = platform.get("/api/principals").expect(200);
        assert_eq!(names(&own, "principals"), ["platform-administrator"]);
        assert_eq!(
            names(&platform.get("/api/roles"), "roles"),
            ["platform-administrator", "monitor"]
        );
        let refused = platform.post_json("/api/principals", &json!({ "name": "x", "roles": ["operator"] }));
        let words = "no role for a principal of the platform; those are platform-administrator, monitor";
        assert!(refused.expect(400).text.contains(words));
        put(&platform, "/api/roles/reader", &json!({ "restrictions": [] })).expect(400);
        put(
            &platform,
            "/api/roles/reader?payer=ZENITH",
            &json!({ "restrictions": ["claims.read IP"] }),
        )
        .expect(200);

        let monitor = world.client.of_platform("monitor");
        for path in ["/api/payers", "/api/principals", "/api/audit", "/api/claims/C001"] {
            monitor.get(path).expect(403);
        }
        // A principal of a payer is none of the platform, whatever its roles are called.
        let access = world.host.access("the story");
        let role = reprise_store::Role {
            payer: "ZENITH".to_owned(),
            name: "platform".to_owned(),
            restrictions: ["access.manage IP".to_owned(), "rules.manage IP".to_owned()].into(),
        };
        access.write_role(&role).expect("a role");
        let would_be = world
            .client
            .bearing(&token(&world.host, Some("ZENITH"), "would-be", &["platform"]));
        let payers = would_be.get("/api/payers").expect(200).json();
        assert_eq!(payers["payers"], json!([{ "code": "ZENITH" }]));
        would_be
            .post_json("/api/payers", &json!({ "code": "OTHER" }))
            .expect(403);
        would_be.get("/api/principals?payer=ACME").expect(404);
    });
}
