//! `/api/payers`, `/api/principals`, `/api/roles` and `/api/tokens`: who may do what.
//!
//! A principal of a payer manages its own payer. One of the platform manages every payer, which the query names, and
//! without one those of the platform.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use reprise_model::{Message, MessageKey};
use reprise_request::{
    PrincipalRequest, read_payer_request, read_principal_request, read_role_request, read_token_request,
};
use reprise_store::{NewPrincipal, Principal, PrincipalsOf, Role, Token};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::access::{Access, BUILT_IN_ROLES, CreatedToken, PrincipalUpdate};
use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Asked, Body, Caller, Named, located, not_to_be_kept, show as show_resource, show_as};
use crate::http::links::{link, principal_path};
use crate::time::time_text;
use crate::{Host, HostError};

/// Whose access is managed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhoseQuery {
    /// The payer, where a principal of the platform asks.
    payer: Option<String>,
}

/// The payer whose access this caller manages with this query; none is the platform.
fn managed(caller: &Caller, query: &WhoseQuery) -> Result<Option<String>, HostError> {
    match (&caller.principal.payer, &query.payer) {
        (Some(own), None) => Ok(Some(own.clone())),
        (Some(own), Some(asked)) if own == asked => Ok(Some(own.clone())),
        // That there is another payer is not told.
        (Some(_), Some(asked)) => Err(HostError::not_found(&format!("payer {asked} for you"))),
        (None, asked) => Ok(asked.clone()),
    }
}

impl Api {
    /// Manage access where blocking is allowed, and answer the result.
    async fn manage<Answer: Send + 'static>(
        &self,
        caller: &Caller,
        query: &WhoseQuery,
        work: impl FnOnce(&Access<'_>, Option<&str>) -> Result<Answer, HostError> + Send + 'static,
    ) -> Result<Answer, ApiError> {
        let whose = managed(caller, query).map_err(|error| ApiError::new(&error, caller))?;
        let principal = Arc::clone(&caller.principal);
        self.ask_anyone(caller, move |host: &Host| {
            // A payer that is mistyped is not one that is new: `POST /api/payers` makes those.
            if principal.is_of_platform()
                && let Some(payer) = &whose
                && !host.payers()?.contains(payer)
            {
                return Err(HostError::not_found(&format!("payer {payer}")));
            }
            work(&host.access_of(&principal), whose.as_deref())
        })
        .await
    }
}

/// The payer whose roles are managed: the platform has none but those that are built in.
fn of_payer(whose: Option<&str>) -> Result<&str, HostError> {
    whose.ok_or_else(|| {
        let reason = "it is missing; a principal of the platform says whose roles it means";
        HostError::refused(MessageKey::BadValue, ["query parameter payer", reason])
    })
}

/// Who asks: the principal of the credentials that came with the request, and what it may do.
#[utoipa::path(
    get,
    path = "/api/principals/self",
    operation_id = "show_own_principal",
    tag = "access",
    security(("token" = [])),
    responses(
        (status = 200, description = "The principal", content((String = "application/xml"), (Object = "application/json"))),
    )
)]
pub(crate) async fn show_self(caller: Caller) -> Response {
    let principal = &caller.principal;
    let restrictions = match &principal.rights {
        crate::access::Rights::All => Value::from("all"),
        crate::access::Rights::Only(held) => held.iter().map(String::as_str).collect(),
    };
    let shown = json!({
        "id": principal.id,
        "name": principal.name,
        "payer": principal.payer,
        "roles": principal.roles,
        "restrictions": restrictions,
    });
    show_resource(&caller, "principal", shown)
}

/// The payers: all of them for a principal of the platform, its own for one of a payer.
#[utoipa::path(
    get,
    path = "/api/payers",
    operation_id = "list_payers",
    tag = "access",
    security(("token" = ["access.manage IP"])),
    responses(
        (status = 200, description = "The payers", content((String = "application/xml"), (Object = "application/json"))),
    )
)]
pub(crate) async fn list_payers(State(api): State<Api>, caller: Caller) -> Result<Response, ApiError> {
    let payers = match &caller.principal.payer {
        Some(own) => vec![own.clone()],
        None => api.ask_anyone(&caller, Host::payers).await?,
    };
    let payers: Vec<_> = payers.iter().map(|payer| json!({ "code": payer })).collect();
    Ok(show_resource(&caller, "payers", json!({ "payers": payers })))
}

/// Create a payer. Only principals of the platform can.
#[utoipa::path(
    post,
    path = "/api/payers",
    operation_id = "create_payer",
    tag = "access",
    security(("token" = ["access.manage IP"])),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "It was there already", content((String = "application/xml"), (Object = "application/json"))),
        (status = 201, description = "It is created", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
    )
)]
pub(crate) async fn create_payer(State(api): State<Api>, body: Body) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    if !caller.principal.is_of_platform() {
        let reason = "Payers are created by principals of the platform";
        let message = Message::new(MessageKey::NotAuthenticated, [reason]);
        return Err(ApiError::new(&HostError::Forbidden(message), &caller));
    }
    let principal = Arc::clone(&caller.principal);
    let (payer, created) = api
        .ask_anyone(&caller, move |host| {
            let payer = read_payer_request(&body.document()?).map_err(HostError::Refused)?;
            let created = host.access_of(&principal).create_payer(&payer)?;
            Ok((payer, created))
        })
        .await?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok(show_as(status, &caller, "payer", json!({ "code": payer })))
}

/// The principals of the payer, or of the platform.
#[utoipa::path(
    get,
    path = "/api/principals",
    operation_id = "list_principals",
    tag = "access",
    security(("token" = ["access.manage IP"])),
    params(("payer" = Option<String>, Query, description = "For principals of the platform: the payer; the platform if absent")),
    responses(
        (status = 200, description = "The principals", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The query cannot be read"),
        (status = 404, description = "There is no such payer for the caller"),
    )
)]
pub(crate) async fn list_principals(
    State(api): State<Api>,
    caller: Caller,
    Asked(query): Asked<WhoseQuery>,
) -> Result<Response, ApiError> {
    let principals = api
        .manage(&caller, &query, |access, whose| {
            access.principals(whose.map_or(PrincipalsOf::Platform, PrincipalsOf::Payer))
        })
        .await?;
    let shown: Vec<_> = principals.iter().map(principal_resource).collect();
    Ok(show_resource(&caller, "principals", json!({ "principals": shown })))
}

/// Create a principal: a person or a program that acts for the payer, or for the platform.
#[utoipa::path(
    post,
    path = "/api/principals",
    operation_id = "create_principal",
    tag = "access",
    security(("token" = ["access.manage IP"])),
    params(("payer" = Option<String>, Query, description = "For principals of the platform: the payer, created if new; the platform if absent")),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (
            status = 201,
            description = "The principal, at `Location`",
            headers(("Location" = String)),
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 404, description = "There is no such payer for the caller"),
        (status = 409, description = "There is one with this name or subject already"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
    )
)]
pub(crate) async fn create_principal(
    State(api): State<Api>,
    Asked(query): Asked<WhoseQuery>,
    body: Body,
) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let sets_subjects = caller.principal.is_of_platform();
    let principal = api
        .manage(&caller, &query, move |access, whose| {
            let request = read_principal_request(&body.document()?).map_err(HostError::Refused)?;
            check_subject(&request, sets_subjects)?;
            let name = request
                .name
                .ok_or_else(|| HostError::refused(MessageKey::MissingMember, ["`name`"]))?;
            if request.disabled == Some(true) {
                let reason = "a principal is created to ask for something; disable it later";
                return Err(HostError::refused(MessageKey::BadValue, ["`disabled`", reason]));
            }
            access.create_principal(&NewPrincipal {
                payer: whose.map(str::to_owned),
                name,
                subject: request.subject.filter(|subject| !subject.is_empty()),
                roles: request.roles.unwrap_or_default(),
            })
        })
        .await?;
    let response = show_as(
        StatusCode::CREATED,
        &caller,
        "principal",
        principal_resource(&principal),
    );
    Ok(located(response, &principal_path(principal.id, "")))
}

/// A principal.
#[utoipa::path(
    get,
    path = "/api/principals/{principal}",
    operation_id = "show_principal",
    tag = "access",
    security(("token" = ["access.manage IP"])),
    params(
        ("principal" = i64, Path, description = "The principal's id"),
        ("payer" = Option<String>, Query, description = "For principals of the platform: the payer; the platform if absent"),
    ),
    responses(
        (status = 200, description = "The principal", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path or the query cannot be read"),
        (status = 404, description = "There is no such principal"),
    )
)]
pub(crate) async fn show_principal(
    State(api): State<Api>,
    caller: Caller,
    Named(principal): Named<i64>,
    Asked(query): Asked<WhoseQuery>,
) -> Result<Response, ApiError> {
    let principal = api
        .manage(&caller, &query, move |access, whose| access.principal(whose, principal))
        .await?;
    Ok(show_resource(&caller, "principal", principal_resource(&principal)))
}

/// Change a principal: its roles, what the issuer calls it, whether it is disabled. What is not given stays as it is.
#[utoipa::path(
    put,
    path = "/api/principals/{principal}",
    operation_id = "change_principal",
    tag = "access",
    security(("token" = ["access.manage IP"])),
    params(
        ("principal" = i64, Path, description = "The principal's id"),
        ("payer" = Option<String>, Query, description = "For principals of the platform: the payer; the platform if absent"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "The principal as it is now", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 404, description = "There is no such principal"),
        (status = 409, description = "There is one with this subject already"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
    )
)]
pub(crate) async fn change_principal(
    State(api): State<Api>,
    Named(principal): Named<i64>,
    Asked(query): Asked<WhoseQuery>,
    body: Body,
) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let sets_subjects = caller.principal.is_of_platform();
    let principal = api
        .manage(&caller, &query, move |access, whose| {
            let request = read_principal_request(&body.document()?).map_err(HostError::Refused)?;
            check_subject(&request, sets_subjects)?;
            if request.name.is_some() {
                let reason = "history and the audit log know the principal by it, so it stays as it is";
                return Err(HostError::refused(MessageKey::BadValue, ["`name`", reason]));
            }
            let update = PrincipalUpdate {
                roles: request.roles,
                subject: request.subject,
                disabled: request.disabled,
            };
            access.change_principal(whose, principal, &update)
        })
        .await?;
    Ok(show_resource(&caller, "principal", principal_resource(&principal)))
}

/// The tokens of a principal: when they were made and used, never their secrets.
#[utoipa::path(
    get,
    path = "/api/principals/{principal}/tokens",
    operation_id = "list_tokens",
    tag = "access",
    security(("token" = ["access.manage IP"])),
    params(
        ("principal" = i64, Path, description = "The principal's id"),
        ("payer" = Option<String>, Query, description = "For principals of the platform: the payer; the platform if absent"),
    ),
    responses(
        (status = 200, description = "The tokens", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path or the query cannot be read"),
        (status = 404, description = "There is no such principal"),
    )
)]
pub(crate) async fn list_tokens(
    State(api): State<Api>,
    caller: Caller,
    Named(principal): Named<i64>,
    Asked(query): Asked<WhoseQuery>,
) -> Result<Response, ApiError> {
    let tokens = api
        .manage(&caller, &query, move |access, whose| access.tokens(whose, principal))
        .await?;
    let shown: Vec<_> = tokens.iter().map(token_resource).collect();
    Ok(show_resource(&caller, "tokens", json!({ "tokens": shown })))
}

/// Make a token for a principal. Its text is in this answer and in no other: whoever loses it makes another and revokes
/// this one.
#[utoipa::path(
    post,
    path = "/api/principals/{principal}/tokens",
    operation_id = "create_token",
    tag = "access",
    security(("token" = ["access.manage IP"])),
    params(
        ("principal" = i64, Path, description = "The principal's id"),
        ("payer" = Option<String>, Query, description = "For principals of the platform: the payer; the platform if absent"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 201, description = "The token, with its text", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 404, description = "There is no such principal"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
    )
)]
pub(crate) async fn create_token(
    State(api): State<Api>,
    Named(principal): Named<i64>,
    Asked(query): Asked<WhoseQuery>,
    body: Body,
) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let CreatedToken { text, token } = api
        .manage(&caller, &query, move |access, whose| {
            let expires_in_days = read_token_request(&body.document()?).map_err(HostError::Refused)?;
            access.create_token(whose, principal, expires_in_days)
        })
        .await?;
    let mut shown = token_resource(&token);
    shown["token"] = text.into();
    Ok(not_to_be_kept(show_as(StatusCode::CREATED, &caller, "token", shown)))
}

/// Revoke a token: whoever sends it is refused from now on, on every host.
#[utoipa::path(
    delete,
    path = "/api/tokens/{token}",
    operation_id = "revoke_token",
    tag = "access",
    security(("token" = ["access.manage IP"])),
    params(
        ("token" = String, Path, description = "The token's id: what stands between the underlines of its text"),
        ("payer" = Option<String>, Query, description = "For principals of the platform: the payer; the platform if absent"),
    ),
    responses(
        (status = 200, description = "The token as it is now", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path or the query cannot be read"),
        (status = 404, description = "There is no such token"),
    )
)]
pub(crate) async fn revoke_token(
    State(api): State<Api>,
    caller: Caller,
    Named(token): Named<String>,
    Asked(query): Asked<WhoseQuery>,
) -> Result<Response, ApiError> {
    let token = api
        .manage(&caller, &query, move |access, whose| access.revoke_token(whose, &token))
        .await?;
    Ok(show_resource(&caller, "token", token_resource(&token)))
}

/// The roles: those that are built in, and those that the payer has made.
#[utoipa::path(
    get,
    path = "/api/roles",
    operation_id = "list_roles",
    tag = "access",
    security(("token" = ["access.manage IP"])),
    params(("payer" = Option<String>, Query, description = "For principals of the platform: the payer; the platform if absent")),
    responses(
        (status = 200, description = "The roles", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The query cannot be read"),
        (status = 404, description = "There is no such payer for the caller"),
    )
)]
pub(crate) async fn list_roles(
    State(api): State<Api>,
    caller: Caller,
    Asked(query): Asked<WhoseQuery>,
) -> Result<Response, ApiError> {
    let (made, of_platform) = api
        .manage(&caller, &query, |access, whose| {
            let made = whose.map_or_else(|| Ok(Vec::new()), |payer| access.roles(payer))?;
            Ok((made, whose.is_none()))
        })
        .await?;
    let built_in = BUILT_IN_ROLES.iter().filter(|role| role.of_platform == of_platform);
    let mut shown: Vec<Value> = built_in
        .map(|role| {
            let restrictions = role.restrictions.map_or_else(|| Value::from("all"), Value::from);
            json!({ "name": role.name, "builtIn": true, "description": role.description, "restrictions": restrictions })
        })
        .collect();
    shown.extend(made.iter().map(|role| role_resource(&role.name, &role.restrictions)));
    Ok(show_resource(&caller, "roles", json!({ "roles": shown })))
}

/// Make a role of the payer's own, or have it grant other restrictions.
#[utoipa::path(
    put,
    path = "/api/roles/{role}",
    operation_id = "write_role",
    tag = "access",
    security(("token" = ["access.manage IP"])),
    params(
        ("role" = String, Path, description = "The role's name"),
        ("payer" = Option<String>, Query, description = "For principals of the platform: the payer"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "The role as it is now", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 404, description = "There is no such payer for the caller"),
        (status = 409, description = "A role with this name is built in"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
    )
)]
pub(crate) async fn write_role(
    State(api): State<Api>,
    Named(name): Named<String>,
    Asked(query): Asked<WhoseQuery>,
    body: Body,
) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let role = api
        .manage(&caller, &query, move |access, whose| {
            let restrictions = read_role_request(&body.document()?).map_err(HostError::Refused)?;
            let payer = of_payer(whose)?.to_owned();
            let role = Role {
                payer,
                name,
                restrictions,
            };
            access.write_role(&role)?;
            Ok(role)
        })
        .await?;
    Ok(show_resource(
        &caller,
        "role",
        role_resource(&role.name, &role.restrictions),
    ))
}

/// Delete a role that the payer has made. A principal that still has it keeps it from being deleted.
#[utoipa::path(
    delete,
    path = "/api/roles/{role}",
    operation_id = "delete_role",
    tag = "access",
    security(("token" = ["access.manage IP"])),
    params(
        ("role" = String, Path, description = "The role's name"),
        ("payer" = Option<String>, Query, description = "For principals of the platform: the payer"),
    ),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 400, description = "The path or the query cannot be read"),
        (status = 404, description = "The payer has made no such role"),
        (status = 409, description = "A principal has it"),
    )
)]
pub(crate) async fn delete_role(
    State(api): State<Api>,
    caller: Caller,
    Named(name): Named<String>,
    Asked(query): Asked<WhoseQuery>,
) -> Result<Response, ApiError> {
    api.manage(&caller, &query, move |access, whose| {
        access.delete_role(of_payer(whose)?, &name)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The issuer is the whole server's: a payer that could say whom it vouches for could claim another payer's people.
fn check_subject(request: &PrincipalRequest, sets_subjects: bool) -> Result<(), HostError> {
    if request.subject.is_none() || sets_subjects {
        return Ok(());
    }
    let reason = "What the issuer calls a principal is said by principals of the platform, or by `reprise principal`";
    let message = Message::new(MessageKey::NotAuthenticated, [reason]);
    Err(HostError::Forbidden(message))
}

fn principal_resource(principal: &Principal) -> Value {
    json!({
        "id": principal.id,
        "name": principal.name,
        "payer": principal.payer,
        "roles": principal.roles,
        "subject": principal.subject,
        "created": time_text(principal.created_at_ms),
        "disabled": principal.disabled_at_ms.and_then(time_text),
        "links": [
            link("self", principal_path(principal.id, "")),
            link("tokens", principal_path(principal.id, "/tokens")),
        ],
    })
}

fn token_resource(token: &Token) -> Value {
    json!({
        "id": token.id,
        "principal": token.principal,
        "created": time_text(token.created_at_ms),
        "expires": token.expires_at_ms.and_then(time_text),
        "revoked": token.revoked_at_ms.and_then(time_text),
        "lastUsed": token.last_used_at_ms.and_then(time_text),
    })
}

fn role_resource(name: &str, restrictions: &BTreeSet<String>) -> Value {
    json!({ "name": name, "builtIn": false, "restrictions": restrictions })
}
