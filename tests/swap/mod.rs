//! Stories of rules that are swapped while everybody goes on: from one request to the next, whole, and back again.

mod fixture;
mod hosts;
mod quarantine;
mod restarts;
mod runs;
mod under_load;
