//! For build scripts: components as constants of the crate that is being built.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::toolchain;
use crate::{BuildOptions, build};

/// Builds rule crates and writes, into the build script's output directory, a file to include: for each crate a
/// constant `pub const NAME: &[u8]` with its component, named after the crate's directory (`claim-status` is
/// `CLAIM_STATUS`). Tells cargo to run the build script again when a file changes that any of them was built from.
///
/// Directories are relative to the package whose build script it is. Where the file is included in a private module of a
/// test binary, the compiler finds each component that no test uses.
///
/// # Errors
/// If it is not called by a build script, if two directories have the same name, or if a crate does not build.
pub fn write_constants(crate_directories: &[PathBuf], file_name: &str) -> Result<()> {
    let output_directory = env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .context("`OUT_DIR` is not set: not a build script")?;
    let options = BuildOptions {
        target_directory: Some(shared_target_directory(&output_directory)),
        ..Default::default()
    };
    tell_cargo(format_args!("rerun-if-env-changed={}", toolchain::VARIABLE))?;
    let mut constants = String::new();
    let mut names = Vec::new();
    for directory in crate_directories {
        // Watched before it is built: if that fails, what is to be mended is there.
        tell_cargo(format_args!("rerun-if-changed={}", directory.display()))?;
        let component = build(directory, &options)?;
        let name = constant_name(&component.crate_directory)?;
        if names.contains(&name) {
            bail!(
                "two rule crates would be constant `{name}`: rename the directory of one, `{}` say",
                directory.display()
            );
        }
        for source in &component.sources {
            tell_cargo(format_args!("rerun-if-changed={}", source.display()))?;
        }
        let file = output_directory.join(format!("{name}.wasm").to_lowercase());
        fs::write(&file, &component.bytes).with_context(|| format!("cannot write `{}`", file.display()))?;
        let about = component
            .description
            .unwrap_or_else(|| format!("The component of package `{}`", component.package));
        writeln!(
            constants,
            "/// {}.",
            about.trim_end_matches('.').replace('\n', "\n/// ")
        )?;
        writeln!(constants, "pub const {name}: &[u8] = include_bytes!({file:?});")?;
        names.push(name);
    }
    let file = output_directory.join(file_name);
    fs::write(&file, constants).with_context(|| format!("cannot write `{}`", file.display()))
}

/// The rule crates in a folder, by name: every directory in it that has a `Cargo.toml`. Tells cargo to run the build
/// script again when one comes or goes.
///
/// # Errors
/// If the folder cannot be read or holds no rule crate.
pub fn crates_in(folder: &Path) -> Result<Vec<PathBuf>> {
    tell_cargo(format_args!("rerun-if-changed={}", folder.display()))?;
    let context = || format!("cannot read the folder `{}`", folder.display());
    let mut crates = Vec::new();
    for entry in fs::read_dir(folder).with_context(context)? {
        let directory = entry.with_context(context)?.path();
        if directory.join("Cargo.toml").is_file() {
            crates.push(directory);
        }
    }
    if crates.is_empty() {
        bail!("there is no rule crate in the folder `{}`", folder.display());
    }
    crates.sort();
    Ok(crates)
}

/// Where all build scripts of a workspace build their rule crates, so that what these share is compiled once. Two of
/// them at work at once wait for each other on cargo's lock there; the surrounding cargo never holds that one.
fn shared_target_directory(output_directory: &Path) -> PathBuf {
    // Cargo marks the top of a target directory for backup programs. Asking cargo instead would be wrong where the
    // variable CARGO_TARGET_DIR is relative: a build script runs in another directory than the cargo that was told.
    let marked = output_directory
        .ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").is_file());
    marked.unwrap_or(output_directory).join("guests")
}

/// The name of a crate's constant.
fn constant_name(crate_directory: &Path) -> Result<String> {
    let name = crate_directory
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let name = name.replace('-', "_").to_uppercase();
    let is_usable = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '_');
    if !is_usable {
        bail!(
            "the directory `{}` cannot name a constant: use letters, digits and hyphens, a letter first",
            crate_directory.display()
        );
    }
    Ok(name)
}

/// Gives cargo an instruction, which a build script does on its standard output.
fn tell_cargo(instruction: std::fmt::Arguments<'_>) -> Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout().lock(), "cargo::{instruction}").context("cannot talk to cargo")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_named_after_the_directory() {
        let name = constant_name(Path::new("/rules/packs/claim-status")).expect("a plain name");
        assert_eq!(name, "CLAIM_STATUS");
    }

    #[test]
    fn a_directory_that_cannot_name_a_constant_is_refused() {
        for directory in ["/rules/any diagnosis", "/rules/2nd", "/"] {
            constant_name(Path::new(directory)).expect_err(directory);
        }
    }

    #[test]
    fn the_crates_in_a_folder_are_those_with_a_manifest() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        crates_in(folder.path()).expect_err("there is none yet");
        for name in ["panics", "loops-for-ever"] {
            fs::create_dir(folder.path().join(name)).expect("a directory");
            fs::write(folder.path().join(name).join("Cargo.toml"), "").expect("a manifest");
        }
        fs::create_dir(folder.path().join("notes")).expect("a directory");
        let expected = ["loops-for-ever", "panics"].map(|name| folder.path().join(name));
        assert_eq!(crates_in(folder.path()).expect("there are two"), expected);
    }

    #[test]
    fn components_are_built_beside_what_the_surrounding_cargo_builds() {
        let target = tempfile::tempdir().expect("a temporary directory");
        let output_directory = target.path().join("debug/build/reprise-bundle-0123/out");
        fs::create_dir_all(&output_directory).expect("an output directory");
        assert_eq!(
            shared_target_directory(&output_directory),
            output_directory.join("guests")
        );
        fs::write(target.path().join("CACHEDIR.TAG"), "").expect("a mark");
        assert_eq!(shared_target_directory(&output_directory), target.path().join("guests"));
    }
}
