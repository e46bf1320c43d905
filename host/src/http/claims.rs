//! `/api/claims`: claims as they stand.

use std::collections::HashSet;

use axum::extract::State;
use axum::response::Response;
use reprise_model::{AttachedPendReason, Claim, Message, MessageKey};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Asked, Caller, Named, show as show_resource};
use crate::http::links::{claim_path, generic_claim_path, generic_pend_reason_path, get_link, pend_operation_link};
use crate::pends::{AttachedTo, offered};
use crate::{Host, HostError, PendOperation, PendReasonId};

/// A claim, by id, or by code where the path is not a decimal number.
#[utoipa::path(
    get,
    path = "/api/claims/{claim}",
    operation_id = "show_claim",
    tag = "claims",
    security(("token" = ["claims.read IP"])),
    params(
        ("claim" = String, Path, description = "The claim's id or code"),
    ),
    responses(
        (status = 200, description = "The claim", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such claim"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Named(claim): Named<String>,
) -> Result<Response, ApiError> {
    let claim = api
        .ask(&caller, move |host, payer| resource(host, &host.claim(payer, &claim)?))
        .await?;
    Ok(show_resource(&caller, "claim", claim))
}

/// The same claim under the path of generic resources.
#[utoipa::path(
    get,
    path = "/api/generic/claims/{claim}",
    operation_id = "show_generic_claim",
    tag = "claims",
    security(("token" = ["claims.read IP"])),
    params(
        ("claim" = String, Path, description = "The claim's id or code"),
    ),
    responses(
        (status = 200, description = "The claim", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such claim"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn show_generic(api: State<Api>, caller: Caller, claim: Named<String>) -> Result<Response, ApiError> {
    show(api, caller, claim).await
}

/// Which claims are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimsQuery {
    code: Option<String>,
}

/// The claim with a code, whatever the code looks like: a list of one or none.
#[utoipa::path(
    get,
    path = "/api/claims",
    operation_id = "claims_with_code",
    tag = "claims",
    security(("token" = ["claims.read IP"])),
    params(
        ("code" = String, Query, description = "The claim's code"),
    ),
    responses(
        (status = 200, description = "The claims", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "No code is given"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn by_code(
    State(api): State<Api>,
    caller: Caller,
    Asked(query): Asked<ClaimsQuery>,
) -> Result<Response, ApiError> {
    let code = query.code.ok_or_else(|| {
        let message = Message::new(MessageKey::MissingMember, ["query parameter code"]);
        ApiError::refused(vec![message], &caller)
    })?;
    let claims = api
        .ask(&caller, move |host, payer| {
            host.claim_with_code(payer, &code)?
                .iter()
                .map(|claim| resource(host, claim))
                .collect::<Result<Vec<_>, _>>()
        })
        .await?;
    Ok(show_resource(&caller, "claims", json!({ "claims": claims })))
}

/// A claim as it is exported, with the ids of its pend reasons and links to what can be asked and done next.
fn resource(host: &Host, claim: &Claim) -> Result<Value, HostError> {
    let is_held = host.is_held(claim)?;
    let mut value = serde_json::to_value(claim).map_err(|error| HostError::Technical(error.to_string()))?;
    if let (Some(members), Some(id)) = (value.as_object_mut(), claim.id) {
        members.remove("kind");
        let operations = offered(claim, is_held);
        let shown = PendReasons {
            claim: id,
            resolvable: resolvable(&operations),
        };
        shown.complete(members, Some(AttachedTo::Claim), &claim.pend_reasons);
        for (bill, held) in parts(members, "bills").zip(&claim.bills) {
            shown.complete(bill, None, &held.pend_reasons);
        }
        for (line, held) in parts(members, "lines").zip(&claim.lines) {
            shown.complete(line, Some(AttachedTo::Line), &held.pend_reasons);
        }
        let mut links = vec![
            get_link("self", generic_claim_path(id)),
            get_link("claim:status", claim_path(id, "/status")),
        ];
        links.extend(operations.iter().map(|operation| pend_operation_link(id, operation)));
        members.insert("links".to_owned(), links.into());
    }
    Ok(value)
}

/// The codes of the pend reasons that can be resolved one by one: the claim is in a state for all of them or for none.
fn resolvable(operations: &[PendOperation]) -> HashSet<&str> {
    let codes = operations.iter().filter_map(|operation| match operation {
        PendOperation::ResolvePend { code } => Some(code.as_str()),
        _ => None,
    });
    codes.collect()
}

/// The members of each object of a list.
fn parts<'a>(members: &'a mut Map<String, Value>, list: &str) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    let parts = members.get_mut(list).and_then(Value::as_array_mut);
    parts.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// What is said of the pend reasons of a claim beside what is exported of them.
struct PendReasons<'a> {
    claim: i64,
    resolvable: HashSet<&'a str>,
}

impl PendReasons<'_> {
    /// Says of each pend reason that is attached here what it is known by, and links to it and to its resolution.
    fn complete(&self, members: &mut Map<String, Value>, to: Option<AttachedTo>, attached: &[AttachedPendReason]) {
        for (reason, attached) in parts(members, "pendReasons").zip(attached) {
            let id = PendReasonId {
                claim: self.claim,
                number: attached.number,
            };
            reason.insert("id".to_owned(), id.to_string().into());
            // One of a bill is shown and resolved with the claim alone.
            let Some(to) = to else { continue };
            let mut links = vec![get_link("self", generic_pend_reason_path(to, id))];
            if !attached.resolved && self.resolvable.contains(attached.code.as_str()) {
                links.push(pend_operation_link(id.claim, &to.resolve(id.number)));
            }
            reason.insert("links".to_owned(), links.into());
        }
    }
}
