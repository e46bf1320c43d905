//! Stories of the contract's life: what was released stays as it is, what grows harms nobody, and a component that was
//! built for a release decides as it did on the day it was built.

mod components;
mod frozen;
mod fuel;
mod growth;

/// Where the contract's texts lie: the one under work, and a directory for each release.
const CONTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
