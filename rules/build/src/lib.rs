//! Builds a rule crate into a component: a nested cargo for `wasm32-unknown-unknown`, then the component encoder.
//!
//! Used by the build scripts of the default components and of the tests, and by `reprise rules build`, so that a
//! component comes out the same whichever way it was asked for: nothing that the surrounding build put into the
//! environment reaches the nested one, and no path of this machine ends up in the bytes.
//!
//! The crate may be a member of this workspace or an author's own, anywhere on disk. It need not declare a crate type
//! nor a profile. What it must be is a library that calls the export macro. Its test vectors, the files `cases/*.json`,
//! travel in the component.
//!
//! **Which compiler.** The active toolchain, if it has the target (`rustup target add wasm32-unknown-unknown`); else
//! Debian's packages `rustc-web` and `rust-web-src`, with the active toolchain's cargo and linker. The environment
//! variable `REPRISE_GUEST_TOOLCHAIN`, `rustup` or `debian`, asks for one of them.

mod cargo;
mod component;
mod constants;
mod environment;
mod toolchain;
mod vectors;

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub use constants::{crates_in, write_constants};

/// What is built for: WebAssembly with nothing outside of it, no system interface, so that a component has no imports
/// but the contract's.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// How a rule crate is built.
#[derive(Debug, Clone, Default)]
pub struct BuildOptions {
    /// Where the nested cargo keeps its artefacts; `guests` in the target directory of the crate's workspace if none
    /// is given. It must not be the target directory of a cargo that waits for this build: that one holds its lock.
    pub target_directory: Option<PathBuf>,
    /// Let cargo report its progress and warnings on standard error while it works. Without it, cargo is silent
    /// unless it fails, and what it said is part of the error.
    pub show_progress: bool,
}

/// A component and where it came from.
#[derive(Clone)]
pub struct BuiltComponent {
    /// The component, validated.
    pub bytes: Vec<u8>,
    /// The name of its package.
    pub package: String,
    /// The version of its package.
    pub version: String,
    /// What its package says of itself, if it does.
    pub description: Option<String>,
    /// The directory of its crate, absolute.
    pub crate_directory: PathBuf,
    /// The interfaces that it asks its host for, with their versions.
    pub imports: Vec<String>,
    /// The interfaces that it offers, with their versions; at least one.
    pub exports: Vec<String>,
    /// How many test vectors it brings: those in the files `cases/*.json` of its crate.
    pub vectors: usize,
    /// Every file that it was built from, but for those of registry packages: what a build script watches.
    pub sources: Vec<PathBuf>,
}

/// All but the bytes.
impl fmt::Debug for BuiltComponent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BuiltComponent")
            .field("package", &self.package)
            .field("version", &self.version)
            .field("crate_directory", &self.crate_directory)
            .field("bytes", &self.bytes.len())
            .field("vectors", &self.vectors)
            .field("imports", &self.imports)
            .field("exports", &self.exports)
            .finish_non_exhaustive()
    }
}

/// Builds the rule crate in a directory into a component.
///
/// # Errors
/// If there is no rule crate in the directory, no toolchain that builds for WebAssembly, if the crate does not
/// compile, if what it compiles to is not a component, or if its test vectors are not JSON. The error is a sentence for whoever wrote the crate and
/// holds what cargo said.
pub fn build(crate_directory: &Path, options: &BuildOptions) -> Result<BuiltComponent> {
    let toolchain = toolchain::choose()?;
    let package = cargo::find_package(crate_directory)?;
    let target_directory = options
        .target_directory
        .clone()
        .unwrap_or_else(|| package.target_directory.join("guests"));
    let _lock = lock(&target_directory)?;
    let module = cargo::compile(&package, &toolchain, &target_directory, options.show_progress)?;
    let bytes = fs::read(&module.file).with_context(|| format!("cannot read `{}`", module.file.display()))?;
    let component = component::encode(&bytes).with_context(|| {
        format!(
            "rule crate `{}` at `{}` does not make a component",
            package.name,
            package.directory.display()
        )
    })?;
    let vectors = vectors::read(&package.directory)?;
    let mut sources = module.sources;
    sources.extend(vectors.sources);
    Ok(BuiltComponent {
        bytes: vectors::embed(component.bytes, &vectors.values)?,
        vectors: vectors.values.len(),
        package: package.name,
        version: package.version,
        description: package.description,
        crate_directory: package.directory,
        imports: component.imports,
        exports: component.exports,
        sources,
    })
}

/// Waits until no other build works in a target directory. Cargo locks it too, but lets go before its module is read,
/// and the modules of two crates of one name are one file.
fn lock(target_directory: &Path) -> Result<File> {
    fs::create_dir_all(target_directory).with_context(|| format!("cannot make `{}`", target_directory.display()))?;
    let path = target_directory.join(".lock");
    let file = File::create(&path).with_context(|| format!("cannot write `{}`", path.display()))?;
    file.lock()
        .with_context(|| format!("cannot lock `{}`", path.display()))?;
    Ok(file)
}
