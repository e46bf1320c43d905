//! The API over HTTP: reads requests, calls the [`Host`], writes answers. It decides nothing.
//!
//! One file a resource; `error` is the one place for status codes, `exchange` the one place where bodies come in
//! and answers go out. The OpenAPI document is made from the same routes that are served.

mod access;
mod activities;
mod activity_resource;
mod audit;
mod authentication;
mod claim_status;
mod claims;
mod data_file_sets;
mod data_files;
mod door;
mod error;
mod events;
mod exchange;
mod idempotency;
mod links;
mod operations;
mod pace;
mod pend_reasons;
mod pends;
mod ranges;
mod rendering;
mod reprocess;
mod rules;
mod serving;
mod shares;
mod tls;
mod uploads;
mod v1;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use metrics_exporter_prometheus::PrometheusHandle;
use reprise_request::MessageTable;
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi as _;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, RefOr, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Host;
use crate::http::authentication::{Requirements, authenticate, authorize};
use crate::http::door::{Door, let_in, let_principal_in};
pub use crate::http::door::{DoorLimits, URL_BYTES_MAX};
use crate::http::rendering::Lengths;
pub use crate::http::serving::{Ending, HEAD_BYTES_MAX, HEADERS_MAX, Serving, ServingSettings};
pub use crate::http::tls::{Tls, TlsError, TlsFiles};

/// The largest request body.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// The largest content of a data file, unless the deployment says otherwise.
pub const DATA_FILE_BYTES_MAX: u64 = 8 << 30;
/// The longest that a request may take, a count over all claims of a payer included. Content that is handed in may take
/// as long as it keeps coming.
pub const REQUEST_TIME_MAX: Duration = Duration::from_secs(120);

/// How many validations of requests in bulk go on at once.
const VALIDATIONS_MAX: usize = 16;
/// How many reads of whole audit logs go on at once.
const AUDIT_READS_MAX: usize = 2;

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
    /// How much is let in.
    pub limits: DoorLimits,
    /// Whether the server ends, so that answers end that would go on for ever.
    ending: watch::Sender<bool>,
    lengths: Arc<Lengths>,
    /// The validations that may go on at once: each holds a thread for as long as its caller keeps sending.
    validations: Arc<Semaphore>,
    /// The reads of whole audit logs that may go on at once: each may hold a connection to the database for long.
    audit_reads: Arc<Semaphore>,
    /// The components that are being checked.
    admissions: Arc<rules::Admissions>,
}

impl Api {
    /// The API of a host, with the standard codes of messages.
    pub fn new(host: Host) -> Self {
        Self {
            host,
            messages: Arc::default(),
            metrics: None,
            data_file_bytes_max: DATA_FILE_BYTES_MAX,
            limits: DoorLimits::default(),
            ending: watch::Sender::new(false),
            lengths: Arc::default(),
            validations: Arc::new(Semaphore::new(VALIDATIONS_MAX)),
            audit_reads: Arc::new(Semaphore::new(AUDIT_READS_MAX)),
            admissions: Arc::default(),
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
            answer comes in the type that `Accept` asks for, else in the type that was sent. Who asks is told by its bearer \
            token, and belongs to one payer: what is another payer's is not there for it. A POST that names \
            the header `Idempotency-Key` among its parameters is done once under such a key: sent again within a day, it \
            gets the same answer, with the header `Idempotency-Replayed`."
    ),
    modifiers(&Secured),
    tags(
        (name = "reprocess", description = "Claims that are to be processed again, and what they are worth"),
        (name = "activities", description = "Work that goes on after its request was answered"),
        (name = "data files", description = "What is handed in and out in bulk"),
        (name = "claims", description = "Claims as they stand, and what was done to them"),
        (name = "events", description = "What happened to claims, for whoever follows"),
        (name = "webhooks", description = "Endpoints that are sent what happened to claims"),
        (name = "intake", description = "Claims as they are created, sent and received; in the names and conventions of /api/v1"),
        (name = "rules", description = "Rule components: what decides, since when, and why"),
        (name = "access", description = "Who may do what, and who did what"),
        (name = "operations", description = "For whoever runs the server"),
    )
)]
struct Document;

/// Adds to each operation that takes credentials what all of them answer.
struct Secured;

impl utoipa::Modify for Secured {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A token of a principal, `reprise_...`, or a JWT of the issuer that is set. The scopes of an operation \
                 are the access restrictions that it takes, all of them.",
            ))
            .build();
        let components = document.components.get_or_insert_with(Components::default);
        components.add_security_scheme(authentication::SCHEME, SecurityScheme::Http(scheme));
    }
}

/// What every operation can answer beside what is said of it, by what it is: one that takes credentials, one that writes.
fn add_common_answers(document: &mut utoipa::openapi::OpenApi) {
    const OF_ALL: [(&str, &str); 2] = [
        ("414", "The path and query are longer than is taken"),
        ("503", "The server is busy; `Retry-After` says when to send it again"),
    ];
    const OF_THOSE_WITH_CREDENTIALS: [(&str, &str); 5] = [
        (
            "401",
            "There are no credentials, or none that are good; `WWW-Authenticate` says what to bring",
        ),
        (
            "403",
            "The principal does not have every access restriction that this takes; nothing was done",
        ),
        (
            "429",
            "The principal sends more requests than it may; `Retry-After` says when to send the next",
        ),
        ("500", "Reprise failed; nothing was done"),
        ("504", "It took too long; what was to be written may have been"),
    ];
    const OF_THOSE_THAT_WRITE: [(&str, &str); 2] = [
        ("413", "The body is too large"),
        ("507", "The disk is full; nothing was done"),
    ];
    for item in document.paths.paths.values_mut() {
        let of_methods = [
            (&mut item.get, false),
            (&mut item.head, false),
            (&mut item.put, true),
            (&mut item.post, true),
            (&mut item.delete, true),
        ];
        for (operation, writes) in of_methods {
            let Some(operation) = operation else { continue };
            let is_open = operation
                .security
                .as_ref()
                .is_some_and(|ways| ways.contains(&SecurityRequirement::default()));
            let mut answers = OF_ALL.to_vec();
            if !is_open {
                answers.extend(OF_THOSE_WITH_CREDENTIALS);
            }
            if writes {
                answers.extend(OF_THOSE_THAT_WRITE);
            }
            for (status, description) in answers {
                let responses = &mut operation.responses.responses;
                responses
                    .entry(status.to_owned())
                    .or_insert_with(|| RefOr::T(ResponseBuilder::new().description(description).build()));
            }
        }
    }
}

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
        .routes(routes!(pends::submit))
        .routes(routes!(pends::resolve_pend))
        .routes(routes!(pends::resolve_line_pend))
        .routes(routes!(pends::history))
        .routes(routes!(pends::resolve_claim_pend_reason))
        .routes(routes!(pends::resolve_line_pend_reason))
        .routes(routes!(pend_reasons::show_of_claim))
        .routes(routes!(pend_reasons::show_generic_of_claim))
        .routes(routes!(pend_reasons::show_of_line))
        .routes(routes!(pend_reasons::show_generic_of_line))
        .routes(routes!(events::events))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::show, webhooks::delete))
        .routes(routes!(webhooks::pause))
        .routes(routes!(webhooks::resume))
        .routes(routes!(webhooks::replay))
        .routes(routes!(webhooks::dead_letters))
        .routes(routes!(webhooks::resend_all))
        .routes(routes!(webhooks::resend_one))
        .routes(routes!(access::show_self))
        .routes(routes!(access::list_payers, access::create_payer))
        .routes(routes!(access::list_principals, access::create_principal))
        .routes(routes!(access::show_principal, access::change_principal))
        .routes(routes!(access::list_tokens, access::create_token))
        .routes(routes!(access::revoke_token))
        .routes(routes!(access::list_roles))
        .routes(routes!(access::write_role, access::delete_role))
        .routes(routes!(audit::show))
        .routes(routes!(operations::openapi))
        .routes(routes!(operations::healthz))
        .routes(routes!(operations::readyz))
        .routes(routes!(operations::metrics))
        .merge(rules::routes())
        .merge(v1::limited_in_time())
        .route_layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            REQUEST_TIME_MAX,
        ));
    let unlimited = OpenApiRouter::new()
        .routes(routes!(uploads::upload))
        .routes(routes!(audit::export))
        .merge(v1::unlimited());
    let (router, mut document) = limited_in_time.merge(unlimited).split_for_parts();
    add_common_answers(&mut document);
    (router, document)
}

/// The OpenAPI document of the API.
pub fn document() -> utoipa::openapi::OpenApi {
    routes_and_document().1
}

/// The API as a service.
pub fn router(api: Api) -> Router {
    let (router, document) = routes_and_document();
    let requirements = Arc::new(Requirements::of(&document));
    let door = Arc::new(Door::new(&api.limits));
    // The last is the first that a request comes to: who it is, how fast it may, whether it may at all.
    router
        .route_layer(from_fn_with_state(api.clone(), authorize))
        .route_layer(from_fn_with_state((api.clone(), Arc::clone(&door)), let_principal_in))
        .route_layer(from_fn_with_state((api.clone(), requirements), authenticate))
        .fallback(error::no_such_path)
        .method_not_allowed_fallback(error::no_such_method)
        .layer(from_fn_with_state((api.clone(), door), let_in))
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
