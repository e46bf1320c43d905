//! What goes wrong, as `application/problem+json` (RFC 9457): the one place for the status codes of `/api/v1`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reprise_request::Problem;
use reprise_store::StoreError;
use serde_json::{Value, json};

use crate::http::error::{ApiError, CHALLENGE, Refused};
use crate::{HostError, IntakeError};

/// Why a request is not answered with what it asked for. There is one problem at least.
#[derive(Debug)]
pub(crate) struct ProblemAnswer(Vec<Problem>);

impl ProblemAnswer {
    pub(crate) fn new(code: &'static str, field: &str, detail: impl Into<String>) -> Self {
        Self(vec![Problem::new(code, field, detail)])
    }

    /// What goes wrong before a request is read, such as a header that cannot be.
    pub(super) fn of_api_error(error: &ApiError, code: &'static str) -> Self {
        Self::new(code, "", error.sentences())
    }
}

impl From<Vec<Problem>> for ProblemAnswer {
    fn from(problems: Vec<Problem>) -> Self {
        Self(problems)
    }
}

impl From<IntakeError> for ProblemAnswer {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Refused(problems) => Self(problems),
            IntakeError::Host(error) => error.into(),
        }
    }
}

impl From<HostError> for ProblemAnswer {
    fn from(error: HostError) -> Self {
        Self::of_host_error(&error)
    }
}

impl ProblemAnswer {
    /// What goes wrong in a use-case that both APIs have.
    pub(in crate::http) fn of_host_error(error: &HostError) -> Self {
        let code = match error {
            // What a use-case of intake refuses has codes of its own; what is left is whom the request is for.
            HostError::Refused(_) => Problem::BAD_HEADER,
            HostError::NotAuthenticated(_) => Problem::NOT_AUTHENTICATED,
            HostError::Forbidden(_) => Problem::NOT_ALLOWED,
            HostError::NotFound(_) => Problem::NOT_FOUND,
            HostError::Conflict(_) => Problem::CLAIM_LOCKED,
            HostError::KeyReused(_) => Problem::KEY_REUSED,
            HostError::NotYet(_) | HostError::Store(StoreError::Busy { .. } | StoreError::Unavailable { .. }) => {
                Problem::BUSY
            }
            HostError::RuleFault(_) => Problem::RULE_FAULT,
            HostError::Store(StoreError::DiskFull) => Problem::DISK_FULL,
            HostError::Store(_) | HostError::Technical(_) => Problem::TECHNICAL,
        };
        if matches!(code, Problem::RULE_FAULT | Problem::TECHNICAL | Problem::DISK_FULL) {
            tracing::error!(%error, "request failed");
        }
        let field = match error {
            HostError::KeyReused(_) => "Idempotency-Key",
            _ => "",
        };
        Self::new(code, field, error.to_string())
    }
}

impl IntoResponse for ProblemAnswer {
    fn into_response(self) -> Response {
        let first =
            self.0.first().cloned().unwrap_or_else(|| {
                Problem::new(Problem::TECHNICAL, "", "the request is refused, and nothing says why")
            });
        let status = StatusCode::from_u16(first.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut body = first.to_json();
        if let Some(members) = body.as_object_mut() {
            members.insert("type".to_owned(), json!(format!("urn:reprise:problem:{}", first.code)));
            let title = first
                .known()
                .map_or("The rules refuse what is asked for.", |known| known.meaning);
            members.insert("title".to_owned(), json!(title));
            members.insert("status".to_owned(), json!(status.as_u16()));
            if self.0.len() > 1 {
                let errors: Vec<Value> = self.0.iter().map(Problem::to_json).collect();
                members.insert("errors".to_owned(), json!(errors));
            }
        }
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, content_type, body.to_string()).into_response();
        match status {
            StatusCode::UNAUTHORIZED => {
                let challenge = HeaderValue::from_static(CHALLENGE);
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            StatusCode::FORBIDDEN => _ = response.extensions_mut().insert(Refused(first.detail.clone())),
            _ => {}
        }
        let comes_again =
            (!first.by_rules && first.code == Problem::REQUEST_RUNNING) || status == StatusCode::SERVICE_UNAVAILABLE;
        if comes_again {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Whether what is asked at this path is refused with problems. Webhooks, events and rules are under `/api/v1` too, and are
/// part of the other API.
pub(in crate::http) fn answers_problems(path: &str) -> bool {
    const OTHERS: [&str; 3] = ["webhooks", "events", "rules"];
    path.strip_prefix("/api/v1/")
        .is_some_and(|under| !OTHERS.contains(&under.split('/').next().unwrap_or_default()))
}

/// The answer as it is, or as a problem if it is one of `/api/v1` that took too long.
pub(in crate::http) fn of_timeout(path: &str, response: Response) -> Response {
    let is_bare = !response.headers().contains_key(header::CONTENT_TYPE);
    if response.status() == StatusCode::GATEWAY_TIMEOUT && is_bare && answers_problems(path) {
        let detail = "the request took too long; it may have been done all the same, so ask again under the same \
                      Idempotency-Key";
        return ProblemAnswer::new(Problem::TIMEOUT, "", detail).into_response();
    }
    response
}
