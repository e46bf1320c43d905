//! What is for whoever runs the server, and the document of it all.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::{Value, json};

use super::Client;
use crate::support::{Place, SAMPLE};

#[test]
fn health_is_plain() {
    let (client, _place) = Client::on("");
    assert_eq!(client.get("/healthz").expect(200).text, "ok\n");
}

#[test]
fn readiness_says_what_is_loaded_and_what_decides() {
    let place = Place::with(SAMPLE);
    let host = place.open_host(None);
    let client = Client::of_host(host.clone());
    let before = client.get("/readyz").expect(503).json();
    assert_eq!(before["ready"], false);
    host.load(|_, _| ()).expect("a loaded index");
    let after = client.get("/readyz").expect(200).json();
    let rules = host.default_rules();
    let shown = |place: usize| json!({ "name": rules[place].name, "version": rules[place].version, "digest": rules[place].digest });
    assert_eq!(rules[0].name, "default-criteria");
    assert_eq!(
        after,
        json!({ "ready": true, "criteriaComponent": shown(0), "claimStatusComponent": shown(1) })
    );
}

#[test]
fn metrics_that_nobody_collects_are_not_there() {
    let (client, _place) = Client::on("");
    client.of_platform("monitor").get("/metrics").expect(404);
}

/// The operations of the document: method and path.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let mut all = Vec::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            all.push((method.to_ascii_uppercase(), path.clone(), operation));
        }
    }
    all
}

#[test]
fn the_document_lists_the_routes() {
    let (client, _place) = Client::on(SAMPLE);
    let document = client.get("/api/openapi.json").expect(200).json();
    let listed: BTreeSet<_> = operations(&document)
        .iter()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    let expected = [
        "DELETE /api/roles/{role}",
        "DELETE /api/tokens/{token}",
        "DELETE /api/v1/claims/{ClaimNum}",
        "DELETE /api/v1/rules/keys/{key}",
        "DELETE /api/v1/webhooks/{code}",
        "GET /api/activities",
        "GET /api/activities/{id}",
        "GET /api/activities/{id}/messages",
        "GET /api/audit",
        "GET /api/audit/export",
        "GET /api/claimlinependreasons/{id}",
        "GET /api/claimpendreasons/{id}",
        "GET /api/claims",
        "GET /api/claims/{claim}",
        "GET /api/claims/{claim}/history",
        "GET /api/claims/{claim}/pendhistory",
        "GET /api/claims/{claim}/status",
        "GET /api/datafilesets/{set}",
        "GET /api/datafilesets/{set}/datafile/{file}/data",
        "GET /api/generic/claimlinependreasons/{id}",
        "GET /api/generic/claimpendreasons/{id}",
        "GET /api/generic/claims/{claim}",
        "GET /api/openapi.json",
        "GET /api/payers",
        "GET /api/principals",
        "GET /api/principals/self",
        "GET /api/principals/{principal}",
        "GET /api/principals/{principal}/tokens",
        "GET /api/roles",
        "GET /api/v1/claims",
        "GET /api/v1/claims/{ClaimNum}",
        "GET /api/v1/events",
        "GET /api/v1/insplans/{PlanNum}",
        "GET /api/v1/inssubs/{InsSubNum}",
        "GET /api/v1/patients/{PatNum}",
        "GET /api/v1/patplans",
        "GET /api/v1/procedurelogs",
        "GET /api/v1/procedurelogs/{ProcNum}",
        "GET /api/v1/rules/activations",
        "GET /api/v1/rules/components",
        "GET /api/v1/rules/components/{component}",
        "GET /api/v1/rules/generations",
        "GET /api/v1/rules/keys",
        "GET /api/v1/rules/policy",
        "GET /api/v1/webhooks",
        "GET /api/v1/webhooks/{code}",
        "GET /api/v1/webhooks/{code}/deadletters",
        "GET /healthz",
        "GET /metrics",
        "GET /readyz",
        "HEAD /api/datafilesets/{set}/datafile/{file}/data",
        "POST /api/activities",
        "POST /api/activities/start",
        "POST /api/activities/{id}/cancel",
        "POST /api/activities/{id}/notification/retry",
        "POST /api/activities/{id}/recover",
        "POST /api/activities/{id}/start",
        "POST /api/claimlinependreasons/{id}/resolve",
        "POST /api/claimpendreasons/{id}/resolve",
        "POST /api/claims/{claim}/adjudicated",
        "POST /api/claims/{claim}/resolveclaimlinepend/{pendReason}",
        "POST /api/claims/{claim}/resolvepend/{pendReason}",
        "POST /api/claims/{claim}/submit",
        "POST /api/claimsreprocess",
        "POST /api/claimsreprocesscount",
        "POST /api/claimsreprocesscriteria",
        "POST /api/claimsreprocesscriteria/explain",
        "POST /api/datafilesets",
        "POST /api/datafilesets/{set}/datafile/{file}/data",
        "POST /api/payers",
        "POST /api/principals",
        "POST /api/principals/{principal}/tokens",
        "POST /api/v1/claims",
        "POST /api/v1/claims/validate",
        "POST /api/v1/rules/activate",
        "POST /api/v1/rules/components",
        "POST /api/v1/rules/components/check",
        "POST /api/v1/rules/components/{component}/reinstate",
        "POST /api/v1/rules/deactivate",
        "POST /api/v1/rules/keys",
        "POST /api/v1/rules/rollback",
        "POST /api/v1/webhooks",
        "POST /api/v1/webhooks/{code}/deadletters/resend",
        "POST /api/v1/webhooks/{code}/deadletters/{position}/resend",
        "POST /api/v1/webhooks/{code}/pause",
        "POST /api/v1/webhooks/{code}/replay",
        "POST /api/v1/webhooks/{code}/resume",
        "PUT /api/principals/{principal}",
        "PUT /api/roles/{role}",
        "PUT /api/v1/claims/{ClaimNum}",
        "PUT /api/v1/claims/{ClaimNum}/Status",
        "PUT /api/v1/rules/components/{component}/signatures",
        "PUT /api/v1/rules/policy",
    ];
    assert_eq!(
        listed,
        expected.iter().map(|operation| (*operation).to_owned()).collect()
    );
}

#[test]
fn every_documented_route_is_served_and_says_what_it_answers() {
    let (client, _place) = Client::on(SAMPLE);
    let document = client.get("/api/openapi.json").expect(200).json();
    assert!(
        document["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3."))
    );
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let responses = operation["responses"].as_object().expect("responses");
        assert!(!responses.is_empty(), "{method} {path}");
        for (status, response) in responses {
            assert!(
                response["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{method} {path} {status}"
            );
        }
        assert!(
            operation["summary"].as_str().is_some_and(|text| !text.is_empty()),
            "{method} {path}"
        );
        assert!(
            ids.insert(operation["operationId"].to_string()),
            "{method} {path} shares its id with another"
        );
        // Every parameter in the path is described.
        for parameter in path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        {
            let parameters = operation["parameters"].as_array().expect("parameters");
            assert!(
                parameters
                    .iter()
                    .any(|given| given["name"] == parameter && given["in"] == "path"),
                "{method} {path}: {parameter}"
            );
        }
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let answer = client.send(method, &path.replace(['{', '}'], ""), &[], "");
        let no_route = answer.text.contains("There is no resource at") || answer.status == 405;
        assert!(!no_route, "{path} is documented, and not served");
    }
}
