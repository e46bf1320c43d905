//! What goes wrong, as an answer: the one place for status codes.

use std::any::Any;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reprise_model::{Message, MessageKey, ResultMessages};
use reprise_request::{MediaType, MessageTable, Problem, render_result_messages};
use reprise_store::StoreError;

use crate::HostError;
use crate::http::exchange::Caller;
use crate::http::v1::problem::{ProblemAnswer, answers_problems};

/// What a request without good credentials is told to bring.
pub(super) const CHALLENGE: &str = "Bearer realm=\"reprise\"";

/// With an answer that refuses what its caller may not have done: why.
#[derive(Clone, Debug)]
pub(super) struct Refused(pub(super) String);

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    messages: Vec<Message>,
    answer_in: MediaType,
    table: std::sync::Arc<MessageTable>,
}

impl ApiError {
    pub(crate) fn new(error: &HostError, caller: &Caller) -> Self {
        if matches!(
            error,
            HostError::Store(_) | HostError::Technical(_) | HostError::RuleFault(_)
        ) {
            tracing::error!(%error, "request failed");
        }
        Self::of_messages(status_of(error), error.messages(), caller)
    }

    pub(crate) fn refused(messages: Vec<Message>, caller: &Caller) -> Self {
        Self::new(&HostError::Refused(messages), caller)
    }

    /// More is sent than is taken.
    pub(crate) fn too_large(bytes_max: u64, caller: &Caller) -> Self {
        let message = Message::new(MessageKey::BodyTooLarge, [&bytes_max.to_string()]);
        Self::refused(vec![message], caller)
    }

    /// A body ended before it was complete.
    pub(crate) fn cut_off(what: &str, caller: &Caller) -> Self {
        let message = Message::new(MessageKey::MalformedBody, [what, "it ended before it was complete"]);
        Self::refused(vec![message], caller)
    }

    /// Too little of a body came for too long.
    pub(crate) fn stalled(what: &str, waited: Duration, caller: &Caller) -> Self {
        let reason = format!(
            "less than 64 KiB came within {} seconds, and nothing of it is kept",
            waited.as_secs()
        );
        let message = Message::new(MessageKey::MalformedBody, [what, &reason]);
        Self::of_messages(StatusCode::REQUEST_TIMEOUT, vec![message], caller)
    }

    /// A range is asked for that a content does not have.
    pub(crate) fn no_such_range(length_bytes: u64, caller: &Caller) -> Self {
        let reason = format!("it begins behind the end of the content, which is {length_bytes} bytes long");
        let message = Message::new(MessageKey::BadValue, ["header Range", &reason]);
        Self::of_messages(StatusCode::RANGE_NOT_SATISFIABLE, vec![message], caller)
    }

    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    /// All that there is to say of it, as sentences.
    pub(super) fn sentences(&self) -> String {
        self.messages.iter().map(Message::text).collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn of_messages(status: StatusCode, messages: Vec<Message>, caller: &Caller) -> Self {
        Self {
            status,
            messages,
            answer_in: caller.answer_in,
            table: std::sync::Arc::clone(&caller.messages),
        }
    }
}

fn status_of(error: &HostError) -> StatusCode {
    match error {
        HostError::Refused(messages) => match messages.as_slice() {
            [
                Message {
                    key: MessageKey::BodyTooLarge,
                    ..
                },
            ] => StatusCode::PAYLOAD_TOO_LARGE,
            [
                Message {
                    key: MessageKey::UnsupportedMediaType,
                    ..
                },
            ] => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            _ => StatusCode::BAD_REQUEST,
        },
        HostError::NotAuthenticated(_) => StatusCode::UNAUTHORIZED,
        HostError::Forbidden(_) => StatusCode::FORBIDDEN,
        HostError::NotFound(_) => StatusCode::NOT_FOUND,
        HostError::Conflict(_) => StatusCode::CONFLICT,
        HostError::KeyReused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        HostError::NotYet(_) => StatusCode::SERVICE_UNAVAILABLE,
        HostError::Store(StoreError::Busy { .. } | StoreError::Unavailable { .. }) => StatusCode::SERVICE_UNAVAILABLE,
        HostError::Store(StoreError::DiskFull) => StatusCode::INSUFFICIENT_STORAGE,
        HostError::RuleFault(_) | HostError::Store(_) | HostError::Technical(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The status of an answer about one claim that was to be processed again.
pub(crate) fn status_of_result(result: &ResultMessages) -> StatusCode {
    let fatal = result.messages.iter().find(|message| message.is_fatal());
    match fatal.map(|message| message.key) {
        None => StatusCode::OK,
        Some(MessageKey::UnknownClaim) => StatusCode::NOT_FOUND,
        Some(MessageKey::RuleFault | MessageKey::TechnicalError) => StatusCode::INTERNAL_SERVER_ERROR,
        // The claim is not in a state to be processed again, or the rules do not let it be.
        Some(_) => StatusCode::CONFLICT,
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let reason = self.sentences();
        let about = ResultMessages::about("", self.messages);
        let body = render_result_messages(&[about], self.answer_in, &self.table);
        let mut response = (self.status, [(header::CONTENT_TYPE, self.answer_in.as_str())], body).into_response();
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE => {
                let soon = HeaderValue::from_static("1");
                response.headers_mut().insert(header::RETRY_AFTER, soon);
            }
            StatusCode::UNAUTHORIZED => {
                let challenge = HeaderValue::from_static(CHALLENGE);
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            StatusCode::FORBIDDEN => _ = response.extensions_mut().insert(Refused(reason)),
            _ => {}
        }
        response
    }
}

/// No route has this path.
pub(crate) async fn no_such_path(caller: Caller, uri: axum::http::Uri) -> Response {
    let what = format!("resource at {}; /api/openapi.json lists what there is", uri.path());
    if is_v1(&uri) {
        return ProblemAnswer::new(Problem::NOT_FOUND, "", format!("there is no {what}")).into_response();
    }
    let error = HostError::NotFound(Message::new(MessageKey::NotFound, [&what]));
    ApiError::new(&error, &caller).into_response()
}

fn is_v1(uri: &axum::http::Uri) -> bool {
    answers_problems(uri.path())
}

/// The route has this path, but not this method.
pub(crate) async fn no_such_method(caller: Caller, method: axum::http::Method, uri: axum::http::Uri) -> Response {
    let what = format!(
        "method {method} at {}; /api/openapi.json lists what there is",
        uri.path()
    );
    if is_v1(&uri) {
        return ProblemAnswer::new(Problem::METHOD_NOT_ALLOWED, "", format!("there is no {what}")).into_response();
    }
    let messages = vec![Message::new(MessageKey::NotFound, [&what])];
    ApiError::of_messages(StatusCode::METHOD_NOT_ALLOWED, messages, &caller).into_response()
}

/// A fault of Reprise itself: the connection gets an answer and the server goes on.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    let message = Message::new(MessageKey::TechnicalError, ["a fault of its own; the log says more"]);
    let about = ResultMessages::about("", vec![message]);
    let body = render_result_messages(&[about], MediaType::Json, &MessageTable::default());
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        [(header::CONTENT_TYPE, "application/json")],
        body,
    )
        .into_response()
}
