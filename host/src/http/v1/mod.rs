//! `/api/v1`: claims at intake and what they are made of, in the names and conventions of the API whose clients call it.
//!
//! JSON alone; what goes wrong is `application/problem+json` with a stable code. Everything else of the API is under
//! `/api`, in the payer's words.

mod claims;
mod exchange;
pub(super) mod problem;
mod references;
mod validation;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::Api;

/// The routes whose requests are limited in time.
pub(super) fn limited_in_time() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(claims::list, claims::create))
        .routes(routes!(claims::show, claims::update, claims::delete))
        .routes(routes!(claims::mark_sent))
        .routes(routes!(references::patient))
        .routes(routes!(references::plan))
        .routes(routes!(references::subscription))
        .routes(routes!(references::patient_plans))
        .routes(routes!(references::procedures))
        .routes(routes!(references::procedure))
}

/// The routes whose requests take as long as they keep coming.
pub(super) fn unlimited() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(validation::validate))
}
