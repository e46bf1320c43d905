//! Where requests of `/api/v1` are read and answered.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use reprise_request::{MediaType, Problem};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::problem::ProblemAnswer;
use crate::http::exchange::{Caller, read_whole, text_of};
use crate::http::idempotency::Sent;
use crate::http::{Api, BODY_BYTES_MAX};
use crate::{Host, IntakeError};

/// Who asks.
pub(super) struct Asker(pub(super) Caller);

impl FromRequestParts<Api> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Self::Rejection> {
        Ok(Self(Caller::of(parts, api)))
    }
}

/// The number in the path.
pub(super) struct Number(pub(super) i64);

impl FromRequestParts<Api> for Number {
    type Rejection = ProblemAnswer;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Self::Rejection> {
        let bad = |shown: &str| {
            let detail = format!("`{shown}` is in the place of a number; that is a positive decimal number");
            ProblemAnswer::new(Problem::BAD_PATH, "", detail)
        };
        let Path(text) = Path::<String>::from_request_parts(parts, api)
            .await
            .map_err(|_| bad(parts.uri.path()))?;
        let is_decimal = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if is_decimal && number > 0 => Ok(Self(number)),
            _ => Err(bad(&text)),
        }
    }
}

/// What the query asks for.
pub(super) struct Parameters<P>(pub(super) P);

impl<P: DeserializeOwned + Send> FromRequestParts<Api> for Parameters<P> {
    type Rejection = ProblemAnswer;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Self::Rejection> {
        let asked = Query::from_request_parts(parts, api).await;
        asked
            .map(|Query(asked)| Self(asked))
            .map_err(|rejection| ProblemAnswer::new(Problem::BAD_QUERY, "", rejection.body_text()))
    }
}

/// A JSON body, within its limit. Nothing at all is one, too, for requests that say all by their path.
pub(super) struct JsonBody {
    pub(super) caller: Caller,
    pub(super) bytes: Bytes,
    /// What makes it the same request when it comes again.
    pub(super) sent: Sent,
}

impl FromRequest<Api> for JsonBody {
    type Rejection = ProblemAnswer;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        let caller = Caller::of(&parts, api);
        let bytes = read_whole(body, "JSON", &caller).await.map_err(|error| {
            let code = match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::BODY_TOO_LARGE,
                _ => Problem::MALFORMED_BODY,
            };
            ProblemAnswer::new(
                code,
                "",
                match code {
                    Problem::BODY_TOO_LARGE => format!("the body is larger than {BODY_BYTES_MAX} bytes"),
                    _ => error.sentences(),
                },
            )
        })?;
        let content_type = text_of(&parts.headers, &header::CONTENT_TYPE);
        let is_json = content_type
            .as_deref()
            .is_some_and(|content_type| matches!(MediaType::from_content_type(content_type), Ok(MediaType::Json)));
        if !is_json && !bytes.trim_ascii().is_empty() {
            let detail = "the body is to be sent as Content-Type application/json";
            return Err(ProblemAnswer::new(
                Problem::UNSUPPORTED_MEDIA_TYPE,
                "Content-Type",
                detail,
            ));
        }
        let sent = Sent::of(&parts, &caller, "application/json", &bytes)
            .map_err(|error| ProblemAnswer::of_api_error(&error, Problem::BAD_HEADER))?;
        Ok(Self { caller, bytes, sent })
    }
}

impl Api {
    /// Do a use-case of intake for a payer where blocking is allowed, and answer its result.
    pub(super) async fn ask_intake<Answer: Send + 'static>(
        &self,
        caller: &Caller,
        use_case: impl FnOnce(&Host, &str) -> Result<Answer, IntakeError> + Send + 'static,
    ) -> Result<Answer, ProblemAnswer> {
        let (host, place) = (self.host.clone(), caller.place.clone());
        let payer = caller.payer()?.to_owned();
        let done = tokio::task::spawn_blocking(move || {
            let _held = place;
            use_case(&host, &payer)
        });
        let answer = done
            .await
            .unwrap_or_else(|error| Err(IntakeError::Host(crate::HostError::Technical(error.to_string()))));
        answer.map_err(ProblemAnswer::from)
    }
}

/// An answer as JSON.
pub(super) fn json_answer(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}
