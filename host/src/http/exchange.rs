//! Where bodies come in and answers go out.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reprise_model::{Message, MessageKey};
use reprise_request::{CriteriaRequest, Document, MediaType, MessageTable, RequestKind, Resource};
use serde::de::DeserializeOwned;

use crate::http::error::ApiError;
use crate::http::{Api, BODY_BYTES_MAX};
use crate::{Host, HostError};

/// The header that names the payer.
const PAYER: HeaderName = HeaderName::from_static("reprise-payer");

/// Who asks, and in what the answer is to come.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The payer that the caller names, if any.
    pub(crate) payer: Option<String>,
    pub(crate) answer_in: MediaType,
    /// The outward codes of messages.
    pub(crate) messages: Arc<MessageTable>,
}

fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

impl FromRequestParts<Api> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Self::Rejection> {
        let sent = text_of(&parts.headers, &header::CONTENT_TYPE)
            .and_then(|content_type| MediaType::from_content_type(&content_type).ok())
            .unwrap_or(MediaType::Json);
        let accept = text_of(&parts.headers, &header::ACCEPT);
        // Whoever accepts neither is better off with an answer it did not ask for than with none.
        let answer_in = MediaType::from_accept(accept.as_deref(), sent).unwrap_or(sent);
        // As everywhere, what is empty is absent.
        let payer = text_of(&parts.headers, &PAYER).filter(|payer| !payer.is_empty());
        Ok(Self {
            payer,
            answer_in,
            messages: Arc::clone(&api.messages),
        })
    }
}

/// What the path names.
pub(crate) struct Named<Names>(pub(crate) Names);

impl<Names: DeserializeOwned + Send> FromRequestParts<Api> for Named<Names> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Self::Rejection> {
        let caller = Caller::from_request_parts(parts, api).await?;
        let named = Path::from_request_parts(parts, api).await;
        named.map(|Path(names)| Self(names)).map_err(|rejection| {
            let message = Message::new(MessageKey::BadValue, ["the path", &rejection.body_text()]);
            ApiError::refused(vec![message], &caller)
        })
    }
}

/// A body, within its limit, with what it says it is.
pub(crate) struct Body {
    pub(crate) caller: Caller,
    pub(crate) media_type: MediaType,
    pub(crate) bytes: Bytes,
    pub(crate) correlation_id: Option<String>,
}

impl FromRequest<Api> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Self::Rejection> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, api).await?;
        let content_type = text_of(&parts.headers, &header::CONTENT_TYPE).unwrap_or_default();
        let media_type =
            MediaType::from_content_type(&content_type).map_err(|message| ApiError::refused(vec![message], &caller))?;
        let correlation_id = text_of(&parts.headers, &HeaderName::from_static("correlation-id"));
        let bytes = to_bytes(body, BODY_BYTES_MAX).await.map_err(|error| {
            // The limit is told apart from a caller who went away; that one reads no answer anyway.
            let message = if std::error::Error::source(&error).is_some_and(|source| source.is::<http_limit::Reached>())
            {
                Message::new(MessageKey::BodyTooLarge, [&BODY_BYTES_MAX.to_string()])
            } else {
                Message::new(
                    MessageKey::MalformedBody,
                    [media_type.format_name(), "it ended before it was complete"],
                )
            };
            ApiError::refused(vec![message], &caller)
        })?;
        Ok(Self {
            caller,
            media_type,
            bytes,
            correlation_id,
        })
    }
}

/// The error that axum reports where a body passes its limit.
mod http_limit {
    pub(super) use http_body_util::LengthLimitError as Reached;
}

impl Body {
    /// The payer's criteria or count request in the body.
    pub(crate) fn request(&self, host: &Host, payer: &str, kind: RequestKind) -> Result<CriteriaRequest, HostError> {
        let document =
            Document::read(&self.bytes, self.media_type).map_err(|message| HostError::Refused(vec![message]))?;
        host.read_request(payer, &document, kind)
    }
}

impl Api {
    /// Do a use-case for a payer where blocking is allowed, and answer its result.
    pub(crate) async fn ask<Answer: Send + 'static>(
        &self,
        caller: &Caller,
        use_case: impl FnOnce(&Host, &str) -> Result<Answer, HostError> + Send + 'static,
    ) -> Result<Answer, ApiError> {
        let (host, payer) = (self.host.clone(), caller.payer.clone());
        let done = tokio::task::spawn_blocking(move || {
            let payer = host.payer(payer.as_deref())?;
            use_case(&host, &payer)
        });
        let answer = done
            .await
            .unwrap_or_else(|error| Err(HostError::Technical(error.to_string())));
        answer.map_err(|error| ApiError::new(&error, caller))
    }
}

/// An answer in the caller's format.
pub(crate) fn answer(status: StatusCode, caller: &Caller, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, caller.answer_in.as_str())], body).into_response()
}

/// Something shown, in the caller's format.
pub(crate) fn show(caller: &Caller, name: &'static str, value: serde_json::Value) -> Response {
    answer(
        StatusCode::OK,
        caller,
        Resource::new(name, value).render(caller.answer_in),
    )
}
