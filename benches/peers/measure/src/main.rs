//! Reprise beside other engines, in one run: the same claims, the same questions, answers compared claim by claim.
//!
//! See `README.md` beside this crate for what is done and why it is fair. `make bench-peers` runs it.

mod claims;
mod conversation;
mod machine;
mod membership;
mod peers;
mod population;
mod question;
mod report;
mod rules;
mod run;
mod sql;
mod table;
mod times;
mod turns;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> anyhow::Result<ExitCode> {
    run::run(&run::Arguments::parse())
}
