//! What was released is never edited: each file of a release is known by its digest.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::CONTRACT;

/// Every file of every release: the contract's text, and the components that were built with it. A line is added with a
/// release and never changed.
const FROZEN: &[(&str, &str)] = &[
    (
        "wit/0.1.0/rules.wit",
        "00b3f76f7fabad8835112d513b2161b0cfd94a9d93cf1b5dfe3e724b3ebf58ef",
    ),
    (
        "tests/contract/0.1.0/claim-status.wasm",
        "510412c0a012240a106fb829e7f9370b9f35365df3d3b3b8572dd4b70d37794f",
    ),
    (
        "tests/contract/0.1.0/criteria.wasm",
        "ebe59ccd397f9b42996541afe5dc790dbef8fe9f0713a8f5994566cf3966763d",
    ),
];

/// The files in the directories of releases, by path from the repository's root.
fn released() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = BTreeSet::new();
    for place in ["wit", "tests/contract"] {
        for version in versions_in(&root.join(place)) {
            for file in std::fs::read_dir(root.join(place).join(&version)).expect("a directory") {
                let name = file
                    .expect("a file")
                    .file_name()
                    .into_string()
                    .expect("a name that is text");
                files.insert(format!("{place}/{version}/{name}"));
            }
        }
    }
    files
}

/// The directories that have a version's number for a name.
pub(super) fn versions_in(directory: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string());
    names
        .map(|name| name.expect("a name that is text"))
        .filter(|name| name.split('.').count() == 3 && name.split('.').all(|part| part.parse::<u32>().is_ok()))
        .collect()
}

#[test]
fn no_file_of_a_release_has_changed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let listed: BTreeSet<_> = FROZEN.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(released(), listed, "what is released is what is listed");
    for (file, digest) in FROZEN {
        let bytes = std::fs::read(root.join(file)).expect(file);
        let found = Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a text takes what is written");
            text
        });
        assert_eq!(
            &found, digest,
            "`{file}` is released: bring it back, and make the change in `wit/rules.wit`"
        );
    }
}

#[test]
fn every_release_is_served() {
    let served: BTreeSet<_> = reprise_engine::served_contracts().map(str::to_owned).collect();
    assert_eq!(versions_in(Path::new(CONTRACT)), served);
}
