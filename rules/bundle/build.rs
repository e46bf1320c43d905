//! Builds the default rule components from source, so that the host never carries stale ones.

use std::path::PathBuf;

/// Every default component's crate.
const PACKS: [&str; 2] = ["../packs/claim-status", "../packs/criteria"];

fn main() -> anyhow::Result<()> {
    reprise_rules_build::write_constants(&PACKS.map(PathBuf::from), "components.rs")
}
