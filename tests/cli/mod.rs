//! Stories of the `reprise` command, run as a process.

pub(crate) mod command;
mod helping;
mod interchange;
mod matching;
mod readme;
mod rules;
mod serving;
mod tokens;

use command::{Done, reprise};
