//! `/api/claims/{claim}/submit`, `resolvepend`, `resolveclaimlinepend`, the same for one attached pend reason, and what was
//! resolved so far.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Asked, Caller, Limit, Named, Order, located, show as show_resource};
use crate::http::idempotency::replayed;
use crate::http::links::{generic_claim_path, generic_pend_reason_path};
use crate::pends::AttachedTo;
use crate::time::time_text;
use crate::{HostError, PendHistoryRow, PendOperation, PendReasonId};

/// Submit a claim: resolve every pend reason of it, on every level, and send it on.
///
/// It is in status INITIAL then, with `preprocessingDone` and `pricingDone` as they are.
#[utoipa::path(
    post,
    path = "/api/claims/{claim}/submit",
    operation_id = "submit_claim",
    tag = "claims",
    security(("token" = ["claims.resolvepend IP"])),
    params(
        ("claim" = String, Path, description = "The claim's id or code"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is done once"),
    ),
    responses(
        (status = 303, description = "It is done; `Location` is the claim", headers(("Location" = String))),
        (status = 400, description = "The path cannot be read, or there is a body"),
        (status = 401, description = "There are no good credentials"),
        (status = 403, description = "A right is missing, such as the restriction of a pend reason; nothing was changed"),
        (status = 404, description = "There is no such claim"),
        (status = 409, description = "The claim is in another status, settled, locked, or not sent yet"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 429, description = "There were too many requests"),
        (status = 500, description = "Reprise failed; nothing was changed"),
        (status = 503, description = "The database is busy"),
        (status = 504, description = "It took too long"),
    )
)]
pub(crate) async fn submit(
    State(api): State<Api>,
    Named(claim): Named<String>,
    order: Order,
) -> Result<Response, ApiError> {
    resolve_on_claim(api, claim, order, PendOperation::Submit).await
}

/// Resolve a pend reason on a claim's header and on all its lines.
#[utoipa::path(
    post,
    path = "/api/claims/{claim}/resolvepend/{pendReason}",
    operation_id = "resolve_pend",
    tag = "claims",
    security(("token" = ["claims.resolvepend IP"])),
    params(
        ("claim" = String, Path, description = "The claim's id or code"),
        ("pendReason" = String, Path, description = "The pend reason's code"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is done once"),
    ),
    responses(
        (status = 303, description = "It is resolved, now or before; `Location` is the claim", headers(("Location" = String))),
        (status = 400, description = "The path cannot be read, or there is a body"),
        (status = 401, description = "There are no good credentials"),
        (status = 403, description = "A right is missing, such as the restriction of the pend reason; nothing was changed"),
        (status = 404, description = "There is no such claim, or the pend reason is not attached there"),
        (status = 409, description = "The claim is in another status, settled or locked"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 429, description = "There were too many requests"),
        (status = 500, description = "Reprise failed; nothing was changed"),
        (status = 503, description = "The database is busy"),
        (status = 504, description = "It took too long"),
    )
)]
pub(crate) async fn resolve_pend(
    State(api): State<Api>,
    Named((claim, code)): Named<(String, String)>,
    order: Order,
) -> Result<Response, ApiError> {
    resolve_on_claim(api, claim, order, PendOperation::ResolvePend { code }).await
}

/// Resolve a pend reason on all lines of a claim, and not on its header.
#[utoipa::path(
    post,
    path = "/api/claims/{claim}/resolveclaimlinepend/{pendReason}",
    operation_id = "resolve_claim_line_pend",
    tag = "claims",
    security(("token" = ["claims.resolvepend IP"])),
    params(
        ("claim" = String, Path, description = "The claim's id or code"),
        ("pendReason" = String, Path, description = "The pend reason's code"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is done once"),
    ),
    responses(
        (status = 303, description = "It is resolved, now or before; `Location` is the claim", headers(("Location" = String))),
        (status = 400, description = "The path cannot be read, or there is a body"),
        (status = 401, description = "There are no good credentials"),
        (status = 403, description = "A right is missing, such as the restriction of the pend reason; nothing was changed"),
        (status = 404, description = "There is no such claim, or the pend reason is not attached to a line of it"),
        (status = 409, description = "The claim is in another status, settled or locked"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 429, description = "There were too many requests"),
        (status = 500, description = "Reprise failed; nothing was changed"),
        (status = 503, description = "The database is busy"),
        (status = 504, description = "It took too long"),
    )
)]
pub(crate) async fn resolve_line_pend(
    State(api): State<Api>,
    Named((claim, code)): Named<(String, String)>,
    order: Order,
) -> Result<Response, ApiError> {
    resolve_on_claim(api, claim, order, PendOperation::ResolveLinePend { code }).await
}

/// Resolve one pend reason that is attached to a claim's header.
#[utoipa::path(
    post,
    path = "/api/claimpendreasons/{id}/resolve",
    operation_id = "resolve_claim_pend_reason",
    tag = "claims",
    security(("token" = ["claims.resolvepend IP"])),
    params(
        ("id" = String, Path, description = "What the claim shows with the attached pend reason, such as 4711-3"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is done once"),
    ),
    responses(
        (
            status = 303,
            description = "It is resolved, now or before; `Location` is the attached pend reason",
            headers(("Location" = String)),
        ),
        (status = 400, description = "The path cannot be read, or there is a body"),
        (status = 401, description = "There are no good credentials"),
        (status = 403, description = "A right is missing, such as the restriction of the pend reason; nothing was changed"),
        (status = 404, description = "There is no such pend reason on a claim's header, or none any more"),
        (status = 409, description = "The claim is in another status, settled or locked"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 429, description = "There were too many requests"),
        (status = 500, description = "Reprise failed; nothing was changed"),
        (status = 503, description = "The database is busy"),
        (status = 504, description = "It took too long"),
    )
)]
pub(crate) async fn resolve_claim_pend_reason(
    State(api): State<Api>,
    Named(id): Named<String>,
    order: Order,
) -> Result<Response, ApiError> {
    resolve_attached(api, AttachedTo::Claim, id, order).await
}

/// Resolve one pend reason that is attached to a line of a claim.
#[utoipa::path(
    post,
    path = "/api/claimlinependreasons/{id}/resolve",
    operation_id = "resolve_claim_line_pend_reason",
    tag = "claims",
    security(("token" = ["claims.resolvepend IP"])),
    params(
        ("id" = String, Path, description = "What the claim shows with the attached pend reason, such as 4711-3"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is done once"),
    ),
    responses(
        (
            status = 303,
            description = "It is resolved, now or before; `Location` is the attached pend reason",
            headers(("Location" = String)),
        ),
        (status = 400, description = "The path cannot be read, or there is a body"),
        (status = 401, description = "There are no good credentials"),
        (status = 403, description = "A right is missing, such as the restriction of the pend reason; nothing was changed"),
        (status = 404, description = "There is no such pend reason on a line, or none any more"),
        (status = 409, description = "The claim is in another status, settled or locked"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 429, description = "There were too many requests"),
        (status = 500, description = "Reprise failed; nothing was changed"),
        (status = 503, description = "The database is busy"),
        (status = 504, description = "It took too long"),
    )
)]
pub(crate) async fn resolve_line_pend_reason(
    State(api): State<Api>,
    Named(id): Named<String>,
    order: Order,
) -> Result<Response, ApiError> {
    resolve_attached(api, AttachedTo::Line, id, order).await
}

/// Which part of a claim's pend history is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PendHistoryQuery {
    #[serde(default)]
    after: i64,
    #[serde(default)]
    limit: Limit,
}

/// Which pend reasons of a claim were resolved, by whom, when and how; those that reprocessing removed among them.
#[utoipa::path(
    get,
    path = "/api/claims/{claim}/pendhistory",
    operation_id = "show_pend_history",
    tag = "claims",
    security(("token" = ["claims.read IP"])),
    params(
        ("claim" = String, Path, description = "The claim's id or code"),
        ("after" = Option<i64>, Query, description = "What follows the entry of the claim's history with this id; all if absent"),
        ("limit" = Option<u32>, Query, description = "Of how many operations at most, 1 to 1000; 100 if absent"),
    ),
    responses(
        (
            status = 200,
            description = "The pend reasons; what one operation resolved comes whole. `next` is what to ask after",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The path or the query cannot be read"),
        (status = 404, description = "There is no such claim"),
        (status = 500, description = "Reprise failed"),
        (status = 503, description = "The database is busy"),
        (status = 504, description = "It took too long"),
    )
)]
pub(crate) async fn history(
    State(api): State<Api>,
    caller: Caller,
    Named(claim): Named<String>,
    Asked(query): Asked<PendHistoryQuery>,
) -> Result<Response, ApiError> {
    let PendHistoryQuery { after, limit } = query;
    let found = api
        .ask(&caller, move |host, payer| {
            host.pend_history(payer, &claim, after, limit.0)
        })
        .await?;
    let rows: Vec<_> = found.rows.iter().map(row_resource).collect();
    let history = json!({ "resolutions": rows, "next": found.next });
    Ok(show_resource(&caller, "pendHistory", history))
}

fn row_resource(row: &PendHistoryRow) -> Value {
    json!({
        "entry": row.entry,
        "pendReason": row.pend_reason,
        "level": row.level.as_str(),
        "of": row.of,
        "number": row.number,
        "user": row.user,
        "time": time_text(row.at_ms),
        "operation": row.operation,
        "activity": row.activity,
    })
}

async fn resolve_on_claim(
    api: Api,
    claim: String,
    order: Order,
    operation: PendOperation,
) -> Result<Response, ApiError> {
    let Order { caller, sent } = order;
    let principal = caller.principal.clone();
    let done = api
        .ask(&caller, move |host, payer| {
            let (user, rights) = (&principal.name, &principal.rights);
            host.resolve_pends(payer, user, rights, &claim, &operation, sent.once(payer).as_ref())
        })
        .await?;
    Ok(seen_at(&generic_claim_path(done.answer.claim), done.repeated))
}

async fn resolve_attached(api: Api, to: AttachedTo, id: String, order: Order) -> Result<Response, ApiError> {
    let Order { caller, sent } = order;
    let principal = caller.principal.clone();
    let (id, done) = api
        .ask(&caller, move |host, payer| {
            let id = pend_reason_id(to, &id)?;
            let (user, rights) = (&principal.name, &principal.rights);
            let (claim, operation) = (id.claim.to_string(), to.resolve(id.number));
            let done = host.resolve_pends(payer, user, rights, &claim, &operation, sent.once(payer).as_ref());
            match done {
                // Who asks for a pend reason has not asked for its claim.
                Err(HostError::NotFound(_)) => Err(no_pend_reason(to, &id.to_string())),
                done => Ok((id, done?)),
            }
        })
        .await?;
    Ok(seen_at(&generic_pend_reason_path(to, id), done.repeated))
}

/// The id in a path. What is none is the id of nothing.
pub(super) fn pend_reason_id(to: AttachedTo, text: &str) -> Result<PendReasonId, HostError> {
    text.parse().map_err(|()| no_pend_reason(to, text))
}

fn no_pend_reason(to: AttachedTo, id: &str) -> HostError {
    HostError::not_found(&format!("{} {id}", to.described()))
}

/// It is done; what has come of it is to be seen elsewhere.
fn seen_at(path: &str, repeated: bool) -> Response {
    replayed(located(StatusCode::SEE_OTHER.into_response(), path), repeated)
}
