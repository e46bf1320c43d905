//! The use-cases of Reprise: what an operator, an integrator or a rule author can have done, whichever way they ask.
//!
//! [`Host`] is all of it; HTTP ([`http`]) and the command line ([`cli`]) only translate. The rule component that
//! decides is the engine's business, the columns it decides on the index's, and what is kept the store's: this crate
//! is where they meet.
//!
//! The walk of a request: `http` reads it, [`Host`] checks it against reference data (`validate`), compiles it in
//! the rule component, matches the line index in parallel (`matching`) and says of each claim what would become of
//! it (`outcome`).

pub mod cli;
pub mod http;

mod activities;
mod claims;
mod configuration;
mod count;
mod error;
mod explain;
mod host;
mod line_indexes;
mod matching;
mod metrics;
mod outcome;
mod run_reference;
mod validate;

pub use activities::{MatchingProgress, Submission};
pub use configuration::{Configuration, ConfigurationError};
pub use error::HostError;
pub use explain::{Explanation, LineExplanation};
pub use host::{Host, Readiness};
pub use outcome::{ClaimOutcome, MatchedClaim, MatchedClaims};
