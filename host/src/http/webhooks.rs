//! `/api/v1/webhooks`: endpoints that are sent events, how far each of them is, and the events that it did not take.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use reprise_request::read_webhook_request;
use reprise_store::{DeadLetter, WebhookStanding};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::events::event_value;
use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{
    Asked, Body, Caller, Limit, Named, Order, located, not_to_be_kept, show as show_resource, show_as,
};
use crate::http::idempotency::replayed;
use crate::http::links::{action, link, webhook_path};
use crate::time::time_text;
use crate::{Done, Host, HostError, Once};

/// Create a webhook: an endpoint that is sent the payer's events, at least once and in order.
///
/// The secret that requests are signed with is in this answer and in no other.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks",
    operation_id = "create_webhook",
    tag = "webhooks",
    security(("token" = ["events IP"])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key one webhook is created"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (
            status = 201,
            description = "The webhook, at `Location`, with its secret",
            headers(("Location" = String)),
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 404, description = "It was created before under this idempotency key, and is deleted since"),
        (status = 409, description = "There is one with this code already, there are too many, or the server has no key to seal secrets with"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 500, description = "Reprise failed; nothing was created"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn create(State(api): State<Api>, body: Body) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let (standing, secret, repeated) = api
        .ask(&caller, move |host, payer| {
            let check_url = |url: &str| host.check_webhook_url(url);
            let request = read_webhook_request(&body.document()?, check_url).map_err(HostError::Refused)?;
            let done = host.create_webhook(payer, &body.caller.user, &request, body.sent.once(payer).as_ref())?;
            let standing = host.created_webhook(payer, &done.answer)?;
            let secret = host.webhook_secret(&standing.webhook)?;
            Ok((standing, secret, done.repeated))
        })
        .await?;
    let mut shown = resource(&standing);
    shown["secret"] = secret.into();
    let response = show_as(StatusCode::CREATED, &caller, "webhook", shown);
    let path = webhook_path(&standing.webhook.code, "");
    Ok(not_to_be_kept(replayed(located(response, &path), repeated)))
}

/// The webhooks, by code.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks",
    operation_id = "list_webhooks",
    tag = "webhooks",
    security(("token" = ["events IP"])),
    responses(
        (status = 200, description = "The webhooks", content((String = "application/xml"), (Object = "application/json"))),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn list(State(api): State<Api>, caller: Caller) -> Result<Response, ApiError> {
    let standings = api.ask(&caller, |host, payer| host.webhooks(payer)).await?;
    let shown: Vec<_> = standings.iter().map(resource).collect();
    Ok(show_resource(&caller, "webhooks", json!({ "webhooks": shown })))
}

/// A webhook: how far it is, and what keeps it from going on.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{code}",
    operation_id = "show_webhook",
    tag = "webhooks",
    security(("token" = ["events IP"])),
    params(
        ("code" = String, Path, description = "The webhook's code"),
    ),
    responses(
        (status = 200, description = "The webhook", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such webhook"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Named(code): Named<String>,
) -> Result<Response, ApiError> {
    let standing = api.ask(&caller, move |host, payer| host.webhook(payer, &code)).await?;
    Ok(show_resource(&caller, "webhook", resource(&standing)))
}

/// Delete a webhook with its dead letters.
#[utoipa::path(
    delete,
    path = "/api/v1/webhooks/{code}",
    operation_id = "delete_webhook",
    tag = "webhooks",
    security(("token" = ["events IP"])),
    params(
        ("code" = String, Path, description = "The webhook's code"),
    ),
    responses(
        (status = 204, description = "It is deleted; at most the request that is under way still goes out"),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such webhook"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Named(code): Named<String>,
) -> Result<Response, ApiError> {
    let user = caller.user.clone();
    api.ask(&caller, move |host, payer| host.delete_webhook(payer, &user, &code))
        .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Send nothing more. What happens meanwhile is sent when the webhook is resumed.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{code}/pause",
    operation_id = "pause_webhook",
    tag = "webhooks",
    security(("token" = ["events IP"])),
    params(
        ("code" = String, Path, description = "The webhook's code"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is asked once"),
    ),
    responses(
        (
            status = 200,
            description = "The webhook; at most the request that is under way still goes out",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such webhook"),
        (status = 413, description = "The body is too large"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn pause(
    State(api): State<Api>,
    Named(code): Named<String>,
    order: Order,
) -> Result<Response, ApiError> {
    act(&api, code, order, StatusCode::OK, |asked| {
        asked
            .host
            .pause_webhook(asked.payer, asked.user, asked.code, asked.once)
    })
    .await
}

/// Go on where the webhook is, at once, also if it is not paused but waits to try again.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{code}/resume",
    operation_id = "resume_webhook",
    tag = "webhooks",
    security(("token" = ["events IP"])),
    params(
        ("code" = String, Path, description = "The webhook's code"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is asked once"),
    ),
    responses(
        (status = 200, description = "The webhook", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such webhook"),
        (status = 413, description = "The body is too large"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn resume(
    State(api): State<Api>,
    Named(code): Named<String>,
    order: Order,
) -> Result<Response, ApiError> {
    act(&api, code, order, StatusCode::OK, |asked| {
        asked
            .host
            .resume_webhook(asked.payer, asked.user, asked.code, asked.once)
    })
    .await
}

/// From where to send again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayQuery {
    after: u64,
}

/// Send all events after a position again, dead letters among them.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{code}/replay",
    operation_id = "replay_webhook",
    tag = "webhooks",
    security(("token" = ["events IP"])),
    params(
        ("code" = String, Path, description = "The webhook's code"),
        ("after" = u64, Query, description = "Events after this position; 0 is all there are"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is asked once"),
    ),
    responses(
        (status = 202, description = "The webhook", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path or query cannot be read, the events there were not sent yet"),
        (status = 404, description = "There is no such webhook"),
        (status = 413, description = "The body is too large"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn replay(
    State(api): State<Api>,
    Named(code): Named<String>,
    Asked(query): Asked<ReplayQuery>,
    order: Order,
) -> Result<Response, ApiError> {
    act(&api, code, order, StatusCode::ACCEPTED, move |asked| {
        asked
            .host
            .replay_webhook(asked.payer, asked.user, asked.code, query.after, asked.once)
    })
    .await
}

/// Which dead letters are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeadLettersQuery {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    limit: Limit,
}

/// The events that the endpoint did not take, and why.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{code}/deadletters",
    operation_id = "list_dead_letters",
    tag = "webhooks",
    security(("token" = ["events IP"])),
    params(
        ("code" = String, Path, description = "The webhook's code"),
        ("after" = Option<u64>, Query, description = "Those after this position; from the first if absent"),
        ("limit" = Option<u32>, Query, description = "How many at once, 1 to 1000; 100 if absent"),
    ),
    responses(
        (
            status = 200,
            description = "The dead letters; `next` is what to ask after for those that follow, if any may",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The path or query cannot be read"),
        (status = 404, description = "There is no such webhook"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn dead_letters(
    State(api): State<Api>,
    caller: Caller,
    Named(code): Named<String>,
    Asked(query): Asked<DeadLettersQuery>,
) -> Result<Response, ApiError> {
    let DeadLettersQuery { after, limit } = query;
    let letters = api
        .ask(&caller, move |host, payer| {
            host.dead_letters(payer, &code, after, limit.0)
        })
        .await?;
    let is_full = letters.len() >= limit.0 as usize;
    let next = letters.last().filter(|_| is_full).map(|letter| letter.event.position);
    let shown: Vec<_> = letters.iter().map(dead_letter_resource).collect();
    Ok(show_resource(
        &caller,
        "deadLetters",
        json!({ "deadLetters": shown, "next": next }),
    ))
}

/// Send all dead letters again.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{code}/deadletters/resend",
    operation_id = "resend_dead_letters",
    tag = "webhooks",
    security(("token" = ["events IP"])),
    params(
        ("code" = String, Path, description = "The webhook's code"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is asked once"),
    ),
    responses(
        (status = 202, description = "The webhook", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such webhook"),
        (status = 413, description = "The body is too large"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn resend_all(
    State(api): State<Api>,
    Named(code): Named<String>,
    order: Order,
) -> Result<Response, ApiError> {
    act(&api, code, order, StatusCode::ACCEPTED, |asked| {
        asked
            .host
            .resend_dead_letters(asked.payer, asked.user, asked.code, None, asked.once)
    })
    .await
}

/// Send one dead letter again.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{code}/deadletters/{position}/resend",
    operation_id = "resend_dead_letter",
    tag = "webhooks",
    security(("token" = ["events IP"])),
    params(
        ("code" = String, Path, description = "The webhook's code"),
        ("position" = u64, Path, description = "The event's position"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is asked once"),
    ),
    responses(
        (status = 202, description = "The webhook", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such webhook, or no dead letter at this position"),
        (status = 413, description = "The body is too large"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn resend_one(
    State(api): State<Api>,
    Named((code, position)): Named<(String, String)>,
    order: Order,
) -> Result<Response, ApiError> {
    act(&api, code, order, StatusCode::ACCEPTED, move |asked| {
        // What is no position is that of no dead letter.
        let known = position.parse().map_err(|_| {
            let what = format!("dead letter at position {position} of webhook {}", asked.code);
            HostError::not_found(&what)
        })?;
        asked
            .host
            .resend_dead_letters(asked.payer, asked.user, asked.code, Some(known), asked.once)
    })
    .await
}

/// What is to be done with a webhook, once it is known whose it is.
struct Asking<'a> {
    host: &'a Host,
    payer: &'a str,
    user: &'a str,
    code: &'a str,
    once: Option<&'a Once>,
}

/// Do something with a webhook, and show it as it then stands.
async fn act(
    api: &Api,
    code: String,
    order: Order,
    status: StatusCode,
    use_case: impl FnOnce(Asking<'_>) -> Result<Done<String>, HostError> + Send + 'static,
) -> Result<Response, ApiError> {
    let caller = order.caller.clone();
    let (repeated, standing) = api
        .ask(&caller, move |host, payer| {
            let once = order.sent.once(payer);
            let done = use_case(Asking {
                host,
                payer,
                user: &order.caller.user,
                code: &code,
                once: once.as_ref(),
            })?;
            Ok((done.repeated, host.webhook(payer, &code)?))
        })
        .await?;
    let response = show_as(status, &caller, "webhook", resource(&standing));
    Ok(replayed(response, repeated))
}

/// A webhook as it is shown: all but its secret.
fn resource(standing: &WebhookStanding) -> Value {
    let webhook = &standing.webhook;
    let waits = webhook.attempts > 0 && webhook.paused_because.is_none();
    json!({
        "code": webhook.code,
        "url": webhook.url,
        "types": webhook.filter.types,
        "where": webhook.filter.members,
        "created": time_text(webhook.created_at_ms),
        "number": webhook.id,
        "position": webhook.position,
        "behind": standing.behind,
        "attempts": webhook.attempts,
        "nextAttempt": waits.then(|| time_text(webhook.next_attempt_at_ms)),
        "lastError": webhook.last_error,
        "paused": webhook.paused_because.is_some(),
        "pausedBecause": webhook.paused_because,
        "deadLetters": standing.dead_letters,
        "resending": standing.resending,
        "links": links(standing),
    })
}

fn links(standing: &WebhookStanding) -> Vec<Value> {
    let webhook = &standing.webhook;
    let path = |under: &str| webhook_path(&webhook.code, under);
    let mut links = vec![
        link("self", path("")),
        link("dead-letters", path("/deadletters")),
        if webhook.paused_because.is_some() {
            action("resume", path("/resume"))
        } else {
            action("pause", path("/pause"))
        },
    ];
    if standing.dead_letters > 0 {
        links.push(action("resend", path("/deadletters/resend")));
    }
    links
}

fn dead_letter_resource(letter: &DeadLetter) -> Value {
    json!({
        "position": letter.event.position,
        "attempts": letter.attempts,
        "lastError": letter.error,
        "time": time_text(letter.at_ms),
        "resending": letter.resend_attempts.is_some(),
        "event": event_value(&letter.event),
    })
}
