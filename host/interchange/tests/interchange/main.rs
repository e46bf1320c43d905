//! The import format from outside: what is taken, what is refused and how, and that nothing is lost on the way.
#![expect(
    clippy::panic,
    reason = "a test that meets what it does not expect fails by panicking"
)]

mod exports;
mod generating;
mod patients;
mod refusals;
mod sample;
mod sources;
mod transactions;

use std::io::Cursor;
use std::sync::Arc;

use reprise_interchange::{
    GenerateOptions, ImportError, ImportOptions, ImportReport, NoProgress, Source, export, generate, import,
};
use reprise_store::Store;

/// A store that is gone when the test is over.
struct Scratch {
    store: Arc<dyn Store>,
    _directory: tempfile::TempDir,
}

impl Scratch {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let url = format!("sqlite:{}", directory.path().join("scratch.db").display());
        Self {
            store: reprise_store::open(&url).expect("a store"),
            _directory: directory,
        }
    }

    fn import(&self, options: &ImportOptions, text: impl Into<Vec<u8>>) -> Result<ImportReport, ImportError> {
        import(&*self.store, vec![source(text)], options, &mut NoProgress)
    }

    fn export(&self) -> String {
        let mut bytes = Vec::new();
        export(&*self.store, None, &mut bytes, &mut NoProgress).expect("an export");
        String::from_utf8(bytes).expect("text")
    }
}

fn source(bytes: impl Into<Vec<u8>>) -> Source {
    let bytes = bytes.into();
    Source::new("test.ndjson", Some(bytes.len() as u64), Cursor::new(bytes))
}

/// A generated population.
fn population(claims: u64, seed: u64) -> String {
    let mut bytes = Vec::new();
    let options = GenerateOptions {
        claims,
        seed,
        ..GenerateOptions::default()
    };
    generate(&options, &mut bytes, &mut NoProgress).expect("a population");
    String::from_utf8(bytes).expect("text")
}

/// A generated population of patients and no claims.
fn patients(patients: u64) -> String {
    let mut bytes = Vec::new();
    let options = GenerateOptions {
        claims: 0,
        patients,
        ..GenerateOptions::default()
    };
    generate(&options, &mut bytes, &mut NoProgress).expect("a population");
    String::from_utf8(bytes).expect("text")
}

/// The smallest claim of this code, in this status.
fn claim(code: &str, status: &str) -> String {
    format!(
        r#"{{"kind":"claim","code":"{code}","payer":"ACME","processType":"CLAIM","status":"{status}","entryDate":"2009-07-03","lines":[]}}"#
    )
}
