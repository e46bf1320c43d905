//! `/api/v1/events`: the feed of what happened to claims, a page at a time or as it happens.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use reprise_model::{Message, MessageKey};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::HostError;
use crate::events::event_value;
use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Asked, Caller, Limit, show, text_of};

/// How often is looked for what has happened.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How long a connection that has nothing to tell is silent.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// What waits to be sent at most, in events.
const EVENTS_WAITING_MAX: usize = 64;
/// By which a reader that comes again says what it has seen last.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Which part of the feed is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsQuery {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    limit: Limit,
}

/// What happened to the payer's claims, in order. No event is missed by whoever asks on after the last one seen.
///
/// With `Accept: text/event-stream` the answer does not end: events are sent as they happen, each with its position as
/// `id`, so that a reader that comes again with `Last-Event-ID` goes on where it was.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "read_events",
    tag = "events",
    security(("token" = ["events IP"])),
    params(
        ("after" = Option<u64>, Query, description = "Events after this position; from the beginning if absent"),
        ("limit" = Option<u32>, Query, description = "How many at once, 1 to 1000; 100 if absent"),
        ("Last-Event-ID" = Option<String>, Header, description = "Of a stream: the position that was seen last"),
    ),
    responses(
        (
            status = 200,
            description = "The events; `next` is what to ask after for those that follow",
            content((Object = "application/json"), (String = "application/xml"), (String = "text/event-stream")),
        ),
        (status = 400, description = "The query cannot be read"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn events(
    State(api): State<Api>,
    caller: Caller,
    Asked(query): Asked<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let EventsQuery { mut after, limit } = query;
    if accepts_stream(&headers) {
        if let Some(seen) = text_of(&headers, &LAST_EVENT_ID).filter(|seen| !seen.is_empty()) {
            after = seen.parse().map_err(|_| {
                let reason = format!("it is `{seen}`, and is the position of an event");
                let message = Message::new(MessageKey::BadValue, ["header Last-Event-ID", &reason]);
                ApiError::refused(vec![message], &caller)
            })?;
        }
        return follow(api, &caller, after, limit).await;
    }
    let page = api
        .ask(&caller, move |host, payer| host.events(payer, after, limit.0))
        .await?;
    let next = page.last().map_or(after, |event| event.position);
    let page: Vec<_> = page.iter().map(event_value).collect();
    Ok(show(&caller, "eventFeed", json!({ "events": page, "next": next })))
}

fn accepts_stream(headers: &HeaderMap) -> bool {
    let accept = text_of(headers, &header::ACCEPT).unwrap_or_default();
    accept.split(',').any(|range| {
        let media_type = range.split(';').next().unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case("text/event-stream")
    })
}

/// Events as they happen, until the reader goes or the server ends.
async fn follow(api: Api, caller: &Caller, after: u64, limit: Limit) -> Result<Response, ApiError> {
    // What cannot be read at all is refused while there is a status to refuse it with.
    let payer = api.ask(caller, |_, payer| Ok(payer.to_owned())).await?;
    let (sender, receiver) = mpsc::channel(EVENTS_WAITING_MAX);
    tokio::spawn(async move {
        let mut ending = api.ending.subscribe();
        tokio::select! {
            sent = send_events(&api, &payer, after, limit, &sender) => {
                // A reader whose stream ends comes again by itself, and is refused as long as the trouble lasts.
                if let Err(error) = sent {
                    tracing::warn!(%error, "the feed of events is broken off");
                }
            }
            _ = ending.wait_for(|is_ending| *is_ending) => {}
            () = sender.closed() => {}
        }
    });
    let stream = Sse::new(ReceiverStream::new(receiver));
    let stream = stream.keep_alive(KeepAlive::new().interval(SILENCE_MAX));
    Ok(stream.into_response())
}

async fn send_events(
    api: &Api,
    payer: &str,
    mut after: u64,
    limit: Limit,
    sender: &mpsc::Sender<Result<Sent, Infallible>>,
) -> Result<(), HostError> {
    // Where the feed stood when its end was seen last. Nothing is read again before it has gone on.
    let mut seen = None;
    loop {
        let (host, payer) = (api.host.clone(), payer.to_owned());
        let read = move || {
            let position = host.event_position()?;
            if seen == Some(position) {
                return Ok((position, Vec::new()));
            }
            Ok((position, host.events(&payer, after, limit.0)?))
        };
        let read = tokio::task::spawn_blocking(read).await;
        let (position, page) = read.unwrap_or_else(|error| Err(HostError::Technical(error.to_string())))?;
        let is_end = page.len() < limit.0 as usize;
        for event in page {
            after = event.position;
            let sent = Sent::default()
                .id(event.position.to_string())
                .event(&event.kind)
                .data(event_value(&event).to_string());
            if sender.send(Ok(sent)).await.is_err() {
                return Ok(());
            }
        }
        if is_end {
            // Read before the page was: what came between the two is looked for once more.
            seen = Some(position);
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}
