//! `/api/v1/rules`: components, what decides, and whose signatures count.
//!
//! A principal of a payer manages the rules of that payer, one of the platform those of the platform, which decide for
//! every payer that has none of its own. Nothing of a request says whose they are.

mod admissions;
mod components;
mod deciding;
mod resources;
mod trusting;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) use admissions::Admissions;

use crate::http::Api;
use crate::http::error::ApiError;
use crate::http::exchange::Caller;
use crate::{HostError, RulesManagement};

/// The routes, all of which are limited in time.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(components::list, components::install))
        .routes(routes!(components::check))
        .routes(routes!(components::show))
        .routes(routes!(components::sign))
        .routes(routes!(deciding::reinstate))
        .routes(routes!(deciding::generations))
        .routes(routes!(deciding::activations))
        .routes(routes!(deciding::activate))
        .routes(routes!(deciding::deactivate))
        .routes(routes!(deciding::roll_back))
        .routes(routes!(trusting::list_keys, trusting::trust_key))
        .routes(routes!(trusting::revoke_key))
        .routes(routes!(trusting::show_policy, trusting::change_policy))
}

impl Api {
    /// Manage the rules of the caller's payer, or of the platform, where blocking is allowed, and answer the result.
    async fn manage_rules<Answer: Send + 'static>(
        &self,
        caller: &Caller,
        work: impl FnOnce(&RulesManagement<'_>) -> Result<Answer, HostError> + Send + 'static,
    ) -> Result<Answer, ApiError> {
        let principal = std::sync::Arc::clone(&caller.principal);
        self.ask_anyone(caller, move |host| {
            work(&host.rules(principal.payer.as_deref(), &principal.name))
        })
        .await
    }
}
