//! What a database does for Reprise, in the words of the domain.
//!
//! Everything is synchronous: a caller on an asynchronous runtime calls from a thread that may block.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use reprise_model::{Amount, Claim, Currency, Message, Reference, ReferenceKind, ResultMessages, SubmissionStatus};

use crate::{
    AccessStore, AccessWriting, ActiveWebhook, Activity, ActivityCounts, ActivityStatus, AdjudicationTotal,
    ClaimChange, ClaimDeletion, ClaimLock, ClaimToWrite, ContentId, DataFile, DataFileOutcome, DataFileSet,
    DataFileSetCreation, DataFileSetDefinition, DeadLetter, Delivery, DeliveryOutcome, EncodedClaim, Event,
    HistoryEntry, IdempotencyKey, IndexImageStore, IndexImageWriting, KeptAnswer, NewActivity, NewEvent,
    NewHistoryEntry, NewWebhook, RuleStore, RuleWriting, Serving, StoreError, WebhookCreation, WebhookProgress,
    WebhookSecret, WebhookStanding, WorkChunk,
};

/// Which claims to read, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimScan<'a> {
    /// All claims of all payers, by id.
    All,
    /// The claims that changed after this change, by change and then by id.
    ChangedAfter(u64),
    /// The claims of one payer, or of every payer by name, by code. Names and codes are in byte order.
    ByCode {
        /// The payer; none is all of them.
        payer: Option<&'a str>,
    },
}

/// Which claims are read that began at intake: those that have a submission status and a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntakeQuery<'a> {
    /// Only those of this patient.
    pub patient: Option<&'a str>,
    /// Only those in this status.
    pub status: Option<SubmissionStatus>,
    /// Only those that were made or changed at this moment or later, in milliseconds since 1970-01-01T00:00:00Z.
    pub edited_from_ms: Option<i64>,
    /// Only those with a higher id than this.
    pub after: i64,
    /// How many of them are passed over.
    pub offset: u64,
    /// How many are read at most.
    pub limit: u32,
}

/// What happens to a claim whose code is there already with other content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExistingClaims {
    /// The one that is there stays.
    Refuse,
    /// The new one takes its place, under the id it has.
    Replace,
}

/// What became of a claim or a row of reference data that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It is new.
    Inserted,
    /// It took the place of other content.
    Replaced,
    /// It was there with the same content.
    Unchanged,
    /// It was there with other content, which stays. Only for a claim, under [`ExistingClaims::Refuse`].
    Conflict,
}

/// A database.
///
/// Reads see what was committed when they began, and never wait for a write. A read that names a payer sees nothing of
/// any other payer.
pub trait Store: AccessStore + IndexImageStore + RuleStore + Send + Sync {
    /// The names of the payers that have anything here, or were created, in byte order.
    fn payers(&self) -> Result<Vec<String>, StoreError>;

    /// The number of the last change to any claim; 0 if there was none. Cheap.
    ///
    /// Raised by one with each transaction that changes a claim, and numbers follow the order of commits: once a number
    /// is seen, no claim will appear with that number or a lower one.
    fn change_sequence(&self) -> Result<u64, StoreError>;

    /// The number of the last change to any reference data; 0 if there was none. Cheap.
    fn reference_sequence(&self) -> Result<u64, StoreError>;

    /// How many claims there are, of one payer or of all.
    fn claim_count(&self, payer: Option<&str>) -> Result<u64, StoreError>;

    /// The payer's claim with this code.
    fn claim_by_code(&self, payer: &str, code: &str) -> Result<Option<Claim>, StoreError>;

    /// The claim with this id, if it is the payer's.
    fn claim_by_id(&self, payer: &str, id: i64) -> Result<Option<Claim>, StoreError>;

    /// The payer's claims with these ids, still encoded, in the order of the ids; those that are not there are left out.
    fn claims_by_id(&self, payer: &str, ids: &[i64]) -> Result<Vec<EncodedClaim>, StoreError>;

    /// The payer's claims with these codes, still encoded, in the order of the codes; those that are not there are left
    /// out.
    fn claims_by_code(&self, payer: &str, codes: &[&str]) -> Result<Vec<EncodedClaim>, StoreError>;

    /// Who holds which of these claims, among the locks that have not ended. A lock that came with a claim's import is
    /// part of the claim and is not listed here.
    fn claim_locks(&self, claims: &[i64]) -> Result<Vec<ClaimLock>, StoreError>;

    /// Reads claims as they were at one moment, and answers the change sequence of that moment.
    ///
    /// Deleted claims come only where what has changed is asked for, and say so ([`EncodedClaim::is_deleted`]).
    ///
    /// They come in chunks of some hundred, still encoded, so that the caller can decode them on several threads. The
    /// caller ends the scan early by breaking.
    fn scan_claims(
        &self,
        scan: ClaimScan<'_>,
        deliver: &mut dyn FnMut(Vec<EncodedClaim>) -> ControlFlow<()>,
    ) -> Result<u64, StoreError>;

    /// The payer's reference data of this kind with this key (see [`Reference::key`]).
    fn reference(&self, payer: &str, kind: ReferenceKind, key: &str) -> Result<Option<Reference>, StoreError>;

    /// Whether the payer has reference data of this kind with this key.
    fn reference_exists(&self, payer: &str, kind: ReferenceKind, key: &str) -> Result<bool, StoreError>;

    /// The payer's reference data of this kind with these keys, in the order of the keys; those that are not there are left
    /// out.
    fn references(&self, payer: &str, kind: ReferenceKind, keys: &[&str]) -> Result<Vec<Reference>, StoreError>;

    /// The payer's reference data of this kind that is a part of these patients (see [`Reference::patient`]), by key in
    /// byte order for each patient, in the order of the patients.
    fn references_of_patients(
        &self,
        payer: &str,
        kind: ReferenceKind,
        patients: &[&str],
    ) -> Result<Vec<Reference>, StoreError>;

    /// The payer's reference data of this kind with a higher key than this one, by key in byte order; at most so many.
    fn references_of_kind(
        &self,
        payer: &str,
        kind: ReferenceKind,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Reference>, StoreError>;

    /// The payer's claims that are for any of these procedures, by their numbers at intake, still encoded, by id.
    fn claims_with_procedures(&self, payer: &str, procedures: &[&str]) -> Result<Vec<EncodedClaim>, StoreError>;

    /// The payer's claims that began at intake and are asked for, still encoded, by id, as they were at one moment.
    fn intake_claims(&self, payer: &str, query: &IntakeQuery<'_>) -> Result<Vec<EncodedClaim>, StoreError>;

    /// Reads the reference data of one payer, or of all, by payer, kind and key in byte order, as it was at one moment,
    /// and answers the reference sequence of that moment. The caller ends the scan early by breaking.
    fn scan_references(
        &self,
        payer: Option<&str>,
        deliver: &mut dyn FnMut(Reference) -> ControlFlow<()>,
    ) -> Result<u64, StoreError>;

    /// The activity with this id, if it is the payer's.
    fn activity(&self, payer: &str, id: i64) -> Result<Option<Activity>, StoreError>;

    /// The payer's activities with a lower id than this one, or the last ones, by id from the highest; at most so many.
    fn activities(&self, payer: &str, before: Option<i64>, limit: u32) -> Result<Vec<Activity>, StoreError>;

    /// The activities of all payers that are queued and have not ended, by id. Cheap where there are none.
    ///
    /// What may be large is left to whoever gets to an activity: [`Activity::parameters`] are not read, and null. Nor does
    /// an activity that is damaged keep the others waiting: a bookmark that cannot be read is null, too.
    fn queued_activities(&self) -> Result<Vec<Activity>, StoreError>;

    /// How many portions of an activity's work are not finished.
    fn unfinished_work(&self, activity: i64) -> Result<u64, StoreError>;

    /// What the adjudication of the claims of the payer's activity has changed so far, by currency.
    fn adjudications(&self, payer: &str, activity: i64) -> Result<Vec<AdjudicationTotal>, StoreError>;

    /// What the payer's activity has to say of itself, in the order in which it said so.
    fn activity_messages(&self, payer: &str, activity: i64) -> Result<Vec<Message>, StoreError>;

    /// The first chunk of the results of the payer's activity that has this number or a higher one, with its number.
    /// Chunks are numbered from 0, with gaps where work is not finished; none where the results end.
    fn result_chunk(
        &self,
        payer: &str,
        activity: i64,
        at_least: u64,
    ) -> Result<Option<(u64, Vec<ResultMessages>)>, StoreError>;

    /// What was done to the payer's claim after the entry with this id, in the order in which it was done; at most so
    /// many entries.
    fn claim_history(&self, payer: &str, claim: i64, after: i64, limit: u32) -> Result<Vec<HistoryEntry>, StoreError>;

    /// The activity that was the last to send the payer's claim through processing again; none if nothing was, or if the
    /// last was a single request.
    fn last_reprocessing(&self, payer: &str, claim: i64) -> Result<Option<i64>, StoreError>;

    /// The payer's events after this position, by position; at most so many. Once an event is seen, no event will appear
    /// at a lower position.
    fn events(&self, payer: &str, after: u64, limit: u32) -> Result<Vec<Event>, StoreError>;

    /// The position of the last event of any payer; 0 if there was none. Cheap.
    fn event_position(&self) -> Result<u64, StoreError>;

    /// The answer that is kept for a request, if it was answered not too long ago; see [`IDEMPOTENCY_KEPT_FOR`].
    ///
    /// [`IDEMPOTENCY_KEPT_FOR`]: crate::IDEMPOTENCY_KEPT_FOR
    fn kept_answer(&self, key: &IdempotencyKey) -> Result<Option<KeptAnswer>, StoreError>;

    /// The deliveries of all payers that wait and are due, by when they were due; at most so many. Cheap where there are
    /// none.
    fn due_deliveries(&self, limit: u32) -> Result<Vec<Delivery>, StoreError>;

    /// The delivery about the payer's activity, if there is one.
    fn delivery(&self, payer: &str, activity: i64) -> Result<Option<Delivery>, StoreError>;

    /// The number of the last change that somebody asked for at a webhook; 0 if there was none. Cheap.
    fn webhook_sequence(&self) -> Result<u64, StoreError>;

    /// The payer's webhook with this code, and what there is still to do for it.
    fn webhook(&self, payer: &str, code: &str) -> Result<Option<WebhookStanding>, StoreError>;

    /// The webhooks of one payer, or of all, by payer and code, and what there is still to do for each.
    fn webhooks(&self, payer: Option<&str>) -> Result<Vec<WebhookStanding>, StoreError>;

    /// The webhooks of all payers that are not paused, by id, as this host may send for them.
    fn active_webhooks(&self, host: &str) -> Result<Vec<ActiveWebhook>, StoreError>;

    /// The secrets of all webhooks, by the ids of these.
    fn webhook_secrets(&self) -> Result<Vec<(i64, WebhookSecret)>, StoreError>;

    /// The dead letters of the payer's webhook after this position, by position; at most so many.
    fn dead_letters(&self, payer: &str, code: &str, after: u64, limit: u32) -> Result<Vec<DeadLetter>, StoreError>;

    /// The first dead letters of a webhook that are to be sent again, by position; at most so many, and none before they
    /// are due.
    fn dead_letters_to_resend(&self, webhook: i64, limit: u32) -> Result<Vec<DeadLetter>, StoreError>;

    /// The payer's data file set with this code.
    fn data_file_set(&self, payer: &str, set: &str) -> Result<Option<DataFileSet>, StoreError>;

    /// A data file of the payer's data file set.
    fn data_file(&self, payer: &str, set: &str, file: &str) -> Result<Option<DataFile>, StoreError>;

    /// A chunk of content, of at most 1 MiB. Chunks are numbered from 0; none where the content ends.
    fn content_chunk(&self, content: ContentId, number: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Begins to write, once no other process or thread is writing: there is one writer at a time, on every back end.
    /// So what is read through the store while a transaction is open stays as it is until that transaction ends, but for
    /// what the transaction itself writes, which is seen once it is committed.
    fn begin_write(&self) -> Result<Box<dyn WriteTransaction + '_>, StoreError>;

    /// Takes part in the work on this database, until the answer is dropped. Where only one process can, a second one is
    /// refused, and leases and locks that an earlier process left behind are ended.
    fn begin_serving(&self) -> Result<Serving, StoreError>;

    /// Copies the database, as it is at one moment, into a new file, while others read and write.
    fn back_up(&self, target: &Path) -> Result<(), StoreError>;
}

impl dyn Store + '_ {
    /// Writes in one transaction: commits what the work wrote if the work succeeds, keeps nothing of it if it fails.
    pub fn write<T>(
        &self,
        work: impl FnOnce(&mut dyn WriteTransaction) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut transaction = self.begin_write()?;
        let value = work(transaction.as_mut())?;
        transaction.commit()?;
        Ok(value)
    }
}

/// Writes that are kept all together or not at all. Dropped without a commit, none is kept; after an error, none can be.
pub trait WriteTransaction: AccessWriting + IndexImageWriting + RuleWriting {
    /// Writes claims, in order, and answers what became of each. A claim's own id is kept where it is free, else the
    /// claim gets one above all there are; the id is not part of its content.
    fn write_claims(
        &mut self,
        claims: &[ClaimToWrite],
        existing: ExistingClaims,
    ) -> Result<Vec<WriteOutcome>, StoreError>;

    /// The id that the next claim gets which asks for none: above all there are and were. What is written under ids from
    /// here on keeps them.
    fn next_claim_id(&mut self) -> Result<i64, StoreError>;

    /// Deletes claims that are still what they were when they were seen, and answers for each whether it was. Their ids are
    /// never given again, their codes may be; their histories and events stay.
    fn delete_claims(&mut self, deletions: &[ClaimDeletion]) -> Result<Vec<bool>, StoreError>;

    /// Writes reference data, in order, each row in the whole place of the one with its key, and answers what became of
    /// each.
    fn write_references(&mut self, references: &[Reference]) -> Result<Vec<WriteOutcome>, StoreError>;

    /// Creates an activity, which is then initial, and answers its id.
    fn create_activity(&mut self, activity: &NewActivity) -> Result<i64, StoreError>;

    /// Moves an activity from one status to another, and answers whether it was in the first.
    fn change_activity_status(
        &mut self,
        activity: i64,
        from: ActivityStatus,
        to: ActivityStatus,
    ) -> Result<bool, StoreError>;

    /// Has an activity be this user's from now on: what it does is done in that name, with that user's rights.
    fn assign_activity(&mut self, activity: i64, user: &str) -> Result<(), StoreError>;

    /// Has an activity done that waits for it, and answers whether it was initial and not queued.
    fn queue_activity(&mut self, activity: i64) -> Result<bool, StoreError>;

    /// Notes that somebody wants an activity to end where it is, and answers whether it has not ended.
    fn ask_to_cancel(&mut self, activity: i64, user: &str) -> Result<bool, StoreError>;

    /// Notes where to go on with an activity.
    fn set_bookmark(&mut self, activity: i64, bookmark: &serde_json::Value) -> Result<(), StoreError>;

    /// Leases an activity as a whole, or leases it for longer, and answers whether it has not ended and no other host has
    /// it.
    fn lease_activity(&mut self, activity: i64, host: &str, lease: Duration) -> Result<bool, StoreError>;

    /// Ends the lease of an activity, if this host has it.
    fn release_activity(&mut self, activity: i64, host: &str) -> Result<(), StoreError>;

    /// Whether this host has the lease of an activity.
    fn has_leased_activity(&mut self, activity: i64, host: &str) -> Result<bool, StoreError>;

    /// Adds to how far an activity is.
    fn add_activity_counts(&mut self, activity: i64, succeeded: u64, failed: u64) -> Result<(), StoreError>;

    /// Notes that a claim of an activity was adjudicated again, and by how much its amounts have changed.
    fn add_adjudication(
        &mut self,
        activity: i64,
        currency: Option<Currency>,
        allowed_change: Amount,
        covered_change: Amount,
    ) -> Result<(), StoreError>;

    /// Gives an activity its work: portions of claims, by their ids, numbered from 0 in this order. Only once.
    fn create_work(&mut self, activity: i64, portions: &[Vec<i64>]) -> Result<(), StoreError>;

    /// Leases the first portion of an activity's work that is not finished and that no host has, if there is one.
    fn lease_work(&mut self, activity: i64, host: &str, lease: Duration) -> Result<Option<WorkChunk>, StoreError>;

    /// Finishes a portion of an activity's work that some host has leased, and answers whether it was to be done still. If
    /// not, the caller drops the transaction: somebody has done its work already, or nobody wants it any more.
    ///
    /// Who is first has done it, whether or not the lease of this host is over and whoever has the portion now: two hosts
    /// that take longer than a lease would else take it from each other for ever. It is done once all the same, since
    /// there is one writer at a time.
    fn finish_work(&mut self, activity: i64, number: u64, host: &str) -> Result<bool, StoreError>;

    /// Ends the leases of the portions of an activity's work that this host has not finished, so that others need not wait
    /// for their time to be over.
    fn release_work(&mut self, activity: i64, host: &str) -> Result<(), StoreError>;

    /// Drops what is not finished of an activity's work.
    fn discard_work(&mut self, activity: i64) -> Result<(), StoreError>;

    /// Changes claims that are still what they were when they were seen, and answers for each whether it was.
    fn change_claims(&mut self, changes: &[ClaimChange]) -> Result<Vec<bool>, StoreError>;

    /// Has somebody hold claims, or hold them for longer, and answers which of them others hold.
    fn lock_claims(&mut self, claims: &[i64], holder: &str, lease: Duration) -> Result<Vec<i64>, StoreError>;

    /// Ends the locks on these claims that somebody holds.
    fn unlock_claims(&mut self, claims: &[i64], holder: &str) -> Result<(), StoreError>;

    /// Ends every lock that somebody holds.
    fn unlock_all(&mut self, holder: &str) -> Result<(), StoreError>;

    /// Adds to the histories of claims.
    fn append_history(&mut self, entries: &[NewHistoryEntry]) -> Result<(), StoreError>;

    /// Adds to the feed of events, in this order.
    fn append_events(&mut self, events: &[NewEvent]) -> Result<(), StoreError>;

    /// Keeps an answer for a request. If there is one already, nothing is kept and that one is answered; the caller then
    /// drops the transaction. Forgets answers that were kept for long enough.
    fn keep_answer(&mut self, key: &IdempotencyKey, answer: &KeptAnswer) -> Result<Option<KeptAnswer>, StoreError>;

    /// Creates the delivery of the notification about an activity, due at once.
    fn create_delivery(&mut self, activity: i64) -> Result<(), StoreError>;

    /// Takes a delivery that is due, to try it, and answers what tells this attempt from any other: the new
    /// [`Delivery::next_attempt_at_ms`]; none if it is not due any more. If nothing is recorded of the attempt for that
    /// long, it is due again.
    fn lease_delivery(&mut self, delivery: i64, lease: Duration) -> Result<Option<i64>, StoreError>;

    /// Records what became of an attempt at a delivery. Nothing is recorded of one that is not the last any more: its
    /// lease was over and somebody has tried again, or the delivery was created or made due anew while it was under way.
    fn record_delivery(&mut self, delivery: i64, attempt: i64, outcome: &DeliveryOutcome) -> Result<(), StoreError>;

    /// Makes a waiting or given-up delivery due at once, and answers whether there is one about the activity.
    fn retry_delivery(&mut self, activity: i64) -> Result<bool, StoreError>;

    /// Creates a webhook of a payer, which is added if new.
    fn create_webhook(&mut self, webhook: &NewWebhook) -> Result<WebhookCreation, StoreError>;

    /// Deletes the payer's webhook with its dead letters, and answers whether there was one.
    fn delete_webhook(&mut self, payer: &str, code: &str) -> Result<bool, StoreError>;

    /// Has nothing more be sent for the payer's webhook, unless it is paused already, and answers whether there is one.
    fn pause_webhook(&mut self, payer: &str, code: &str, reason: &str) -> Result<bool, StoreError>;

    /// Has events be sent for the payer's webhook where it is, at once, also what waits after it was tried in vain; and
    /// answers whether there is one.
    fn resume_webhook(&mut self, payer: &str, code: &str) -> Result<bool, StoreError>;

    /// Has all events after this position be sent again, those that are dead letters among them, which then are none any
    /// more; and answers whether there is such a webhook.
    fn replay_webhook(&mut self, payer: &str, code: &str, after: u64) -> Result<bool, StoreError>;

    /// Has the dead letter at this position be sent again, or all of them, and answers how many that are; none if there is
    /// no such webhook.
    fn resend_dead_letters(
        &mut self,
        payer: &str,
        code: &str,
        position: Option<u64>,
    ) -> Result<Option<u64>, StoreError>;

    /// Has a webhook's requests be signed with another secret, or keeps the same in another form, and answers whether there
    /// is one.
    fn replace_webhook_secret(&mut self, webhook: i64, secret: &WebhookSecret) -> Result<bool, StoreError>;

    /// Leases a webhook, or leases it for longer, and answers whether no other host has it, it is not paused, and it was
    /// set back just so often.
    fn lease_webhook(&mut self, webhook: i64, replays: u64, host: &str, lease: Duration) -> Result<bool, StoreError>;

    /// Leases webhooks for longer that this host has, and answers which of them these are.
    fn renew_webhooks(&mut self, webhooks: &[i64], host: &str, lease: Duration) -> Result<Vec<i64>, StoreError>;

    /// Records how far a webhook is, if the host of the turn still has it and it was not set back since the turn began; and
    /// answers whether that was so.
    fn record_webhook(&mut self, progress: &WebhookProgress) -> Result<bool, StoreError>;

    /// Says how far an activity is.
    fn set_activity_counts(&mut self, activity: i64, counts: ActivityCounts) -> Result<(), StoreError>;

    /// Adds to what an activity has to say of itself.
    fn append_activity_messages(&mut self, activity: i64, messages: &[Message]) -> Result<(), StoreError>;

    /// Adds to the results of an activity. They are read back in chunks; append many at once.
    fn append_results(&mut self, activity: i64, results: &[ResultMessages]) -> Result<(), StoreError>;

    /// Keeps the results of a finished portion of work under its number. A portion has at most
    /// [`WORK_CLAIMS_MAX`](crate::WORK_CLAIMS_MAX) claims.
    fn put_results(&mut self, activity: i64, number: u64, results: &[ResultMessages]) -> Result<(), StoreError>;

    /// Creates a data file set with its files, which are then empty.
    fn create_data_file_set(
        &mut self,
        payer: &str,
        set: &DataFileSetDefinition,
    ) -> Result<DataFileSetCreation, StoreError>;

    /// Locks a data file set that is not locked.
    fn lock_data_file_set(&mut self, payer: &str, set: &str) -> Result<DataFileOutcome, StoreError>;

    /// Unlocks a data file set, locked or not.
    fn unlock_data_file_set(&mut self, payer: &str, set: &str) -> Result<DataFileOutcome, StoreError>;

    /// Creates content that is no data file's yet. Bytes may be appended over many transactions, so that a slow upload
    /// holds nobody up; readers see them once the content is a data file's.
    fn create_content(&mut self) -> Result<ContentId, StoreError>;

    /// Adds bytes to content that is no data file's yet. They are read back in chunks; append many at once.
    fn append_content(&mut self, content: ContentId, bytes: &[u8]) -> Result<(), StoreError>;

    /// Removes content that is no data file's.
    fn discard_content(&mut self, content: ContentId) -> Result<(), StoreError>;

    /// Removes the content that is no data file's and was created at least so long ago, such as that of uploads which a
    /// dead process left behind, and answers how many there were.
    ///
    /// At the start of the only process that takes uploads none of them can still be coming in, however young; where
    /// others take uploads too, it has to be longer than any of them takes.
    fn discard_unattached_content(&mut self, older_than: Duration) -> Result<u64, StoreError>;

    /// Makes content the content of a data file, in the place of what that was. The data file set must not be locked.
    fn attach_content(
        &mut self,
        payer: &str,
        set: &str,
        file: &str,
        content: ContentId,
    ) -> Result<DataFileOutcome, StoreError>;

    /// Makes the results of an activity the content of a data file, in the place of what that was; locked or not, since
    /// it is the activity's own.
    fn attach_results(
        &mut self,
        payer: &str,
        set: &str,
        file: &str,
        activity: i64,
    ) -> Result<DataFileOutcome, StoreError>;

    /// Keeps everything that was written, durably.
    fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
