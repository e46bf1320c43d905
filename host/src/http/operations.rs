//! `/healthz`, `/readyz`, `/metrics` and the OpenAPI document: for whoever runs the server.

use std::sync::LazyLock;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::http::Api;

/// The OpenAPI document of this API.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    tag = "operations",
    security(()),
    responses((status = 200, description = "The document", body = Object))
)]
pub(crate) async fn openapi() -> Response {
    // Made once: it is open to everybody, and takes longer to make than to send.
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| serde_json::to_string(&super::document()).unwrap_or_default());
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}

/// Whether the process is alive.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operations",
    security(()),
    responses((status = 200, description = "It is", content((String = "text/plain"))))
)]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether the line index is loaded, so that requests can be decided. It is open to everybody, so it says nothing of how
/// much there is.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operations",
    security(()),
    responses(
        (status = 200, description = "It is", body = Object),
        (status = 503, description = "Not yet", body = Object),
    )
)]
pub(crate) async fn readyz(State(api): State<Api>) -> (StatusCode, Json<Value>) {
    let readiness = api.host.readiness();
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let mut body = json!({
        "ready": readiness.ready,
    });
    let host = api.host.clone();
    // It may read the database; that it cannot now is no reason not to say whether the index is there.
    let rules = tokio::task::spawn_blocking(move || host.default_rules());
    for rules in rules.await.unwrap_or_default() {
        let member = if rules.is_criteria() {
            "criteriaComponent"
        } else {
            "claimStatusComponent"
        };
        body[member] = json!({ "name": rules.name, "version": rules.version, "digest": rules.digest });
        if let Some(generation) = rules.generation {
            body[member]["generation"] = generation.into();
        }
        if let Some(trouble) = rules.trouble {
            body[member]["trouble"] = trouble.into();
        }
    }
    (status, Json(body))
}

/// What is measured, in the format of Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    security(("token" = ["metrics.read IP"])),
    responses(
        (status = 200, description = "The metrics", content((String = "text/plain"))),
        (status = 404, description = "Nothing collects them"),
    )
)]
pub(crate) async fn metrics(State(api): State<Api>) -> Response {
    let Some(handle) = &api.metrics else {
        return (StatusCode::NOT_FOUND, "no metrics are collected here\n").into_response();
    };
    let readiness = api.host.readiness();
    let bytes = api
        .host
        .index_memory()
        .iter()
        .map(|(_, memory)| memory.total_bytes() as u64)
        .sum();
    for (digest, bytes) in api.host.rules_memory() {
        crate::metrics::rules_loaded(&digest, bytes);
    }
    let host = api.host.clone();
    // What cannot be measured now is shown as it was measured last.
    match tokio::task::spawn_blocking(move || host.measure_webhooks()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "how far webhooks are behind cannot be measured"),
        Err(error) => tracing::warn!(%error, "how far webhooks are behind cannot be measured"),
    }
    crate::metrics::index_size(readiness.claims, readiness.lines, bytes);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
}
