//! `POST /api/v1/claims/validate`: what would be refused of many requests, and why; streamed in and out.

use std::io::{self, Read};
use std::sync::Arc;

use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{Extension, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use reprise_request::Problem;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::exchange::Asker;
use super::problem::ProblemAnswer;
use crate::http::Api;
use crate::http::door::Transfer;
use crate::http::pace::{BYTES_MIN, Broken, Paced};
use crate::http::rendering::Portions;

/// What waits to be judged at most, in pieces as they come from the connection.
const PIECES_WAITING_MAX: usize = 16;
/// What waits to be sent at most, in portions.
const PORTIONS_WAITING_MAX: usize = 4;

/// Judge requests for claims, a line each, as `POST /api/v1/claims` would, without storing anything.
///
/// Each is judged by itself against what is stored now. Answers come while lines are sent, a stretch of about a thousand at a time; a line that
/// says `end` closes them, so that an answer that was cut off is told from a whole one.
#[utoipa::path(
    post,
    path = "/api/v1/claims/validate",
    operation_id = "validate_claims",
    tag = "intake",
    security(("token" = ["claims.create IP"])),
    request_body(content((String = "application/x-ndjson"))),
    responses(
        (status = 200, description = "A line for each request: `line`, and `claims` or `problems`; at last `end` with counts", content((String = "application/x-ndjson"))),
        (status = 503, description = "The database is busy, or too many validations are under way", content((Object = "application/problem+json"))),
    )
)]
pub(crate) async fn validate(
    State(api): State<Api>,
    Asker(caller): Asker,
    Extension(transfer): Extension<Transfer>,
    body: HttpBody,
) -> Result<Response, ProblemAnswer> {
    // What cannot be judged at all is refused while there is a status to refuse it with.
    let payer = api
        .ask_intake(&caller, |host, payer| {
            host.ensure_loaded()?;
            Ok(payer.to_owned())
        })
        .await?;
    let Ok(permit) = Arc::clone(&api.validations).try_acquire_owned() else {
        let detail = "as many validations as there may be are under way; try again in a moment";
        return Err(ProblemAnswer::new(Problem::BUSY, "", detail));
    };
    let (pieces, incoming) = mpsc::channel(PIECES_WAITING_MAX);
    let (portions, outgoing) = mpsc::channel(PORTIONS_WAITING_MAX);
    tokio::spawn(pass_on(Paced::new(body, api.limits.upload_idle_time_max), pieces));
    let host = api.host.clone();
    tokio::task::spawn_blocking(move || {
        let _held = (permit, transfer);
        let mut input = io::BufReader::new(Pieces::new(incoming));
        let mut output = Portions::new(portions);
        let judged = host.validate_claims(&payer, &mut input, &mut output);
        let ended = judged.map_err(|error| error.to_string()).and_then(|counts| {
            let end = serde_json::json!({ "end": true, "requests": counts.requests, "accepted": counts.accepted, "refused": counts.refused });
            io::Write::write_all(&mut output, format!("{end}\n").as_bytes())
                .and_then(|()| io::Write::flush(&mut output))
                .map_err(|error| error.to_string())
        });
        if let Err(reason) = ended {
            tracing::warn!(reason, "a validation of claims is broken off");
            // What comes of it is a last line that is no `end`.
            let problem = Problem::new(Problem::TECHNICAL, "", reason).to_json();
            let said = io::Write::write_all(&mut output, format!("{problem}\n").as_bytes());
            // Nobody is there to be told if the caller has gone.
            let _ = said.and_then(|()| io::Write::flush(&mut output));
        }
    });
    let body = HttpBody::from_stream(ReceiverStream::new(outgoing));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// Hands on what comes, as fast as it is judged. What ends in the middle ends with an error.
async fn pass_on(mut body: Paced, sender: mpsc::Sender<io::Result<Bytes>>) {
    loop {
        let piece = match body.next().await {
            Ok(None) => return,
            Ok(Some(bytes)) => Ok(bytes),
            Err(Broken::CutOff(error)) => Err(io::Error::other(error)),
            Err(Broken::Stalled) => {
                let reason = format!("less than {BYTES_MIN} bytes came for too long");
                Err(io::Error::new(io::ErrorKind::TimedOut, reason))
            }
        };
        let is_last = piece.is_err();
        if sender.send(piece).await.is_err() || is_last {
            return;
        }
    }
}

/// Pieces of a body as something to be read, on a thread that may block.
struct Pieces {
    incoming: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

impl Pieces {
    fn new(incoming: mpsc::Receiver<io::Result<Bytes>>) -> Self {
        Self {
            incoming,
            piece: Bytes::new(),
        }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.incoming.blocking_recv() {
                None => return Ok(0),
                Some(piece) => self.piece = piece?,
            }
        }
        let length = buffer.len().min(self.piece.len());
        buffer[..length].copy_from_slice(&self.piece.split_to(length));
        Ok(length)
    }
}
