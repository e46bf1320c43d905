//! `/api/v1/rules/activate`, `/rollback`, `/deactivate`, what may decide again, and what decided when.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use reprise_model::MessageKey;
use reprise_request::{
    read_rules_activation_request, read_rules_deactivation_request, read_rules_reinstatement_request,
    read_rules_rollback_request,
};
use reprise_store::RuleKind;
use serde::Deserialize;
use serde_json::json;

use super::components::named;
use super::resources;
use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Asked, Body, Caller, Limit, Named, show as show_resource, show_as};
use crate::http::idempotency::replayed;
use crate::{Activated, ActivatedNames, ActivationRequest, Done, HostError, RulesManagement};

/// Which of a list are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageQuery {
    before: Option<i64>,
    #[serde(default)]
    limit: Limit,
}

/// The generations, the last first: what decides, or did, together.
#[utoipa::path(
    get,
    path = "/api/v1/rules/generations",
    operation_id = "list_rule_generations",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    params(
        ("before" = Option<i64>, Query, description = "Generations before the one with this number; the last if absent"),
        ("limit" = Option<u32>, Query, description = "How many at most, 1 to 1000; 100 if absent"),
    ),
    responses(
        (
            status = 200,
            description = "The generations; `next` is what to ask before for those that follow, if any do",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The query cannot be read"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn generations(
    State(api): State<Api>,
    caller: Caller,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, ApiError> {
    let PageQuery { before, limit } = query;
    let (listed, active) = api
        .manage_rules(&caller, move |rules| {
            let active = rules.active_generation()?.map(|active| active.number);
            Ok((rules.generations(before, limit.0)?, active))
        })
        .await?;
    let is_full = listed.len() >= limit.0 as usize;
    let next = listed.last().filter(|_| is_full).map(|generation| generation.number);
    let shown: Vec<_> = listed
        .iter()
        .map(|generation| resources::generation(generation, Some(Some(generation.number) == active)))
        .collect();
    Ok(show_resource(
        &caller,
        "generations",
        json!({ "generations": shown, "next": next }),
    ))
}

/// The record of activations, the last first: what decided since when, who has seen to it, and why.
#[utoipa::path(
    get,
    path = "/api/v1/rules/activations",
    operation_id = "list_rule_activations",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    params(
        ("before" = Option<i64>, Query, description = "Entries before the one with this id; the last if absent"),
        ("limit" = Option<u32>, Query, description = "How many at most, 1 to 1000; 100 if absent"),
    ),
    responses(
        (
            status = 200,
            description = "The entries; `next` is what to ask before for those that follow, if any do",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The query cannot be read"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn activations(
    State(api): State<Api>,
    caller: Caller,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, ApiError> {
    let PageQuery { before, limit } = query;
    let listed = api
        .manage_rules(&caller, move |rules| rules.history(before, limit.0))
        .await?;
    let is_full = listed.len() >= limit.0 as usize;
    let next = listed.last().filter(|_| is_full).map(|entry| entry.id);
    let shown: Vec<_> = listed.iter().map(resources::entry).collect();
    Ok(show_resource(
        &caller,
        "activations",
        json!({ "activations": shown, "next": next }),
    ))
}

/// Have components decide together from now on, as one generation.
///
/// At most one of each kind is named; what decides now of the other kind goes on, unless that is left to the platform's
/// default. The answer comes when every server that is alive decides by it, or names those that do not yet.
#[utoipa::path(
    post,
    path = "/api/v1/rules/activate",
    operation_id = "activate_rules",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is activated once"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "What decides from now on", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 404, description = "There is no such component"),
        (status = 409, description = "A component is in no state to decide, or is not signed as it has to be"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn activate(State(api): State<Api>, body: Body) -> Result<Response, ApiError> {
    decide(&api, body, |rules, body| {
        let asked = read_rules_activation_request(&body.document()?).map_err(HostError::Refused)?;
        let bad =
            |member: &'static str| move |reason: String| HostError::refused(MessageKey::BadValue, [member, &reason]);
        let components = asked.components.iter().map(|text| text.parse());
        let defaults = asked.defaults.iter().map(|text| kind(text));
        let names = ActivatedNames {
            components: components.collect::<Result<_, _>>().map_err(bad("`components`"))?,
            defaults: defaults.collect::<Result<_, _>>().map_err(bad("`defaults`"))?,
        };
        let once = body
            .sent
            .once(body.caller.principal.payer.as_deref().unwrap_or_default());
        let request = ActivationRequest {
            reason: &asked.reason,
            wait_max: Duration::from_secs(asked.wait_seconds),
            once: once.as_ref(),
        };
        rules.activate(&names, request)
    })
    .await
}

/// Have decide again what decided before what decides now was activated, or a certain generation.
#[utoipa::path(
    post,
    path = "/api/v1/rules/rollback",
    operation_id = "roll_back_rules",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is gone back once"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "What decides from now on", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 404, description = "There is no such generation"),
        (status = 409, description = "There is nothing to go back to, or a component of it is in no state to decide"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn roll_back(State(api): State<Api>, body: Body) -> Result<Response, ApiError> {
    decide(&api, body, |rules, body| {
        let asked = read_rules_rollback_request(&body.document()?).map_err(HostError::Refused)?;
        let once = body
            .sent
            .once(body.caller.principal.payer.as_deref().unwrap_or_default());
        let request = ActivationRequest {
            reason: &asked.reason,
            wait_max: Duration::from_secs(asked.wait_seconds),
            once: once.as_ref(),
        };
        rules.roll_back(asked.to, request)
    })
    .await
}

/// Have the platform's default decide for the payer from now on.
#[utoipa::path(
    post,
    path = "/api/v1/rules/deactivate",
    operation_id = "deactivate_rules",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is deactivated once"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "What decides from now on", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 409, description = "The payer has no rules of its own that decide; or they are those of the platform"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn deactivate(State(api): State<Api>, body: Body) -> Result<Response, ApiError> {
    decide(&api, body, |rules, body| {
        let asked = read_rules_deactivation_request(&body.document()?).map_err(HostError::Refused)?;
        let once = body
            .sent
            .once(body.caller.principal.payer.as_deref().unwrap_or_default());
        let request = ActivationRequest {
            reason: &asked.reason,
            wait_max: Duration::from_secs(asked.wait_seconds),
            once: once.as_ref(),
        };
        rules.deactivate(request)
    })
    .await
}

/// Let a component decide again that was quarantined. If it fails again soon, it is quarantined again.
#[utoipa::path(
    post,
    path = "/api/v1/rules/components/{component}/reinstate",
    operation_id = "reinstate_rules",
    tag = "rules",
    security(("token" = ["rules.manage IP"])),
    params(
        ("component" = String, Path, description = "Its digest, at least 8 digits that it begins with, or `name@version`"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "Where it stands now", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 404, description = "There is no such component"),
        (status = 409, description = "It is not quarantined"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn reinstate(
    State(api): State<Api>,
    Named(component): Named<String>,
    body: Body,
) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let named = named(&component).map_err(|error| ApiError::new(&error, &caller))?;
    let reinstated = api
        .manage_rules(&caller, move |rules| {
            let asked = read_rules_reinstatement_request(&body.document()?).map_err(HostError::Refused)?;
            rules.reinstate(&named, &asked.reason, Duration::from_secs(asked.wait_seconds))
        })
        .await?;
    let shown = json!({
        "digest": reinstated.digest, "state": reinstated.state.as_str(), "missingHosts": reinstated.hosts_missing,
    });
    Ok(show_resource(&caller, "component", shown))
}

async fn decide(
    api: &Api,
    body: Body,
    work: impl FnOnce(&RulesManagement<'_>, &Body) -> Result<Done<Activated>, HostError> + Send + 'static,
) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let done = api.manage_rules(&caller, move |rules| work(rules, &body)).await?;
    let shown = resources::activated(&done.answer);
    Ok(replayed(
        show_as(StatusCode::OK, &caller, "activation", shown),
        done.repeated,
    ))
}

fn kind(text: &str) -> Result<RuleKind, String> {
    let found = RuleKind::ALL.iter().copied().find(|kind| kind.as_str() == text);
    found.ok_or_else(|| format!("`{text}` is no kind of component; it can be criteria or claim-status"))
}
