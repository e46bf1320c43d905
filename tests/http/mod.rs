//! Stories of the API, with the router in this process.

mod asked;
mod bodies;
mod claims;
pub(crate) mod client;
mod decisions;
mod door;
mod explaining;
mod following;
mod in_step;
mod late_authorizations;
mod operations;
mod payers;
mod refusals;
mod refused_values;
pub(crate) mod who;

use client::Client;
