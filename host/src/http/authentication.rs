//! Who asks, found out before anything of a request is read, and whether it may.
//!
//! What an operation takes stands with the operation, in the OpenAPI document: the document is read once when the
//! router is made, and what it says is what is asked. An operation that says nothing is refused to everybody.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use reprise_model::{Message, MessageKey};
use serde_json::Value;

use crate::HostError;
use crate::access::Principal;
use crate::http::Api;
use crate::http::error::{ApiError, Refused};
use crate::http::exchange::Caller;
use crate::http::v1::problem::ProblemAnswer;

/// The name of the security scheme in the document.
pub(super) const SCHEME: &str = "token";

/// What each operation asks of its caller.
#[derive(Debug, Default)]
pub(super) struct Requirements {
    operations: HashMap<(String, Method), Requirement>,
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
                Some(((path.clone(), method), requirement(operation)?))
            })
        });
        Self {
            operations: operations.collect(),
        }
    }

    fn get(&self, path: &str, method: &Method) -> Option<&Requirement> {
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

/// Lets a request through to its operation if its caller may have that done.
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
    let Some(restrictions) = &requirement.restrictions else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    let principal = match principal_of(&parts.headers, &api).await {
        Ok(principal) => principal,
        Err(error) => return refusal(&error, &parts, &api),
    };
    parts.extensions.insert(Arc::clone(&principal));
    let missing = restrictions
        .iter()
        .find(|restriction| !principal.rights.hold(restriction));
    let object = format!("{} {}", parts.method, parts.uri.path());
    let response = match missing {
        None => next.run(Request::from_parts(parts, body)).await,
        Some(missing) => {
            let message = Message::new(MessageKey::NotAllowed, [&principal.name, missing]);
            refusal(&HostError::Forbidden(message), &parts, &api)
        }
    };
    if let Some(Refused(reason)) = response.extensions().get() {
        note_refusal(&api, &principal, &requirement.operation, object, reason.clone()).await;
    }
    response
}

/// Who sends these headers.
async fn principal_of(headers: &HeaderMap, api: &Api) -> Result<Arc<Principal>, HostError> {
    let refused = |reason: &str| HostError::NotAuthenticated(Message::new(MessageKey::NotAuthenticated, [reason]));
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
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
    let host = api.host.clone();
    tokio::task::spawn_blocking(move || host.authenticate(&bearer))
        .await
        .unwrap_or_else(|error| Err(HostError::Technical(error.to_string())))
}

/// The answer, in the words of the API that was asked.
fn refusal(error: &HostError, parts: &Parts, api: &Api) -> Response {
    if parts.uri.path().starts_with("/api/v1/") {
        ProblemAnswer::of_host_error(error).into_response()
    } else {
        ApiError::new(error, &Caller::of(parts, api)).into_response()
    }
}

/// Keep that somebody has asked for what it may not have done. The request is answered all the same if that fails.
async fn note_refusal(api: &Api, principal: &Arc<Principal>, operation: &str, object: String, reason: String) {
    tracing::warn!(
        principal = principal.name,
        payer = principal.payer,
        operation,
        reason,
        "refused"
    );
    let (host, principal, operation) = (api.host.clone(), Arc::clone(principal), operation.to_owned());
    let noted = tokio::task::spawn_blocking(move || host.note_refusal(&principal, &operation, &object, &reason));
    if let Ok(Err(error)) = noted.await {
        tracing::error!(%error, "a refused attempt could not be kept in the audit log");
    }
}
