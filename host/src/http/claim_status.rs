//! `/api/claims/{claim}/status`, its history, and the report that it was adjudicated again.

use axum::extract::State;
use axum::response::Response;
use reprise_request::read_adjudicated_report;
use reprise_store::HistoryEntry;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::HostError;
use crate::claims::ClaimStanding;
use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Asked, Body, Caller, Limit, Named, show as show_resource};
use crate::http::idempotency::replayed;
use crate::http::links::{action, activity_path, claim_path, link};
use crate::time::time_text;

/// How a claim stands: its status, whether it is being processed, what was done to it last and what can be done next.
#[utoipa::path(
    get,
    path = "/api/claims/{claim}/status",
    operation_id = "show_claim_status",
    tag = "claims",
    security(("token" = ["claims.read IP"])),
    params(
        ("claim" = String, Path, description = "The claim's id or code"),
    ),
    responses(
        (status = 200, description = "How it stands", content((String = "application/xml"), (Object = "application/json"))),
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
    let standing = api
        .ask(&caller, move |host, payer| host.claim_standing(payer, &claim))
        .await?;
    Ok(show_resource(&caller, "claimStatus", resource(&standing)))
}

/// Which part of a claim's history is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistoryQuery {
    #[serde(default)]
    after: i64,
    #[serde(default)]
    limit: Limit,
}

/// What was done to a claim, in the order in which it was done.
#[utoipa::path(
    get,
    path = "/api/claims/{claim}/history",
    operation_id = "show_claim_history",
    tag = "claims",
    security(("token" = ["claims.read IP"])),
    params(
        ("claim" = String, Path, description = "The claim's id or code"),
        ("after" = Option<i64>, Query, description = "Entries after the one with this id; all if absent"),
        ("limit" = Option<u32>, Query, description = "How many at most, 1 to 1000; 100 if absent"),
    ),
    responses(
        (
            status = 200,
            description = "The entries; `next` is what to ask after for those that follow",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The path or the query cannot be read"),
        (status = 404, description = "There is no such claim"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn history(
    State(api): State<Api>,
    caller: Caller,
    Named(claim): Named<String>,
    Asked(query): Asked<HistoryQuery>,
) -> Result<Response, ApiError> {
    let HistoryQuery { after, limit } = query;
    let entries = api
        .ask(&caller, move |host, payer| {
            host.claim_history(payer, &claim, after, limit.0)
        })
        .await?;
    let next = entries.last().map_or(after, |entry| entry.id);
    let entries: Vec<_> = entries.iter().map(entry_resource).collect();
    let history = json!({ "history": entries, "next": next });
    Ok(show_resource(&caller, "claimHistory", history))
}

/// Report that a claim which was sent through processing again has come out of it: its status, and what its lines are
/// worth now.
///
/// The activity that had sent it then shows one more as adjudicated, and by how much the amounts have changed.
#[utoipa::path(
    post,
    path = "/api/claims/{claim}/adjudicated",
    operation_id = "report_adjudicated",
    tag = "claims",
    security(("token" = ["claims.adjudicated IP"])),
    params(
        ("claim" = String, Path, description = "The claim's id or code"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key the report is taken once"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (
            status = 200,
            description = "It is taken: the claim's id, its status, and the activity that had sent it",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The report cannot be taken; every reason at once"),
        (status = 404, description = "There is no such claim"),
        (status = 409, description = "The claim is not in processing, or it is locked"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 500, description = "Reprise failed; nothing was changed"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn adjudicated(
    State(api): State<Api>,
    Named(claim): Named<String>,
    body: Body,
) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let done = api
        .ask(&caller, move |host, payer| {
            let report = read_adjudicated_report(&body.document()?).map_err(HostError::Refused)?;
            let once = body.sent.once(payer);
            host.adjudicated(payer, &body.caller.user, &claim, &report, once.as_ref())
        })
        .await?;
    let taken = &done.answer;
    let value = json!({ "claim": taken.claim, "status": taken.status, "activity": taken.activity });
    Ok(replayed(show_resource(&caller, "adjudicated", value), done.repeated))
}

fn resource(standing: &ClaimStanding) -> Value {
    let claim = &standing.claim;
    let id = claim.id.unwrap_or_default();
    let last = standing.last_entry.as_ref();
    let mut links = vec![
        link("self", claim_path(id, "/status")),
        link("claim", claim_path(id, "")),
        link("history", claim_path(id, "/history")),
    ];
    if let Some(activity) = last.and_then(|entry| entry.activity) {
        links.push(link("activity", activity_path(activity, "")));
    }
    if standing.can_be_reprocessed() {
        links.push(action("reprocess", "/api/claimsreprocess".to_owned()));
    }
    if standing.can_be_adjudicated() {
        links.push(action("adjudicated", claim_path(id, "/adjudicated")));
    }
    json!({
        "id": id,
        "code": claim.code,
        "status": claim.status.as_str(),
        "inProcess": standing.in_process(),
        "settled": claim.settlement_reason.is_some(),
        "locked": standing.locked_by.is_some(),
        "lockedBy": standing.locked_by,
        "highPriority": claim.high_priority,
        "lastEntry": last.map(entry_resource),
        "lastError": last.and_then(|entry| entry.details.get("error")),
        "links": links,
    })
}

fn entry_resource(entry: &HistoryEntry) -> Value {
    json!({
        "id": entry.id,
        "operation": entry.operation,
        "user": entry.user,
        "activity": entry.activity,
        "time": time_text(entry.at_ms),
        "details": entry.details,
    })
}
