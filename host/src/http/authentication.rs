//! Who asks, found out before anything of a request is read, and whether it may. In between, the door asks how fast
//! the principal sends.
//!
//! What an operation takes stands with the operation, in the OpenAPI document: the document is read once when the
//! router is made, and what it says is what is asked. An operation that says nothing is refused to everybody.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use reprise_model::{Message, MessageKey};
use serde_json::Value;

use crate::HostError;
use crate::access::rights::CLAIMS_RESOLVE_PEND;
use crate::access::{Principal, RefusedAttempt, Session};
use crate::http::Api;
use crate::http::door::Place;
use crate::http::error::{ApiError, Refused};
use crate::http::exchange::Caller;
use crate::http::v1::problem::{ProblemAnswer, answers_problems};

/// The name of the security scheme in the document.
pub(super) const SCHEME: &str = "token";

/// How much of a path the audit log keeps.
const OBJECT_BYTES_MAX: usize = 500;

/// What each operation asks of its caller.
#[derive(Debug, Default)]
pub(super) struct Requirements {
    operations: HashMap<(String, Method), Arc<Requirement>>,
}

/// What an operation asks of its caller.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    /// What the audit log calls the operation.
    operation: String,
    /// None if it is open to everybody; else all of these restrictions.
    restrictions: Option<Vec<String>>,
}

impl Requirements {
    /// What this document says.
    pub(super) fn of(document: &utoipa::openapi::OpenApi) -> Self {
        let document = serde_json::to_value(document).unwrap_or_default();
        let paths = document["paths"].as_object().into_iter().flatten();
        let operations = paths.flat_map(|(path, item)| {
            let operations = item.as_object().into_iter().flatten();
            operations.filter_map(|(method, operation)| {
                let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).ok()?;
                Some(((path.clone(), method), Arc::new(requirement(operation)?)))
            })
        });
        Self {
            operations: operations.collect(),
        }
    }

    fn get(&self, path: &str, method: &Method) -> Option<&Arc<Requirement>> {
        let operation = |method: &Method| self.operations.get(&(path.to_owned(), method.clone()));
        // What can be got can be asked for without its body.
        let got = || operation(&Method::GET).filter(|_| method == Method::HEAD);
        operation(method).or_else(got)
    }
}

/// What the document says of an operation; none if it says nothing of who may have it done.
fn requirement(operation: &Value) -> Option<Requirement> {
    let ways = operation["security"].as_array()?;
    let way = ways.first()?.as_object()?;
    let restrictions = match way.get(SCHEME) {
        Some(scopes) => Some(
            scopes
                .as_array()?
                .iter()
                .filter_map(|scope| scope.as_str().map(str::to_owned))
                .collect(),
        ),
        None if way.is_empty() => None,
        None => return None,
    };
    Some(Requirement {
        operation: operation["operationId"].as_str()?.to_owned(),
        restrictions,
    })
}

/// Finds out who sends a request that is not open to everybody.
pub(super) async fn authenticate(
    State((api, requirements)): State<(Api, Arc<Requirements>)>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let Some(requirement) = path.and_then(|path| requirements.get(path, request.method())) else {
        // INVARIANT: a test asks every operation without credentials, so nobody gets here but by a bug.
        tracing::error!(method = %request.method(), path, "nothing says who may have this done");
        let error = HostError::Technical("nothing says who may have this done, so nobody may".to_owned());
        return refusal(&error, &request.into_parts().0, &api);
    };
    if requirement.restrictions.is_none() {
        return next.run(request).await;
    }
    let requirement = Arc::clone(requirement);
    let (mut parts, body) = request.into_parts();
    let (principal, session) = match principal_of(&parts, &api).await {
        Ok(found) => found,
        Err(error) => return refusal(&error, &parts, &api),
    };
    parts.extensions.insert(principal);
    parts.extensions.insert(session);
    parts.extensions.insert(requirement);
    next.run(Request::from_parts(parts, body)).await
}

/// Lets a request through to its operation if its principal may have that done, and keeps in the audit log that it may
/// not, whoever finds that out.
pub(super) async fn authorize(State(api): State<Api>, request: Request, next: Next) -> Response {
    let extensions = request.extensions();
    let known = (extensions.get::<Arc<Principal>>(), extensions.get::<Arc<Requirement>>());
    let (Some(principal), Some(requirement)) = known else {
        // What is open to everybody.
        return next.run(request).await;
    };
    let (principal, requirement) = (Arc::clone(principal), Arc::clone(requirement));
    let restrictions = requirement.restrictions.iter().flatten();
    let missing = restrictions
        .into_iter()
        .find(|restriction| !principal.rights.hold(restriction));
    let mut object = format!("{} {}", request.method(), request.uri().path());
    object.truncate(object.floor_char_boundary(OBJECT_BYTES_MAX));
    let claim = claim_of(&request);
    let place = request.extensions().get::<Place>().cloned();
    let response = match missing {
        None => next.run(request).await,
        Some(missing) => {
            let parts = request.into_parts().0;
            let mut messages = vec![Message::new(MessageKey::NotAllowed, [&principal.name, missing])];
            if missing == CLAIMS_RESOLVE_PEND {
                // The integration point that Reprise stands in for has one message for every right that is missing here.
                messages.insert(0, Message::new(MessageKey::PendReasonNotAllowed, []));
                ApiError::of_messages(StatusCode::FORBIDDEN, messages, &Caller::of(&parts, &api)).into_response()
            } else {
                refusal(&HostError::Forbidden(messages.remove(0)), &parts, &api)
            }
        }
    };
    if let Some(Refused(reason)) = response.extensions().get() {
        let attempt = RefusedAttempt {
            operation: requirement.operation.clone(),
            object,
            claim,
            reason: reason.clone(),
        };
        note_refusal(&api, principal, attempt, place).await;
    }
    response
}

/// The claim that a path is about, by id or code.
fn claim_of(request: &Request) -> Option<String> {
    let template = request.extensions().get::<MatchedPath>()?.as_str().split('/');
    let mut parts = template.zip(request.uri().path().split('/'));
    let (name, given) = parts.find(|(name, _)| matches!(*name, "{claim}" | "{ClaimNum}" | "{id}"))?;
    match name {
        "{claim}" | "{ClaimNum}" => Some(decoded(given)),
        // What is known by claim and number: an attached pend reason.
        _ => given.split_once('-').map(|(claim, _)| claim.to_owned()),
    }
}

/// A part of a path, without its percent-encoding. What is not text then is the code of no claim.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => {
                let digit = |byte: &u8| {
                    char::from(*byte)
                        .to_digit(16)
                        .and_then(|digit| u8::try_from(digit).ok())
                };
                digit(high).zip(digit(low)).map(|(high, low)| 16 * high + low)
            }
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Who sends a request with these headers.
async fn principal_of(parts: &Parts, api: &Api) -> Result<(Arc<Principal>, Session), HostError> {
    let refused = |reason: &str| HostError::NotAuthenticated(Message::new(MessageKey::NotAuthenticated, [reason]));
    let mut given = parts.headers.get_all(header::AUTHORIZATION).iter();
    let header = given.next().ok_or_else(|| {
        refused("The request has no credentials; send the header `Authorization: Bearer` with a token")
    })?;
    if given.next().is_some() {
        return Err(refused("The header Authorization is given more than once"));
    }
    // What is not text is not shown again: it may be a secret that went wrong.
    let bearer = header.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    let bearer = bearer.ok_or_else(|| refused("The header Authorization is not `Bearer` and a token"))?;
    let (host, place) = (api.host.clone(), parts.extensions.get::<Place>().cloned());
    let session = Session::new(&bearer);
    let finding = tokio::task::spawn_blocking(move || {
        let _held = place;
        host.authenticate(&bearer)
    });
    let principal = finding
        .await
        .unwrap_or_else(|error| Err(HostError::Technical(error.to_string())))?;
    Ok((principal, session))
}

/// The answer, in the words of the API that was asked.
fn refusal(error: &HostError, parts: &Parts, api: &Api) -> Response {
    if answers_problems(parts.uri.path()) {
        ProblemAnswer::of_host_error(error).into_response()
    } else {
        ApiError::new(error, &Caller::of(parts, api)).into_response()
    }
}

/// Keep that somebody has asked for what it may not have done. The request is answered all the same if that fails.
async fn note_refusal(api: &Api, principal: Arc<Principal>, attempt: RefusedAttempt, place: Option<Place>) {
    tracing::warn!(
        principal = principal.name,
        payer = principal.payer,
        operation = attempt.operation,
        reason = attempt.reason,
        "refused"
    );
    let host = api.host.clone();
    let noted = tokio::task::spawn_blocking(move || {
        let _held = place;
        host.note_refusal(&principal, &attempt)
    });
    if let Ok(Err(error)) = noted.await {
        tracing::error!(%error, "a refused attempt could not be kept in the audit log");
    }
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn parts_of_paths_are_read_as_they_were_meant() {
        for (part, text) in [
            ("C001", "C001"),
            ("a%2Fb%20c", "a/b c"),
            ("50%25", "50%"),
            ("%C3%A4", "ä"),
            ("50%", "50%"),
            ("%4", "%4"),
            ("%zz", "%zz"),
        ] {
            assert_eq!(decoded(part), text);
        }
    }
}
