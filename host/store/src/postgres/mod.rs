//! The PostgreSQL back end: one database, any number of hosts on it.
//!
//! There is one writer at a time among all hosts: a write transaction begins by taking a lock of the database that it
//! holds to its end. So the numbers of changes and the positions of events follow the order of commits, no two writes
//! can wait for each other, and what a transaction has looked up stays true until it acts on it, which lets it write
//! thousands of rows with a few statements. Refused was the usual alternative, writers side by side with locks on rows:
//! numbers would then have to be read below the oldest running transaction, every write would have to be ready to be
//! done again after a deadlock, and disks that bring several commits down at once would gain little, since a commit here
//! is one of thousands of claims. What takes time besides, deciding, is done before a transaction begins.
//!
//! Readers each have a connection of a pool and never wait for the writer. A scan reads in a transaction that sees one
//! moment; anything else is one statement.
//!
//! The clock of leases and of the record is the server's: hosts need not agree on the time.
//!
//! The driver is synchronous, as the store's trait is. It must not be called on a thread that drives asynchronous tasks;
//! one that may block will do.

/// The payer of a given name as rules are looked up by it: its id, 0 for the platform if no name is given. Nothing is
/// found under a name that no payer has.
macro_rules! owner {
    ($name:literal) => {
        concat!(
            "(CASE WHEN ",
            $name,
            "::text IS NULL THEN 0 ELSE (SELECT payer.id FROM payer WHERE payer.name = ",
            $name,
            ") END)"
        )
    };
}

mod access_store;
mod activities;
mod audit;
mod claim_changes;
mod claim_writing;
mod claims;
mod components;
mod connecting;
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
mod pool;
mod principals;
mod references;
mod results;
mod roles;
mod rule_faults;
mod rule_store;
mod serving_hosts;
mod session;
mod tokens;
mod trust;
mod webhooks;
mod work;
mod write;

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

pub(crate) use connecting::parse;
use pool::{Keep, Pool};
use postgres::Config;
use reprise_model::{Claim, Message, Reference, ReferenceKind, ResultMessages};
use session::Session;
use write::Writer;

use crate::{
    ActiveWebhook, Activity, AdjudicationTotal, ClaimLock, ClaimScan, ContentId, DataFile, DataFileSet, DeadLetter,
    Delivery, EncodedClaim, Event, HistoryEntry, IdempotencyKey, IntakeQuery, KeptAnswer, Serving, Store, StoreError,
    WebhookSecret, WebhookStanding, WriteTransaction, result_chunk,
};

/// A PostgreSQL database.
pub(crate) struct Postgres {
    readers: Pool,
    writer: Writer,
}

impl Postgres {
    /// Opens the database, bringing its schema up to date as needed.
    pub(crate) fn open(config: Config) -> Result<Self, StoreError> {
        let mut session = connecting::connect(&config)?;
        connecting::check_server(&mut session)?;
        migrations::run(&mut session)?;
        Ok(Self {
            readers: Pool::new(config.clone()),
            writer: Writer::new(config, session),
        })
    }

    /// Reads what is found under texts that may be anything a caller made up. PostgreSQL refuses to look for one that it
    /// could not hold, but the answer is known: nothing.
    fn look_up<T: Default>(
        &self,
        texts: &[&str],
        read: impl Fn(&mut Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if texts.iter().all(|text| can_be_held(text)) {
            self.read(read)
        } else {
            Ok(T::default())
        }
    }

    /// Reads with one statement.
    fn read<T>(&self, read: impl Fn(&mut Session) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.readers.with(read)
    }

    /// Reads everything as it was at one moment. What it reads first is the number of that moment's last change.
    fn scan(
        &self,
        counter_name: &str,
        scan: impl FnOnce(&mut Session) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<u64, StoreError> {
        self.readers.with_live(|session| {
            session.batch(BEGIN_SCAN)?;
            let sequence = counter(session, counter_name)?;
            match scan(session)? {
                ControlFlow::Continue(()) => {
                    session.batch("COMMIT")?;
                    Ok((sequence, Keep::Yes))
                }
                ControlFlow::Break(()) => Ok((sequence, Keep::No)),
            }
        })
    }
}

/// Rows come along an index as they are wanted: sorting a whole table would take its size again on the server's disk.
const BEGIN_SCAN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL enable_sort = off";

/// What to do instead of a copy made here.
pub(crate) fn no_back_up() -> StoreError {
    StoreError::Unavailable {
        reason: "a database in PostgreSQL is copied with PostgreSQL's own programs, while it is in use: run `pg_dump \
                 --format=custom --file=COPY DATABASE`, and `pg_restore` to bring the copy back"
            .to_owned(),
    }
}

/// Whether PostgreSQL can hold a text.
fn can_be_held(text: &str) -> bool {
    !text.contains('\0')
}

/// Those of the texts that PostgreSQL can hold. It has nothing under the others.
fn those_that_can_be_held<'a>(texts: &[&'a str]) -> Vec<&'a str> {
    texts.iter().copied().filter(|text| can_be_held(text)).collect()
}

/// The value of a counter.
fn counter(session: &mut Session, name: &str) -> Result<u64, StoreError> {
    from_stored(session.one("SELECT value FROM counter WHERE name = $1", &[&name])?)
}

/// A number as PostgreSQL holds it.
fn to_stored(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::other(format!("the number {number} is too large to be stored")))
}

/// A number that is never negative, from what PostgreSQL holds.
fn from_stored(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::corrupt(format!("the number {number} should not be negative")))
}

/// A time in milliseconds. None is so long that a moment so much later is beyond what PostgreSQL holds.
fn duration_ms(duration: Duration) -> i64 {
    const LONGEST_MS: i64 = i64::MAX / 4;
    i64::try_from(duration.as_millis()).map_or(LONGEST_MS, |duration_ms| duration_ms.min(LONGEST_MS))
}

impl Store for Postgres {
    fn payers(&self) -> Result<Vec<String>, StoreError> {
        self.read(|session| {
            let rows = session.rows("SELECT name FROM payer ORDER BY name", &[])?;
            rows.iter().map(|row| session::get(row, 0)).collect()
        })
    }

    fn change_sequence(&self) -> Result<u64, StoreError> {
        self.read(|session| counter(session, "change"))
    }

    fn reference_sequence(&self) -> Result<u64, StoreError> {
        self.read(|session| counter(session, "reference"))
    }

    fn claim_count(&self, payer: Option<&str>) -> Result<u64, StoreError> {
        self.read(|session| claims::count(session, payer))
    }

    fn claim_by_code(&self, payer: &str, code: &str) -> Result<Option<Claim>, StoreError> {
        self.look_up(&[payer, code], |session| claims::by_code(session, payer, code))
    }

    fn claim_by_id(&self, payer: &str, id: i64) -> Result<Option<Claim>, StoreError> {
        self.read(|session| claims::by_id(session, payer, id))
    }

    fn claims_by_id(&self, payer: &str, ids: &[i64]) -> Result<Vec<EncodedClaim>, StoreError> {
        self.read(|session| claims::all_by_id(session, payer, ids))
    }

    fn claims_by_code(&self, payer: &str, codes: &[&str]) -> Result<Vec<EncodedClaim>, StoreError> {
        let codes = those_that_can_be_held(codes);
        self.look_up(&[payer], |session| claims::all_by_code(session, payer, &codes))
    }

    fn claim_locks(&self, claims: &[i64]) -> Result<Vec<ClaimLock>, StoreError> {
        self.read(|session| work::claim_locks(session, claims))
    }

    fn scan_claims(
        &self,
        scan: ClaimScan<'_>,
        deliver: &mut dyn FnMut(Vec<EncodedClaim>) -> ControlFlow<()>,
    ) -> Result<u64, StoreError> {
        self.scan("change", |session| claims::scan(session, scan, deliver))
    }

    fn reference(&self, payer: &str, kind: ReferenceKind, key: &str) -> Result<Option<Reference>, StoreError> {
        self.look_up(&[payer, key], |session| references::by_key(session, payer, kind, key))
    }

    fn reference_exists(&self, payer: &str, kind: ReferenceKind, key: &str) -> Result<bool, StoreError> {
        self.look_up(&[payer, key], |session| references::exists(session, payer, kind, key))
    }

    fn references(&self, payer: &str, kind: ReferenceKind, keys: &[&str]) -> Result<Vec<Reference>, StoreError> {
        let keys = those_that_can_be_held(keys);
        self.look_up(&[payer], |session| references::all_by_key(session, payer, kind, &keys))
    }

    fn references_of_patients(
        &self,
        payer: &str,
        kind: ReferenceKind,
        patients: &[&str],
    ) -> Result<Vec<Reference>, StoreError> {
        let patients = those_that_can_be_held(patients);
        self.look_up(&[payer], |session| {
            references::of_patients(session, payer, kind, &patients)
        })
    }

    fn references_of_kind(
        &self,
        payer: &str,
        kind: ReferenceKind,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Reference>, StoreError> {
        // No key goes on with what PostgreSQL cannot hold, so it comes after the whole if it comes after the beginning.
        let after = after.split('\0').next().unwrap_or_default();
        self.look_up(&[payer], |session| {
            references::of_kind(session, payer, kind, after, limit)
        })
    }

    fn claims_with_procedures(&self, payer: &str, procedures: &[&str]) -> Result<Vec<EncodedClaim>, StoreError> {
        let procedures = those_that_can_be_held(procedures);
        self.look_up(&[payer], |session| intake::with_procedures(session, payer, &procedures))
    }

    fn intake_claims(&self, payer: &str, query: &IntakeQuery<'_>) -> Result<Vec<EncodedClaim>, StoreError> {
        self.look_up(&[payer, query.patient.unwrap_or_default()], |session| {
            intake::page(session, payer, query)
        })
    }

    fn scan_references(
        &self,
        payer: Option<&str>,
        deliver: &mut dyn FnMut(Reference) -> ControlFlow<()>,
    ) -> Result<u64, StoreError> {
        self.scan("reference", |session| references::scan(session, payer, deliver))
    }

    fn activity(&self, payer: &str, id: i64) -> Result<Option<Activity>, StoreError> {
        self.read(|session| activities::by_id(session, payer, id))
    }

    fn activities(&self, payer: &str, before: Option<i64>, limit: u32) -> Result<Vec<Activity>, StoreError> {
        self.read(|session| activities::of_payer(session, payer, before, limit))
    }

    fn queued_activities(&self) -> Result<Vec<Activity>, StoreError> {
        self.read(activities::queued)
    }

    fn unfinished_work(&self, activity: i64) -> Result<u64, StoreError> {
        self.read(|session| work::unfinished(session, activity))
    }

    fn adjudications(&self, payer: &str, activity: i64) -> Result<Vec<AdjudicationTotal>, StoreError> {
        self.read(|session| activities::adjudications(session, payer, activity))
    }

    fn activity_messages(&self, payer: &str, activity: i64) -> Result<Vec<Message>, StoreError> {
        self.read(|session| results::messages(session, payer, activity))
    }

    fn result_chunk(
        &self,
        payer: &str,
        activity: i64,
        at_least: u64,
    ) -> Result<Option<(u64, Vec<ResultMessages>)>, StoreError> {
        let found = self.read(|session| results::chunk(session, payer, activity, at_least))?;
        found
            .map(|(number, body)| Ok((number, result_chunk::decode(&body)?)))
            .transpose()
    }

    fn claim_history(&self, payer: &str, claim: i64, after: i64, limit: u32) -> Result<Vec<HistoryEntry>, StoreError> {
        self.read(|session| history::of_claim(session, payer, claim, after, limit))
    }

    fn last_reprocessing(&self, payer: &str, claim: i64) -> Result<Option<i64>, StoreError> {
        self.read(|session| history::last_reprocessing(session, payer, claim))
    }

    fn events(&self, payer: &str, after: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
        self.read(|session| history::events(session, payer, after, limit))
    }

    fn event_position(&self) -> Result<u64, StoreError> {
        self.read(|session| counter(session, "event"))
    }

    fn kept_answer(&self, key: &IdempotencyKey) -> Result<Option<KeptAnswer>, StoreError> {
        self.read(|session| kept_answers::find(session, key))
    }

    fn due_deliveries(&self, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        self.read(|session| deliveries::due(session, limit))
    }

    fn delivery(&self, payer: &str, activity: i64) -> Result<Option<Delivery>, StoreError> {
        self.read(|session| deliveries::about(session, payer, activity))
    }

    fn webhook_sequence(&self) -> Result<u64, StoreError> {
        self.read(|session| counter(session, "webhook"))
    }

    fn webhook(&self, payer: &str, code: &str) -> Result<Option<WebhookStanding>, StoreError> {
        self.look_up(&[payer, code], |session| webhooks::standing(session, payer, code))
    }

    fn webhooks(&self, payer: Option<&str>) -> Result<Vec<WebhookStanding>, StoreError> {
        self.read(|session| webhooks::standings(session, payer))
    }

    fn active_webhooks(&self, host: &str) -> Result<Vec<ActiveWebhook>, StoreError> {
        self.read(|session| webhooks::active(session, host))
    }

    fn webhook_secrets(&self) -> Result<Vec<(i64, WebhookSecret)>, StoreError> {
        self.read(webhooks::secrets)
    }

    fn dead_letters(&self, payer: &str, code: &str, after: u64, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        self.look_up(&[payer, code], |session| {
            webhooks::dead_letters(session, payer, code, after, limit)
        })
    }

    fn dead_letters_to_resend(&self, webhook: i64, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        self.read(|session| webhooks::to_resend(session, webhook, limit))
    }

    fn data_file_set(&self, payer: &str, set: &str) -> Result<Option<DataFileSet>, StoreError> {
        self.look_up(&[payer, set], |session| data_files::set(session, payer, set))
    }

    fn data_file(&self, payer: &str, set: &str, file: &str) -> Result<Option<DataFile>, StoreError> {
        self.look_up(&[payer, set, file], |session| {
            data_files::file(session, payer, set, file)
        })
    }

    fn content_chunk(&self, content: ContentId, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|session| data_files::content_chunk(session, content, number))
    }

    fn begin_write(&self) -> Result<Box<dyn WriteTransaction + '_>, StoreError> {
        Ok(Box::new(self.writer.begin()?))
    }

    fn begin_serving(&self) -> Result<Serving, StoreError> {
        // What another host that is gone has held ends when its time is over.
        Ok(Serving::shared())
    }

    fn back_up(&self, _target: &Path) -> Result<(), StoreError> {
        Err(no_back_up())
    }
}
