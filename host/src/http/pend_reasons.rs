//! `/api/claimpendreasons` and `/api/claimlinependreasons`: pend reasons as attached to a claim or a line of it, one by one.

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Caller, Named, show as show_resource};
use crate::http::links::{generic_claim_path, generic_pend_reason_path, get_link, pend_operation_link};
use crate::http::pends::pend_reason_id;
use crate::pends::{AttachedTo, ShownPendReason};

/// A pend reason that is attached to a claim's header.
#[utoipa::path(
    get,
    path = "/api/generic/claimpendreasons/{id}",
    operation_id = "show_generic_claim_pend_reason",
    tag = "claims",
    security(("token" = ["claims.read IP"])),
    params(
        ("id" = String, Path, description = "What the claim shows with the attached pend reason, such as 4711-3"),
    ),
    responses(
        (
            status = 200,
            description = "The pend reason, with a link to resolve it while that can succeed",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such pend reason on a claim's header, or none any more"),
        (status = 500, description = "Reprise failed"),
        (status = 503, description = "The database is busy"),
        (status = 504, description = "It took too long"),
    )
)]
pub(crate) async fn show_generic_of_claim(
    state: State<Api>,
    caller: Caller,
    id: Named<String>,
) -> Result<Response, ApiError> {
    show(state, caller, id, AttachedTo::Claim).await
}

/// The same under a shorter path.
#[utoipa::path(
    get,
    path = "/api/claimpendreasons/{id}",
    operation_id = "show_claim_pend_reason",
    tag = "claims",
    security(("token" = ["claims.read IP"])),
    params(
        ("id" = String, Path, description = "What the claim shows with the attached pend reason, such as 4711-3"),
    ),
    responses(
        (
            status = 200,
            description = "The pend reason, with a link to resolve it while that can succeed",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such pend reason on a claim's header, or none any more"),
        (status = 500, description = "Reprise failed"),
        (status = 503, description = "The database is busy"),
        (status = 504, description = "It took too long"),
    )
)]
pub(crate) async fn show_of_claim(state: State<Api>, caller: Caller, id: Named<String>) -> Result<Response, ApiError> {
    show(state, caller, id, AttachedTo::Claim).await
}

/// A pend reason that is attached to a line of a claim.
#[utoipa::path(
    get,
    path = "/api/generic/claimlinependreasons/{id}",
    operation_id = "show_generic_claim_line_pend_reason",
    tag = "claims",
    security(("token" = ["claims.read IP"])),
    params(
        ("id" = String, Path, description = "What the claim shows with the attached pend reason, such as 4711-3"),
    ),
    responses(
        (
            status = 200,
            description = "The pend reason, with a link to resolve it while that can succeed",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such pend reason on a line, or none any more"),
        (status = 500, description = "Reprise failed"),
        (status = 503, description = "The database is busy"),
        (status = 504, description = "It took too long"),
    )
)]
pub(crate) async fn show_generic_of_line(
    state: State<Api>,
    caller: Caller,
    id: Named<String>,
) -> Result<Response, ApiError> {
    show(state, caller, id, AttachedTo::Line).await
}

/// The same under a shorter path.
#[utoipa::path(
    get,
    path = "/api/claimlinependreasons/{id}",
    operation_id = "show_claim_line_pend_reason",
    tag = "claims",
    security(("token" = ["claims.read IP"])),
    params(
        ("id" = String, Path, description = "What the claim shows with the attached pend reason, such as 4711-3"),
    ),
    responses(
        (
            status = 200,
            description = "The pend reason, with a link to resolve it while that can succeed",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such pend reason on a line, or none any more"),
        (status = 500, description = "Reprise failed"),
        (status = 503, description = "The database is busy"),
        (status = 504, description = "It took too long"),
    )
)]
pub(crate) async fn show_of_line(state: State<Api>, caller: Caller, id: Named<String>) -> Result<Response, ApiError> {
    show(state, caller, id, AttachedTo::Line).await
}

async fn show(
    State(api): State<Api>,
    caller: Caller,
    Named(id): Named<String>,
    to: AttachedTo,
) -> Result<Response, ApiError> {
    let shown = api
        .ask(&caller, move |host, payer| {
            host.attached_pend_reason(payer, to, pend_reason_id(to, &id)?)
        })
        .await?;
    let name = match to {
        AttachedTo::Claim => "claimPendReason",
        AttachedTo::Line => "claimLinePendReason",
    };
    Ok(show_resource(&caller, name, resource(&shown)))
}

fn resource(shown: &ShownPendReason) -> Value {
    let definition = shown.definition.as_ref();
    let mut links = vec![
        get_link("self", generic_pend_reason_path(shown.to, shown.id)),
        get_link("claim", generic_claim_path(shown.id.claim)),
    ];
    if shown.can_be_resolved {
        links.push(pend_operation_link(shown.id.claim, &shown.to.resolve(shown.id.number)));
    }
    json!({
        "id": shown.id.to_string(),
        "code": shown.attached.code,
        "description": definition.and_then(|definition| definition.description.as_deref()),
        "priority": definition.and_then(|definition| definition.priority),
        "externalCode": definition.and_then(|definition| definition.external_code.as_deref()),
        "publishMessage": definition.is_some_and(|definition| definition.publish_message),
        "accessRestriction": definition.and_then(|definition| definition.access_restriction.as_deref()),
        "resolved": shown.attached.resolved,
        "claim": shown.id.claim,
        "claimCode": shown.claim,
        "line": shown.line,
        "links": links,
    })
}
