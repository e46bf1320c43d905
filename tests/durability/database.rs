//! Databases with a generated population, each of them several times over.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use reprise_store::Store;
use reprise_test_postgres::Cluster;

use crate::cli::command::{command_in, reprise};
use crate::support::Place;

/// The payer of the population.
pub(super) const PAYER: &str = "DEMO";

/// Where databases are.
#[derive(Clone, Copy)]
pub(super) enum Engine<'a> {
    Sqlite,
    Postgres(&'a Cluster),
}

/// A population that databases are made of, all alike.
pub(super) struct Population<'a> {
    engine: Engine<'a>,
    place: Place,
    /// The database that the others are copies of. Nobody is connected to it.
    original: String,
    copies: AtomicU32,
}

impl<'a> Population<'a> {
    /// A generated population of so many claims.
    pub(super) fn generated(engine: Engine<'a>, claims: u64) -> Self {
        let place = Place::new();
        reprise(&place, &["generate", "--claims", &claims.to_string(), "--output", FILE]).well();
        let original = match engine {
            Engine::Sqlite => place.database(),
            Engine::Postgres(cluster) => cluster.create_database(),
        };
        reprise(&place, &["import", "--strict", "--database", &original, FILE]).well();
        Self {
            engine,
            place,
            original,
            copies: AtomicU32::new(0),
        }
    }

    /// The lines that it was imported from.
    pub(super) fn lines(&self) -> String {
        std::fs::read_to_string(self.place.path(FILE)).expect("the population")
    }

    /// The story's directory, gone with the population.
    pub(super) fn directory(&self) -> &Path {
        self.place.directory()
    }

    /// The URL of a new database with the population in it.
    pub(super) fn database(&self) -> String {
        let number = self.copies.fetch_add(1, Ordering::Relaxed);
        match self.engine {
            Engine::Sqlite => {
                let copy = self.place.path(&format!("copy-{number}.db"));
                std::fs::copy(self.place.path("reprise.db"), &copy).expect("a copy of a closed database");
                format!("sqlite:{}", copy.display())
            }
            Engine::Postgres(cluster) => {
                let (before, after) = self.original.split_once('?').expect("a URL with a query");
                let name = before.rsplit('/').next().expect("the name of a database");
                let copy = format!("{name}_copy_{number}");
                cluster.execute(
                    &cluster.url("postgres"),
                    &format!("CREATE DATABASE {copy} TEMPLATE {name}"),
                );
                format!("{}{copy}?{after}", before.trim_end_matches(name))
            }
        }
    }

    /// The file of a database of it, where it is a file.
    pub(super) fn file(database: &str) -> &Path {
        Path::new(database.strip_prefix("sqlite:").expect("a database in SQLite"))
    }

    /// A command of the product in the story's directory.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command_in(self.directory());
        command.args(arguments);
        command
    }
}

/// The file that a population is imported from.
const FILE: &str = "population.ndjson";

/// The database itself, to look into.
pub(super) fn open(database: &str) -> Arc<dyn Store> {
    reprise_store::open(database).expect("a database")
}
