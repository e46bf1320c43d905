//! `/api/datafilesets/{set}/datafile/{file}/data`: a data file's content, streamed.

use axum::body::{Body as HttpBody, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use reprise_request::{DataFileWriter, MediaType, MessageTable};
use reprise_store::{ContentId, DataFileSource};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Caller, Named};
use crate::{Host, HostError};

/// What waits to be sent at most, in portions of up to [`PORTION_BYTES`].
const PORTIONS_WAITING_MAX: usize = 4;
const PORTION_BYTES: usize = 64 << 10;

/// The content of a data file: results as XML or as JSON lines, what was handed in as it came.
#[utoipa::path(
    get,
    path = "/api/datafilesets/{set}/datafile/{file}/data",
    operation_id = "download_data_file",
    tag = "activities",
    params(
        ("set" = String, Path, description = "The data file set's code"),
        ("file" = String, Path, description = "The data file's code"),
        ("Reprise-Payer" = Option<String>, Header, description = "The payer, where there are several"),
    ),
    responses(
        (status = 200, description = "The content", content((String = "application/xml"), (String = "application/x-ndjson"))),
        (status = 400, description = "The path cannot be read, or the payer is not told"),
        (status = 404, description = "There is no such data file"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn download(
    State(api): State<Api>,
    caller: Caller,
    Named((set, file)): Named<(String, String)>,
) -> Result<Response, ApiError> {
    let (source, payer) = api
        .ask(&caller, move |host, payer| {
            Ok((host.data_file(payer, &set, &file)?.source, payer.to_owned()))
        })
        .await?;
    let content_type = match (source, caller.answer_in) {
        (DataFileSource::Results { .. }, MediaType::Xml) => "application/xml",
        (DataFileSource::Results { .. }, MediaType::Json) => "application/x-ndjson",
        (DataFileSource::Empty | DataFileSource::Content { .. }, _) => "application/octet-stream",
    };
    let (sender, receiver) = mpsc::channel(PORTIONS_WAITING_MAX);
    let (host, media_type, table) = (api.host.clone(), caller.answer_in, caller.messages);
    tokio::task::spawn_blocking(move || {
        let mut portions = Portions {
            sender,
            open: Vec::with_capacity(PORTION_BYTES),
        };
        let sent = match source {
            DataFileSource::Empty => Ok(()),
            DataFileSource::Content { id, .. } => send_content(&host, id, &mut portions),
            DataFileSource::Results { activity } => {
                send_results(&host, &payer, activity, media_type, &table, &mut portions)
            }
        };
        if let Err(error) = sent {
            tracing::warn!(%error, "a data file could not be sent whole");
            // The status is out already; ending the body in the middle is how the caller learns of it.
            let _ = portions.sender.blocking_send(Err(error));
        }
    });
    let body = HttpBody::from_stream(ReceiverStream::new(receiver));
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, content_type)], body).into_response())
}

/// Gathers what is written into portions and hands them to the connection, waiting for a slow one.
struct Portions {
    sender: mpsc::Sender<std::io::Result<Bytes>>,
    open: Vec<u8>,
}

impl std::io::Write for Portions {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.open.extend_from_slice(bytes);
        if self.open.len() >= PORTION_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        let portion = std::mem::replace(&mut self.open, Vec::with_capacity(PORTION_BYTES));
        let gone = || std::io::Error::new(std::io::ErrorKind::BrokenPipe, "the caller has gone");
        self.sender.blocking_send(Ok(portion.into())).map_err(|_| gone())
    }
}

fn of_host(error: HostError) -> std::io::Error {
    std::io::Error::other(error.to_string())
}

fn send_content(host: &Host, content: ContentId, portions: &mut Portions) -> std::io::Result<()> {
    for number in 0.. {
        let Some(chunk) = host.content_chunk(content, number).map_err(of_host)? else {
            break;
        };
        std::io::Write::write_all(portions, &chunk)?;
    }
    std::io::Write::flush(portions)
}

fn send_results(
    host: &Host,
    payer: &str,
    activity: i64,
    media_type: MediaType,
    table: &MessageTable,
    portions: &mut Portions,
) -> std::io::Result<()> {
    let mut writer = DataFileWriter::new(portions, media_type, table)?;
    for number in 0.. {
        let Some(chunk) = host.result_chunk(payer, activity, number).map_err(of_host)? else {
            break;
        };
        for result in &chunk {
            writer.entry(result)?;
        }
    }
    writer.finish(None).map(|_| ())
}
