//! What several stories need: a database in a directory of its own, a host on it, lines to import.

pub(crate) mod draw;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use reprise::{Configuration, Host, Rules};
use reprise_engine::ComponentKind;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A directory of its own, gone with the story.
pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            directory: tempfile::tempdir().expect("a directory for the story"),
        }
    }

    /// A place with these lines imported.
    pub(crate) fn with(lines: &str) -> Self {
        let place = Self::new();
        place.import(lines);
        place
    }

    /// The directory.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
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

    /// Import these lines, each of which must be right; a claim that is there is replaced.
    pub(crate) fn import(&self, lines: &str) {
        let store = reprise_store::open(&self.database()).expect("a database");
        let source = reprise_interchange::Source::new("the story", None, std::io::Cursor::new(lines.to_owned()));
        let options = reprise_interchange::ImportOptions {
            strict: true,
            replace: true,
            ..Default::default()
        };
        reprise_interchange::import(
            store.as_ref(),
            vec![source],
            &options,
            &mut reprise_interchange::NoProgress,
        )
        .expect("lines that can be imported");
    }

    /// A host on the story's database, not loaded, with these rules or the default ones.
    pub(crate) fn open_host(&self, rules: Option<&[u8]>) -> Host {
        let mut configuration = Configuration::new(self.database());
        configuration.rules = rules.map(|bytes| self.file("rules.wasm", bytes));
        open_host(&configuration)
    }

    /// A host on the story's database, loaded, with these rules or the default ones.
    pub(crate) fn host(&self, rules: Option<&[u8]>) -> Host {
        let host = self.open_host(rules);
        host.load(|_, _| ()).expect("a loaded index");
        host
    }
}

/// A host. Those with the default rules and limits share them: to check and compile them takes most of a story's time.
pub(crate) fn open_host(configuration: &Configuration) -> Host {
    static DEFAULT: LazyLock<Rules> = LazyLock::new(|| {
        // No database is opened by this.
        Rules::load(&Configuration::new("sqlite:none")).expect("the default rules")
    });
    let usual = Configuration::new(&configuration.database);
    let is_usual = configuration.rules.is_none()
        && configuration.claim_status_rules.is_none()
        && configuration.admission == usual.admission
        && configuration.rule_limits == usual.rule_limits;
    if is_usual {
        Host::open_with(configuration, DEFAULT.clone()).expect("a host")
    } else {
        Host::open(configuration).expect("a host")
    }
}

/// What decisions of the platform's claim-status rules say that they were decided by: component, and generation if it has
/// one.
pub(crate) fn decided_by(host: &Host) -> Value {
    let rules = host.default_rules();
    let rules = rules
        .iter()
        .find(|rules| rules.kind == ComponentKind::ClaimStatus)
        .expect("claim-status rules");
    let mut said = json!({ "rules": rules.digest });
    if let Some(generation) = &rules.generation {
        said["generation"] = generation.as_str().into();
    }
    said
}

/// The sample that the product ships: the late authorizations of payer ACME.
pub(crate) const SAMPLE: &str = include_str!("../../host/samples/late-authorizations.ndjson");

/// An import line of a finalized claim of payer ACME with one line, 10.00 USD allowed and 8.00 covered, and with these
/// members changed.
pub(crate) fn claim_line(code: &str, changes: &Value) -> String {
    let mut claim = json!({
        "kind": "claim", "code": code, "payer": "ACME", "processType": "CLAIM", "status": "FINALIZED",
        "entryDate": "2020-01-01", "currency": "USD",
        "lines": [{ "code": format!("{code}-1"), "allowedAmount": "10.00", "coveredAmount": "8.00" }],
    });
    let members = claim.as_object_mut().expect("an object");
    members.extend(changes.as_object().expect("an object of changes").clone());
    format!("{claim}\n")
}
