//! Where bodies come in and answers go out.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reprise_model::{Message, MessageKey};
use reprise_request::{CriteriaRequest, Document, MediaType, MessageTable, RequestKind, Resource};
use serde::de::DeserializeOwned;

use crate::access::{Principal, Rights};
use crate::http::door::Place;
use crate::http::error::ApiError;
use crate::http::idempotency::Sent;
use crate::http::{Api, BODY_BYTES_MAX};
use crate::{DecidedBy, Host, HostError};

/// Who asks, and in what the answer is to come.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Who asks. Nobody, who has no rights, where a request was not authenticated.
    pub(crate) principal: Arc<Principal>,
    /// Who acts, as history and events keep it.
    pub(crate) user: String,
    pub(crate) answer_in: MediaType,
    /// The outward codes of messages.
    pub(crate) messages: Arc<MessageTable>,
    /// The place of its request among those under way, which whatever is done for it holds as well: the work goes on when
    /// the caller has gone.
    pub(crate) place: Option<Place>,
}

impl Caller {
    /// Whoever sent a request with these headers, as far as is known.
    pub(super) fn of(parts: &Parts, api: &Api) -> Self {
        let sent = text_of(&parts.headers, &header::CONTENT_TYPE)
            .and_then(|content_type| MediaType::from_content_type(&content_type).ok())
            .unwrap_or(MediaType::Json);
        let accept = text_of(&parts.headers, &header::ACCEPT);
        // Whoever accepts neither is better off with an answer it did not ask for than with none.
        let answer_in = MediaType::from_accept(accept.as_deref(), sent).unwrap_or(sent);
        let authenticated = parts.extensions.get::<Arc<Principal>>();
        let principal = authenticated.map_or_else(|| Arc::new(Principal::nobody()), Arc::clone);
        Self {
            user: principal.name.clone(),
            principal,
            answer_in,
            messages: Arc::clone(&api.messages),
            place: parts.extensions.get().cloned(),
        }
    }

    /// The same caller for what goes on after its answer has begun, so that its request is under way no more.
    pub(super) fn after_answer(self) -> Self {
        Self { place: None, ..self }
    }

    /// What the caller may do.
    pub(crate) fn rights(&self) -> &Rights {
        &self.principal.rights
    }

    /// The payer that the caller belongs to.
    pub(crate) fn payer(&self) -> Result<&str, HostError> {
        self.principal.payer.as_deref().ok_or_else(|| {
            let reason = "This is about a payer's own things; a principal of the platform sees none of them";
            HostError::Forbidden(Message::new(MessageKey::NotAuthenticated, [reason]))
        })
    }
}

pub(super) fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

impl FromRequestParts<Api> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, api))
    }
}

/// What the path names.
pub(crate) struct Named<Names>(pub(crate) Names);

impl<Names: DeserializeOwned + Send> FromRequestParts<Api> for Named<Names> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Self::Rejection> {
        let caller = Caller::of(parts, api);
        let named = Path::from_request_parts(parts, api).await;
        named.map(|Path(names)| Self(names)).map_err(|rejection| {
            let message = Message::new(MessageKey::BadValue, ["the path", &rejection.body_text()]);
            ApiError::refused(vec![message], &caller)
        })
    }
}

/// What the query asks for.
pub(crate) struct Asked<Parameters>(pub(crate) Parameters);

impl<Parameters: DeserializeOwned + Send> FromRequestParts<Api> for Asked<Parameters> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Self::Rejection> {
        let caller = Caller::of(parts, api);
        let asked = Query::from_request_parts(parts, api).await;
        asked.map(|Query(asked)| Self(asked)).map_err(|rejection| {
            let message = Message::new(MessageKey::BadValue, ["the query", &rejection.body_text()]);
            ApiError::refused(vec![message], &caller)
        })
    }
}

/// How many of a list are asked for at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "u32")]
pub(crate) struct Limit(pub(crate) u32);

impl Limit {
    const MAX: u32 = 1_000;
}

impl Default for Limit {
    fn default() -> Self {
        Self(100)
    }
}

impl TryFrom<u32> for Limit {
    type Error = String;

    fn try_from(limit: u32) -> Result<Self, Self::Error> {
        if (1..=Self::MAX).contains(&limit) {
            Ok(Self(limit))
        } else {
            Err(format!("it is {limit}; it can be 1 to {}", Self::MAX))
        }
    }
}

/// A body, within its limit, with what it says it is.
pub(crate) struct Body {
    pub(crate) caller: Caller,
    pub(crate) media_type: MediaType,
    pub(crate) bytes: Bytes,
    pub(crate) correlation_id: Option<String>,
    /// What makes it the same request when it comes again.
    pub(crate) sent: Sent,
}

impl FromRequest<Api> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        let caller = Caller::of(&parts, api);
        let content_type = text_of(&parts.headers, &header::CONTENT_TYPE).unwrap_or_default();
        let media_type =
            MediaType::from_content_type(&content_type).map_err(|message| ApiError::refused(vec![message], &caller))?;
        let correlation_id = text_of(&parts.headers, &HeaderName::from_static("correlation-id"));
        let bytes = read_whole(body, media_type.format_name(), &caller).await?;
        let sent = Sent::of(&parts, &caller, media_type.as_str(), &bytes)?;
        Ok(Self {
            caller,
            media_type,
            bytes,
            correlation_id: correlation_id.filter(|id| !id.is_empty()),
            sent,
        })
    }
}

/// A POST that says all by its path.
pub(crate) struct Order {
    pub(crate) caller: Caller,
    /// What makes it the same request when it comes again.
    pub(crate) sent: Sent,
}

impl FromRequest<Api> for Order {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        let caller = Caller::of(&parts, api);
        let bytes = read_whole(body, "content", &caller).await?;
        // Some clients cannot post nothing, and post an empty object instead.
        if !matches!(bytes.trim_ascii(), b"" | b"{}") {
            let reason = "nothing is read of one here; send none";
            let message = Message::new(MessageKey::BadValue, ["the body", reason]);
            return Err(ApiError::refused(vec![message], &caller));
        }
        let sent = Sent::of(&parts, &caller, "", b"")?;
        Ok(Self { caller, sent })
    }
}

pub(super) async fn read_whole(body: axum::body::Body, what: &str, caller: &Caller) -> Result<Bytes, ApiError> {
    to_bytes(body, BODY_BYTES_MAX).await.map_err(|error| {
        // The limit is told apart from a caller who went away; that one reads no answer anyway.
        if std::error::Error::source(&error).is_some_and(|source| source.is::<http_limit::Reached>()) {
            ApiError::too_large(BODY_BYTES_MAX as u64, caller)
        } else {
            ApiError::cut_off(what, caller)
        }
    })
}

/// The error that axum reports where a body passes its limit.
mod http_limit {
    pub(super) use http_body_util::LengthLimitError as Reached;
}

impl Body {
    /// The body as a tree of values.
    pub(crate) fn document(&self) -> Result<Document, HostError> {
        Document::read(&self.bytes, self.media_type).map_err(|message| HostError::Refused(vec![message]))
    }

    /// The payer's criteria or count request in the body.
    pub(crate) fn request(&self, host: &Host, payer: &str, kind: RequestKind) -> Result<CriteriaRequest, HostError> {
        host.read_request(payer, &self.document()?, kind)
    }
}

impl Api {
    /// Do a use-case for a payer where blocking is allowed, and answer its result.
    pub(crate) async fn ask<Answer: Send + 'static>(
        &self,
        caller: &Caller,
        use_case: impl FnOnce(&Host, &str) -> Result<Answer, HostError> + Send + 'static,
    ) -> Result<Answer, ApiError> {
        let payer = caller
            .payer()
            .map_err(|error| ApiError::new(&error, caller))?
            .to_owned();
        self.ask_anyone(caller, move |host| use_case(host, &payer)).await
    }

    /// Do a use-case that is not about one payer's things where blocking is allowed, and answer its result.
    pub(crate) async fn ask_anyone<Answer: Send + 'static>(
        &self,
        caller: &Caller,
        use_case: impl FnOnce(&Host) -> Result<Answer, HostError> + Send + 'static,
    ) -> Result<Answer, ApiError> {
        let (host, place) = (self.host.clone(), caller.place.clone());
        let done = tokio::task::spawn_blocking(move || {
            let _held = place;
            use_case(&host)
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
    show_as(StatusCode::OK, caller, name, value)
}

/// Something shown with this status, in the caller's format.
pub(crate) fn show_as(status: StatusCode, caller: &Caller, name: &'static str, value: serde_json::Value) -> Response {
    answer(status, caller, Resource::new(name, value).render(caller.answer_in))
}

/// An answer with a secret in it, which nobody on its way may keep.
pub(crate) fn not_to_be_kept(mut response: Response) -> Response {
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, no_store);
    response
}

/// The answer, with by which component and in which generation it was decided.
pub(crate) fn decided_by(mut response: Response, decided_by: &DecidedBy) -> Response {
    let said = [
        ("reprise-rules", Some(&decided_by.rules)),
        ("reprise-generation", decided_by.generation.as_ref()),
    ];
    for (name, value) in said {
        // INVARIANT: digests and numbers are headers.
        if let Some(Ok(value)) = value.map(|value| HeaderValue::try_from(value.as_str())) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// An answer that says where to look.
pub(crate) fn located(mut response: Response, path: &str) -> Response {
    // INVARIANT: paths are percent-encoded by `links`, so they are headers.
    if let Ok(location) = HeaderValue::try_from(path) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
