//! `POST /api/datafilesets/{set}/datafile/{file}/data`: a data file's content comes in, streamed.
//!
//! It may take as long as it keeps coming. What ends in the middle, in whichever way, leaves nothing.

use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{Extension, State};
use axum::response::Response;
use reprise_store::DataFileName;
use serde_json::json;
use tokio::sync::mpsc;

use crate::http::Api;
use crate::http::door::Transfer;
use crate::http::error::ApiError;
use crate::http::exchange::{Caller, Named, show};
use crate::http::links::{data_file_path, data_file_set_path, link};
use crate::http::pace::{self, Paced};

/// What waits to be written at most, in pieces as they come from the connection.
const PIECES_WAITING_MAX: usize = 16;
/// What messages call it.
const WHAT: &str = "content";

/// Hand in the content of a data file, in the place of what it has.
///
/// It is taken as it comes, whatever its type. Until all of it is there the data file has what it had before.
#[utoipa::path(
    post,
    path = "/api/datafilesets/{set}/datafile/{file}/data",
    operation_id = "upload_data_file",
    tag = "data files",
    security(("token" = ["datafilesets IP"])),
    params(
        ("set" = String, Path, description = "The data file set's code"),
        ("file" = String, Path, description = "The data file's code"),
    ),
    request_body(content((String = "application/octet-stream"))),
    responses(
        (status = 200, description = "It is the data file's, and so long", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read, or the content ended in the middle"),
        (status = 404, description = "There is no such data file"),
        (status = 408, description = "Less than 64 KiB came for too long"),
        (status = 409, description = "The data file set is locked"),
        (status = 413, description = "The content is too large"),
        (status = 500, description = "Reprise failed; the data file has what it had"),
        (status = 503, description = "The database is busy"),
        (status = 507, description = "The disk is full; the data file has what it had"),
    )
)]
pub(crate) async fn upload(
    State(api): State<Api>,
    caller: Caller,
    Named((set, file)): Named<(String, String)>,
    Extension(transfer): Extension<Transfer>,
    body: HttpBody,
) -> Result<Response, ApiError> {
    let (bytes_max, idle_time_max) = (api.data_file_bytes_max, api.limits.upload_idle_time_max);
    let body = Paced::new(body, idle_time_max);
    if body.length_min() > bytes_max {
        return Err(ApiError::too_large(bytes_max, &caller));
    }
    let (sender, mut receiver) = mpsc::channel(PIECES_WAITING_MAX);
    let name = DataFileName { set, file };
    let (set, file) = (name.set.clone(), name.file.clone());
    let user = caller.user.clone();
    let writing = api.ask(&caller, move |host, payer| {
        let _held = transfer;
        let mut upload = host.upload(payer, &user, &set, &file)?;
        while let Some(piece) = receiver.blocking_recv() {
            match piece {
                Piece::Bytes(bytes) => upload.append(&bytes)?,
                Piece::End => return upload.finish().map(Some),
            }
        }
        // Whoever was to send the end has given up; what is dropped here is discarded.
        Ok(None)
    });
    let (written, read) = tokio::join!(writing, pass_on(body, sender, bytes_max));
    let length_bytes = match (written?, read) {
        (Some(length_bytes), _) => length_bytes,
        (None, Err(Broken::TooLarge)) => return Err(ApiError::too_large(bytes_max, &caller)),
        (None, Err(Broken::Stalled)) => return Err(ApiError::stalled(WHAT, idle_time_max, &caller)),
        (None, Ok(()) | Err(Broken::CutOff)) => return Err(ApiError::cut_off(WHAT, &caller)),
    };
    let links = [
        link("data", data_file_path(&name)),
        link("set", data_file_set_path(&name.set)),
    ];
    let shown = json!({ "code": name.file, "lengthBytes": length_bytes, "links": links });
    Ok(show(&caller, "dataFile", shown))
}

/// What is handed to whoever writes.
enum Piece {
    Bytes(Bytes),
    /// All of it is there. Without this nothing of it is kept.
    End,
}

/// Why a content is not whole.
enum Broken {
    TooLarge,
    Stalled,
    CutOff,
}

impl From<pace::Broken> for Broken {
    fn from(broken: pace::Broken) -> Self {
        match broken {
            pace::Broken::Stalled => Self::Stalled,
            pace::Broken::CutOff(_) => Self::CutOff,
        }
    }
}

/// Hands on what comes, as fast as it is written. Dropped with the caller's connection, it ends without the end.
async fn pass_on(mut body: Paced, sender: mpsc::Sender<Piece>, bytes_max: u64) -> Result<(), Broken> {
    let mut received: u64 = 0;
    while let Some(bytes) = body.next().await? {
        received += bytes.len() as u64;
        if received > bytes_max {
            return Err(Broken::TooLarge);
        }
        if sender.send(Piece::Bytes(bytes)).await.is_err() {
            // Writing has ended and says why.
            return Ok(());
        }
    }
    // The same is true here.
    let _ = sender.send(Piece::End).await;
    Ok(())
}
