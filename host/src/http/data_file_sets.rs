//! `/api/datafilesets`: data file sets, created and shown.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use reprise_request::read_data_file_set_request;
use reprise_store::{DataFile, DataFileName, DataFileSet, DataFileSource};
use serde_json::{Value, json};

use crate::HostError;
use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::{Body, Caller, Named, located, show as show_resource, show_as};
use crate::http::idempotency::replayed;
use crate::http::links::{activity_path, data_file_path, data_file_set_path, link};

/// Create a data file set with its files, which are then empty.
#[utoipa::path(
    post,
    path = "/api/datafilesets",
    operation_id = "create_data_file_set",
    tag = "data files",
    security(("token" = ["datafilesets IP"])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Under the same key one set is created"),
    ),
    request_body(content((String = "application/xml"), (Object = "application/json"))),
    responses(
        (
            status = 201,
            description = "The data file set, at `Location`",
            headers(("Location" = String)),
            content((String = "application/xml"), (Object = "application/json")),
        ),
        (status = 400, description = "The request cannot be asked; every reason at once"),
        (status = 409, description = "There is one with this code already"),
        (status = 413, description = "The body is too large"),
        (status = 415, description = "The body is neither XML nor JSON"),
        (status = 422, description = "The idempotency key was given before with another request"),
        (status = 500, description = "Reprise failed; nothing was created"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn create(State(api): State<Api>, body: Body) -> Result<Response, ApiError> {
    let caller = body.caller.clone();
    let (set, repeated) = api
        .ask(&caller, move |host, payer| {
            let request = read_data_file_set_request(&body.document()?).map_err(HostError::Refused)?;
            let once = body.sent.once(payer);
            let done = host.create_data_file_set(payer, &body.caller.user, &request, once.as_ref())?;
            Ok((host.data_file_set(payer, &done.answer)?, done.repeated))
        })
        .await?;
    let response = show_as(StatusCode::CREATED, &caller, "dataFileSet", resource(&set));
    Ok(replayed(located(response, &data_file_set_path(&set.code)), repeated))
}

/// A data file set: whether an activity is using it, and its files.
#[utoipa::path(
    get,
    path = "/api/datafilesets/{set}",
    operation_id = "show_data_file_set",
    tag = "data files",
    security(("token" = ["datafilesets IP"])),
    params(
        ("set" = String, Path, description = "The data file set's code"),
    ),
    responses(
        (status = 200, description = "The data file set", content((String = "application/xml"), (Object = "application/json"))),
        (status = 400, description = "The path cannot be read"),
        (status = 404, description = "There is no such data file set"),
        (status = 503, description = "The database is busy"),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Named(set): Named<String>,
) -> Result<Response, ApiError> {
    let set = api
        .ask(&caller, move |host, payer| host.data_file_set(payer, &set))
        .await?;
    Ok(show_resource(&caller, "dataFileSet", resource(&set)))
}

fn resource(set: &DataFileSet) -> Value {
    let files: Vec<_> = set.files.iter().map(|file| file_resource(set, file)).collect();
    json!({
        "code": set.code,
        "description": set.description,
        "locked": set.locked,
        "dataFiles": files,
        "links": [link("self", data_file_set_path(&set.code))],
    })
}

fn file_resource(set: &DataFileSet, file: &DataFile) -> Value {
    let name = DataFileName {
        set: set.code.clone(),
        file: file.code.clone(),
    };
    let mut links = vec![link("data", data_file_path(&name))];
    // What is made from results has a length for each form of it.
    let length_bytes = match file.source {
        DataFileSource::Empty => Some(0),
        DataFileSource::Content { length_bytes, .. } => Some(length_bytes),
        DataFileSource::Results { activity } => {
            links.push(link("activity", activity_path(activity, "")));
            None
        }
    };
    json!({
        "code": file.code,
        "description": file.description,
        "lengthBytes": length_bytes,
        "links": links,
    })
}
