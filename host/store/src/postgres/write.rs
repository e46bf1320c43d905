//! A write transaction on PostgreSQL, and the one connection of this process that writes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use postgres::Config;
use reprise_model::{Amount, Currency, Message, Reference, ResultMessages};

use super::connecting::connect;
use super::pool::close;
use super::session::Session;
use super::{
    activities, claim_changes, claim_writing, counter, data_files, deliveries, history, kept_answers, references,
    results, to_stored, webhooks, work,
};
use crate::{
    ActivityCounts, ActivityStatus, ClaimChange, ClaimDeletion, ClaimToWrite, ContentId, DataFileOutcome,
    DataFileSetCreation, DataFileSetDefinition, DeliveryOutcome, ExistingClaims, IdempotencyKey, KeptAnswer,
    NewActivity, NewEvent, NewHistoryEntry, NewWebhook, StoreError, WebhookCreation, WebhookProgress, WebhookSecret,
    WorkChunk, WriteOutcome, WriteTransaction,
};

/// Begins a transaction once nobody else is writing to the database. The number is "Repr".
///
/// The lock ends with the transaction, which ends with the connection. A host that hangs with a transaction open holds
/// up all others: after five minutes of nothing the server ends it.
///
/// INVARIANT: each statement sees what was committed before it, whatever the server does by default. To wait for the lock
/// is a statement too, and a transaction that sees one moment only would see that before the wait.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED;
    SET LOCAL idle_in_transaction_session_timeout = '5min';
    SELECT pg_advisory_xact_lock(1382379634)";

pub(super) const ROLL_BACK: &str = "ROLLBACK";

/// How often, and how long between, the server is asked whether a commit was kept whose answer was lost.
const COMMIT_QUESTIONS: u32 = 20;
const COMMIT_QUESTION_PAUSE: Duration = Duration::from_millis(250);

/// The connection of this process that writes.
pub(super) struct Writer {
    config: Config,
    /// None after it broke.
    session: Mutex<Option<Session>>,
}

impl Writer {
    pub(super) fn new(config: Config, session: Session) -> Self {
        Self {
            config,
            session: Mutex::new(Some(session)),
        }
    }

    pub(super) fn begin(&self) -> Result<PostgresWrite<'_>, StoreError> {
        // A panic while the lock was held has rolled its transaction back on the way, or thrown the connection away.
        let mut held = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = held.as_mut() {
            match begin(session) {
                Ok(()) => return Ok(PostgresWrite::new(&self.config, held)),
                // It broke while nobody used it, and nothing was begun: a new one may do.
                Err(StoreError::Unavailable { .. }) => *held = None,
                Err(error) => return Err(error),
            }
        }
        let session = held.insert(connect(&self.config)?);
        match begin(session) {
            Ok(()) => Ok(PostgresWrite::new(&self.config, held)),
            Err(error) => {
                *held = None;
                Err(error)
            }
        }
    }

    /// The connection, for tests that do something to it.
    #[cfg(test)]
    pub(super) fn session(&self) -> MutexGuard<'_, Option<Session>> {
        self.session.lock().expect("a lock")
    }
}

fn begin(session: &mut Session) -> Result<(), StoreError> {
    let begun = session.batch(BEGIN);
    if begun.is_err() {
        session.batch(ROLL_BACK)?;
    }
    begun
}

impl Drop for Writer {
    fn drop(&mut self) {
        close(self.session.get_mut().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// A write transaction, with the writer's connection to itself.
pub(super) struct PostgresWrite<'a> {
    config: &'a Config,
    session: MutexGuard<'a, Option<Session>>,
    raised: Raised,
    /// Whether the transaction is still open.
    open: bool,
    /// Whether a write failed. Nothing of the transaction is kept then, and nothing more is written.
    failed: bool,
}

/// What a transaction knows of itself: the payers that it has met, the counters that it has raised, the ids it has given.
#[derive(Default)]
pub(super) struct Raised {
    payers: HashMap<String, i64>,
    next_change: Option<i64>,
    change_used: bool,
    reference_raised: bool,
    access_raised: bool,
    rules_raised: bool,
    last_claim_id: Option<i64>,
}

impl Raised {
    /// The id of the payer, who is added if new.
    pub(super) fn payer(&mut self, session: &mut Session, name: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.known_payer(session, name)? {
            return Ok(id);
        }
        let id = session.one(
            "INSERT INTO payer (id, name) SELECT coalesce(max(id), 0) + 1, $1 FROM payer RETURNING id",
            &[&name],
        )?;
        self.payers.insert(name.to_owned(), id);
        Ok(id)
    }

    /// The id of the payer, if there is one of that name.
    pub(super) fn known_payer(&mut self, session: &mut Session, name: &str) -> Result<Option<i64>, StoreError> {
        if let Some(id) = self.payers.get(name) {
            return Ok(Some(*id));
        }
        let id = session.value("SELECT id FROM payer WHERE name = $1", &[&name])?;
        if let Some(id) = id {
            self.payers.insert(name.to_owned(), id);
        }
        Ok(id)
    }

    /// The id of the payer, who is added if new; none for the platform.
    pub(super) fn owner(&mut self, session: &mut Session, payer: Option<&str>) -> Result<Option<i64>, StoreError> {
        payer.map(|payer| self.payer(session, payer)).transpose()
    }

    /// The number that the changes of this transaction have, if there will be any.
    pub(super) fn next_change(&mut self, session: &mut Session) -> Result<i64, StoreError> {
        if let Some(number) = self.next_change {
            return Ok(number);
        }
        // INVARIANT: nobody else raises it before the end of this transaction, which holds the write lock.
        let number = to_stored(counter(session, "change")? + 1)?;
        self.next_change = Some(number);
        Ok(number)
    }

    /// Notes that a claim was changed under the number of [`Self::next_change`].
    pub(super) fn use_change(&mut self, session: &mut Session) -> Result<(), StoreError> {
        if !self.change_used {
            raise(session, "change")?;
            self.change_used = true;
        }
        Ok(())
    }

    /// The number that the changes of this transaction have, of which there is one now.
    pub(super) fn take_change(&mut self, session: &mut Session) -> Result<i64, StoreError> {
        if let Some(number) = self.next_change {
            self.use_change(session)?;
            return Ok(number);
        }
        let number = session.one(
            "UPDATE counter SET value = value + 1 WHERE name = 'change' RETURNING value",
            &[],
        )?;
        self.next_change = Some(number);
        self.change_used = true;
        Ok(number)
    }

    /// Notes that reference data was changed.
    pub(super) fn raise_reference(&mut self, session: &mut Session) -> Result<(), StoreError> {
        if !self.reference_raised {
            raise(session, "reference")?;
            self.reference_raised = true;
        }
        Ok(())
    }

    /// Notes that who may do what was changed.
    pub(super) fn raise_access(&mut self, session: &mut Session) -> Result<(), StoreError> {
        if !self.access_raised {
            raise(session, "access")?;
            self.access_raised = true;
        }
        Ok(())
    }

    /// Notes that what decides was changed.
    pub(super) fn raise_rules(&mut self, session: &mut Session) -> Result<(), StoreError> {
        if !self.rules_raised {
            raise(session, "rules")?;
            self.rules_raised = true;
        }
        Ok(())
    }

    /// The highest id of a claim, deleted ones included; 0 if there is none.
    pub(super) fn last_claim_id(&mut self, session: &mut Session) -> Result<i64, StoreError> {
        if let Some(id) = self.last_claim_id {
            return Ok(id);
        }
        let id = session.one("SELECT coalesce(max(id), 0) FROM claim", &[])?;
        self.last_claim_id = Some(id);
        Ok(id)
    }

    /// One more than the highest id.
    pub(super) fn next_claim_id(&mut self, session: &mut Session) -> Result<i64, StoreError> {
        self.last_claim_id(session)?
            .checked_add(1)
            .ok_or_else(|| StoreError::other("there is no higher id for a claim"))
    }

    /// Notes that a claim was given this id.
    pub(super) fn note_claim_id(&mut self, id: i64) {
        self.last_claim_id = self.last_claim_id.max(Some(id));
    }
}

fn raise(session: &mut Session, name: &str) -> Result<(), StoreError> {
    session.execute("UPDATE counter SET value = value + 1 WHERE name = $1", &[&name])?;
    Ok(())
}

impl<'a> PostgresWrite<'a> {
    fn new(config: &'a Config, session: MutexGuard<'a, Option<Session>>) -> Self {
        Self {
            config,
            session,
            raised: Raised::default(),
            open: true,
            failed: false,
        }
    }

    /// Writes something, unless an earlier write failed.
    pub(super) fn attempt<T>(
        &mut self,
        work: impl FnOnce(&mut Session, &mut Raised) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let session = match self.session.as_mut() {
            Some(session) if !self.failed => session,
            _ => {
                return Err(StoreError::other(
                    "an earlier write of the same transaction failed, so none of it is kept",
                ));
            }
        };
        let outcome = work(session, &mut self.raised);
        if let Err(error) = &outcome {
            self.failed = true;
            if matches!(error, StoreError::Unavailable { .. }) {
                *self.session = None;
            }
        }
        outcome
    }

    /// Finds out whether the transaction with this number was kept, after the connection broke while it was committed.
    pub(super) fn was_kept(&self, transaction: &str) -> Result<bool, StoreError> {
        let mut session = connect(self.config)?;
        for _ in 0..COMMIT_QUESTIONS {
            let status: Option<String> = session.one("SELECT pg_xact_status($1::text::xid8)", &[&transaction])?;
            match status.as_deref() {
                Some("committed") => return Ok(true),
                // The server has not noticed yet that the connection is gone, or is still committing.
                Some("in progress") => thread::sleep(COMMIT_QUESTION_PAUSE),
                _ => return Ok(false),
            }
        }
        Err(StoreError::other("the server is still committing it"))
    }
}

impl Drop for PostgresWrite<'_> {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        // A connection that cannot even roll back is thrown away, and the server then does.
        let rolled_back = self.session.as_mut().map(|session| session.batch(ROLL_BACK));
        if !matches!(rolled_back, Some(Ok(()))) {
            *self.session = None;
        }
    }
}

impl WriteTransaction for PostgresWrite<'_> {
    fn write_claims(
        &mut self,
        claims: &[ClaimToWrite],
        existing: ExistingClaims,
    ) -> Result<Vec<WriteOutcome>, StoreError> {
        self.attempt(|session, raised| claim_writing::write(session, raised, claims, existing))
    }

    fn next_claim_id(&mut self) -> Result<i64, StoreError> {
        self.attempt(|session, raised| raised.next_claim_id(session))
    }

    fn delete_claims(&mut self, deletions: &[ClaimDeletion]) -> Result<Vec<bool>, StoreError> {
        self.attempt(|session, raised| claim_changes::delete(session, raised, deletions))
    }

    fn write_references(&mut self, references: &[Reference]) -> Result<Vec<WriteOutcome>, StoreError> {
        self.attempt(|session, raised| references::write(session, raised, references))
    }

    fn create_activity(&mut self, activity: &NewActivity) -> Result<i64, StoreError> {
        self.attempt(|session, raised| {
            let payer = raised.payer(session, &activity.payer)?;
            activities::create(session, payer, activity)
        })
    }

    fn change_activity_status(
        &mut self,
        activity: i64,
        from: ActivityStatus,
        to: ActivityStatus,
    ) -> Result<bool, StoreError> {
        self.attempt(|session, _| activities::change_status(session, activity, from, to))
    }

    fn assign_activity(&mut self, activity: i64, user: &str) -> Result<(), StoreError> {
        self.attempt(|session, _| activities::assign(session, activity, user))
    }

    fn queue_activity(&mut self, activity: i64) -> Result<bool, StoreError> {
        self.attempt(|session, _| activities::queue(session, activity))
    }

    fn ask_to_cancel(&mut self, activity: i64, user: &str) -> Result<bool, StoreError> {
        self.attempt(|session, _| activities::ask_to_cancel(session, activity, user))
    }

    fn set_bookmark(&mut self, activity: i64, bookmark: &serde_json::Value) -> Result<(), StoreError> {
        self.attempt(|session, _| activities::set_bookmark(session, activity, bookmark))
    }

    fn lease_activity(&mut self, activity: i64, host: &str, lease: Duration) -> Result<bool, StoreError> {
        self.attempt(|session, _| activities::lease(session, activity, host, lease))
    }

    fn release_activity(&mut self, activity: i64, host: &str) -> Result<(), StoreError> {
        self.attempt(|session, _| activities::release(session, activity, host))
    }

    fn has_leased_activity(&mut self, activity: i64, host: &str) -> Result<bool, StoreError> {
        self.attempt(|session, _| activities::has_leased(session, activity, host))
    }

    fn add_activity_counts(&mut self, activity: i64, succeeded: u64, failed: u64) -> Result<(), StoreError> {
        self.attempt(|session, _| activities::add_counts(session, activity, succeeded, failed))
    }

    fn add_adjudication(
        &mut self,
        activity: i64,
        currency: Option<Currency>,
        allowed_change: Amount,
        covered_change: Amount,
    ) -> Result<(), StoreError> {
        self.attempt(|session, _| {
            activities::add_adjudication(session, activity, currency, allowed_change, covered_change)
        })
    }

    fn create_work(&mut self, activity: i64, portions: &[Vec<i64>]) -> Result<(), StoreError> {
        self.attempt(|session, _| work::create(session, activity, portions))
    }

    fn lease_work(&mut self, activity: i64, host: &str, lease: Duration) -> Result<Option<WorkChunk>, StoreError> {
        self.attempt(|session, _| work::lease(session, activity, host, lease))
    }

    fn finish_work(&mut self, activity: i64, number: u64, _host: &str) -> Result<bool, StoreError> {
        self.attempt(|session, _| work::finish(session, activity, number))
    }

    fn release_work(&mut self, activity: i64, host: &str) -> Result<(), StoreError> {
        self.attempt(|session, _| work::release(session, activity, host))
    }

    fn discard_work(&mut self, activity: i64) -> Result<(), StoreError> {
        self.attempt(|session, _| work::discard(session, activity))
    }

    fn change_claims(&mut self, changes: &[ClaimChange]) -> Result<Vec<bool>, StoreError> {
        self.attempt(|session, raised| claim_changes::change(session, raised, changes))
    }

    fn lock_claims(&mut self, claims: &[i64], holder: &str, lease: Duration) -> Result<Vec<i64>, StoreError> {
        self.attempt(|session, _| work::lock_claims(session, claims, holder, lease))
    }

    fn unlock_claims(&mut self, claims: &[i64], holder: &str) -> Result<(), StoreError> {
        self.attempt(|session, _| work::unlock_claims(session, claims, holder))
    }

    fn unlock_all(&mut self, holder: &str) -> Result<(), StoreError> {
        self.attempt(|session, _| work::unlock_all(session, holder))
    }

    fn append_history(&mut self, entries: &[NewHistoryEntry]) -> Result<(), StoreError> {
        self.attempt(|session, _| history::append(session, entries))
    }

    fn append_events(&mut self, events: &[NewEvent]) -> Result<(), StoreError> {
        self.attempt(|session, raised| history::append_events(session, raised, events))
    }

    fn keep_answer(&mut self, key: &IdempotencyKey, answer: &KeptAnswer) -> Result<Option<KeptAnswer>, StoreError> {
        self.attempt(|session, _| kept_answers::keep(session, key, answer))
    }

    fn create_delivery(&mut self, activity: i64) -> Result<(), StoreError> {
        self.attempt(|session, _| deliveries::create(session, activity))
    }

    fn lease_delivery(&mut self, delivery: i64, lease: Duration) -> Result<Option<i64>, StoreError> {
        self.attempt(|session, _| deliveries::lease(session, delivery, lease))
    }

    fn record_delivery(&mut self, delivery: i64, attempt: i64, outcome: &DeliveryOutcome) -> Result<(), StoreError> {
        self.attempt(|session, _| deliveries::record(session, delivery, attempt, outcome))
    }

    fn retry_delivery(&mut self, activity: i64) -> Result<bool, StoreError> {
        self.attempt(|session, _| deliveries::retry(session, activity))
    }

    fn create_webhook(&mut self, webhook: &NewWebhook) -> Result<WebhookCreation, StoreError> {
        self.attempt(|session, raised| webhooks::create(session, raised, webhook))
    }

    fn delete_webhook(&mut self, payer: &str, code: &str) -> Result<bool, StoreError> {
        self.attempt(|session, _| webhooks::delete(session, payer, code))
    }

    fn pause_webhook(&mut self, payer: &str, code: &str, reason: &str) -> Result<bool, StoreError> {
        self.attempt(|session, _| webhooks::pause(session, payer, code, reason))
    }

    fn resume_webhook(&mut self, payer: &str, code: &str) -> Result<bool, StoreError> {
        self.attempt(|session, _| webhooks::resume(session, payer, code))
    }

    fn replay_webhook(&mut self, payer: &str, code: &str, after: u64) -> Result<bool, StoreError> {
        self.attempt(|session, _| webhooks::replay(session, payer, code, after))
    }

    fn resend_dead_letters(
        &mut self,
        payer: &str,
        code: &str,
        position: Option<u64>,
    ) -> Result<Option<u64>, StoreError> {
        self.attempt(|session, _| webhooks::resend(session, payer, code, position))
    }

    fn replace_webhook_secret(&mut self, webhook: i64, secret: &WebhookSecret) -> Result<bool, StoreError> {
        self.attempt(|session, _| webhooks::replace_secret(session, webhook, secret))
    }

    fn lease_webhook(&mut self, webhook: i64, replays: u64, host: &str, lease: Duration) -> Result<bool, StoreError> {
        self.attempt(|session, _| webhooks::lease(session, webhook, replays, host, lease))
    }

    fn renew_webhooks(&mut self, webhooks: &[i64], host: &str, lease: Duration) -> Result<Vec<i64>, StoreError> {
        self.attempt(|session, _| webhooks::renew(session, webhooks, host, lease))
    }

    fn record_webhook(&mut self, progress: &WebhookProgress) -> Result<bool, StoreError> {
        self.attempt(|session, _| webhooks::record(session, progress))
    }

    fn set_activity_counts(&mut self, activity: i64, counts: ActivityCounts) -> Result<(), StoreError> {
        self.attempt(|session, _| activities::set_counts(session, activity, counts))
    }

    fn append_activity_messages(&mut self, activity: i64, messages: &[Message]) -> Result<(), StoreError> {
        self.attempt(|session, _| results::append_messages(session, activity, messages))
    }

    fn append_results(&mut self, activity: i64, results: &[ResultMessages]) -> Result<(), StoreError> {
        self.attempt(|session, _| results::append(session, activity, results))
    }

    fn put_results(&mut self, activity: i64, number: u64, results: &[ResultMessages]) -> Result<(), StoreError> {
        self.attempt(|session, _| results::put(session, activity, number, results))
    }

    fn create_data_file_set(
        &mut self,
        payer: &str,
        set: &DataFileSetDefinition,
    ) -> Result<DataFileSetCreation, StoreError> {
        self.attempt(|session, raised| {
            let payer = raised.payer(session, payer)?;
            data_files::create_set(session, payer, set)
        })
    }

    fn lock_data_file_set(&mut self, payer: &str, set: &str) -> Result<DataFileOutcome, StoreError> {
        self.attempt(|session, _| data_files::lock_set(session, payer, set))
    }

    fn unlock_data_file_set(&mut self, payer: &str, set: &str) -> Result<DataFileOutcome, StoreError> {
        self.attempt(|session, _| data_files::unlock_set(session, payer, set))
    }

    fn create_content(&mut self) -> Result<ContentId, StoreError> {
        self.attempt(|session, _| data_files::create_content(session))
    }

    fn append_content(&mut self, content: ContentId, bytes: &[u8]) -> Result<(), StoreError> {
        self.attempt(|session, _| data_files::append_content(session, content, bytes))
    }

    fn discard_content(&mut self, content: ContentId) -> Result<(), StoreError> {
        self.attempt(|session, _| data_files::discard_content(session, content))
    }

    fn discard_unattached_content(&mut self, older_than: Duration) -> Result<u64, StoreError> {
        self.attempt(|session, _| data_files::discard_unattached_content(session, older_than))
    }

    fn attach_content(
        &mut self,
        payer: &str,
        set: &str,
        file: &str,
        content: ContentId,
    ) -> Result<DataFileOutcome, StoreError> {
        self.attempt(|session, _| data_files::attach_content(session, payer, set, file, content))
    }

    fn attach_results(
        &mut self,
        payer: &str,
        set: &str,
        file: &str,
        activity: i64,
    ) -> Result<DataFileOutcome, StoreError> {
        self.attempt(|session, _| data_files::attach_results(session, payer, set, file, activity))
    }

    fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        // None if nothing was written.
        let number: Option<String> =
            self.attempt(|session, _| session.one("SELECT pg_current_xact_id_if_assigned()::text", &[]))?;
        let committed = self.attempt(|session, _| session.batch("COMMIT"));
        self.open = committed.is_err();
        let (Err(StoreError::Unavailable { reason }), Some(number)) = (&committed, number) else {
            return committed;
        };
        match self.was_kept(&number) {
            Ok(true) => Ok(()),
            Ok(false) => committed,
            Err(_) => Err(StoreError::Unavailable {
                reason: format!("{reason}; whether the last write was kept is not known until the database is back"),
            }),
        }
    }
}
