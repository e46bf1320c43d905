//! Limits at the door: how many requests go on at once, how many of them hold a thread for long, and how many a principal
//! sends. Who comes beyond is told when to come again; what goes on already is not touched.
//!
//! The metrics say how many were refused and why, but not whose they were.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
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
use crate::http::exchange::Caller;
use crate::http::v1::problem::{ProblemAnswer, answers_problems};

/// How long the path and query of a request may be.
pub const URL_BYTES_MAX: usize = 8 << 10;
/// Answered whatever else goes on: whoever watches the server has to be told that it is alive.
const ALWAYS_ANSWERED: [&str; 2] = ["/healthz", "/readyz"];
/// The operations that hold a thread for as long as their callers send or read.
const TRANSFERS: [(Method, &str); 3] = [
    (Method::POST, "/api/datafilesets/{set}/datafile/{file}/data"),
    (Method::GET, "/api/datafilesets/{set}/datafile/{file}/data"),
    (Method::POST, "/api/v1/claims/validate"),
];
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
    /// How many requests a second each principal may send, and how many at once after a pause; any if absent.
    pub requests_per_second: Option<NonZeroU32>,
    /// How long an upload may go on without anything coming.
    pub upload_idle_time_max: Duration,
}

impl Default for DoorLimits {
    fn default() -> Self {
        Self {
            requests_in_flight: 1_024,
            transfers: 64,
            requests_per_second: NonZeroU32::new(5_000),
            upload_idle_time_max: Duration::from_secs(60),
        }
    }
}

/// What is counted at the door.
#[derive(Debug)]
pub(super) struct Door {
    requests: Arc<Semaphore>,
    transfers: Arc<Semaphore>,
    rates: Option<Rates>,
}

impl Door {
    pub(super) fn new(limits: &DoorLimits) -> Self {
        let places = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Self {
            requests: places(limits.requests_in_flight),
            transfers: places(limits.transfers),
            rates: limits.requests_per_second.map(Rates::new),
        }
    }
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
    _place: Arc<OwnedSemaphorePermit>,
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

/// Lets the requests of each principal in as fast as it may send them, and its transfers as long as not too many go on.
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
    if !is_transfer(&request) {
        return next.run(request).await;
    }
    let Ok(place) = Arc::clone(&door.transfers).try_acquire_owned() else {
        let sentence = "As many uploads, downloads and validations as may be are under way; begin this one in a moment";
        return Refusal::busy("transfers", sentence).answer(&request.into_parts().0, &api);
    };
    let transfer = Transfer {
        _place: Arc::new(place),
    };
    request.extensions_mut().insert(transfer.clone());
    let response = next.run(request).await;
    drop(transfer);
    response
}

fn is_transfer(request: &Request) -> bool {
    let Some(path) = request.extensions().get::<MatchedPath>() else {
        return false;
    };
    let is_one = |(method, transfer): &(Method, &str)| method == request.method() && path.as_str() == *transfer;
    TRANSFERS.iter().any(is_one)
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
