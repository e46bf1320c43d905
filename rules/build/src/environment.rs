//! The nested cargo's surroundings: what it inherits of the machine, and that it inherits nothing of another build.

use std::env;
use std::ffi::OsString;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result};

/// Which variables of cargo and rustup the nested cargo inherits, by how their names begin: where things are, how the
/// registry is reached, how many jobs may run. Every other one is about the surrounding build.
const INHERITED: [&str; 9] = [
    "CARGO_BUILD_JOBS",
    "CARGO_HOME",
    "CARGO_HTTP_",
    "CARGO_MAKEFLAGS",
    "CARGO_NET_",
    "CARGO_REGISTR",
    "CARGO_SOURCE_",
    "CARGO_TERM_",
    "RUSTUP_",
];

/// A cargo command that knows nothing of a surrounding one.
pub(crate) fn nested_cargo(subcommand: &str) -> Command {
    // Cargo tells build scripts and tests which cargo runs them.
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.arg(subcommand).stdin(Stdio::null()).stderr(Stdio::piped());
    for (name, _) in env::vars_os() {
        if is_of_the_surrounding_build(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    command
}

/// Whether a variable would carry the surrounding build's ways into the nested one.
fn is_of_the_surrounding_build(name: &str) -> bool {
    let of_cargo = ["CARGO", "RUST", "__CARGO", "CLIPPY_"]
        .iter()
        .any(|prefix| name.starts_with(prefix));
    // How this machine links native code, which build scripts and macros are, is about the machine.
    let of_the_machine = name.starts_with("CARGO_TARGET_") && name.ends_with("_LINKER");
    let inherited = of_the_machine || INHERITED.iter().any(|prefix| name.starts_with(prefix));
    name == "OUT_DIR" || (of_cargo && !inherited)
}

/// Runs a command to its end and gathers what it prints.
pub(crate) fn run(command: &mut Command) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{name}`; is Rust installed?"))?;
    child.wait_with_output().with_context(|| format!("cannot run `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_the_surrounding_build_are_not_passed_on() {
        let surrounding = [
            "CARGO",
            "CARGO_CFG_UNIX",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_FEATURE_STD",
            "CARGO_INCREMENTAL",
            "CARGO_MANIFEST_DIR",
            "CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS",
            "CARGO_TARGET_DIR",
            "CARGO_TARGET_TMPDIR",
            "CLIPPY_ARGS",
            "OUT_DIR",
            "RUSTC",
            "RUSTC_WORKSPACE_WRAPPER",
            "RUSTC_WRAPPER",
            "RUSTFLAGS",
        ];
        for name in surrounding {
            assert!(is_of_the_surrounding_build(name), "`{name}` is passed on");
        }
    }

    #[test]
    fn variables_of_the_machine_are_passed_on() {
        let of_the_machine = [
            "CARGO_BUILD_JOBS",
            "CARGO_HOME",
            "CARGO_NET_OFFLINE",
            "CARGO_REGISTRIES_MIRROR_INDEX",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER",
            "HTTPS_PROXY",
            "PATH",
            "RUSTUP_TOOLCHAIN",
        ];
        for name in of_the_machine {
            assert!(!is_of_the_surrounding_build(name), "`{name}` is not passed on");
        }
    }
}
