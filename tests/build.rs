//! Builds the example rules and the hostile guests into components, a constant for each.

use std::path::Path;

use reprise_rules_build::{crates_in, write_constants};

fn main() -> anyhow::Result<()> {
    let mut crates = crates_in(Path::new("../rules/examples"))?;
    crates.extend(crates_in(Path::new("guests"))?);
    write_constants(&crates, "components.rs")
}
