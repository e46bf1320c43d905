//! What several stories need: a database in a directory of its own, a host on it.

use std::path::PathBuf;

use reprise::{Configuration, Host};
use tempfile::TempDir;

/// A directory of its own, gone with the story.
pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a directory for the story") }
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A file in it, written.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("a file of the story");
        path
    }

    /// The URL of the story's database.
    pub(crate) fn database(&self) -> String {
        format!("sqlite:{}", self.path("reprise.db").display())
    }

    /// Import these lines.
    pub(crate) fn import(&self, lines: &str) {
        let store = reprise_store::open(&self.database()).expect("a database");
        let source = reprise_interchange::Source::new("the story", None, std::io::Cursor::new(lines.to_owned()));
        let options = reprise_interchange::ImportOptions { strict: true, ..Default::default() };
        reprise_interchange::import(store.as_ref(), vec![source], &options, &mut reprise_interchange::NoProgress)
            .expect("lines that can be imported");
    }

    /// A host on the story's database, loaded, with these rules or the default ones.
    pub(crate) fn host(&self, rules: Option<&[u8]>) -> Host {
        let mut configuration = Configuration::new(self.database());
        configuration.rules = rules.map(|bytes| self.file("rules.wasm", bytes));
        let host = Host::open(&configuration).expect("a host");
        host.load(|_, _| ()).expect("a loaded index");
        host
    }
}

/// The sample that the product ships: the late authorizations of payer ACME.
pub(crate) const SAMPLE: &str = include_str!("../../host/samples/late-authorizations.ndjson");
