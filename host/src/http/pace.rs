//! How slowly content may come that may take as long as it keeps coming.

use std::time::Duration;

use axum::body::{Body as HttpBody, Bytes, HttpBody as _};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout};

/// How much has to come at least within the time that an upload may be idle.
pub(super) const BYTES_MIN: usize = 64 << 10;

/// A body that has to keep coming. What is counted is how long is waited for its caller, not how long what has come is
/// being written.
pub(super) struct Paced {
    body: HttpBody,
    idle_time_max: Duration,
    /// How much is still to come before the time begins again, and how long it may take.
    due_bytes: usize,
    left: Duration,
}

/// Why a body is not whole.
#[derive(Debug)]
pub(super) enum Broken {
    /// Too little came in its time.
    Stalled,
    /// It ended in the middle.
    CutOff(axum::Error),
}

impl Paced {
    pub(super) const fn new(body: HttpBody, idle_time_max: Duration) -> Self {
        Self {
            body,
            idle_time_max,
            due_bytes: BYTES_MIN,
            left: idle_time_max,
        }
    }

    /// How much there is at least.
    pub(super) fn length_min(&self) -> u64 {
        self.body.size_hint().lower()
    }

    /// The next piece; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        loop {
            let began = Instant::now();
            let frame = timeout(self.left, self.body.frame()).await;
            self.left = self.left.saturating_sub(began.elapsed());
            let Some(frame) = frame.map_err(|_| Broken::Stalled)? else {
                return Ok(None);
            };
            // What is no data says nothing about the content.
            let Ok(bytes) = frame.map_err(Broken::CutOff)?.into_data() else {
                continue;
            };
            self.due_bytes = self.due_bytes.saturating_sub(bytes.len());
            if self.due_bytes == 0 {
                self.due_bytes = BYTES_MIN;
                self.left = self.idle_time_max;
            }
            return Ok(Some(bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use axum::body::{Body, Bytes};
    use tokio::sync::mpsc;
    use tokio_stream::wrappers::ReceiverStream;

    use super::{Broken, Paced};

    /// What comes until the end, or how much came until it was given up.
    fn check(body: impl FnOnce() -> Body, idle_time_max: Duration) -> Result<usize, usize> {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let mut paced = Paced::new(body(), idle_time_max);
            let mut came = 0;
            loop {
                match paced.next().await {
                    Ok(Some(bytes)) => came += bytes.len(),
                    Ok(None) => return Ok(came),
                    Err(Broken::Stalled) => return Err(came),
                    // None of the bodies here is cut off.
                    Err(Broken::CutOff(_)) => return Err(usize::MAX),
                }
            }
        })
    }

    /// A body that never ends, of pieces of this size, one after each pause.
    fn endless(piece_bytes: usize, pause: Duration) -> Body {
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            while sender
                .send(Ok::<_, Infallible>(Bytes::from(vec![0; piece_bytes])))
                .await
                .is_ok()
            {
                tokio::time::sleep(pause).await;
            }
        });
        Body::from_stream(ReceiverStream::new(receiver))
    }

    #[test]
    fn a_body_that_trickles_or_stops_is_given_up() {
        for (piece_bytes, pause) in [
            (1, Duration::from_millis(5)),
            (100, Duration::from_millis(20)),
            (1, Duration::from_secs(3_600)),
            (0, Duration::from_millis(5)),
        ] {
            let given_up = check(|| endless(piece_bytes, pause), Duration::from_millis(200));
            assert!(given_up.is_err(), "{piece_bytes} each {pause:?}");
        }
    }

    #[test]
    fn a_body_that_comes_is_taken_however_large_its_pieces() {
        for (piece_bytes, pieces) in [(1, 100_000), (4_096, 1_000), (1 << 20, 10), (1, 0)] {
            let piece = Bytes::from(vec![0; piece_bytes]);
            let stream = tokio_stream::iter(std::iter::repeat_n(Ok::<_, Infallible>(piece), pieces));
            let taken = check(|| Body::from_stream(stream), Duration::from_secs(600));
            assert_eq!(taken, Ok(piece_bytes * pieces));
        }
    }
}
