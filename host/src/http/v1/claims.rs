//! `/api/v1/claims`: claims at intake.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use reprise_model::{Claim, SubmissionStatus};
use reprise_request::{
    ClaimUpdate, CreationRequest, Problem, claim_resource, read_claim_update, read_creation_request, read_empty_body,
};
use reprise_store::IntakeQuery;
use serde::Deserialize;
use serde_json::{Value, json};

use super::exchange::{Asker, JsonBody, Number, Parameters, json_answer};
use super::problem::ProblemAnswer;
use crate::http::Api;
use crate::http::exchange::{Limit, located};
use crate::http::idempotency::replayed;

/// How claims are to be created.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreationQuery {
    /// The answer is wanted, and nothing is to be stored.
    #[serde(default, rename = "dryRun")]
    dry_run: bool,
}

/// Create a claim of a type in its final status, or, without `ClaimType`, all the claims that the patient's enrolment
/// calls for: all of them or none.
#[utoipa::path(
    post,
    path = "/api/v1/claims",
    operation_id = "create_claims",
    tag = "intake",
    security(("token" = ["claims.create IP"])),
    params(
        ("dryRun" = Option<bool>, Query, description = "The same answer with status 200, and nothing is stored"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under a key of the caller's own making the request is done once"),
    ),
    request_body(content((Object = "application/json"))),
    responses(
        (status = 200, description = "What would be created", content((Object = "application/json"))),
        (status = 201, description = "The claim, or `claims`", headers(("Location" = String)), content((Object = "application/json"))),
        (status = 400, description = "It is refused; `code`, `field`, `detail` and `allowed` say why", content((Object = "application/problem+json"))),
        (status = 404, description = "There is no such patient", content((Object = "application/problem+json"))),
        (status = 409, description = "The same request is still running", content((Object = "application/problem+json"))),
        (status = 413, description = "The body is too large", content((Object = "application/problem+json"))),
        (status = 415, description = "The body is not JSON", content((Object = "application/problem+json"))),
        (status = 422, description = "The Idempotency-Key belongs to another request", content((Object = "application/problem+json"))),
        (status = 500, description = "The rules or Reprise failed; nothing is stored", content((Object = "application/problem+json"))),
        (status = 503, description = "The database is busy", content((Object = "application/problem+json"))),
        (status = 507, description = "The disk is full; nothing is stored", content((Object = "application/problem+json"))),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    Parameters(query): Parameters<CreationQuery>,
    JsonBody { caller, bytes, sent }: JsonBody,
) -> Result<Response, ProblemAnswer> {
    let request = read_creation_request(&bytes)?;
    let is_single = request.claim_type.is_some();
    if query.dry_run {
        let preview = move |host: &crate::Host, payer: &str| host.preview_claims(payer, &request);
        let claims = api.ask_intake(&caller, preview).await?;
        return Ok(json_answer(StatusCode::OK, &shown(&claims, is_single)));
    }
    let user = caller.user.clone();
    let created = move |host: &crate::Host, payer: &str, request: &CreationRequest| {
        host.create_claims(payer, &user, request, sent.once(payer).as_ref())
    };
    let done = api
        .ask_intake(&caller, move |host, payer| created(host, payer, &request))
        .await?;
    let response = json_answer(StatusCode::CREATED, &shown(&done.answer, is_single));
    let response = match done.answer.as_slice() {
        [claim, ..] => located(response, &path_of(claim.id.unwrap_or_default())),
        [] => response,
    };
    Ok(replayed(response, done.repeated))
}

/// The claim by itself where one was asked for, else all of them.
fn shown(claims: &[Claim], is_single: bool) -> Value {
    match claims {
        [claim] if is_single => claim_resource(claim),
        claims => json!({ "claims": claims.iter().map(claim_resource).collect::<Vec<_>>() }),
    }
}

fn path_of(claim: i64) -> String {
    format!("/api/v1/claims/{claim}")
}

/// Which claims are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    #[serde(rename = "PatNum")]
    patient: Option<u64>,
    #[serde(rename = "ClaimStatus")]
    status: Option<String>,
    #[serde(rename = "SecDateTEdit")]
    edited_from: Option<String>,
    #[serde(default, rename = "Limit")]
    limit: Limit,
    #[serde(default, rename = "Offset")]
    offset: u64,
}

/// Claims that began at intake, by number, as they are at one moment.
#[utoipa::path(
    get,
    path = "/api/v1/claims",
    operation_id = "list_claims",
    tag = "intake",
    security(("token" = ["claims.read IP"])),
    params(
        ("PatNum" = Option<u64>, Query, description = "Only this patient's"),
        ("ClaimStatus" = Option<String>, Query, description = "Only those in this status"),
        ("SecDateTEdit" = Option<String>, Query, description = "Only those made or changed at this moment (UTC) or later, such as `2026-01-31` or `2026-01-31 14:00:00`"),
        ("Limit" = Option<u32>, Query, description = "How many at once, 1 to 1000; 100 if absent"),
        ("Offset" = Option<u64>, Query, description = "How many are passed over; 0 if absent"),
    ),
    responses(
        (status = 200, description = "The claims, as a list", content((Vec<Object> = "application/json"))),
        (status = 400, description = "The query cannot be read", content((Object = "application/problem+json"))),
        (status = 503, description = "The database is busy", content((Object = "application/problem+json"))),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Asker(caller): Asker,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Response, ProblemAnswer> {
    let status = match query.status.as_deref() {
        None => None,
        Some(text) => Some(
            text.parse::<SubmissionStatus>()
                .map_err(|error| ProblemAnswer::new(Problem::BAD_QUERY, "ClaimStatus", error.to_string()))?,
        ),
    };
    let edited_from_ms = query.edited_from.as_deref().map(moment_of).transpose()?;
    let list = api
        .ask_intake(&caller, move |host, payer| {
            let patient = query.patient.map(|patient| patient.to_string());
            let claims = host.intake_claims(
                payer,
                &IntakeQuery {
                    patient: patient.as_deref(),
                    status,
                    edited_from_ms,
                    after: 0,
                    offset: query.offset,
                    limit: query.limit.0,
                },
            )?;
            Ok(claims.iter().map(claim_resource).collect::<Vec<_>>())
        })
        .await?;
    Ok(json_answer(StatusCode::OK, &Value::Array(list)))
}

/// A moment in UTC, in milliseconds since 1970-01-01T00:00:00Z.
fn moment_of(text: &str) -> Result<i64, ProblemAnswer> {
    let refuse = || {
        let detail = format!(
            "SecDateTEdit is a day or a moment in UTC, such as 2026-01-31 or 2026-01-31 14:00:00, not `{text}`"
        );
        ProblemAnswer::new(Problem::BAD_QUERY, "SecDateTEdit", detail)
    };
    let moment: jiff::civil::DateTime = text.parse().map_err(|_| refuse())?;
    let moment = moment.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| refuse())?;
    Ok(moment.timestamp().as_millisecond())
}

/// A claim.
#[utoipa::path(
    get,
    path = "/api/v1/claims/{ClaimNum}",
    operation_id = "show_intake_claim",
    tag = "intake",
    security(("token" = ["claims.read IP"])),
    params(
        ("ClaimNum" = i64, Path, description = "The claim's number"),
    ),
    responses(
        (status = 200, description = "The claim", content((Object = "application/json"))),
        (status = 400, description = "The path cannot be read", content((Object = "application/problem+json"))),
        (status = 404, description = "There is no such claim", content((Object = "application/problem+json"))),
        (status = 503, description = "The database is busy", content((Object = "application/problem+json"))),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Asker(caller): Asker,
    Number(claim): Number,
) -> Result<Response, ProblemAnswer> {
    let claim = api
        .ask_intake(&caller, move |host, payer| host.intake_claim(payer, claim))
        .await?;
    Ok(json_answer(StatusCode::OK, &claim_resource(&claim)))
}

/// Change a claim: its status, if the rules allow it, and what is said on it. All of it or nothing.
#[utoipa::path(
    put,
    path = "/api/v1/claims/{ClaimNum}",
    operation_id = "update_claim",
    tag = "intake",
    security(("token" = ["claims.update IP"])),
    params(
        ("ClaimNum" = i64, Path, description = "The claim's number"),
    ),
    request_body(content((Object = "application/json"))),
    responses(
        (status = 200, description = "The claim as it is now", content((Object = "application/json"))),
        (status = 400, description = "It is refused; `code`, `field`, `detail` and `allowed` say why", content((Object = "application/problem+json"))),
        (status = 404, description = "There is no such claim", content((Object = "application/problem+json"))),
        (status = 409, description = "The claim is held by work that is under way", content((Object = "application/problem+json"))),
        (status = 413, description = "The body is too large", content((Object = "application/problem+json"))),
        (status = 415, description = "The body is not JSON", content((Object = "application/problem+json"))),
        (status = 500, description = "The rules or Reprise failed; nothing is changed", content((Object = "application/problem+json"))),
        (status = 503, description = "The database is busy", content((Object = "application/problem+json"))),
        (status = 507, description = "The disk is full; nothing is changed", content((Object = "application/problem+json"))),
    )
)]
pub(crate) async fn update(
    State(api): State<Api>,
    Number(claim): Number,
    JsonBody { caller, bytes, .. }: JsonBody,
) -> Result<Response, ProblemAnswer> {
    let update = read_claim_update(&bytes)?;
    change(&api, caller, claim, update).await
}

/// Mark a claim as sent.
#[utoipa::path(
    put,
    path = "/api/v1/claims/{ClaimNum}/Status",
    operation_id = "mark_claim_sent",
    tag = "intake",
    security(("token" = ["claims.update IP"])),
    params(
        ("ClaimNum" = i64, Path, description = "The claim's number"),
    ),
    responses(
        (status = 200, description = "The claim as it is now", content((Object = "application/json"))),
        (status = 400, description = "It cannot be marked as sent; `code` and `detail` say why", content((Object = "application/problem+json"))),
        (status = 404, description = "There is no such claim", content((Object = "application/problem+json"))),
        (status = 409, description = "The claim is held by work that is under way", content((Object = "application/problem+json"))),
        (status = 413, description = "The body is too large", content((Object = "application/problem+json"))),
        (status = 415, description = "A body is sent that is not JSON", content((Object = "application/problem+json"))),
        (status = 500, description = "The rules or Reprise failed; nothing is changed", content((Object = "application/problem+json"))),
        (status = 503, description = "The database is busy", content((Object = "application/problem+json"))),
        (status = 507, description = "The disk is full; nothing is changed", content((Object = "application/problem+json"))),
    )
)]
pub(crate) async fn mark_sent(
    State(api): State<Api>,
    Number(claim): Number,
    JsonBody { caller, bytes, .. }: JsonBody,
) -> Result<Response, ProblemAnswer> {
    read_empty_body(&bytes)?;
    let update = ClaimUpdate {
        status: Some(SubmissionStatus::Sent),
        ..ClaimUpdate::default()
    };
    change(&api, caller, claim, update).await
}

async fn change(
    api: &Api,
    caller: crate::http::exchange::Caller,
    claim: i64,
    update: ClaimUpdate,
) -> Result<Response, ProblemAnswer> {
    let user = caller.user.clone();
    let changed = api
        .ask_intake(&caller, move |host, payer| {
            host.update_claim(payer, &user, claim, &update)
        })
        .await?;
    Ok(json_answer(StatusCode::OK, &claim_resource(&changed)))
}

/// Delete a claim, as long as it is not received and no covered amount was reported for it.
#[utoipa::path(
    delete,
    path = "/api/v1/claims/{ClaimNum}",
    operation_id = "delete_claim",
    tag = "intake",
    security(("token" = ["claims.update IP"])),
    params(
        ("ClaimNum" = i64, Path, description = "The claim's number"),
    ),
    responses(
        (status = 200, description = "It is deleted", content((Object = "application/json"))),
        (status = 400, description = "It stays; `code` and `detail` say why", content((Object = "application/problem+json"))),
        (status = 404, description = "There is no such claim", content((Object = "application/problem+json"))),
        (status = 409, description = "The claim is held by work that is under way", content((Object = "application/problem+json"))),
        (status = 500, description = "Reprise failed; the claim is there", content((Object = "application/problem+json"))),
        (status = 503, description = "The database is busy", content((Object = "application/problem+json"))),
        (status = 507, description = "The disk is full; the claim is there", content((Object = "application/problem+json"))),
    )
)]
pub(crate) async fn delete(
    State(api): State<Api>,
    Asker(caller): Asker,
    Number(claim): Number,
) -> Result<Response, ProblemAnswer> {
    let user = caller.user.clone();
    api.ask_intake(&caller, move |host, payer| host.delete_claim(payer, &user, claim))
        .await?;
    Ok(json_answer(StatusCode::OK, &json!({})))
}
