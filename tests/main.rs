//! The tests of Reprise at the boundaries a user sees, in one binary: one module a boundary.
#![expect(clippy::panic, reason = "a test fails by panicking")]

/// The example rules and the hostile guests, built from source. One without a story does not compile.
#[warn(dead_code)]
#[expect(
    unreachable_pub,
    reason = "the constants are written for crates that offer them to others"
)]
mod components {
    include!(concat!(env!("OUT_DIR"), "/components.rs"));
}

mod access;
mod cli;
mod contract;
mod criteria;
mod durability;
mod http;
mod intake;
mod pends;
mod reprocess;
mod rules;
mod sandbox;
mod support;
mod swap;
mod tidy;
mod webhooks;
