//! Builds the guests that are measured with into components, a constant for each.

use std::path::PathBuf;

/// Two sets of rules to swap, and rules that never come back.
const GUESTS: [&str; 5] = [
    "../tests/guests/blue-criteria",
    "../tests/guests/blue-status",
    "../tests/guests/loops",
    "../tests/guests/red-criteria",
    "../tests/guests/red-status",
];

fn main() -> anyhow::Result<()> {
    reprise_rules_build::write_constants(&GUESTS.map(PathBuf::from), "components.rs")
}
