//! Claims at intake, through HTTP: in which status they are born, which ones an enrolment calls for, and how they go on.

mod bodies;
mod documented;
mod enrolments;
pub(crate) mod family;
mod life;
mod once;
mod policy;
mod random;
mod reading;
mod swap;
mod validation;
