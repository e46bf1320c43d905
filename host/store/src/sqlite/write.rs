//! A write transaction on SQLite.

use std::collections::HashMap;
use std::sync::MutexGuard;
use std::time::Duration;

use reprise_model::{Amount, Currency, Message, Reference, ResultMessages};
use rusqlite::{Connection, OptionalExtension};

use super::{
    activities, claims, counter, data_files, deliveries, history, kept_answers, references, results, serving,
    to_stored, webhooks, work,
};
use crate::{
    ActivityCounts, ActivityStatus, ClaimChange, ClaimDeletion, ClaimToWrite, ContentId, DataFileOutcome,
    DataFileSetCreation, DataFileSetDefinition, DeliveryOutcome, ExistingClaims, IdempotencyKey, KeptAnswer,
    NewActivity, NewEvent, NewHistoryEntry, NewWebhook, StoreError, WebhookCreation, WebhookProgress, WebhookSecret,
    WorkChunk, WriteOutcome, WriteTransaction,
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
    access_raised: bool,
    rules_raised: bool,
}

impl Raised {
    /// The id of the payer, who is added if new.
    pub(super) fn payer(&mut self, connection: &Connection, name: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.known_payer(connection, name)? {
            return Ok(id);
        }
        let mut insert = connection.prepare_cached("INSERT INTO payer (name) VALUES (?1) RETURNING id")?;
        let id = insert.query_row([name], |row| row.get(0))?;
        self.payers.insert(name.to_owned(), id);
        Ok(id)
    }

    /// The id of the payer, if there is one of that name.
    pub(super) fn known_payer(&mut self, connection: &Connection, name: &str) -> Result<Option<i64>, StoreError> {
        if let Some(id) = self.payers.get(name) {
            return Ok(Some(*id));
        }
        let mut look_up = connection.prepare_cached("SELECT id FROM payer WHERE name = ?1")?;
        let id = look_up.query_row([name], |row| row.get(0)).optional()?;
        if let Some(id) = id {
            self.payers.insert(name.to_owned(), id);
        }
        Ok(id)
    }

    /// The id of the payer, who is added if new; none for the platform.
    pub(super) fn owner(&mut self, connection: &Connection, payer: Option<&str>) -> Result<Option<i64>, StoreError> {
        payer.map(|payer| self.payer(connection, payer)).transpose()
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

    /// Notes that who may do what was changed.
    pub(super) fn raise_access(&mut self, connection: &Connection) -> Result<(), StoreError> {
        if !self.access_raised {
            raise(connection, "access")?;
            self.access_raised = true;
        }
        Ok(())
    }

    /// Notes that what decides was changed.
    pub(super) fn raise_rules(&mut self, connection: &Connection) -> Result<(), StoreError> {
        if !self.rules_raised {
            raise(connection, "rules")?;
            self.rules_raised = true;
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

    /// Ends what an earlier process held, and commits.
    pub(super) fn end_leases(mut self) -> Result<(), StoreError> {
        self.attempt(|connection, _| serving::end_leases(connection))?;
        Box::new(self).commit()
    }

    /// Writes something, unless an earlier write failed.
    pub(super) fn attempt<T>(
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

    fn next_claim_id(&mut self) -> Result<i64, StoreError> {
        self.attempt(|connection, _| claims::next_id(connection))
    }

    fn delete_claims(&mut self, deletions: &[ClaimDeletion]) -> Result<Vec<bool>, StoreError> {
        self.attempt(|connection, raised| claims::delete(connection, raised, deletions))
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

    fn assign_activity(&mut self, activity: i64, user: &str) -> Result<(), StoreError> {
        self.attempt(|connection, _| activities::assign(connection, activity, user))
    }

    fn queue_activity(&mut self, activity: i64) -> Result<bool, StoreError> {
        self.attempt(|connection, _| activities::queue(connection, activity))
    }

    fn ask_to_cancel(&mut self, activity: i64, user: &str) -> Result<bool, StoreError> {
        self.attempt(|connection, _| activities::ask_to_cancel(connection, activity, user))
    }

    fn set_bookmark(&mut self, activity: i64, bookmark: &serde_json::Value) -> Result<(), StoreError> {
        self.attempt(|connection, _| activities::set_bookmark(connection, activity, bookmark))
    }

    fn lease_activity(&mut self, activity: i64, host: &str, lease: Duration) -> Result<bool, StoreError> {
        self.attempt(|connection, _| activities::lease(connection, activity, host, lease))
    }

    fn release_activity(&mut self, activity: i64, host: &str) -> Result<(), StoreError> {
        self.attempt(|connection, _| activities::release(connection, activity, host))
    }

    fn has_leased_activity(&mut self, activity: i64, host: &str) -> Result<bool, StoreError> {
        self.attempt(|connection, _| activities::has_leased(connection, activity, host))
    }

    fn add_activity_counts(&mut self, activity: i64, succeeded: u64, failed: u64) -> Result<(), StoreError> {
        self.attempt(|connection, _| activities::add_counts(connection, activity, succeeded, failed))
    }

    fn add_adjudication(
        &mut self,
        activity: i64,
        currency: Option<Currency>,
        allowed_change: Amount,
        covered_change: Amount,
    ) -> Result<(), StoreError> {
        self.attempt(|connection, _| {
            activities::add_adjudication(connection, activity, currency, allowed_change, covered_change)
        })
    }

    fn create_work(&mut self, activity: i64, portions: &[Vec<i64>]) -> Result<(), StoreError> {
        self.attempt(|connection, _| work::create(connection, activity, portions))
    }

    fn lease_work(&mut self, activity: i64, host: &str, lease: Duration) -> Result<Option<WorkChunk>, StoreError> {
        self.attempt(|connection, _| work::lease(connection, activity, host, lease))
    }

    fn finish_work(&mut self, activity: i64, number: u64, _host: &str) -> Result<bool, StoreError> {
        self.attempt(|connection, _| work::finish(connection, activity, number))
    }

    fn release_work(&mut self, activity: i64, host: &str) -> Result<(), StoreError> {
        self.attempt(|connection, _| work::release(connection, activity, host))
    }

    fn discard_work(&mut self, activity: i64) -> Result<(), StoreError> {
        self.attempt(|connection, _| work::discard(connection, activity))
    }

    fn change_claims(&mut self, changes: &[ClaimChange]) -> Result<Vec<bool>, StoreError> {
        self.attempt(|connection, raised| claims::change(connection, raised, changes))
    }

    fn lock_claims(&mut self, claims: &[i64], holder: &str, lease: Duration) -> Result<Vec<i64>, StoreError> {
        self.attempt(|connection, _| work::lock_claims(connection, claims, holder, lease))
    }

    fn unlock_claims(&mut self, claims: &[i64], holder: &str) -> Result<(), StoreError> {
        self.attempt(|connection, _| work::unlock_claims(connection, claims, holder))
    }

    fn unlock_all(&mut self, holder: &str) -> Result<(), StoreError> {
        self.attempt(|connection, _| work::unlock_all(connection, holder))
    }

    fn append_history(&mut self, entries: &[NewHistoryEntry]) -> Result<(), StoreError> {
        self.attempt(|connection, _| history::append(connection, entries))
    }

    fn append_events(&mut self, events: &[NewEvent]) -> Result<(), StoreError> {
        self.attempt(|connection, raised| history::append_events(connection, raised, events))
    }

    fn keep_answer(&mut self, key: &IdempotencyKey, answer: &KeptAnswer) -> Result<Option<KeptAnswer>, StoreError> {
        self.attempt(|connection, _| kept_answers::keep(connection, key, answer))
    }

    fn create_delivery(&mut self, activity: i64) -> Result<(), StoreError> {
        self.attempt(|connection, _| deliveries::create(connection, activity))
    }

    fn lease_delivery(&mut self, delivery: i64, lease: Duration) -> Result<Option<i64>, StoreError> {
        self.attempt(|connection, _| deliveries::lease(connection, delivery, lease))
    }

    fn record_delivery(&mut self, delivery: i64, attempt: i64, outcome: &DeliveryOutcome) -> Result<(), StoreError> {
        self.attempt(|connection, _| deliveries::record(connection, delivery, attempt, outcome))
    }

    fn retry_delivery(&mut self, activity: i64) -> Result<bool, StoreError> {
        self.attempt(|connection, _| deliveries::retry(connection, activity))
    }

    fn create_webhook(&mut self, webhook: &NewWebhook) -> Result<WebhookCreation, StoreError> {
        self.attempt(|connection, raised| webhooks::create(connection, raised, webhook))
    }

    fn delete_webhook(&mut self, payer: &str, code: &str) -> Result<bool, StoreError> {
        self.attempt(|connection, _| webhooks::delete(connection, payer, code))
    }

    fn pause_webhook(&mut self, payer: &str, code: &str, reason: &str) -> Result<bool, StoreError> {
        self.attempt(|connection, _| webhooks::pause(connection, payer, code, reason))
    }

    fn resume_webhook(&mut self, payer: &str, code: &str) -> Result<bool, StoreError> {
        self.attempt(|connection, _| webhooks::resume(connection, payer, code))
    }

    fn replay_webhook(&mut self, payer: &str, code: &str, after: u64) -> Result<bool, StoreError> {
        self.attempt(|connection, _| webhooks::replay(connection, payer, code, after))
    }

    fn resend_dead_letters(
        &mut self,
        payer: &str,
        code: &str,
        position: Option<u64>,
    ) -> Result<Option<u64>, StoreError> {
        self.attempt(|connection, _| webhooks::resend(connection, payer, code, position))
    }

    fn replace_webhook_secret(&mut self, webhook: i64, secret: &WebhookSecret) -> Result<bool, StoreError> {
        self.attempt(|connection, _| webhooks::replace_secret(connection, webhook, secret))
    }

    fn lease_webhook(&mut self, webhook: i64, replays: u64, host: &str, lease: Duration) -> Result<bool, StoreError> {
        self.attempt(|connection, _| webhooks::lease(connection, webhook, replays, host, lease))
    }

    fn renew_webhooks(&mut self, webhooks: &[i64], host: &str, lease: Duration) -> Result<Vec<i64>, StoreError> {
        self.attempt(|connection, _| webhooks::renew(connection, webhooks, host, lease))
    }

    fn record_webhook(&mut self, progress: &WebhookProgress) -> Result<bool, StoreError> {
        self.attempt(|connection, _| webhooks::record(connection, progress))
    }

    fn set_activity_counts(&mut self, activity: i64, counts: ActivityCounts) -> Result<(), StoreError> {
        self.attempt(|connection, _| activities::set_counts(connection, activity, counts))
    }

    fn append_activity_messages(&mut self, activity: i64, messages: &[Message]) -> Result<(), StoreError> {
        self.attempt(|connection, _| results::append_messages(connection, activity, messages))
    }

    fn append_results(&mut self, activity: i64, results: &[ResultMessages]) -> Result<(), StoreError> {
        self.attempt(|connection, _| results::append(connection, activity, results))
    }

    fn put_results(&mut self, activity: i64, number: u64, results: &[ResultMessages]) -> Result<(), StoreError> {
        self.attempt(|connection, _| results::put(connection, activity, number, results))
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

    fn discard_unattached_content(&mut self, older_than: Duration) -> Result<u64, StoreError> {
        self.attempt(|connection, _| data_files::discard_unattached_content(connection, older_than))
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
