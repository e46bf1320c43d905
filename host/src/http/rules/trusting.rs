//! `/api/v1/rules/keys` and `/policy`: whose signatures count, and what is asked of components.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use reprise_model::{Day, MessageKey};
use reprise_request::{read_rules_policy_request, read_trusted_key_request};
use serde_json::json;

use super::resources;
use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Body, Caller, Named, show as show_resource, show_as};
use crate::{HostError, PolicyChange, TrustRequest};

/// How many milliseconds a day has.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The keys that the payer trusts, or the platform, those that have expired or were revoked included.
#[utoipa::path(
    get,
    path = "/api/v1/rules/keys",
    operation_id = "list_rule_keys",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    responses(
        (status = 200, description = "The keys", content((String = "application/xml"), (Object = "application/json"))),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn list_keys(State(api): State<Api>, caller: Caller) -> Result<Response, ApiError> {
    let keys = api.manage_rules(&caller, |rules| rules.trusted_keys()).await?;
    let shown: Vec<_> = keys.iter().map(resources::key).collect();
    Ok(show_resource(&caller, "keys", json!({ "keys": shown })))
}

/// Have a key's signatures count. One that is there stays as it is, revoked or not.
#[utoipa::path(
    post,
    path = "/api/v1/rules/keys",
    operation_id = "trust_rule_key",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "It was there already", content((String = "application/xml"), (Object = "application/json"))),
        (status = 201, description = "It is trusted", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn trust_key(State(api): State<Api>, body: Body) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let (key, is_new) = api
        .manage_rules(&caller, move |rules| {
            let asked = read_trusted_key_request(&body.document()?).map_err(HostError::Refused)?;
            let public_key = asked.public_key.parse();
            let public_key = public_key
                .map_err(|reason: String| HostError::refused(MessageKey::BadValue, ["`publicKey`", &reason]))?;
            rules.trust_key(&TrustRequest {
                public_key,
                comment: asked.comment,
                expires_at_ms: asked.expires.map(end_of_day_ms),
            })
        })
        .await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(show_as(status, &caller, "key", resources::key(&key)))
}

/// When a day ends, in UTC, in milliseconds since 1970-01-01T00:00:00Z.
fn end_of_day_ms(day: Day) -> i64 {
    (i64::from(day.number()) + 1) * DAY_MS
}

/// Have a key's signatures not count from now on.
#[utoipa::path(
    delete,
    path = "/api/v1/rules/keys/{key}",
    operation_id = "revoke_rule_key",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    params(
        ("key" = String, Path, description = "The key's id"),
    ),
    responses(
        (status = 200, description = "The key, revoked", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such key"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn revoke_key(
    State(api): State<Api>,
    caller: Caller,
    Named(key): Named<String>,
) -> Result<Response, ApiError> {
    let key = api.manage_rules(&caller, move |rules| rules.revoke_key(&key)).await?;
    Ok(show_resource(&caller, "key", resources::key(&key)))
}

/// What is asked of components, and what is done about one that is quarantined.
#[utoipa::path(
    get,
    path = "/api/v1/rules/policy",
    operation_id = "show_rules_policy",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    responses(
        (status = 200, description = "The policy", content((String = "application/xml"), (Object = "application/json"))),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn show_policy(State(api): State<Api>, caller: Caller) -> Result<Response, ApiError> {
    let policy = api.manage_rules(&caller, |rules| rules.policy()).await?;
    Ok(show_resource(&caller, "rulesPolicy", resources::policy(policy)))
}

/// Change what is asked of components. What is not given stays as it is.
#[utoipa::path(
    put,
    path = "/api/v1/rules/policy",
    operation_id = "change_rules_policy",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "The policy as it is now", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn change_policy(State(api): State<Api>, body: Body) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let policy = api
        .manage_rules(&caller, move |rules| {
            let asked = read_rules_policy_request(&body.document()?).map_err(HostError::Refused)?;
            rules.change_policy(PolicyChange {
                require_signature: asked.require_signature,
                return_after_quarantine: asked.return_after_quarantine,
            })
        })
        .await?;
    Ok(show_resource(&caller, "rulesPolicy", resources::policy(policy)))
}
