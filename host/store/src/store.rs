//! What a database does for Reprise, in the words of the domain.
//!
//! Everything is synchronous: a caller on an asynchronous runtime calls from a thread that may block.

use std::ops::ControlFlow;

use reprise_model::{Claim, Message, Reference, ReferenceKind, ResultMessages};

use crate::{
    Activity, ActivityCounts, ActivityStatus, ClaimToWrite, ContentId, DataFile, DataFileOutcome, DataFileSet,
    DataFileSetCreation, DataFileSetDefinition, EncodedClaim, NewActivity, StoreError,
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
pub trait Store: Send + Sync {
    /// The names of the payers that have anything here, in byte order.
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

    /// Reads claims as they were at one moment, and answers the change sequence of that moment.
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

    /// Reads the reference data of one payer, or of all, by payer, kind and key in byte order, as it was at one moment,
    /// and answers the reference sequence of that moment. The caller ends the scan early by breaking.
    fn scan_references(
        &self,
        payer: Option<&str>,
        deliver: &mut dyn FnMut(Reference) -> ControlFlow<()>,
    ) -> Result<u64, StoreError>;

    /// The activity with this id, if it is the payer's.
    fn activity(&self, payer: &str, id: i64) -> Result<Option<Activity>, StoreError>;

    /// The activities of all payers that have not ended, by id. At the start of the only process that runs activities,
    /// those are what an earlier process left behind.
    fn unfinished_activities(&self) -> Result<Vec<Activity>, StoreError>;

    /// What the payer's activity has to say of itself, in the order in which it said so.
    fn activity_messages(&self, payer: &str, activity: i64) -> Result<Vec<Message>, StoreError>;

    /// A chunk of the results of the payer's activity, in the order in which they were appended. Chunks are numbered
    /// from 0; none where the results end.
    fn result_chunk(&self, payer: &str, activity: i64, number: u64) -> Result<Option<Vec<ResultMessages>>, StoreError>;

    /// The payer's data file set with this code.
    fn data_file_set(&self, payer: &str, set: &str) -> Result<Option<DataFileSet>, StoreError>;

    /// A data file of the payer's data file set.
    fn data_file(&self, payer: &str, set: &str, file: &str) -> Result<Option<DataFile>, StoreError>;

    /// A chunk of content, of at most 1 MiB. Chunks are numbered from 0; none where the content ends.
    fn content_chunk(&self, content: ContentId, number: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Begins to write, once no other process or thread is writing.
    fn begin_write(&self) -> Result<Box<dyn WriteTransaction + '_>, StoreError>;
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
pub trait WriteTransaction {
    /// Writes claims, in order, and answers what became of each. A claim's own id is kept where it is free, else the
    /// claim gets one above all there are; the id is not part of its content.
    fn write_claims(
        &mut self,
        claims: &[ClaimToWrite],
        existing: ExistingClaims,
    ) -> Result<Vec<WriteOutcome>, StoreError>;

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

    /// Says how far an activity is.
    fn set_activity_counts(&mut self, activity: i64, counts: ActivityCounts) -> Result<(), StoreError>;

    /// Adds to what an activity has to say of itself.
    fn append_activity_messages(&mut self, activity: i64, messages: &[Message]) -> Result<(), StoreError>;

    /// Adds to the results of an activity. They are read back in chunks; append many at once.
    fn append_results(&mut self, activity: i64, results: &[ResultMessages]) -> Result<(), StoreError>;

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

    /// Removes all content that is no data file's, such as that of uploads which a dead process left behind, and answers
    /// how many there were. For the start of the only process that takes uploads.
    fn discard_unattached_content(&mut self) -> Result<u64, StoreError>;

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
