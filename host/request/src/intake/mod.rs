//! The bodies of `/api/v1`: claims that are asked for, changes to a claim, and claims as that API writes them.
//!
//! Its conventions are those that its callers' clients parse: names in Pascal case (`procNums` aside), statuses and types
//! as letters, numbers for what is known by number, absent days as 0001-01-01, truths as texts.

mod change;
mod claim;
mod creation;
mod fields;
mod problem;
mod resource;

pub use change::{ClaimUpdate, read_claim_update, read_empty_body};
pub use claim::claim_resource;
pub use creation::{CreationRequest, PROCEDURES_MAX, read_creation_request};
pub use problem::{PROBLEM_CODES, Problem, ProblemCode};
pub use resource::reference_resource;
