//! What the repository promises of itself: which crate knows which, what files say and do not say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// The workspace that measures others beside Reprise: no part of the product, and it names what they are made of.
const PEERS: &str = "benches/peers/";
/// A longer file has two rooms in it.
const LINES_MAX: usize = 600;

/// Every file of the repository that people write, by its path from the root.
fn files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut directories = vec![PathBuf::from(ROOT)];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(&directory).expect("a directory") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().expect("a kind");
            if kind.is_dir() && name != "target" && name != ".git" {
                directories.push(entry.path());
            } else if kind.is_file() {
                let path = entry.path();
                let path = path
                    .strip_prefix(ROOT)
                    .expect("a path below the root")
                    .display()
                    .to_string();
                // What is not text is data.
                if let Ok(text) = std::fs::read_to_string(entry.path()) {
                    files.insert(path, text);
                }
            }
        }
    }
    files
}

fn rust_files() -> impl Iterator<Item = (String, String)> {
    files().into_iter().filter(|(path, _)| path.ends_with(".rs"))
}

/// What is wrong is listed whole, so that it can be put right at once.
#[track_caller]
fn none(wrong: impl IntoIterator<Item = String>, rule: &str) {
    let wrong: Vec<_> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{rule}:\n{}", wrong.join("\n"));
}

/// A line up to its comment. A comment may name what code may not.
fn code_of(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// Whether a text has this word, and not only as part of another.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(position, _)| {
        let is_part = |character: char| character.is_alphanumeric() || character == '_';
        !text[..position].ends_with(is_part) && !text[position + word.len()..].starts_with(is_part)
    })
}

/// The places where the code of these files has this word.
fn places_of(word: &str, is_wrong_in: impl Fn(&str) -> bool) -> Vec<String> {
    let mut places = Vec::new();
    for (path, text) in rust_files().filter(|(path, _)| path != "tests/tidy.rs" && is_wrong_in(path)) {
        let lines = text
            .lines()
            .enumerate()
            .filter(|(_, line)| has_word(code_of(line), word));
        places.extend(lines.map(|(number, line)| format!("{path}:{}: {}", number + 1, line.trim())));
    }
    places
}

/// A package: where it is, and what it depends on, by kind of dependency.
struct Package {
    directory: String,
    dependencies: BTreeSet<String>,
    dev_dependencies: BTreeSet<String>,
    build_dependencies: BTreeSet<String>,
}

/// Every package of the workspace, by name.
fn packages() -> BTreeMap<String, Package> {
    let manifests = files().into_iter().filter(|(path, _)| path.ends_with("/Cargo.toml"));
    manifests
        .map(|(path, text)| {
            let (mut name, mut section) = (String::new(), String::new());
            let mut package = Package {
                directory: path.trim_end_matches("/Cargo.toml").to_owned(),
                dependencies: BTreeSet::new(),
                dev_dependencies: BTreeSet::new(),
                build_dependencies: BTreeSet::new(),
            };
            for line in text.lines() {
                if let Some(header) = line.strip_prefix('[') {
                    header.trim_end_matches(']').clone_into(&mut section);
                    continue;
                }
                let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with(['#', ' '])) else {
                    continue;
                };
                let key = key.split('.').next().unwrap_or_default().trim().to_owned();
                match section.as_str() {
                    "package" if key == "name" => value.trim().trim_matches('"').clone_into(&mut name),
                    "dependencies" => _ = package.dependencies.insert(key),
                    "dev-dependencies" => _ = package.dev_dependencies.insert(key),
                    "build-dependencies" => _ = package.build_dependencies.insert(key),
                    _ => {}
                }
            }
            (name, package)
        })
        .collect()
}

/// Everything that a package is built with or runs with, other packages' dependencies included; tests are left out.
fn reached_from(name: &str, packages: &BTreeMap<String, Package>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(name) = open.pop() {
        for dependency in packages.get(&name).iter().flat_map(|package| &package.dependencies) {
            if reached.insert(dependency.clone()) {
                open.push(dependency.clone());
            }
        }
    }
    reached
}

/// The dependencies of the workspace on others' packages.
fn outside_dependencies() -> BTreeSet<String> {
    let manifest = std::fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).expect("Cargo.toml");
    let (_, section) = manifest
        .split_once("[workspace.dependencies]")
        .expect("the workspace's dependencies");
    let section = section.split("\n[").next().unwrap_or_default();
    let lines = section
        .lines()
        .filter(|line| !line.starts_with('#') && !line.contains("path = "));
    lines
        .filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned()))
        .collect()
}

#[test]
fn every_file_opens_by_saying_what_it_is_for() {
    none(
        rust_files()
            .filter(|(_, text)| !text.starts_with("//! "))
            .map(|(path, _)| path),
        "a file opens with `//!` and its purpose",
    );
}

#[test]
fn no_file_is_too_long() {
    let lengths = rust_files().map(|(path, text)| (path, text.lines().count()));
    none(
        lengths
            .filter(|(_, lines)| *lines > LINES_MAX)
            .map(|(path, lines)| format!("{path}: {lines} lines")),
        "a file has at most 600 lines",
    );
}

#[test]
fn no_crate_knows_another_that_it_should_not() {
    let packages = packages();
    let ours: BTreeSet<_> = packages.keys().cloned().collect();
    let of_rules: Vec<_> = packages
        .iter()
        .filter(|(_, package)| package.directory.starts_with("rules/"))
        .map(|(name, _)| name)
        .collect();
    let mut forbidden: Vec<(&str, BTreeSet<String>)> = vec![
        ("reprise-model", ours.clone()),
        ("reprise-request", &ours - &BTreeSet::from(["reprise-model".to_owned()])),
        ("reprise-engine", &ours - &BTreeSet::from(["reprise-model".to_owned()])),
        ("reprise-index", &ours - &BTreeSet::from(["reprise-model".to_owned()])),
        ("reprise-store", &ours - &BTreeSet::from(["reprise-model".to_owned()])),
    ];
    let of_host: BTreeSet<String> = packages
        .iter()
        .filter(|(_, package)| package.directory == "host" || package.directory.starts_with("host/"))
        .map(|(name, _)| name.clone())
        .collect();
    assert!(
        of_host.len() >= 7 && of_rules.len() >= 5,
        "the crates are where they were: {of_host:?} {of_rules:?}"
    );
    forbidden.extend(of_rules.iter().map(|name| (name.as_str(), of_host.clone())));
    let mut wrong = Vec::new();
    for (name, forbidden) in forbidden {
        let reached = reached_from(name, &packages);
        wrong.extend(
            reached
                .intersection(&forbidden)
                .map(|other| format!("{name} knows {other}")),
        );
    }
    none(
        wrong,
        "rules in other languages are first class, and what decides does not know what is stored",
    );
}

#[test]
fn only_the_engine_knows_wasmtime_and_only_the_store_knows_sql() {
    let packages = packages();
    let mut wrong = Vec::new();
    for (outside, owner) in [
        ("wasmtime", "reprise-engine"),
        ("rusqlite", "reprise-store"),
        ("r2d2_sqlite", "reprise-store"),
    ] {
        let others = packages.iter().filter(|(name, _)| *name != owner);
        for (name, package) in others.filter(|(_, package)| !package.directory.starts_with(PEERS)) {
            let all = [
                &package.dependencies,
                &package.dev_dependencies,
                &package.build_dependencies,
            ];
            if all.iter().any(|dependencies| dependencies.contains(outside)) {
                wrong.push(format!("{name} depends on {outside}"));
            }
        }
        let directory = format!("{}/", packages[owner].directory);
        wrong.extend(places_of(outside, |path| {
            !path.starts_with(&directory) && !path.starts_with(PEERS)
        }));
    }
    none(wrong, "one crate names wasmtime, one names SQL");
}

#[test]
fn what_translates_knows_neither_store_nor_engine_inside() {
    let handlers = |path: &str| path.starts_with("host/src/http/");
    let commands = |path: &str| path.starts_with("host/src/cli/");
    let mut wrong = Vec::new();
    for word in ["rusqlite", "wasmtime", "begin_write", "scan_claims", "LineIndex"] {
        wrong.extend(places_of(word, |path| handlers(path) || commands(path)));
    }
    wrong.extend(places_of("reprise_engine", handlers));
    wrong.extend(places_of("reprise_index", handlers));
    none(wrong, "HTTP and the command line only translate");
}

#[test]
fn two_files_have_unsafe_code_one_in_the_host_and_one_in_components() {
    const WITH_UNSAFE_CODE: [&str; 2] = ["host/engine/src/precompiled.rs", "rules/sdk/src/allocator.rs"];
    none(
        places_of("unsafe", |path| !WITH_UNSAFE_CODE.contains(&path)),
        "two files have unsafe code",
    );
    let allowing = files()
        .into_iter()
        .filter(|(path, _)| path.ends_with("/Cargo.toml"))
        .filter(|(path, _)| !["host/engine/Cargo.toml", "rules/sdk/Cargo.toml"].contains(&path.as_str()))
        // A workspace without a package of its own.
        .filter(|(_, text)| text.contains("[package]"))
        .filter(|(_, text)| !text.contains("[lints]\nworkspace = true"));
    none(
        allowing.map(|(path, _)| path),
        "every crate but those two has the workspace's lints",
    );
}

#[test]
fn nothing_is_left_for_later() {
    let mut wrong: Vec<_> = ["todo", "unimplemented"]
        .iter()
        .flat_map(|word| places_of(word, |_| true))
        .collect();
    wrong.retain(|place| place.contains("!("));
    for (path, text) in files()
        .into_iter()
        .filter(|(path, _)| path != "tests/tidy.rs" && path != "Cargo.lock")
    {
        for word in ["TODO", "FIXME", "XXX", "HACK"] {
            let lines = text.lines().enumerate().filter(|(_, line)| has_word(line, word));
            wrong.extend(lines.map(|(number, line)| format!("{path}:{}: {}", number + 1, line.trim())));
        }
    }
    none(wrong, "what is here is finished");
}

#[test]
fn nothing_names_a_path_of_one_machine() {
    let mut wrong = Vec::new();
    for (path, text) in files().into_iter().filter(|(path, _)| path != "tests/tidy.rs") {
        for (number, line) in text.lines().enumerate() {
            // An invented author's home, in a test of how paths are read.
            let line = line.replace("/home/an author", "").replace("/home/an\\\\ author", "");
            if ["/root/", "/home/", "/work/", "/Users/"]
                .iter()
                .any(|start| line.contains(start))
            {
                wrong.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none(wrong, "the repository stands alone");
}

#[test]
fn the_documents_are_there() {
    let files = files();
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "LICENSE",
    ] {
        assert!(
            files.get(name).is_some_and(|text| text.lines().count() > 10),
            "{name} is missing or empty"
        );
    }
    assert!(files["LICENSE"].contains("Apache License"));
}

#[test]
fn every_outside_dependency_is_used_and_has_its_reason() {
    let packages = packages();
    let used: BTreeSet<_> = packages
        .values()
        .flat_map(|package| {
            [
                &package.dependencies,
                &package.dev_dependencies,
                &package.build_dependencies,
            ]
        })
        .flatten()
        .collect();
    let outside = outside_dependencies();
    assert!(outside.len() > 20, "{outside:?}");
    none(
        outside
            .iter()
            .filter(|name| !used.contains(name))
            .map(|name| format!("{name} is used by no crate")),
        "a dependency that nobody uses is none",
    );
    let architecture = std::fs::read_to_string(Path::new(ROOT).join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    // The first cell of each row of its tables, which may name several.
    let cells = architecture
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let named: BTreeSet<_> = cells
        .flat_map(|cell| cell.split(", "))
        .map(|name| name.trim_matches('`'))
        .collect();
    none(
        outside
            .iter()
            .filter(|name| !named.contains(name.as_str()))
            .map(|name| format!("{name} has no reason in ARCHITECTURE.md")),
        "a dependency has a line that says why it is there",
    );
}
