//! `/api/claims`: claims as they stand.

use axum::extract::State;
use axum::response::Response;
use reprise_model::{Claim, Message, MessageKey};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::HostError;
use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Asked, Caller, Named, show as show_resource};

/// A claim, by id, or by code where the path is not a decimal number.
#[utoipa::path(
    get,
    path = "/api/claims/{claim}",
    operation_id = "show_claim",
    tag = "claims",
    security(("token" = ["claims.read IP"])),
    params(
        ("claim" = String, Path, description = "The claim's id or code"),
    ),
    responses(
        (status = 200, description = "The claim", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such claim"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Named(claim): Named<String>,
) -> Result<Response, ApiError> {
    let claim = api
        .ask(&caller, move |host, payer| resource(&host.claim(payer, &claim)?))
        .await?;
    Ok(show_resource(&caller, "claim", claim))
}

/// The same claim under the path of generic resources.
#[utoipa::path(
    get,
    path = "/api/generic/claims/{claim}",
    operation_id = "show_generic_claim",
    tag = "claims",
    security(("token" = ["claims.read IP"])),
    params(
        ("claim" = String, Path, description = "The claim's id or code"),
    ),
    responses(
        (status = 200, description = "The claim", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such claim"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn show_generic(api: State<Api>, caller: Caller, claim: Named<String>) -> Result<Response, ApiError> {
    show(api, caller, claim).await
}

/// Which claims are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimsQuery {
    code: Option<String>,
}

/// The claim with a code, whatever the code looks like: a list of one or none.
#[utoipa::path(
    get,
    path = "/api/claims",
    operation_id = "claims_with_code",
    tag = "claims",
    security(("token" = ["claims.read IP"])),
    params(
        ("code" = String, Query, description = "The claim's code"),
    ),
    responses(
        (status = 200, description = "The claims", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "No code is given"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn by_code(
    State(api): State<Api>,
    caller: Caller,
    Asked(query): Asked<ClaimsQuery>,
) -> Result<Response, ApiError> {
    let code = query.code.ok_or_else(|| {
        let message = Message::new(MessageKey::MissingMember, ["query parameter code"]);
        ApiError::refused(vec![message], &caller)
    })?;
    let claims = api
        .ask(&caller, move |host, payer| {
            host.claim_with_code(payer, &code)?
                .iter()
                .map(resource)
                .collect::<Result<Vec<_>, _>>()
        })
        .await?;
    Ok(show_resource(&caller, "claims", json!({ "claims": claims })))
}

/// A claim as it is exported, with links to what can be asked next.
fn resource(claim: &Claim) -> Result<Value, HostError> {
    let mut value = serde_json::to_value(claim).map_err(|error| HostError::Technical(error.to_string()))?;
    if let (Some(members), Some(id)) = (value.as_object_mut(), claim.id) {
        members.remove("kind");
        let link = json!({ "href": format!("/api/generic/claims/{id}"), "rel": "self", "httpMethod": "GET" });
        members.insert("links".to_owned(), json!([link]));
    }
    Ok(value)
}
