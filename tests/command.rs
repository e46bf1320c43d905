//! The `reprise` command, for tests that run it as a process.

use std::process::ExitCode;

fn main() -> ExitCode {
    reprise::cli::run()
}
