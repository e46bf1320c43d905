//! Sending claims through processing again: single requests, and the portions of runs and batches.
//!
//! One way for all three. `decide` reads claims and makes up what becomes of each, on all cores and outside of any
//! transaction; `write` changes those that are still what they were when they were read, decides the others anew, and
//! writes claim, history and events together. Whoever calls adds the result lines to the same transaction.

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
pub(crate) use portion::{Asked, Rematch, Reprocessing};
