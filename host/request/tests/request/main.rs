//! The request bodies that are read and the answers that are written, at the boundary of the crate.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod activities;
mod adjudicated;
mod answers;
mod arbitrary;
mod batches;
mod batches_broken;
mod data_file_sets;
mod hostile;
mod reading;
mod refusals;
mod refusals_of_json;
mod refusals_of_xml;
mod single;
