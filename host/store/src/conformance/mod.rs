//! What every back end must do, as one story for each part of it. A back end's own tests call [`run`].

mod activities;
pub(crate) mod claims;
mod data_files;
mod references;

use std::sync::Arc;

use crate::Store;

/// Runs every story, each on a database of its own: `open` opens a new, empty one.
pub(crate) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    claims::run(open);
    references::run(open);
    activities::run(open);
    data_files::run(open);
}
