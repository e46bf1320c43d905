//! The use-cases of Reprise: what an operator, an integrator or a rule author can have done, whichever way they ask.
//!
//! [`Host`] is all of it; HTTP ([`http`]) and the command line ([`cli`]) only translate. The rule component that
//! decides is the engine's business, the columns it decides on the index's, and what is kept the store's: this crate
//! is where they meet.
//!
//! The walk of a request: `http` reads it, [`Host`] checks it against reference data (`validate`), compiles it in
//! the rule component, matches the line index in parallel (`matching`) and says of each claim what would become of
//! it (`outcome`).

pub mod access;
pub mod cli;
pub mod http;

mod activities;
mod claims;
mod configuration;
mod count;
mod data_file_sets;
mod error;
mod events;
mod explain;
mod host;
mod index_image;
mod intake;
mod line_indexes;
mod matching;
mod metrics;
mod notifications;
mod once;
mod outcome;
mod pends;
mod reprocess;
mod rules;
mod run_reference;
mod secrets;
mod time;
mod validate;
mod webhooks;

pub use activities::{ActivityView, CRITERIA_ACTIVITY, IMPORT_ACTIVITY, MatchingProgress, Submission, Throttle};
pub use configuration::{Configuration, ConfigurationError, MachineCodeCache};
pub use data_file_sets::Upload;
pub use error::HostError;
pub use explain::{Explanation, LineExplanation};
pub use host::{DefaultRules, Host, Readiness};
pub use intake::{IntakeError, ValidationCounts};
pub use matching::Prefilter;
pub use notifications::{NotificationAuthorization, NotificationSettings};
pub use once::{Done, Once};
pub use outcome::{ClaimOutcome, MatchedClaim, MatchedClaims};
pub use pends::{PendHistory, PendHistoryRow, PendOperation, PendReasonId, PendResolution};
pub use reprocess::{Adjudicated, ReprocessedClaim};
pub use rules::{
    Activated, ActivatedNames, ActivationRequest, ByRules, DecidedBy, Inspected, Installed, InstalledComponent,
    KeptSignature, Manifest, NamedComponent, PolicyChange, PublicKey, Reinstated, RuleSettings, Rules, RulesManagement,
    SignatureDocument, SignatureStanding, SigningKey, SigningKeyError, TrustRequest,
};
pub use secrets::{SecretsKeyError, SecretsKeys};
pub use webhooks::{
    CreatedWebhook, HostPattern, SealedSecrets, WebhookDestinations, WebhookSettings, check_webhook_url,
};
