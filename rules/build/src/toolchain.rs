//! Which compiler builds for WebAssembly: the active toolchain's, or Debian's with the standard library from source.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::TARGET;

/// The environment variable that asks for one of the two.
pub(crate) const VARIABLE: &str = "REPRISE_GUEST_TOOLCHAIN";

/// Where Debian's package `rustc-web` puts the compiler.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// How the nested cargo is told to compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The active toolchain has the target's standard library.
    Active {
        /// The compiler, if the surroundings name it; else cargo finds its own.
        rustc: Option<OsString>,
    },
    /// Debian's compiler builds the standard library along.
    Debian {
        /// Debian's compiler.
        rustc: PathBuf,
        /// The active toolchain's linker; Debian's compiler comes without one for WebAssembly.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// Tells a cargo command to use this toolchain.
    pub(crate) fn apply(&self, command: &mut Command) {
        match self {
            Self::Active { rustc: None } => {}
            Self::Active { rustc: Some(rustc) } => {
                command.env("RUSTC", rustc);
            }
            Self::Debian { rustc, linker } => {
                command
                    .arg("-Zbuild-std=std,panic_abort")
                    .env("RUSTC", rustc)
                    // Building the standard library is not a stable feature of cargo; this is the one way to ask a
                    // stable one for it.
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            }
        }
    }
}

/// What a machine has.
#[derive(Debug, Clone, Default)]
struct Found {
    /// The compiler that the surroundings name.
    rustc: Option<OsString>,
    /// Whether the active toolchain has the target's standard library.
    active_has_target: bool,
    /// Debian's compiler, if it and the sources of its standard library are installed.
    debian_rustc: Option<PathBuf>,
    /// The active toolchain's linker for WebAssembly.
    linker: Option<PathBuf>,
}

/// The toolchain to build rule crates with on this machine.
pub(crate) fn choose() -> Result<Toolchain> {
    let asked = match env::var(VARIABLE) {
        Ok(value) => Some(value),
        Err(env::VarError::NotPresent) => None,
        Err(env::VarError::NotUnicode(value)) => Some(value.to_string_lossy().into_owned()),
    };
    decide(asked.as_deref(), look()?)
}

/// Chooses among what was found.
fn decide(asked: Option<&str>, found: Found) -> Result<Toolchain> {
    let (may_use_active, may_use_debian) = match asked {
        None | Some("") => (true, true),
        Some("rustup") => (true, false),
        Some("debian") => (false, true),
        Some(other) => bail!("`{VARIABLE}` is `{other}`; it may be `rustup` or `debian`"),
    };
    if may_use_active && found.active_has_target {
        return Ok(Toolchain::Active { rustc: found.rustc });
    }
    if !may_use_debian {
        bail!(
            "`{VARIABLE}` is `rustup`, but the active Rust toolchain has no target `{TARGET}`; run `rustup target add \
             {TARGET}`"
        );
    }
    match (found.debian_rustc, found.linker) {
        (Some(rustc), Some(linker)) => Ok(Toolchain::Debian { rustc, linker }),
        (Some(_), None) => bail!(
            "the Debian packages `rustc-web` and `rust-web-src` are installed, but the active Rust toolchain has no \
             linker for WebAssembly (`rust-lld`); a toolchain that rustup installed has one"
        ),
        (None, _) if may_use_active => bail!(
            "no compiler here builds for WebAssembly: the active Rust toolchain has no target `{TARGET}`; run `rustup \
             target add {TARGET}`, or `make setup` in a checkout of Reprise, which falls back to Debian's packages"
        ),
        (None, _) => bail!(
            "`{VARIABLE}` is `debian`, but the compiler `{DEBIAN_RUSTC}` and the sources of its standard library are \
             not there; install the packages `rustc-web` and `rust-web-src`"
        ),
    }
}

/// Looks at the machine.
fn look() -> Result<Found> {
    let rustc = env::var_os("RUSTC").filter(|rustc| !rustc.is_empty());
    let active = rustc.clone().unwrap_or_else(|| OsString::from("rustc"));
    let library = ask(&active, &["--print", "target-libdir", "--target", TARGET])
        .context("no Rust compiler found; install Rust with rustup")?;
    let sysroot = PathBuf::from(ask(&active, &["--print", "sysroot"])?);
    let version = ask(&active, &["--version", "--verbose"])?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap_or_default();
    let linker = sysroot
        .join("lib/rustlib")
        .join(host)
        .join("bin")
        .join(format!("rust-lld{}", env::consts::EXE_SUFFIX));
    Ok(Found {
        rustc,
        active_has_target: has_standard_library(Path::new(&library)),
        debian_rustc: debian_rustc(),
        linker: Some(linker).filter(|linker| linker.is_file()),
    })
}

/// Whether a target's library directory holds its standard library. The directory alone is not enough: uninstalling
/// a target can leave it behind.
fn has_standard_library(directory: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

/// Debian's compiler, if the sources of its standard library are there too.
fn debian_rustc() -> Option<PathBuf> {
    let rustc = PathBuf::from(DEBIAN_RUSTC);
    if !rustc.is_file() {
        return None;
    }
    let sysroot = PathBuf::from(ask(rustc.as_os_str(), &["--print", "sysroot"]).ok()?);
    sysroot
        .join("lib/rustlib/src/rust/library/Cargo.lock")
        .is_file()
        .then_some(rustc)
}

/// What a compiler answers, without the line end.
fn ask(rustc: &OsStr, arguments: &[&str]) -> Result<String> {
    let name = rustc.to_string_lossy();
    let output = Command::new(rustc)
        .args(arguments)
        .output()
        .with_context(|| format!("cannot run `{name}`"))?;
    if !output.status.success() {
        bail!(
            "`{name} {}` failed: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(asked: Option<&str>, found: &str, expected: &str) {
        let has = |word: &str| found.split_whitespace().any(|part| part == word);
        let found = Found {
            rustc: None,
            active_has_target: has("target"),
            debian_rustc: has("packages").then(|| PathBuf::from(DEBIAN_RUSTC)),
            linker: has("linker").then(|| PathBuf::from("rust-lld")),
        };
        let outcome = match decide(asked, found) {
            Ok(Toolchain::Active { .. }) => "active".to_owned(),
            Ok(Toolchain::Debian { .. }) => "debian".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(outcome.contains(expected), "expected `{expected}`, got `{outcome}`");
    }

    #[test]
    fn the_active_toolchain_is_used_if_it_has_the_target() {
        check(None, "target linker packages", "active");
        check(Some(""), "target", "active");
        check(Some("rustup"), "target", "active");
    }

    #[test]
    fn the_debian_packages_step_in_if_it_has_not() {
        check(None, "packages linker", "debian");
        check(Some("debian"), "target packages linker", "debian");
    }

    #[test]
    fn what_is_missing_is_said_and_what_to_run() {
        check(
            None,
            "",
            "run `rustup target add wasm32-unknown-unknown`, or `make setup`",
        );
        check(None, "packages", "no linker for WebAssembly (`rust-lld`)");
        check(
            Some("rustup"),
            "packages linker",
            "`REPRISE_GUEST_TOOLCHAIN` is `rustup`, but the active Rust toolchain",
        );
        check(
            Some("debian"),
            "target linker",
            "install the packages `rustc-web` and `rust-web-src`",
        );
        check(
            Some("nix"),
            "target",
            "`REPRISE_GUEST_TOOLCHAIN` is `nix`; it may be `rustup` or `debian`",
        );
    }
}
