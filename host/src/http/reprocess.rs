//! `/api/claimsreprocesscount`, `/api/claimsreprocesscriteria` and its explanation: which claims a request hits.

use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use reprise_model::{Message, MessageKey, ResultMessages};
use reprise_request::{RequestKind, render_result_messages};
use serde::Deserialize;
use serde_json::json;

use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Body, answer, show};
use crate::{Explanation, HostError, Submission};

/// Count the claims that a criteria request would reprocess, and sum up what they are worth.
///
/// Takes `<claimReprocessCountRequest>` or the very body of a criteria request. Settled and locked claims are counted
/// beside. Amounts are sums over all lines of the counted claims, and absent where there are several currencies.
#[utoipa::path(
    post,
    path = "/api/claimsreprocesscount",
    operation_id = "count_claims",
    tag = "reprocess",
    params(("Reprise-Payer" = Option<String>, Header, description = "The payer, where there are several")),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "The count", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 404, description = "There is no such payer's data"),
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
    Ok(answer(StatusCode::OK, &caller, counted.render(caller.answer_in)))
}

/// Accept a criteria request: find the claims that it hits.
///
/// The request is checked at once and done as an activity, at `Location`. With `reprocess="false"` nothing is touched
/// and the activity's data file says, claim by claim, what the real request would do.
#[utoipa::path(
    post,
    path = "/api/claimsreprocesscriteria",
    tag = "reprocess",
    params(
        ("Reprise-Payer" = Option<String>, Header, description = "The payer, where there are several"),
        ("Correlation-Id" = Option<String>, Header, description = "What the caller knows the request by"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 202, description = "Accepted; `Location` is the activity", headers(("Location" = String))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 404, description = "There is no such payer's data"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 500, description = "Reprise failed; nothing was started"),
        (status = 503, description = "The line index is still being loaded, or the database is busy"),
    )
)]
pub(crate) async fn start_criteria(State(api): State<Api>, body: Body) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let id = api
        .ask(&caller, move |host, payer| {
            let request = body.request(host, payer, RequestKind::Criteria)?;
            let submission = Submission {
                // A body that was read as a document is UTF-8.
                body: String::from_utf8_lossy(&body.bytes).into_owned(),
                media_type: body.media_type,
                correlation_id: body.correlation_id.clone(),
            };
            host.start_criteria(payer, &request, submission)
        })
        .await?;
    let accepted = ResultMessages::about("", Vec::new());
    let text = render_result_messages(&[accepted], caller.answer_in, &caller.messages);
    let mut response = answer(StatusCode::ACCEPTED, &caller, text);
    if let Ok(location) = HeaderValue::try_from(format!("/api/activities/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
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
    params(
        ("claim" = String, Query, description = "The claim's code"),
        ("Reprise-Payer" = Option<String>, Header, description = "The payer, where there are several"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "The explanation", content((String = "application/xml"), (Object = "application/json"))),
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
    query: Result<Query<ExplainQuery>, axum::extract::rejection::QueryRejection>,
    body: Body,
) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let refused = |messages| ApiError::refused(messages, &caller);
    let Query(query) = query.map_err(|error| {
        refused(vec![Message::new(
            MessageKey::BadValue,
            ["the query", &error.body_text()],
        )])
    })?;
    let claim = query
        .claim
        .ok_or_else(|| refused(vec![Message::new(MessageKey::MissingMember, ["query parameter claim"])]))?;
    let explanation = api
        .ask(&caller, move |host, payer| {
            // Whether a criteria request would reprocess is no matter here, as it is none to a count.
            let request = body.request(host, payer, RequestKind::Count)?;
            host.explain(payer, &request, &claim)
        })
        .await?;
    Ok(show(&caller, "explanation", explanation.to_json()))
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
