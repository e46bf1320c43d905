//! Runs the nested cargo: finds the package, compiles it to a module, and reads back what it was built from.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::TARGET;
use crate::environment::{nested_cargo, run};
use crate::toolchain::Toolchain;

/// A rule crate, found.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    /// Absolute, without links.
    pub(crate) directory: PathBuf,
    /// What cargo tells it by.
    id: String,
    workspace_root: PathBuf,
    pub(crate) target_directory: PathBuf,
    /// The crates outside of its workspace that this takes from the machine: their names, and where they are.
    neighbours: BTreeSet<(String, PathBuf)>,
}

/// A compiled module and what it was compiled from.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) file: PathBuf,
    pub(crate) sources: Vec<PathBuf>,
}

/// What `cargo metadata` answers, as far as it is of use here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct MetadataPackage {
    id: String,
    name: String,
    version: String,
    description: Option<String>,
    manifest_path: PathBuf,
    targets: Vec<MetadataTarget>,
    dependencies: Vec<MetadataDependency>,
}

#[derive(Deserialize)]
struct MetadataDependency {
    name: String,
    /// Absent for those of a registry.
    path: Option<PathBuf>,
}

#[derive(Deserialize)]
struct MetadataTarget {
    crate_types: Vec<String>,
}

/// One of the messages of a build, as far as it is of use here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    package_id: Option<String>,
    manifest_path: Option<PathBuf>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// The settings of what runs in the sandbox: small, fast, and a panic ends the call. Given through the environment,
/// they hold for a crate of any workspace.
const PROFILE: [(&str, &str); 7] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "3"),
    ("CARGO_PROFILE_RELEASE_LTO", "fat"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
    ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "none"),
    ("CARGO_PROFILE_RELEASE_STRIP", "symbols"),
    ("CARGO_PROFILE_RELEASE_INCREMENTAL", "false"),
];

/// Finds the rule crate in a directory.
pub(crate) fn find_package(crate_directory: &Path) -> Result<Package> {
    let shown = crate_directory.display();
    if !crate_directory.join("Cargo.toml").is_file() {
        bail!("there is no rule crate at `{shown}`: it has no file `Cargo.toml`");
    }
    let directory = crate_directory
        .canonicalize()
        .with_context(|| format!("cannot open `{shown}`"))?;
    let mut command = nested_cargo("metadata");
    command
        .args(["--no-deps", "--format-version", "1", "--manifest-path"])
        // The package's id holds this path, and has to be the same when the package is compiled.
        .arg(directory.join("Cargo.toml"));
    // It names the directory that `find_package` answers, and is passed on for that alone.
    if let Some(target_directory) = env::var_os("CARGO_TARGET_DIR") {
        command.env("CARGO_TARGET_DIR", target_directory);
    }
    let output = run(&mut command)?;
    if !output.status.success() {
        bail!(
            "cargo cannot read the rule crate at `{shown}`; it said:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).context("cannot read what `cargo metadata` said")?;
    let dependencies = metadata.packages.iter().flat_map(|package| &package.dependencies);
    let neighbours = dependencies.filter_map(|dependency| Some((dependency.name.clone(), dependency.path.clone()?)));
    let neighbours = neighbours
        .filter(|(_, path)| !path.starts_with(&metadata.workspace_root))
        .collect();
    let package = metadata.packages.into_iter().find(|package| {
        package
            .manifest_path
            .parent()
            .and_then(|parent| parent.canonicalize().ok())
            .as_ref()
            == Some(&directory)
    });
    let Some(package) = package else {
        bail!("`{shown}` is a workspace, not a rule crate; name the directory of one of its members");
    };
    let is_library = |target: &MetadataTarget| {
        target
            .crate_types
            .iter()
            .any(|crate_type| ["lib", "rlib", "cdylib"].contains(&crate_type.as_str()))
    };
    if !package.targets.iter().any(is_library) {
        bail!(
            "package `{}` at `{shown}` is no rule crate: it has no library (`src/lib.rs`)",
            package.name
        );
    }
    Ok(Package {
        neighbours,
        name: package.name,
        version: package.version,
        description: package.description,
        directory,
        id: package.id,
        workspace_root: metadata.workspace_root,
        target_directory: metadata.target_directory,
    })
}

/// Compiles a rule crate to a core module.
pub(crate) fn compile(
    package: &Package,
    toolchain: &Toolchain,
    target_directory: &Path,
    show_progress: bool,
) -> Result<Module> {
    // `cargo rustc --crate-type` and not `cargo build`: a crate that is an ordinary library to its native tests as
    // well (`["cdylib", "rlib"]`) would lose link-time optimisation, and one that declares nothing would yield no
    // module at all.
    let mut command = nested_cargo("rustc");
    command
        .args(["--lib", "--crate-type", "cdylib", "--release", "--target", TARGET])
        .args([
            "--message-format",
            "json-render-diagnostics",
            "--package",
            &package.id,
            "--manifest-path",
        ])
        .arg(package.directory.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target_directory)
        .env("CARGO_ENCODED_RUSTFLAGS", compiler_flags(package))
        .envs(PROFILE);
    if show_progress {
        command.stderr(Stdio::inherit());
    } else {
        command.args(["--quiet", "--color", "never"]);
    }
    toolchain.apply(&mut command);
    let output = run(&mut command)?;
    if !output.status.success() {
        let (name, directory) = (&package.name, package.directory.display());
        if show_progress {
            bail!("rule crate `{name}` at `{directory}` does not compile; cargo says above why");
        }
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "rule crate `{name}` at `{directory}` does not compile; cargo said:\n{}",
            said.trim_end()
        );
    }
    read_messages(package, &output.stdout)
}

/// Finds the module among cargo's messages, and the files that it was built from.
fn read_messages(package: &Package, messages: &[u8]) -> Result<Module> {
    let mut file = None;
    let mut sources = BTreeSet::from([package.workspace_root.join("Cargo.toml")]);
    for line in messages
        .split(|byte| *byte == b'\n')
        .filter(|line| line.starts_with(b"{"))
    {
        let message: Message = serde_json::from_slice(line).context("cannot read what cargo said")?;
        let (Some(package_id), Some(manifest_path)) = (message.package_id, message.manifest_path) else {
            continue;
        };
        if message.reason != "compiler-artifact" {
            continue;
        }
        if package_id.starts_with("path+") {
            sources.insert(manifest_path);
        }
        if package_id == package.id {
            let is_module = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "wasm");
            file = message.filenames.into_iter().find(is_module).or(file);
        }
    }
    let Some(file) = file else {
        bail!("cargo built rule crate `{}` but names no module", package.name);
    };
    // A crate of an author may not keep its lock file, and a build script that watches a missing file runs always.
    let lock = package.workspace_root.join("Cargo.lock");
    if lock.is_file() {
        sources.insert(lock);
    }
    let dependencies = file.with_extension("d");
    let listed = std::fs::read_to_string(&dependencies)
        .with_context(|| format!("cannot read which files went in from `{}`", dependencies.display()))?;
    sources.extend(read_dependencies(&listed));
    Ok(Module {
        file,
        sources: sources.into_iter().collect(),
    })
}

/// The files that a dependency file of cargo's lists: one rule, the module, a colon, then the files, with spaces in
/// their names escaped.
fn read_dependencies(listed: &str) -> Vec<PathBuf> {
    let Some((_, files)) = listed.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    let mut paths = vec![String::new()];
    let mut characters = files.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(' ')) => {
                characters.next();
                if let Some(path) = paths.last_mut() {
                    path.push(' ');
                }
            }
            (' ', _) => paths.push(String::new()),
            _ => {
                if let Some(path) = paths.last_mut() {
                    path.push(character);
                }
            }
        }
    }
    paths
        .into_iter()
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .collect()
}

/// What the compiler is told for everything that goes into the guest, in the form that takes any character.
///
/// The panics of a component name source files; without other names for where those lie here, its bytes and so its
/// digest would differ from one machine to the next.
///
/// INVARIANT: the flags are the same for all crates of a workspace, because what they share is compiled anew for other
/// flags, and different for two workspaces: cargo takes copies of a crate for one another where target directories are
/// shared, and would answer with the copy's module.
fn compiler_flags(package: &Package) -> OsString {
    let mut flags = OsString::from("-Ctarget-feature=+simd128");
    let mut stands_for = |directory: &Path, name: &str| {
        flags.push("\u{1f}--remap-path-prefix=");
        flags.push(directory);
        flags.push("=");
        flags.push(name);
    };
    for (name, directory) in &package.neighbours {
        stands_for(directory, name);
    }
    stands_for(&package.workspace_root, ".");
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    if let Some(home) = home.or_else(|| env::home_dir().map(|directory| directory.join(".cargo"))) {
        stands_for(&home, "cargo");
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_file_may_name_files_with_spaces() {
        let listed = "/t/a.wasm: /home/an\\ author/src/lib.rs /home/an\\ author/wit/rules.wit\n\nother: x\n";
        let expected = ["/home/an author/src/lib.rs", "/home/an author/wit/rules.wit"].map(PathBuf::from);
        assert_eq!(read_dependencies(listed), expected);
    }

    #[test]
    fn a_directory_without_a_crate_is_refused() {
        let error = find_package(Path::new("no/such/crate")).expect_err("there is no such crate");
        assert_eq!(
            error.to_string(),
            "there is no rule crate at `no/such/crate`: it has no file `Cargo.toml`"
        );
    }
}
