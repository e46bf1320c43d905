//! `/api/claimsreprocess`, `/api/claimsreprocesscriteria`, its count and its explanation: claims that are to be processed
//! again.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use reprise_model::{Message, MessageKey, ResultMessages};
use reprise_request::{RequestKind, render_result_messages};
use serde::Deserialize;
use serde_json::json;

use crate::http::Api;
use crate::http::error::{ApiError, status_of_result};
use crate::http::exchange::{Asked, Body, answer, decided_by, located, show};
use crate::http::idempotency::replayed;
use crate::http::links::{activity_path, claim_path};
use crate::{Explanation, HostError, Submission};

/// Send one claim through processing again.
///
/// It is done before it is answered: with message 022 the claim is changed, and `Location` shows how it stands; with any
/// other message it is as it was.
#[utoipa::path(
    post,
    path = "/api/claimsreprocess",
    operation_id = "reprocess_claim",
    tag = "reprocess",
    security(("token" = ["claims.reprocess IP"])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key the claim is sent once"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "It is scheduled; `Location` shows how it stands", headers(("Location" = String))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 403, description = "A right is missing, such as the restriction of a reason; nothing was changed"),
        (status = 404, description = "There is no such claim"),
        (status = 409, description = "The claim stays as it is: its status, a lock, a settlement or the rules forbid it"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 500, description = "The rule component failed; nothing was changed"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn reprocess(State(api): State<Api>, body: Body) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let done = api
        .ask(&caller, move |host, payer| {
            let once = body.sent.once(payer);
            let request = host.read_reprocess_request(payer, &body.document()?)?;
            host.reprocess(payer, &body.caller.user, body.caller.rights(), &request, once.as_ref())
        })
        .await?;
    let result = done.answer.result;
    let status = status_of_result(&result);
    let text = render_result_messages(&[result], caller.answer_in, &caller.messages);
    let mut response = answer(status, &caller, text);
    if let Some(id) = done.answer.id.filter(|_| status == StatusCode::OK) {
        response = located(response, &claim_path(id, "/status"));
    }
    Ok(replayed(response, done.repeated))
}

/// Count the claims that a criteria request would reprocess, and sum up what they are worth.
///
/// Takes `<claimReprocessCountRequest>` or the very body of a criteria request. Settled and locked claims are counted
/// beside. Amounts are sums over all lines of the counted claims, and absent where there are several currencies.
#[utoipa::path(
    post,
    path = "/api/claimsreprocesscount",
    operation_id = "count_claims",
    tag = "reprocess",
    security(("token" = ["claims.reprocesscount IP"])),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "The count", headers(
            ("Reprise-Rules" = String, description = "The digest of the component that decided"),
            ("Reprise-Generation" = Option<String>, description = "The generation that it was in force in: a number among the payer's own, or `platform-` and one among the platform's"),
        ), content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 500, description = "The rule component failed; nothing was decided"),
        (status = 503, description = "The line index is still being loaded, or the database is busy"),
    )
)]
pub(crate) async fn count(State(api): State<Api>, body: Body) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let counted = api
        .ask(&caller, move |host, payer| {
            let request = body.request(host, payer, RequestKind::Count)?;
            host.count(payer, &request)
        })
        .await?;
    let response = answer(StatusCode::OK, &caller, counted.answer.render(caller.answer_in));
    Ok(decided_by(response, &counted.decided_by))
}

/// Accept a criteria request: find the claims that it hits and send them through processing again.
///
/// The request is checked at once and done as an activity, at `Location`; its data file says of each claim what became of
/// it. With `reprocess="false"` nothing is touched and the data file says what the real request would do.
#[utoipa::path(
    post,
    path = "/api/claimsreprocesscriteria",
    tag = "reprocess",
    security(("token" = ["claims.reprocesscriteria IP"])),
    params(
        ("Correlation-Id" = Option<String>, Header, description = "What the caller knows the request by"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key the request is accepted once"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 202, description = "Accepted; `elementId` is the activity's id, `Location` the activity", headers(("Location" = String))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 403, description = "A right is missing, such as the restriction of a reason; nothing was started"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 500, description = "Reprise failed; nothing was started"),
        (status = 503, description = "The line index is still being loaded, or the database is busy"),
    )
)]
pub(crate) async fn start_criteria(State(api): State<Api>, body: Body) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let done = api
        .ask(&caller, move |host, payer| {
            let once = body.sent.once(payer);
            let request = body.request(host, payer, RequestKind::Criteria)?;
            let submission = Submission {
                // A body that was read as a document is UTF-8.
                body: String::from_utf8_lossy(&body.bytes).into_owned(),
                media_type: body.media_type,
                correlation_id: body.correlation_id,
                user: body.caller.user.clone(),
            };
            host.start_criteria(payer, body.caller.rights(), &request, submission, once.as_ref())
        })
        .await?;
    let accepted = ResultMessages::about(done.answer.to_string(), Vec::new());
    let text = render_result_messages(&[accepted], caller.answer_in, &caller.messages);
    let response = answer(StatusCode::ACCEPTED, &caller, text);
    let response = located(response, &activity_path(done.answer, ""));
    Ok(replayed(response, done.repeated))
}

/// Which claim is to be explained.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainQuery {
    claim: Option<String>,
}

/// Why a claim is or is not hit by a criteria request: every line, every criterion, the value that decided.
#[utoipa::path(
    post,
    path = "/api/claimsreprocesscriteria/explain",
    operation_id = "explain_claim",
    tag = "reprocess",
    security(("token" = ["claims.explain IP"])),
    params(
        ("claim" = String, Query, description = "The claim's code"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "The explanation", headers(
            ("Reprise-Rules" = String, description = "The digest of the component that decided"),
            ("Reprise-Generation" = Option<String>, description = "The generation that it was in force in: a number among the payer's own, or `platform-` and one among the platform's"),
        ), content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 404, description = "There is no such claim"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 500, description = "The rule component failed; nothing was decided"),
        (status = 503, description = "The line index is still being loaded, or the database is busy"),
    )
)]
pub(crate) async fn explain(
    State(api): State<Api>,
    Asked(query): Asked<ExplainQuery>,
    body: Body,
) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let claim = query.claim.ok_or_else(|| {
        let message = Message::new(MessageKey::MissingMember, ["query parameter claim"]);
        ApiError::refused(vec![message], &caller)
    })?;
    let explanation = api
        .ask(&caller, move |host, payer| {
            // Whether a criteria request would reprocess is no matter here, as it is none to a count.
            let request = body.request(host, payer, RequestKind::Count)?;
            host.explain(payer, &request, &claim)
        })
        .await?;
    let response = show(&caller, "explanation", explanation.to_json());
    Ok(decided_by(response, &explanation.decided_by))
}

impl Explanation {
    /// The explanation as a tree of values.
    pub fn to_json(&self) -> serde_json::Value {
        let lines: Vec<_> = self
            .lines
            .iter()
            .map(|line| {
                let criteria: Vec<_> = line
                    .findings
                    .iter()
                    .map(|finding| {
                        json!({ "criterion": finding.criterion, "met": finding.met, "reason": finding.reason })
                    })
                    .collect();
                json!({ "line": line.line, "hit": line.hit, "criteria": criteria })
            })
            .collect();
        json!({
            "claim": self.claim,
            "status": self.status.as_str(),
            "inScope": self.in_scope,
            "hit": self.hit,
            "settled": self.outcome == crate::ClaimOutcome::Settled,
            "locked": self.outcome == crate::ClaimOutcome::Locked,
            "lines": lines,
        })
    }
}

impl From<HostError> for Vec<Message> {
    fn from(error: HostError) -> Self {
        error.messages()
    }
}
