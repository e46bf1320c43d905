//! An author's own crate, outside of any workspace, built as `reprise rules build` builds it.

use std::fs;
use std::path::{Path, PathBuf};

use reprise_rules_build::{BuildOptions, build};

const MANIFEST: &str = r#"
[package]
name = "twice"
version = "1.2.3"
edition = "2024"
description = "Doubles numbers"

[dependencies]
wit-bindgen = { version = "=0.60.0", default-features = false, features = ["macros", "realloc"] }
"#;

const SOURCE: &str = r#"
wit_bindgen::generate!({
    inline: "package author:numbers@0.1.0; interface twice { of: func(x: list<u32>) -> list<u32>; } world w { export twice; }",
});

struct Twice;

impl exports::author::numbers::twice::Guest for Twice {
    fn of(x: Vec<u32>) -> Vec<u32> {
        assert!(x.len() < 1000, "too many numbers");
        x.into_iter().map(|value| value * 2).collect()
    }
}

export!(Twice);
"#;

/// Writes a crate into a directory of its own and returns that. All have the same name and version, as copies of one
/// crate do, and are built in one target directory: none may be taken for another.
fn crate_with(parent: &Path, name: &str, source: &str) -> PathBuf {
    let directory = parent.join(name);
    fs::create_dir_all(directory.join("src")).expect("a directory");
    fs::write(directory.join("Cargo.toml"), MANIFEST).expect("a manifest");
    fs::write(directory.join("src/lib.rs"), source).expect("a source file");
    // The versions that this workspace has locked are on this machine already: no registry is asked.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    fs::copy(lock, directory.join("Cargo.lock")).expect("a lock file");
    directory
}

/// The options of every test here: where this workspace's own components are built, what they share is built already.
fn options() -> BuildOptions {
    let target_directory = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("guests");
    BuildOptions {
        target_directory: Some(target_directory),
        show_progress: false,
    }
}

#[test]
fn a_crate_of_an_author_becomes_a_component() {
    let parent = tempfile::tempdir().expect("a temporary directory");
    let directory = crate_with(parent.path(), "twice", SOURCE);
    let component = build(&directory, &options()).expect("the crate is sound");

    assert_eq!(
        (component.package.as_str(), component.version.as_str()),
        ("twice", "1.2.3")
    );
    assert_eq!(component.description.as_deref(), Some("Doubles numbers"));
    assert_eq!(component.imports, [] as [&str; 0]);
    assert_eq!(component.exports, ["author:numbers/twice@0.1.0"]);
    let directory = directory.canonicalize().expect("it is there");
    for file in ["Cargo.toml", "Cargo.lock", "src/lib.rs"] {
        assert!(
            component.sources.contains(&directory.join(file)),
            "`{file}` is not among {:?}",
            component.sources
        );
    }

    // The same crate elsewhere makes the same bytes, and none of them tells where.
    let elsewhere = crate_with(parent.path(), "a copy/elsewhere", SOURCE);
    let copy = build(&elsewhere, &options()).expect("the copy is sound");
    assert_eq!(copy.bytes, component.bytes);
    let text = String::from_utf8_lossy(&component.bytes);
    assert!(
        text.contains("src/lib.rs"),
        "the panic names no source file, so this test shows nothing"
    );
    let place = parent.path().to_string_lossy();
    assert!(!text.contains(&*place), "the component holds the path `{place}`");
}

#[test]
fn the_test_vectors_of_a_crate_travel_in_its_component() {
    let parent = tempfile::tempdir().expect("a temporary directory");
    let directory = crate_with(parent.path(), "tried", SOURCE);
    let without = build(&directory, &options()).expect("the crate is sound");
    fs::create_dir(directory.join("cases")).expect("a folder");
    fs::write(
        directory.join("cases/two.json"),
        r#"[{"name": "two"}, {"name": "four"}]"#,
    )
    .expect("a file");
    let with = build(&directory, &options()).expect("the crate is sound");
    assert_eq!((without.vectors, with.vectors), (0, 2));
    let section = with.bytes.strip_prefix(without.bytes.as_slice());
    let section = section.expect("the same component with something appended");
    let vectors = r#"[{"file":"cases/two.json","name":"two"},{"file":"cases/two.json","name":"four"}]"#;
    assert!(
        section.ends_with(format!("reprise:vectors{vectors}").as_bytes()),
        "{section:?}"
    );
    let file = directory.canonicalize().expect("it is there").join("cases/two.json");
    assert!(with.sources.contains(&file), "{:?}", with.sources);

    fs::write(directory.join("cases/two.json"), "[{]").expect("a file");
    let error = format!(
        "{:#}",
        build(&directory, &options()).expect_err("the vectors are not JSON")
    );
    assert!(error.contains("cases/two.json`: are not JSON: "), "{error}");
}

#[test]
fn a_crate_that_does_not_compile_is_refused_with_the_compilers_words() {
    let parent = tempfile::tempdir().expect("a temporary directory");
    let directory = crate_with(parent.path(), "broken", "pub fn broken() -> u32 { no_such_name }");
    let error = build(&directory, &options())
        .expect_err("the crate is broken")
        .to_string();
    assert!(error.starts_with("rule crate `twice` at `"), "{error}");
    assert!(error.contains("cannot find value `no_such_name`"), "{error}");
}

#[test]
fn a_crate_that_exports_nothing_is_refused() {
    let parent = tempfile::tempdir().expect("a temporary directory");
    let directory = crate_with(parent.path(), "idle", "pub fn idle() {}");
    let error = format!(
        "{:#}",
        build(&directory, &options()).expect_err("the crate exports nothing")
    );
    assert!(error.contains("rule crate `twice` at"), "{error}");
    assert!(
        error.contains("it exports nothing; a rule crate calls the export macro"),
        "{error}"
    );
}
