//! Whoever can be asked which claims are hit: Reprise and the databases and data frames beside it.

mod driven;
mod ours;
mod postgres;
mod served;
mod setup;
mod sqlite;

pub(crate) use driven::{Driven, Engine};
pub(crate) use ours::Ours;
pub(crate) use postgres::Server;
pub(crate) use served::Served;
pub(crate) use setup::Environment;
pub(crate) use sqlite::Sqlite;

use std::time::Duration;

use crate::claims::ClaimTables;
use crate::membership::Memberships;
use crate::question::Question;

/// How long one answer may take.
pub(crate) const ANSWER_TIME_MAX: Duration = Duration::from_secs(300);

/// What everybody is given.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) tables: ClaimTables,
    pub(crate) memberships: Memberships,
    pub(crate) questions: Vec<Question>,
}

/// One way of putting a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Formulation {
    pub(crate) name: String,
    /// What is set before, outside of the measured time.
    pub(crate) settings: String,
    /// Answers how many claims are hit.
    pub(crate) count: String,
    /// Answers the numbers of the claims that are hit.
    pub(crate) hits: String,
}

/// How many claims are hit, and how long it took to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) count: u64,
    pub(crate) elapsed: Duration,
}

/// Somebody who can be asked.
pub(crate) trait Peer {
    /// Who it is, with its threads.
    fn name(&self) -> String;

    /// Its version and how it is set up.
    fn about(&self) -> String;

    /// How long it took to take in the tables and to make its indexes.
    fn loading(&self) -> Duration;

    /// The ways in which it can be asked.
    fn formulations(&self, question: &Question) -> Vec<Formulation>;

    /// How many claims are hit; the time is that of the answer alone. A database gives up if it takes longer than this.
    fn count(&mut self, formulation: &Formulation, time_max: Duration) -> anyhow::Result<Counted>;

    /// The numbers of the claims that are hit, ascending, each once.
    fn hits(&mut self, formulation: &Formulation) -> anyhow::Result<Vec<i32>>;

    /// What it does for an answer.
    fn plan(&mut self, formulation: &Formulation) -> anyhow::Result<String>;
}
