//! The API over HTTP: reads requests, calls the [`Host`], writes answers. It decides nothing.
//!
//! One file a resource; `error` is the one place for status codes, `exchange` the one place where bodies come in
//! and answers go out. The OpenAPI document is made from the same routes that are served.

mod activities;
mod activity_resource;
mod claim_status;
mod claims;
mod data_file_sets;
mod data_files;
mod error;
mod events;
mod exchange;
mod idempotency;
mod links;
mod operations;
mod ranges;
mod rendering;
mod reprocess;
mod uploads;
mod v1;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use metrics_exporter_prometheus::PrometheusHandle;
use reprise_request::MessageTable;
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Host;
use crate::http::rendering::Lengths;

/// The largest request body.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// The largest content of a data file, unless the deployment says otherwise.
pub const DATA_FILE_BYTES_MAX: u64 = 8 << 30;
/// The longest that a request may take, a count over all claims of a payer included. Content that is handed in may take
/// as long as it keeps coming.
pub const REQUEST_TIME_MAX: Duration = Duration::from_secs(120);

/// How many validations of requests in bulk go on at once.
const VALIDATIONS_MAX: usize = 16;

/// What every handler has at hand. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    /// The use-cases.
    pub host: Host,
    /// The outward codes of messages.
    pub messages: Arc<MessageTable>,
    /// What is measured, if anything collects it.
    pub metrics: Option<PrometheusHandle>,
    /// The largest content of a data file.
    pub data_file_bytes_max: u64,
    /// Whether the server ends, so that answers end that would go on for ever.
    ending: watch::Sender<bool>,
    lengths: Arc<Lengths>,
    /// The validations that may go on at once: each holds a thread for as long as its caller keeps sending.
    validations: Arc<Semaphore>,
}

impl Api {
    /// The API of a host, with the standard codes of messages.
    pub fn new(host: Host) -> Self {
        Self {
            host,
            messages: Arc::default(),
            metrics: None,
            data_file_bytes_max: DATA_FILE_BYTES_MAX,
            ending: watch::Sender::new(false),
            lengths: Arc::default(),
            validations: Arc::new(Semaphore::new(VALIDATIONS_MAX)),
        }
    }

    /// End the answers that would go on for ever, since the server ends.
    pub fn end_streams(&self) {
        self.ending.send_replace(true);
    }
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Reprise",
        description = "Decides which claims must be processed again. Bodies are XML or JSON with the same names; the \
            answer comes in the type that `Accept` asks for, else in the type that was sent. The payer is named by the \
            header `Reprise-Payer`, or is the only one there is; the acting user by `Reprise-User`. A POST that changes \
            something is done once under an `Idempotency-Key`: sent again within a day, it gets the same answer, with the \
            header `Idempotency-Replayed`."
    ),
    tags(
        (name = "reprocess", description = "Claims that are to be processed again, and what they are worth"),
        (name = "activities", description = "Work that goes on after its request was answered"),
        (name = "data files", description = "What is handed in and out in bulk"),
        (name = "claims", description = "Claims as they stand, and what was done to them"),
        (name = "events", description = "What happened to claims, for whoever follows"),
        (name = "webhooks", description = "Endpoints that are sent what happened to claims"),
        (name = "intake", description = "Claims as they are created, sent and received; in the names and conventions of /api/v1"),
        (name = "operations", description = "For whoever runs the server"),
    )
)]
struct Document;

fn routes_and_document() -> (Router<Api>, utoipa::openapi::OpenApi) {
    let limited_in_time = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(reprocess::reprocess))
        .routes(routes!(reprocess::count))
        .routes(routes!(reprocess::start_criteria))
        .routes(routes!(reprocess::explain))
        .routes(routes!(activities::list, activities::create))
        .routes(routes!(activities::create_and_start))
        .routes(routes!(activities::show))
        .routes(routes!(activities::messages))
        .routes(routes!(activities::start))
        .routes(routes!(activities::recover))
        .routes(routes!(activities::cancel))
        .routes(routes!(activities::retry_notification))
        .routes(routes!(data_file_sets::create))
        .routes(routes!(data_file_sets::show))
        .routes(routes!(data_files::download, data_files::measure))
        .routes(routes!(claims::by_code))
        .routes(routes!(claims::show))
        .routes(routes!(claims::show_generic))
        .routes(routes!(claim_status::show))
        .routes(routes!(claim_status::history))
        .routes(routes!(claim_status::adjudicated))
        .routes(routes!(events::events))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::show, webhooks::delete))
        .routes(routes!(webhooks::pause))
        .routes(routes!(webhooks::resume))
        .routes(routes!(webhooks::replay))
        .routes(routes!(webhooks::dead_letters))
        .routes(routes!(webhooks::resend_all))
        .routes(routes!(webhooks::resend_one))
        .routes(routes!(operations::openapi))
        .routes(routes!(operations::healthz))
        .routes(routes!(operations::readyz))
        .routes(routes!(operations::metrics))
        .merge(v1::limited_in_time())
        .route_layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            REQUEST_TIME_MAX,
        ));
    let unlimited = OpenApiRouter::new()
        .routes(routes!(uploads::upload))
        .merge(v1::unlimited());
    limited_in_time.merge(unlimited).split_for_parts()
}

/// The OpenAPI document of the API.
pub fn document() -> utoipa::openapi::OpenApi {
    routes_and_document().1
}

/// The API as a service.
pub fn router(api: Api) -> Router {
    let (router, _) = routes_and_document();
    router
        .fallback(error::no_such_path)
        .method_not_allowed_fallback(error::no_such_method)
        .layer(from_fn(measure))
        .layer(CatchPanicLayer::custom(error::panicked))
        .with_state(api)
}

/// Count each answer, by its route and not by its path, which callers choose.
async fn measure(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", |path| path.as_str())
        .to_owned();
    let path = request.uri().path().to_owned();
    let started = std::time::Instant::now();
    let response = v1::problem::of_timeout(&path, next.run(request).await);
    crate::metrics::request_answered(&route, response.status().as_u16(), started.elapsed());
    response
}
