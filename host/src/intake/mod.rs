//! The birth of claims and their way to the payer and back: creation, change, release, deletion.
//!
//! The host supplies facts ([`data`], [`facts`]) and stores decisions ([`writing`], [`change`]); the claim-status component
//! makes them ([`deciding`]). A component is never asked while the database is held for writing, however slow it is: facts
//! are read and decided on first, read again inside of the transaction, and what was decided is written only if they are
//! still the same. Else somebody was faster, and it is decided anew. A decision is a function of its facts, so nothing
//! else has to be compared.

mod change;
mod creation;
mod data;
mod deciding;
mod deletion;
mod error;
mod facts;
mod in_process;
mod made;
mod reading;
mod release;
mod standing;
mod validation;
mod writing;

pub use error::IntakeError;
pub use validation::ValidationCounts;

pub(crate) use in_process::watch_in_process;
pub(crate) use release::Releases;
pub(crate) use standing::{received, resubmitted};
pub(crate) use writing::Intake;

/// How often a decision is made anew because somebody was faster, before the caller is told that the database is busy.
pub(crate) const ATTEMPTS_MAX: usize = 64;
