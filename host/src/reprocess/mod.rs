//! Sending claims through processing again: single requests, and the portions of runs and batches.
//!
//! One way for all three. `decide` reads claims and makes up what becomes of each, on all cores and outside of any
//! transaction; `write` writes claim, history and events together if the claims are still what they were when they were
//! read, and else decides those that are not anew, outside again, and begins another transaction. Whoever calls adds the
//! result lines to the same transaction.

mod adjudicated;
mod apply;
mod facts;
mod portion;
mod refusal;
mod single;

pub use adjudicated::Adjudicated;
pub use single::ReprocessedClaim;

pub(crate) use apply::{Events, Origin, PendDone, json_text};
pub(crate) use facts::KnownCodes;
pub(crate) use portion::{Asked, FAULTS_MAX, Rematch, Reprocessing, Written};
