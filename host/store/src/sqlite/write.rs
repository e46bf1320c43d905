//! A write transaction on SQLite.

use std::collections::HashMap;
use std::sync::MutexGuard;
use std::time::{SystemTime, UNIX_EPOCH};

use reprise_model::{Message, Reference, ResultMessages};
use rusqlite::{Connection, OptionalExtension};

use super::{activities, claims, counter, data_files, references, to_stored};
use crate::{
    ActivityCounts, ActivityStatus, ClaimToWrite, ContentId, DataFileOutcome, DataFileSetCreation,
    DataFileSetDefinition, ExistingClaims, NewActivity, StoreError, WriteOutcome, WriteTransaction,
};

/// A write transaction, with the writer's connection to itself.
pub(super) struct SqliteWrite<'a> {
    connection: MutexGuard<'a, Connection>,
    raised: Raised,
    /// Whether a write failed. SQLite may then have rolled back by itself, and what is written next would be kept
    /// alone: so nothing more is.
    failed: bool,
}

/// What a transaction knows of itself: the payers that it has met and the counters that it has raised.
#[derive(Default)]
pub(super) struct Raised {
    payers: HashMap<String, i64>,
    next_change: Option<i64>,
    change_used: bool,
    reference_raised: bool,
}

impl Raised {
    /// The id of the payer, who is added if new.
    pub(super) fn payer(&mut self, connection: &Connection, name: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.payers.get(name) {
            return Ok(*id);
        }
        let mut look_up = connection.prepare_cached("SELECT id FROM payer WHERE name = ?1")?;
        let id = match look_up.query_row([name], |row| row.get(0)).optional()? {
            Some(id) => id,
            None => connection
                .prepare_cached("INSERT INTO payer (name) VALUES (?1) RETURNING id")?
                .query_row([name], |row| row.get(0))?,
        };
        self.payers.insert(name.to_owned(), id);
        Ok(id)
    }

    /// The number that the changes of this transaction have, if there will be any.
    pub(super) fn next_change(&mut self, connection: &Connection) -> Result<i64, StoreError> {
        if let Some(number) = self.next_change {
            return Ok(number);
        }
        // INVARIANT: nobody else raises it before the end of this transaction, which holds the file's write lock.
        let number = to_stored(counter(connection, "change")? + 1)?;
        self.next_change = Some(number);
        Ok(number)
    }

    /// Notes that a claim was changed under the number of [`Self::next_change`].
    pub(super) fn use_change(&mut self, connection: &Connection) -> Result<(), StoreError> {
        if !self.change_used {
            raise(connection, "change")?;
            self.change_used = true;
        }
        Ok(())
    }

    /// Notes that reference data was changed.
    pub(super) fn raise_reference(&mut self, connection: &Connection) -> Result<(), StoreError> {
        if !self.reference_raised {
            raise(connection, "reference")?;
            self.reference_raised = true;
        }
        Ok(())
    }
}

fn raise(connection: &Connection, name: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE counter SET value = value + 1 WHERE name = ?1")?
        .execute([name])?;
    Ok(())
}

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl<'a> SqliteWrite<'a> {
    pub(super) fn begin(connection: MutexGuard<'a, Connection>) -> Result<Self, StoreError> {
        roll_back(&connection)?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Self {
            connection,
            raised: Raised::default(),
            failed: false,
        })
    }

    fn attempt<T>(
        &mut self,
        work: impl FnOnce(&Connection, &mut Raised) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.failed {
            return Err(StoreError::other(
                "an earlier write of the same transaction failed, so none of it is kept",
            ));
        }
        let outcome = work(&self.connection, &mut self.raised);
        self.failed = outcome.is_err();
        outcome
    }
}

/// Undoes what a transaction that is still open has written.
fn roll_back(connection: &Connection) -> Result<(), StoreError> {
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    Ok(())
}

impl Drop for SqliteWrite<'_> {
    fn drop(&mut self) {
        // If this fails, the next transaction tries again before it begins, and says what is wrong.
        let _: Result<(), StoreError> = roll_back(&self.connection);
    }
}

impl WriteTransaction for SqliteWrite<'_> {
    fn write_claims(
        &mut self,
        claims: &[ClaimToWrite],
        existing: ExistingClaims,
    ) -> Result<Vec<WriteOutcome>, StoreError> {
        self.attempt(|connection, raised| claims::write(connection, raised, claims, existing))
    }

    fn write_references(&mut self, references: &[Reference]) -> Result<Vec<WriteOutcome>, StoreError> {
        self.attempt(|connection, raised| references::write(connection, raised, references))
    }

    fn create_activity(&mut self, activity: &NewActivity) -> Result<i64, StoreError> {
        self.attempt(|connection, raised| {
            let payer = raised.payer(connection, &activity.payer)?;
            activities::create(connection, payer, activity)
        })
    }

    fn change_activity_status(
        &mut self,
        activity: i64,
        from: ActivityStatus,
        to: ActivityStatus,
    ) -> Result<bool, StoreError> {
        self.attempt(|connection, _| activities::change_status(connection, activity, from, to))
    }

    fn set_activity_counts(&mut self, activity: i64, counts: ActivityCounts) -> Result<(), StoreError> {
        self.attempt(|connection, _| activities::set_counts(connection, activity, counts))
    }

    fn append_activity_messages(&mut self, activity: i64, messages: &[Message]) -> Result<(), StoreError> {
        self.attempt(|connection, _| activities::append_messages(connection, activity, messages))
    }

    fn append_results(&mut self, activity: i64, results: &[ResultMessages]) -> Result<(), StoreError> {
        self.attempt(|connection, _| activities::append_results(connection, activity, results))
    }

    fn create_data_file_set(
        &mut self,
        payer: &str,
        set: &DataFileSetDefinition,
    ) -> Result<DataFileSetCreation, StoreError> {
        self.attempt(|connection, raised| {
            let payer = raised.payer(connection, payer)?;
            data_files::create_set(connection, payer, set)
        })
    }

    fn lock_data_file_set(&mut self, payer: &str, set: &str) -> Result<DataFileOutcome, StoreError> {
        self.attempt(|connection, _| data_files::lock_set(connection, payer, set))
    }

    fn unlock_data_file_set(&mut self, payer: &str, set: &str) -> Result<DataFileOutcome, StoreError> {
        self.attempt(|connection, _| data_files::unlock_set(connection, payer, set))
    }

    fn create_content(&mut self) -> Result<ContentId, StoreError> {
        self.attempt(|connection, _| data_files::create_content(connection))
    }

    fn append_content(&mut self, content: ContentId, bytes: &[u8]) -> Result<(), StoreError> {
        self.attempt(|connection, _| data_files::append_content(connection, content, bytes))
    }

    fn discard_content(&mut self, content: ContentId) -> Result<(), StoreError> {
        self.attempt(|connection, _| data_files::discard_content(connection, content))
    }

    fn discard_unattached_content(&mut self) -> Result<u64, StoreError> {
        self.attempt(|connection, _| data_files::discard_unattached_content(connection))
    }

    fn attach_content(
        &mut self,
        payer: &str,
        set: &str,
        file: &str,
        content: ContentId,
    ) -> Result<DataFileOutcome, StoreError> {
        self.attempt(|connection, _| data_files::attach_content(connection, payer, set, file, content))
    }

    fn attach_results(
        &mut self,
        payer: &str,
        set: &str,
        file: &str,
        activity: i64,
    ) -> Result<DataFileOutcome, StoreError> {
        self.attempt(|connection, _| data_files::attach_results(connection, payer, set, file, activity))
    }

    fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        self.attempt(|connection, _| Ok(connection.execute_batch("COMMIT")?))
    }
}
