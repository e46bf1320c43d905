//! `/api/activities/{id}`: work that goes on after its request was answered.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use reprise_model::ResultMessages;
use reprise_request::render_result_messages;
use reprise_store::Activity;
use serde_json::{Value, json};

use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Caller, Named, answer, show as show_resource};
use crate::{HostError, MatchingProgress};

/// How an activity stands, how far it is, and where its result is.
#[utoipa::path(
    get,
    path = "/api/activities/{id}",
    operation_id = "show_activity",
    tag = "activities",
    params(
        ("id" = i64, Path, description = "The activity's id"),
        ("Reprise-Payer" = Option<String>, Header, description = "The payer, where there are several"),
    ),
    responses(
        (status = 200, description = "The activity", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read, or the payer is not told"),
        (status = 404, description = "There is no such activity"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Named(id): Named<String>,
) -> Result<Response, ApiError> {
    let (activity, progress) = api
        .ask(&caller, move |host, payer| {
            let activity = host.activity(payer, activity_id(&id)?)?;
            let progress = host.matching_progress(activity.id);
            Ok((activity, progress))
        })
        .await?;
    Ok(show_resource(&caller, "activity", resource(&activity, progress)))
}

/// What an activity has to say of itself.
#[utoipa::path(
    get,
    path = "/api/activities/{id}/messages",
    operation_id = "show_activity_messages",
    tag = "activities",
    params(
        ("id" = i64, Path, description = "The activity's id"),
        ("Reprise-Payer" = Option<String>, Header, description = "The payer, where there are several"),
    ),
    responses(
        (status = 200, description = "Its messages", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read, or the payer is not told"),
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

/// An id that is no number names no activity.
fn activity_id(text: &str) -> Result<i64, HostError> {
    text.parse()
        .map_err(|_| HostError::not_found(&format!("activity {text}")))
}

fn resource(activity: &Activity, progress: Option<MatchingProgress>) -> Value {
    let time = |milliseconds: i64| {
        jiff::Timestamp::from_millisecond(milliseconds)
            .map(|time| time.to_string())
            .ok()
    };
    let mut links = vec![
        json!({ "href": format!("/api/activities/{}", activity.id), "rel": "self" }),
        json!({ "href": format!("/api/activities/{}/messages", activity.id), "rel": "messages" }),
    ];
    if let Some(name) = &activity.result_file {
        links.push(
            json!({ "href": format!("/api/datafilesets/{}/datafile/{}/data", name.set, name.file), "rel": "file" }),
        );
    }
    let counts = activity.counts;
    json!({
        "id": activity.id,
        "code": activity.code,
        "status": activity.status.as_str(),
        "correlationId": activity.correlation_id,
        "created": time(activity.created_at_ms),
        "ended": activity.ended_at_ms.and_then(time),
        "progress": {
            "total": counts.total,
            "succeeded": counts.succeeded,
            "failed": counts.failed,
            "blocksMatched": progress.map(|progress| progress.blocks_done),
            "blocks": progress.map(|progress| progress.blocks),
        },
        "links": links,
    })
}
