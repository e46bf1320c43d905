//! `GET /api/datafilesets/{set}/datafile/{file}/data`: a data file's content, streamed, whole or a range of it.

use axum::body::Body as HttpBody;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use reprise_request::ResponseRoot;
use reprise_store::DataFileSource;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::activities::result_root;
use crate::http::Api;
use crate::http::door::Transfer;
use crate::http::error::ApiError;
use crate::http::exchange::{Caller, Named, text_of};
use crate::http::ranges::{self, Asked};
use crate::http::rendering::{Content, Portions};

/// What waits to be sent at most, in portions.
const PORTIONS_WAITING_MAX: usize = 4;

/// The content of a data file: results as XML or as JSON lines, what was handed in as it came.
///
/// A range of bytes can be asked for. Of what is made from results the first range takes as long as the whole.
#[utoipa::path(
    get,
    path = "/api/datafilesets/{set}/datafile/{file}/data",
    operation_id = "download_data_file",
    tag = "data files",
    security(("token" = ["datafilesets IP"])),
    params(
        ("set" = String, Path, description = "The data file set's code"),
        ("file" = String, Path, description = "The data file's code"),
        ("Range" = Option<String>, Header, description = "One range of bytes, such as `bytes=0-1023`"),
        ("If-Range" = Option<String>, Header, description = "The range only if this is still the content's `ETag`"),
        ("If-None-Match" = Option<String>, Header, description = "The content only if this is not its `ETag` any more"),
    ),
    responses(
        (
            status = 200,
            description = "The content",
            headers(("ETag" = String), ("Accept-Ranges" = String)),
            content((String = "application/xml"), (String = "application/x-ndjson"), (String = "application/octet-stream")),
        ),
        (status = 206, description = "The range, which `Content-Range` names", headers(("Content-Range" = String))),
        (status = 304, description = "The content is the one that the caller has"),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such data file"),
        (status = 416, description = "The content has no such range", headers(("Content-Range" = String))),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn download(
    State(api): State<Api>,
    caller: Caller,
    Named(file): Named<(String, String)>,
    Extension(transfer): Extension<Transfer>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    respond(&api, &caller, file, &headers, transfer, Wanted::Content).await
}

/// How long the content of a data file is, and which it is, without the content.
#[utoipa::path(
    head,
    path = "/api/datafilesets/{set}/datafile/{file}/data",
    operation_id = "measure_data_file",
    tag = "data files",
    security(("token" = ["datafilesets IP"])),
    params(
        ("set" = String, Path, description = "The data file set's code"),
        ("file" = String, Path, description = "The data file's code"),
        ("Range" = Option<String>, Header, description = "One range of bytes, such as `bytes=0-1023`"),
    ),
    responses(
        (
            status = 200,
            description = "The content is there",
            headers(("Content-Length" = String), ("ETag" = String), ("Accept-Ranges" = String)),
        ),
        (status = 206, description = "So is the range", headers(("Content-Range" = String))),
        (status = 304, description = "The content is the one that the caller has"),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such data file"),
        (status = 416, description = "The content has no such range", headers(("Content-Range" = String))),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn measure(
    State(api): State<Api>,
    caller: Caller,
    Named(file): Named<(String, String)>,
    Extension(transfer): Extension<Transfer>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    respond(&api, &caller, file, &headers, transfer, Wanted::Length).await
}

/// What is asked for of a content. To find its length can take as long as to write it out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Content,
    Length,
}

/// The answer, with the content if that is wanted.
async fn respond(
    api: &Api,
    caller: &Caller,
    (set, file): (String, String),
    headers: &HeaderMap,
    transfer: Transfer,
    wanted: Wanted,
) -> Result<Response, ApiError> {
    let range = text_of(headers, &header::RANGE).filter(|range| ranges::is_range(range));
    // To be told the length is all that is asked for, or what a range is a range of.
    let needs_length = range.is_some() || wanted == Wanted::Length;
    let lengths = api.lengths.clone();
    let (media_type, table) = (caller.answer_in, caller.messages.clone());
    let held = transfer.clone();
    let (content, length_bytes) = api
        .ask(caller, move |host, payer| {
            let _held = held;
            let source = host.data_file(payer, &set, &file)?.source;
            let root = match source {
                DataFileSource::Results { activity } => result_root(&host.activity(payer, activity)?),
                DataFileSource::Empty | DataFileSource::Content { .. } => ResponseRoot::Criteria,
            };
            let payer = payer.to_owned();
            let content = Content {
                payer,
                source,
                media_type,
                root,
                table,
            };
            let length_bytes = if needs_length {
                Some(content.length(host, &lengths)?)
            } else {
                content.known_length(&lengths)
            };
            Ok((content, length_bytes))
        })
        .await?;

    let tag = content.entity_tag();
    if is_known(headers, &tag) {
        return Ok(with_headers(
            StatusCode::NOT_MODIFIED.into_response(),
            &[(header::ETAG, tag)],
        ));
    }
    let is_current = text_of(headers, &header::IF_RANGE).is_none_or(|known| known == tag);
    let asked = match (range.filter(|_| is_current), length_bytes) {
        (Some(range), Some(length_bytes)) => ranges::asked(&range, length_bytes),
        _ => Asked::Whole,
    };
    let (status, bytes, sent_length) = match asked {
        Asked::Whole => (StatusCode::OK, 0..length_bytes.unwrap_or(u64::MAX), length_bytes),
        Asked::Part(range) => (
            StatusCode::PARTIAL_CONTENT,
            range.clone(),
            Some(range.end - range.start),
        ),
        Asked::Beyond => {
            let length_bytes = length_bytes.unwrap_or_default();
            let refused = ApiError::no_such_range(length_bytes, caller).into_response();
            let content_range = format!("bytes */{length_bytes}");
            return Ok(with_headers(refused, &[(header::CONTENT_RANGE, content_range)]));
        }
    };
    let mut given = vec![
        (header::CONTENT_TYPE, content.content_type().to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::ETAG, tag),
        (header::VARY, "Accept, Authorization".to_owned()),
    ];
    if let Some(sent_length) = sent_length {
        given.push((header::CONTENT_LENGTH, sent_length.to_string()));
    }
    if let (StatusCode::PARTIAL_CONTENT, Some(length_bytes)) = (status, length_bytes) {
        let content_range = format!("bytes {}-{}/{length_bytes}", bytes.start, bytes.end - 1);
        given.push((header::CONTENT_RANGE, content_range));
    }
    let body = match wanted {
        Wanted::Content => stream(api, content, bytes, transfer),
        Wanted::Length => HttpBody::empty(),
    };
    Ok(with_headers((status, body).into_response(), &given))
}

/// Whether the caller has the content already.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = text_of(headers, &header::IF_NONE_MATCH).unwrap_or_default();
    known
        .split(',')
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*")
}

fn with_headers(mut response: Response, headers: &[(header::HeaderName, String)]) -> Response {
    for (name, value) in headers {
        // INVARIANT: all of them are made here, of ASCII.
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The bytes of this range of the content, written out while they are sent.
fn stream(api: &Api, content: Content, bytes: std::ops::Range<u64>, transfer: Transfer) -> HttpBody {
    let (sender, receiver) = mpsc::channel(PORTIONS_WAITING_MAX);
    let (host, lengths) = (api.host.clone(), api.lengths.clone());
    tokio::task::spawn_blocking(move || {
        let _held = transfer;
        let mut portions = Portions::new(sender);
        if let Err(error) = content.write(&host, &lengths, bytes, &mut portions) {
            tracing::warn!(%error, "a data file could not be sent whole");
            portions.break_off(error);
        }
    });
    HttpBody::from_stream(ReceiverStream::new(receiver))
}
