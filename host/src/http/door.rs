//! Limits at the door: how many requests go on at once, how many of them go on for long, and how many a principal sends. Who
//! comes beyond is told when to come again; what goes on already is not touched.
//!
//! The metrics say how many were refused and why, but not whose they were.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use reprise_model::{Message, MessageKey};
use reprise_request::Problem;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::Principal;
use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Caller, text_of};
use crate::http::shares::{NoPlace, Share, Shares};
use crate::http::v1::problem::{ProblemAnswer, answers_problems};

/// How long the path and query of a request may be.
pub const URL_BYTES_MAX: usize = 8 << 10;
/// Answered however many requests are under way: whoever watches the server has to be told that it is alive.
const ALWAYS_ANSWERED: [&str; 2] = ["/healthz", "/readyz"];
/// The operations that go on for as long as their callers send or read. What can be got counts as well when its length
/// alone is asked for.
const LASTING: [(Method, &str, Lasting); 5] = [
    (
        Method::POST,
        "/api/datafilesets/{set}/datafile/{file}/data",
        Lasting::Transfer,
    ),
    (
        Method::GET,
        "/api/datafilesets/{set}/datafile/{file}/data",
        Lasting::Transfer,
    ),
    (Method::POST, "/api/v1/claims/validate", Lasting::Transfer),
    (Method::GET, "/api/v1/events", Lasting::Feed),
    (Method::GET, "/api/audit/export", Lasting::Stream),
];
/// Into how many parts transfers are divided; no principal has more than one of them.
const TRANSFER_PARTS: usize = 2;
/// The same of streams.
const STREAM_PARTS: usize = 4;
/// For how many threads that may block there is a place beside those for requests: theirs whose callers have gone before it
/// was known who they were, and those of the server itself.
const FURTHER_THREADS: usize = 128;
/// More threads than any machine has.
const THREADS_MAX: usize = 1 << 20;
/// After how many requests those are forgotten who have sent none for so long that it makes no difference.
const FORGET_AFTER: u32 = 1 << 16;

/// The highest rate that is told from none.
const RATE_MAX: NonZeroU32 = NonZeroU32::new(1_000_000).expect("not 0");

/// How much is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoorLimits {
    /// How many requests there may be at once that no answer has begun to.
    pub requests_in_flight: usize,
    /// How many uploads, downloads and bulk validations may go on at once.
    pub transfers: usize,
    /// How many feeds of events may be followed and audit logs exported at once.
    pub streams: usize,
    /// How many requests a second each principal may send, and how many at once after a pause; any if absent.
    pub requests_per_second: Option<NonZeroU32>,
    /// How long an upload may go on while less than 64 KiB of it come.
    pub upload_idle_time_max: Duration,
}

impl Default for DoorLimits {
    fn default() -> Self {
        Self {
            requests_in_flight: 1_024,
            transfers: 64,
            streams: 512,
            requests_per_second: NonZeroU32::new(5_000),
            upload_idle_time_max: Duration::from_secs(60),
        }
    }
}

impl DoorLimits {
    /// How many threads that may block all that is let in can take at once. With fewer, some would wait for others, and
    /// those who watch the server for all of them.
    pub fn threads_max(&self) -> usize {
        let counts = [self.requests_in_flight, self.transfers, self.streams, FURTHER_THREADS];
        counts.into_iter().fold(0, usize::saturating_add).min(THREADS_MAX)
    }
}

/// What is counted at the door.
#[derive(Debug)]
pub(super) struct Door {
    requests: Arc<Semaphore>,
    transfers: Shares,
    streams: Shares,
    rates: Option<Rates>,
}

impl Door {
    pub(super) fn new(limits: &DoorLimits) -> Self {
        let requests = limits.requests_in_flight.min(Semaphore::MAX_PERMITS);
        Self {
            requests: Arc::new(Semaphore::new(requests)),
            transfers: Shares::new(limits.transfers, TRANSFER_PARTS),
            streams: Shares::new(limits.streams, STREAM_PARTS),
            rates: limits.requests_per_second.map(Rates::new),
        }
    }
}

/// How a request goes on for as long as its caller sends or reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lasting {
    /// With a thread of its own.
    Transfer,
    /// With a thread now and then.
    Stream,
    /// As a stream if one is asked for, else not at all.
    Feed,
}

/// How fast each principal sends requests.
#[derive(Debug)]
struct Rates {
    principals: DefaultKeyedRateLimiter<i64>,
    clock: DefaultClock,
    /// How many requests came since somebody was forgotten.
    asked: AtomicU32,
}

impl Rates {
    fn new(per_second: NonZeroU32) -> Self {
        // Beyond, the time between two of them is none, which is no rate.
        let per_second = per_second.min(RATE_MAX);
        Self {
            principals: DefaultKeyedRateLimiter::keyed(Quota::per_second(per_second)),
            clock: DefaultClock::default(),
            asked: AtomicU32::new(0),
        }
    }

    /// How long the principal has to wait, if it has to.
    fn wait(&self, principal: i64) -> Option<Duration> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % FORGET_AFTER == FORGET_AFTER - 1 {
            self.principals.retain_recent();
            self.principals.shrink_to_fit();
        }
        let refused = self.principals.check_key(&principal).err()?;
        Some(refused.wait_time_from(self.clock.now()))
    }
}

/// The place of a request among those under way. It is given back when neither the request nor anything that is done for it
/// holds it any more.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    _held: Arc<OwnedSemaphorePermit>,
}

/// That a transfer may go on. The thread that goes on for it after its answer has begun holds one too.
#[derive(Clone, Debug)]
pub(super) struct Transfer {
    _share: Share,
}

/// That a stream may go on, which is asked for. Whatever goes on for it after its answer has begun holds one too.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    _share: Share,
}

/// Lets requests in that are not too long, as long as not too many go on.
pub(super) async fn let_in(State((api, door)): State<(Api, Arc<Door>)>, mut request: Request, next: Next) -> Response {
    let uri = request.uri();
    let length = uri.path_and_query().map_or(0, |sent| sent.as_str().len());
    if length > URL_BYTES_MAX {
        let reason = format!("it is {length} bytes long; {URL_BYTES_MAX} are allowed");
        let message = Message::new(MessageKey::BadValue, ["the path with its query", &reason]);
        let refusal = Refusal {
            reason: "url",
            status: StatusCode::URI_TOO_LONG,
            code: Problem::URL_TOO_LONG,
            message,
        };
        return refusal.answer(&request.into_parts().0, &api);
    }
    if ALWAYS_ANSWERED.contains(&uri.path()) {
        return next.run(request).await;
    }
    let Ok(held) = Arc::clone(&door.requests).try_acquire_owned() else {
        let refusal = Refusal::busy(
            "in flight",
            "As many requests as may be are under way; send it again in a moment",
        );
        return refusal.answer(&request.into_parts().0, &api);
    };
    let place = Place { _held: Arc::new(held) };
    request.extensions_mut().insert(place.clone());
    let response = next.run(request).await;
    drop(place);
    response
}

/// Lets the requests of each principal in as fast as it may send them, and what goes on for long as long as there is a place.
pub(super) async fn let_principal_in(
    State((api, door)): State<(Api, Arc<Door>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let principal = request
        .extensions()
        .get::<Arc<Principal>>()
        .map(|principal| principal.id);
    if let (Some(rates), Some(principal)) = (&door.rates, principal)
        && let Some(wait) = rates.wait(principal)
    {
        let seconds = whole_seconds(wait);
        let sentence = format!("This principal sends more requests than it may; send the next in {seconds} s");
        let refusal = Refusal {
            reason: "rate",
            status: StatusCode::TOO_MANY_REQUESTS,
            code: Problem::TOO_MANY_REQUESTS,
            message: Message::new(MessageKey::TooManyRequests, [&sentence]),
        };
        let mut response = refusal.answer(&request.into_parts().0, &api);
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return response;
    }
    // INVARIANT: what goes on for long is open to nobody who is not known.
    let (Some(lasting), Some(principal)) = (lasting(&request), principal) else {
        return next.run(request).await;
    };
    let (shares, reason) = match lasting {
        Lasting::Transfer => (&door.transfers, "transfers"),
        Lasting::Stream | Lasting::Feed => (&door.streams, "streams"),
    };
    match shares.take(principal) {
        Ok(share) if lasting == Lasting::Transfer => _ = request.extensions_mut().insert(Transfer { _share: share }),
        Ok(share) => _ = request.extensions_mut().insert(Stream { _share: share }),
        Err(no_place) => {
            let sentence = match (no_place, lasting) {
                (NoPlace::ForAnybody, Lasting::Transfer) => {
                    "As many uploads, downloads and validations as may be are under way; begin this one in a moment"
                }
                (NoPlace::ForPrincipal, Lasting::Transfer) => {
                    "As many uploads, downloads and validations as one principal may have are under way; begin this one \
                     when another has ended"
                }
                (NoPlace::ForAnybody, _) => {
                    "As many feeds and exports as may be are under way; begin this one in a moment"
                }
                (NoPlace::ForPrincipal, _) => {
                    "As many feeds and exports as one principal may have are under way; begin this one when another has \
                     ended"
                }
            };
            return Refusal::busy(reason, sentence).answer(&request.into_parts().0, &api);
        }
    }
    next.run(request).await
}

/// How a request goes on for long, if it does.
fn lasting(request: &Request) -> Option<Lasting> {
    let path = request.extensions().get::<MatchedPath>()?;
    let method = match request.method() {
        &Method::HEAD => &Method::GET,
        method => method,
    };
    let found = LASTING.iter().find(|(of, at, _)| of == method && *at == path.as_str());
    let (_, _, lasting) = found?;
    (*lasting != Lasting::Feed || accepts_stream(request.headers())).then_some(*lasting)
}

/// Whether events are asked for as they happen.
fn accepts_stream(headers: &HeaderMap) -> bool {
    let accept = text_of(headers, &header::ACCEPT).unwrap_or_default();
    accept.split(',').any(|range| {
        let media_type = range.split(';').next().unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case("text/event-stream")
    })
}

/// A time as `Retry-After` has it: whole seconds, one at least.
fn whole_seconds(wait: Duration) -> u64 {
    let more = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(more).max(1)
}

/// Why somebody is not let in.
struct Refusal {
    /// As the metrics say it.
    reason: &'static str,
    status: StatusCode,
    code: &'static str,
    message: Message,
}

impl Refusal {
    fn busy(reason: &'static str, sentence: &str) -> Self {
        Self {
            reason,
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: Problem::BUSY,
            message: Message::new(MessageKey::NotYet, [sentence]),
        }
    }

    /// The answer, in the words of the API that was asked.
    fn answer(self, parts: &Parts, api: &Api) -> Response {
        crate::metrics::request_refused(self.reason);
        if answers_problems(parts.uri.path()) {
            ProblemAnswer::new(self.code, "", self.message.text()).into_response()
        } else {
            ApiError::of_messages(self.status, vec![self.message], &Caller::of(parts, api)).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::{FORGET_AFTER, Rates, whole_seconds};

    #[test]
    fn each_principal_has_a_rate_of_its_own() {
        let rates = Rates::new(NonZeroU32::MIN);
        for principal in [1, 2] {
            assert_eq!(rates.wait(principal), None);
        }
        let waits = (0..100).filter_map(|_| rates.wait(1));
        assert!(waits.into_iter().all(|wait| wait <= Duration::from_secs(1)));
        assert_eq!(rates.wait(3), None);
    }

    #[test]
    fn those_who_send_nothing_any_more_are_forgotten() {
        let rates = Rates::new(NonZeroU32::MAX);
        for principal in 0..i64::from(FORGET_AFTER) * 3 {
            rates.wait(principal);
        }
        assert!(
            rates.principals.len() < FORGET_AFTER as usize * 2,
            "{}",
            rates.principals.len()
        );
    }

    #[test]
    fn a_wait_is_said_in_whole_seconds_that_are_enough() {
        for (milliseconds, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (59_900, 60)] {
            assert_eq!(
                whole_seconds(Duration::from_millis(milliseconds)),
                seconds,
                "{milliseconds}"
            );
        }
    }
}
