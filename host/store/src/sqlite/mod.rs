//! The SQLite back end: one file, any number of readers, one writer at a time.
//!
//! Readers each have a connection from a pool and see the moment at which they began; the one connection that writes is
//! behind a mutex, and takes the file's write lock when a transaction begins, so that it never fails half-way because
//! another process was first.

/// The payer of a given name as rules are looked up by it: its id, 0 for the platform if no name is given. Nothing is
/// found under a name that no payer has.
macro_rules! owner {
    ($name:literal) => {
        concat!(
            "iif(",
            $name,
            " IS NULL, 0, (SELECT payer.id FROM payer WHERE payer.name = ",
            $name,
            "))"
        )
    };
}

mod access_store;
mod activities;
mod audit;
mod back_up;
mod claims;
mod clock;
mod components;
mod data_files;
mod deliveries;
mod error;
mod generations;
mod history;
mod index_images;
mod installations;
mod intake;
mod kept_answers;
mod migrations;
mod opening;
mod principals;
mod references;
mod results;
mod roles;
mod rule_faults;
mod rule_store;
mod serving;
mod serving_hosts;
mod tokens;
mod trust;
mod webhooks;
mod work;
mod write;

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub(crate) use back_up::back_up;
use reprise_model::{Claim, Message, Reference, ReferenceKind, ResultMessages};
use rusqlite::{Connection, OptionalExtension};

use crate::{
    ActiveWebhook, Activity, AdjudicationTotal, ClaimLock, ClaimScan, ContentId, DataFile, DataFileSet, DeadLetter,
    Delivery, EncodedClaim, Event, HistoryEntry, IdempotencyKey, IntakeQuery, KeptAnswer, Serving, Store, StoreError,
    WebhookSecret, WebhookStanding, WriteTransaction, result_chunk,
};

/// An SQLite database.
pub(crate) struct Sqlite {
    path: PathBuf,
    readers: r2d2::Pool<r2d2_sqlite::SqliteConnectionManager>,
    writer: Mutex<Connection>,
}

impl Sqlite {
    /// Opens the file, creating it and bringing its schema up to date as needed.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        // The writer first: it finds out whether the file is what it should be, and creates it.
        let writer = Mutex::new(opening::open_writer(path)?);
        Ok(Self {
            path: path.to_owned(),
            readers: opening::reader_pool(path)?,
            writer,
        })
    }

    /// Reads with a connection of its own, for as long as `read` takes.
    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let connection = self.readers.get().map_err(|error| StoreError::Unavailable {
            reason: format!("no connection to the database became free, or could be opened: {error}"),
        })?;
        read(&connection)
    }

    fn begin_own_write(&self) -> Result<write::SqliteWrite<'_>, StoreError> {
        // A panic while the lock was held has rolled its transaction back on the way; the connection is as good as new.
        let connection = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        write::SqliteWrite::begin(connection)
    }

    /// Reads everything as it was at one moment.
    fn read_snapshot<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            read(&snapshot)
        })
    }
}

/// The value of a counter.
fn counter(connection: &Connection, name: &str) -> Result<u64, StoreError> {
    let value = connection
        .prepare_cached("SELECT value FROM counter WHERE name = ?1")?
        .query_row([name], |row| row.get(0))?;
    from_stored(value)
}

/// A number as SQLite holds it.
fn to_stored(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::other(format!("the number {number} is too large to be stored")))
}

/// A number that is never negative, from what SQLite holds.
fn from_stored(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::corrupt(format!("the number {number} should not be negative")))
}

impl Store for Sqlite {
    fn payers(&self) -> Result<Vec<String>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT name FROM payer ORDER BY name")?;
            let names = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(names)
        })
    }

    fn change_sequence(&self) -> Result<u64, StoreError> {
        self.read(|connection| counter(connection, "change"))
    }

    fn reference_sequence(&self) -> Result<u64, StoreError> {
        self.read(|connection| counter(connection, "reference"))
    }

    fn claim_count(&self, payer: Option<&str>) -> Result<u64, StoreError> {
        self.read(|connection| claims::count(connection, payer))
    }

    fn claim_by_code(&self, payer: &str, code: &str) -> Result<Option<Claim>, StoreError> {
        self.read(|connection| claims::by_code(connection, payer, code))
    }

    fn claim_by_id(&self, payer: &str, id: i64) -> Result<Option<Claim>, StoreError> {
        self.read(|connection| claims::by_id(connection, payer, id))
    }

    fn claims_by_id(&self, payer: &str, ids: &[i64]) -> Result<Vec<EncodedClaim>, StoreError> {
        self.read_snapshot(|connection| claims::all_by_id(connection, payer, ids))
    }

    fn claims_by_code(&self, payer: &str, codes: &[&str]) -> Result<Vec<EncodedClaim>, StoreError> {
        self.read_snapshot(|connection| claims::all_by_code(connection, payer, codes))
    }

    fn claim_locks(&self, claims: &[i64]) -> Result<Vec<ClaimLock>, StoreError> {
        self.read_snapshot(|connection| work::claim_locks(connection, claims))
    }

    fn scan_claims(
        &self,
        scan: ClaimScan<'_>,
        deliver: &mut dyn FnMut(Vec<EncodedClaim>) -> ControlFlow<()>,
    ) -> Result<u64, StoreError> {
        self.read_snapshot(|connection| {
            let sequence = counter(connection, "change")?;
            claims::scan(connection, scan, deliver)?;
            Ok(sequence)
        })
    }

    fn reference(&self, payer: &str, kind: ReferenceKind, key: &str) -> Result<Option<Reference>, StoreError> {
        self.read(|connection| references::by_key(connection, payer, kind, key))
    }

    fn reference_exists(&self, payer: &str, kind: ReferenceKind, key: &str) -> Result<bool, StoreError> {
        self.read(|connection| references::exists(connection, payer, kind, key))
    }

    fn references(&self, payer: &str, kind: ReferenceKind, keys: &[&str]) -> Result<Vec<Reference>, StoreError> {
        self.read_snapshot(|connection| references::all_by_key(connection, payer, kind, keys))
    }

    fn references_of_patients(
        &self,
        payer: &str,
        kind: ReferenceKind,
        patients: &[&str],
    ) -> Result<Vec<Reference>, StoreError> {
        self.read_snapshot(|connection| references::of_patients(connection, payer, kind, patients))
    }

    fn references_of_kind(
        &self,
        payer: &str,
        kind: ReferenceKind,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Reference>, StoreError> {
        self.read(|connection| references::of_kind(connection, payer, kind, after, limit))
    }

    fn claims_with_procedures(&self, payer: &str, procedures: &[&str]) -> Result<Vec<EncodedClaim>, StoreError> {
        self.read_snapshot(|connection| intake::with_procedures(connection, payer, procedures))
    }

    fn intake_claims(&self, payer: &str, query: &IntakeQuery<'_>) -> Result<Vec<EncodedClaim>, StoreError> {
        self.read(|connection| intake::page(connection, payer, query))
    }

    fn scan_references(
        &self,
        payer: Option<&str>,
        deliver: &mut dyn FnMut(Reference) -> ControlFlow<()>,
    ) -> Result<u64, StoreError> {
        self.read_snapshot(|connection| {
            let sequence = counter(connection, "reference")?;
            references::scan(connection, payer, deliver)?;
            Ok(sequence)
        })
    }

    fn activity(&self, payer: &str, id: i64) -> Result<Option<Activity>, StoreError> {
        self.read(|connection| activities::by_id(connection, payer, id))
    }

    fn activities(&self, payer: &str, before: Option<i64>, limit: u32) -> Result<Vec<Activity>, StoreError> {
        self.read(|connection| activities::of_payer(connection, payer, before, limit))
    }

    fn queued_activities(&self) -> Result<Vec<Activity>, StoreError> {
        self.read(activities::queued)
    }

    fn unfinished_work(&self, activity: i64) -> Result<u64, StoreError> {
        self.read(|connection| work::unfinished(connection, activity))
    }

    fn adjudications(&self, payer: &str, activity: i64) -> Result<Vec<AdjudicationTotal>, StoreError> {
        self.read(|connection| activities::adjudications(connection, payer, activity))
    }

    fn activity_messages(&self, payer: &str, activity: i64) -> Result<Vec<Message>, StoreError> {
        self.read(|connection| results::messages(connection, payer, activity))
    }

    fn result_chunk(
        &self,
        payer: &str,
        activity: i64,
        at_least: u64,
    ) -> Result<Option<(u64, Vec<ResultMessages>)>, StoreError> {
        let found = self.read(|connection| results::chunk(connection, payer, activity, at_least))?;
        found
            .map(|(number, body)| Ok((number, result_chunk::decode(&body)?)))
            .transpose()
    }

    fn claim_history(&self, payer: &str, claim: i64, after: i64, limit: u32) -> Result<Vec<HistoryEntry>, StoreError> {
        self.read(|connection| history::of_claim(connection, payer, claim, after, limit))
    }

    fn last_reprocessing(&self, payer: &str, claim: i64) -> Result<Option<i64>, StoreError> {
        self.read(|connection| history::last_reprocessing(connection, payer, claim))
    }

    fn events(&self, payer: &str, after: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
        self.read(|connection| history::events(connection, payer, after, limit))
    }

    fn event_position(&self) -> Result<u64, StoreError> {
        self.read(|connection| counter(connection, "event"))
    }

    fn kept_answer(&self, key: &IdempotencyKey) -> Result<Option<KeptAnswer>, StoreError> {
        self.read(|connection| kept_answers::find(connection, key))
    }

    fn due_deliveries(&self, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        self.read(|connection| deliveries::due(connection, limit))
    }

    fn delivery(&self, payer: &str, activity: i64) -> Result<Option<Delivery>, StoreError> {
        self.read(|connection| deliveries::about(connection, payer, activity))
    }

    fn webhook_sequence(&self) -> Result<u64, StoreError> {
        self.read(|connection| counter(connection, "webhook"))
    }

    fn webhook(&self, payer: &str, code: &str) -> Result<Option<WebhookStanding>, StoreError> {
        self.read_snapshot(|connection| webhooks::standing(connection, payer, code))
    }

    fn webhooks(&self, payer: Option<&str>) -> Result<Vec<WebhookStanding>, StoreError> {
        self.read(|connection| webhooks::standings(connection, payer))
    }

    fn active_webhooks(&self, host: &str) -> Result<Vec<ActiveWebhook>, StoreError> {
        self.read(|connection| webhooks::active(connection, host))
    }

    fn webhook_secrets(&self) -> Result<Vec<(i64, WebhookSecret)>, StoreError> {
        self.read(webhooks::secrets)
    }

    fn dead_letters(&self, payer: &str, code: &str, after: u64, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        self.read(|connection| webhooks::dead_letters(connection, payer, code, after, limit))
    }

    fn dead_letters_to_resend(&self, webhook: i64, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        self.read(|connection| webhooks::to_resend(connection, webhook, limit))
    }

    fn data_file_set(&self, payer: &str, set: &str) -> Result<Option<DataFileSet>, StoreError> {
        self.read_snapshot(|connection| data_files::set(connection, payer, set))
    }

    fn data_file(&self, payer: &str, set: &str, file: &str) -> Result<Option<DataFile>, StoreError> {
        self.read(|connection| data_files::file(connection, payer, set, file))
    }

    fn content_chunk(&self, content: ContentId, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT body FROM content_chunk WHERE content_id = ?1 AND number = ?2")?;
            Ok(statement
                .query_row((content.0, to_stored(number)?), |row| row.get(0))
                .optional()?)
        })
    }

    fn begin_write(&self) -> Result<Box<dyn WriteTransaction + '_>, StoreError> {
        Ok(Box::new(self.begin_own_write()?))
    }

    fn begin_serving(&self) -> Result<Serving, StoreError> {
        let serving = serving::take_place(&self.path)?;
        self.begin_own_write()?.end_leases()?;
        Ok(serving)
    }

    fn back_up(&self, target: &Path) -> Result<(), StoreError> {
        back_up(&self.path, target)
    }
}
