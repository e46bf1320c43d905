//! `/api/activities`: work that goes on after its request was answered. Asked for, started, watched, ended.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use reprise_model::ResultMessages;
use reprise_request::{read_activity_request, render_result_messages};
use serde::Deserialize;
use serde_json::json;

use crate::access::Rights;
use crate::http::Api;
use crate::http::activity_resource::resource;
use crate::http::error::ApiError;
use crate::http::exchange::{
    Asked, Body, Caller, Limit, Named, Order, answer, located, show as show_resource, show_as,
};
use crate::http::idempotency::replayed;
use crate::http::links::activity_path;
use crate::{Done, Host, HostError, Once};

/// Record an activity, to be started later.
#[utoipa::path(
    post,
    path = "/api/activities",
    operation_id = "create_activity",
    tag = "activities",
    security(("token" = ["activities IP", "claims.reprocess IP"])),
    params(
        ("Correlation-Id" = Option<String>, Header, description = "What the caller knows the activity by"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key one activity is recorded"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (
            status = 201,
            description = "The activity, at `Location`",
            headers(("Location" = String)),
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 500, description = "Reprise failed; nothing was recorded"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn create(State(api): State<Api>, body: Body) -> Result<Response, ApiError> {
    create_import(&api, body, false).await
}

/// Record an activity and start it.
///
/// Its data file set is locked until it ends, in whichever way.
#[utoipa::path(
    post,
    path = "/api/activities/start",
    operation_id = "create_and_start_activity",
    tag = "activities",
    security(("token" = ["activities IP", "claims.reprocess IP"])),
    params(
        ("Correlation-Id" = Option<String>, Header, description = "What the caller knows the activity by"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key one activity is started"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (
            status = 201,
            description = "The activity, at `Location`",
            headers(("Location" = String)),
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The request cannot be asked, or its file is not right; every reason at once"),
        (status = 404, description = "There is no such data file set"),
        (status = 409, description = "The data file set is locked"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 500, description = "Reprise failed; nothing was started"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn create_and_start(State(api): State<Api>, body: Body) -> Result<Response, ApiError> {
    create_import(&api, body, true).await
}

async fn create_import(api: &Api, body: Body, start: bool) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let (id, repeated, shown) = api
        .ask(&caller, move |host, payer| {
            let request = read_activity_request(&body.document()?).map_err(HostError::Refused)?;
            let (once, correlation_id) = (body.sent.once(payer), body.correlation_id.as_deref());
            let user = &body.caller.user;
            let done = host.create_import(payer, user, &request, correlation_id, start, once.as_ref())?;
            let view = host.activity_view(payer, done.answer)?;
            Ok((done.answer, done.repeated, resource(host, &view)))
        })
        .await?;
    let response = show_as(StatusCode::CREATED, &caller, "activity", shown);
    Ok(replayed(located(response, &activity_path(id, "")), repeated))
}

/// Which activities are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActivitiesQuery {
    before: Option<i64>,
    #[serde(default)]
    limit: Limit,
}

/// The activities, the latest first.
#[utoipa::path(
    get,
    path = "/api/activities",
    operation_id = "list_activities",
    tag = "activities",
    security(("token" = ["activities IP"])),
    params(
        ("before" = Option<i64>, Query, description = "Activities before the one with this id; the latest if absent"),
        ("limit" = Option<u32>, Query, description = "How many at most, 1 to 1000; 100 if absent"),
    ),
    responses(
        (
            status = 200,
            description = "The activities; `next` is what to ask before for those that follow, if any do",
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The query cannot be read"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Asked(query): Asked<ActivitiesQuery>,
) -> Result<Response, ApiError> {
    let ActivitiesQuery { before, limit } = query;
    let listed = api
        .ask(&caller, move |host, payer| {
            let views = host.activity_views(payer, before, limit.0)?;
            let is_full = views.len() >= limit.0 as usize;
            let next = views.last().filter(|_| is_full).map(|view| view.activity.id);
            let shown: Vec<_> = views.iter().map(|view| resource(host, view)).collect();
            Ok(json!({ "activities": shown, "next": next }))
        })
        .await?;
    Ok(show_resource(&caller, "activities", listed))
}

/// How an activity stands, how far it is, where its result is, and what can be had done with it.
#[utoipa::path(
    get,
    path = "/api/activities/{id}",
    operation_id = "show_activity",
    tag = "activities",
    security(("token" = ["activities IP"])),
    params(
        ("id" = i64, Path, description = "The activity's id"),
    ),
    responses(
        (status = 200, description = "The activity", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such activity"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Named(id): Named<String>,
) -> Result<Response, ApiError> {
    let shown = api
        .ask(&caller, move |host, payer| {
            Ok(resource(host, &host.activity_view(payer, activity_id(&id)?)?))
        })
        .await?;
    Ok(show_resource(&caller, "activity", shown))
}

/// What an activity has to say of itself.
#[utoipa::path(
    get,
    path = "/api/activities/{id}/messages",
    operation_id = "show_activity_messages",
    tag = "activities",
    security(("token" = ["activities IP"])),
    params(
        ("id" = i64, Path, description = "The activity's id"),
    ),
    responses(
        (status = 200, description = "Its messages", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such activity"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn messages(
    State(api): State<Api>,
    caller: Caller,
    Named(id): Named<String>,
) -> Result<Response, ApiError> {
    let messages = api
        .ask(&caller, move |host, payer| {
            host.activity_messages(payer, activity_id(&id)?)
        })
        .await?;
    let about = ResultMessages::about("", messages);
    Ok(answer(
        StatusCode::OK,
        &caller,
        render_result_messages(&[about], caller.answer_in, &caller.messages),
    ))
}

/// Start an activity that was recorded and not started.
#[utoipa::path(
    post,
    path = "/api/activities/{id}/start",
    operation_id = "start_activity",
    tag = "activities",
    security(("token" = ["activities IP"])),
    params(
        ("id" = i64, Path, description = "The activity's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is started once"),
    ),
    responses(
        (status = 202, description = "The activity", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read, or its file is not right"),
        (status = 404, description = "There is no such activity, or what it needs is not there"),
        (status = 409, description = "It was started before, or its data file set is locked"),
        (status = 413, description = "The body is too large"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn start(
    State(api): State<Api>,
    Named(id): Named<String>,
    order: Order,
) -> Result<Response, ApiError> {
    act(&api, id, order, |asked| {
        asked
            .host
            .start_activity(asked.payer, asked.user, asked.rights, asked.id, asked.once)
    })
    .await
}

/// Have an activity go on that an error has ended. What it has done stays done.
#[utoipa::path(
    post,
    path = "/api/activities/{id}/recover",
    operation_id = "recover_activity",
    tag = "activities",
    security(("token" = ["activities IP"])),
    params(
        ("id" = i64, Path, description = "The activity's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is recovered once"),
    ),
    responses(
        (status = 202, description = "The activity", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such activity, or what it needs is not there"),
        (status = 409, description = "No error has ended it, or its data file set is locked"),
        (status = 413, description = "The body is too large"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn recover(
    State(api): State<Api>,
    Named(id): Named<String>,
    order: Order,
) -> Result<Response, ApiError> {
    act(&api, id, order, |asked| {
        asked
            .host
            .recover_activity(asked.payer, asked.user, asked.rights, asked.id, asked.once)
    })
    .await
}

/// Ask for an activity to end where it is. What it has done stays done, and its data file says what that is.
#[utoipa::path(
    post,
    path = "/api/activities/{id}/cancel",
    operation_id = "cancel_activity",
    tag = "activities",
    security(("token" = ["activities IP"])),
    params(
        ("id" = i64, Path, description = "The activity's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is asked once"),
    ),
    responses(
        (status = 202, description = "The activity", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such activity"),
        (status = 409, description = "It has ended already"),
        (status = 413, description = "The body is too large"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn cancel(
    State(api): State<Api>,
    Named(id): Named<String>,
    order: Order,
) -> Result<Response, ApiError> {
    act(&api, id, order, |asked| {
        asked
            .host
            .cancel_activity(asked.payer, asked.user, asked.id, asked.once)
    })
    .await
}

/// Have the notification about an activity's end sent again, at once.
#[utoipa::path(
    post,
    path = "/api/activities/{id}/notification/retry",
    operation_id = "retry_notification",
    tag = "activities",
    security(("token" = ["activities IP"])),
    params(
        ("id" = i64, Path, description = "The activity's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key it is asked once"),
    ),
    responses(
        (status = 202, description = "The activity", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such activity, or no notification about it that was not taken"),
        (status = 413, description = "The body is too large"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn retry_notification(
    State(api): State<Api>,
    Named(id): Named<String>,
    order: Order,
) -> Result<Response, ApiError> {
    act(&api, id, order, |asked| {
        asked
            .host
            .retry_notification(asked.payer, asked.user, asked.id, asked.once)
    })
    .await
}

/// What is to be done with an activity, once it is known whose it is.
struct Asking<'a> {
    host: &'a Host,
    payer: &'a str,
    user: &'a str,
    rights: &'a Rights,
    id: i64,
    once: Option<&'a Once>,
}

/// Do something with an activity, and show it as it then stands.
async fn act(
    api: &Api,
    id: String,
    order: Order,
    use_case: fn(Asking<'_>) -> Result<Done<i64>, HostError>,
) -> Result<Response, ApiError> {
    let caller = order.caller.clone();
    let (repeated, shown) = api
        .ask(&caller, move |host, payer| {
            let (id, once) = (activity_id(&id)?, order.sent.once(payer));
            let done = use_case(Asking {
                host,
                payer,
                user: &order.caller.user,
                rights: order.caller.rights(),
                id,
                once: once.as_ref(),
            })?;
            let view = host.activity_view(payer, id)?;
            Ok((done.repeated, resource(host, &view)))
        })
        .await?;
    let response = show_as(StatusCode::ACCEPTED, &caller, "activity", shown);
    Ok(replayed(response, repeated))
}

/// An id that is no number names no activity.
fn activity_id(text: &str) -> Result<i64, HostError> {
    text.parse()
        .map_err(|_| HostError::not_found(&format!("activity {text}")))
}
