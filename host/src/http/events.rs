//! `/api/v1/events`: the feed of what happened to claims, a page at a time or as it happens.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use reprise_model::{Message, MessageKey};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::access::Session;
use crate::access::rights::EVENTS;
use crate::events::event_value;
use crate::http::Api;
use crate::http::door::Stream;
use crate::http::error::ApiError;
use crate::http::exchange::{Asked, Caller, Limit, show, text_of};
use crate::{Host, HostError};

/// How often is looked for what has happened.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How often is asked whether the reader may still read while nothing happens. What happens is told to nobody before that
/// was asked.
const ASK_AGAIN: Duration = Duration::from_secs(1);
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
/// `id`, so that a reader that comes again with `Last-Event-ID` goes on where it was. It ends when the token is good no
/// more, or its principal may not read events any more: with an event `end`, which has no `id` and says the `reason`.
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
    Extension(session): Extension<Session>,
    stream: Option<Extension<Stream>>,
    Asked(query): Asked<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let EventsQuery { mut after, limit } = query;
    if let Some(Extension(stream)) = stream {
        if let Some(seen) = text_of(&headers, &LAST_EVENT_ID).filter(|seen| !seen.is_empty()) {
            after = seen.parse().map_err(|_| {
                let reason = format!("it is `{seen}`, and is the position of an event");
                let message = Message::new(MessageKey::BadValue, ["header Last-Event-ID", &reason]);
                ApiError::refused(vec![message], &caller)
            })?;
        }
        let following = Following {
            // What cannot be read at all is refused while there is a status to refuse it with.
            payer: api.ask(&caller, |_, payer| Ok(payer.to_owned())).await?,
            host: api.host.clone(),
            session,
            stream,
            limit,
        };
        return Ok(follow(&api, following, after));
    }
    let page = api
        .ask(&caller, move |host, payer| host.events(payer, after, limit.0))
        .await?;
    let next = page.last().map_or(after, |event| event.position);
    let page: Vec<_> = page.iter().map(event_value).collect();
    Ok(show(&caller, "eventFeed", json!({ "events": page, "next": next })))
}

/// A feed that is followed.
#[derive(Clone)]
struct Following {
    host: Host,
    payer: String,
    session: Session,
    stream: Stream,
    limit: Limit,
}

/// What has happened since it was looked at last.
struct Look {
    /// Where the feed stands.
    position: u64,
    page: Vec<reprise_store::Event>,
}

impl Following {
    /// What has happened after this event; nothing is read before the feed has gone on from where it was `seen` to end.
    async fn look(&self, after: u64, seen: Option<u64>, ask: bool) -> Result<Look, HostError> {
        let following = self.clone();
        let looking = tokio::task::spawn_blocking(move || {
            // Held by the thread, the place is given back when the thread is free.
            let Self {
                host,
                payer,
                session,
                stream: _held,
                limit,
            } = following;
            let position = host.event_position()?;
            let has_gone_on = seen != Some(position);
            let page = if has_gone_on {
                host.events(&payer, after, limit.0)?
            } else {
                Vec::new()
            };
            // After it was read: nothing is told that happened when the reader could not read it any more.
            if ask || has_gone_on {
                host.still(&session, EVENTS)?;
            }
            Ok(Look { position, page })
        });
        let looked = looking.await;
        looked.unwrap_or_else(|error| Err(HostError::Technical(error.to_string())))
    }
}

/// Events as they happen, until the reader goes, may not read them any more, or the server ends.
fn follow(api: &Api, following: Following, after: u64) -> Response {
    let (sender, receiver) = mpsc::channel(EVENTS_WAITING_MAX);
    let mut ending = api.ending.subscribe();
    tokio::spawn(async move {
        tokio::select! {
            () = send_events(&following, after, &sender) => {}
            _ = ending.wait_for(|is_ending| *is_ending) => {}
            () = sender.closed() => {}
        }
    });
    let stream = Sse::new(ReceiverStream::new(receiver));
    let stream = stream.keep_alive(KeepAlive::new().interval(SILENCE_MAX));
    stream.into_response()
}

async fn send_events(following: &Following, mut after: u64, sender: &mpsc::Sender<Result<Sent, Infallible>>) {
    // Where the feed stood when its end was seen last. Nothing is read again before it has gone on.
    let mut seen = None;
    let mut asked = Instant::now();
    loop {
        let ask = asked.elapsed() >= ASK_AGAIN;
        let Look { position, page } = match following.look(after, seen, ask).await {
            Ok(look) => look,
            Err(error @ (HostError::NotAuthenticated(_) | HostError::Forbidden(_))) => {
                let end = json!({ "reason": error.to_string() }).to_string();
                // Whoever reads may have gone.
                let _ = sender.send(Ok(Sent::default().event("end").data(end))).await;
                return;
            }
            // A reader whose stream ends comes again by itself, and is refused as long as the trouble lasts.
            Err(error) => return tracing::warn!(%error, "the feed of events is broken off"),
        };
        if ask || seen != Some(position) {
            asked = Instant::now();
        }
        let is_end = page.len() < following.limit.0 as usize;
        for event in page {
            after = event.position;
            let sent = Sent::default()
                .id(event.position.to_string())
                .event(&event.kind)
                .data(event_value(&event).to_string());
            if sender.send(Ok(sent)).await.is_err() {
                return;
            }
        }
        if is_end {
            // Read before the page was: what came between the two is looked for once more.
            seen = Some(position);
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}
