//! Writing new claims: requests that wait at the same time are written in one transaction, so that they share one sync of
//! the disk, and each is done wholly or not at all.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use reprise_model::{Claim, MadeClaim};
use reprise_request::CreationRequest;
use reprise_store::{
    ClaimToWrite, ExistingClaims, IdempotencyKey, NewEvent, NewHistoryEntry, Store, StoreError, WriteOutcome,
    WriteTransaction,
};
use serde::Serialize;

use super::IntakeError;
use super::data::{IntakeData, number};
use super::facts::CreationFacts;
use super::made::{Moment, code_of};
use crate::once::keep;
use crate::reprocess::json_text;
use crate::rules::DecidedBy;
use crate::{Done, Host, HostError, Once};

/// How many requests are written in one transaction at most.
const BATCH_MAX: usize = 128;

/// The operation that its entry in a claim's history is known by.
const OPERATION: &str = "create";

/// What intake keeps in memory: who waits to write, and which keys are under way.
#[derive(Default)]
pub(crate) struct Intake {
    queue: Mutex<Queue>,
    running: Mutex<HashSet<IdempotencyKey>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Arc<Ticket>>,
    /// Whether somebody writes for all who wait, or was told to.
    is_led: bool,
}

/// A request that was decided on and waits to be written.
pub(super) struct Ticket {
    pub(super) payer: String,
    pub(super) user: String,
    pub(super) request: CreationRequest,
    pub(super) once: Option<Once>,
    pub(super) decided: Decided,
    standing: Mutex<Standing>,
    changed: Condvar,
}

/// What was decided about a request, and on what.
pub(super) struct Decided {
    /// The change of the reference data that everything was read at, or one before.
    pub(super) reference_sequence: u64,
    pub(super) data: IntakeData,
    pub(super) facts: CreationFacts,
    pub(super) made: Vec<MadeClaim>,
    /// What decided.
    pub(super) decided_by: DecidedBy,
}

/// How a ticket stands, for whoever waits for it.
#[derive(Default)]
enum Standing {
    #[default]
    Waiting,
    /// It is to write for all who wait, itself among them.
    Leads,
    Answered(Result<Written, IntakeError>),
}

impl Ticket {
    pub(super) fn new(
        payer: &str,
        user: &str,
        request: &CreationRequest,
        once: Option<&Once>,
        decided: Decided,
    ) -> Self {
        Self {
            payer: payer.to_owned(),
            user: user.to_owned(),
            request: request.clone(),
            once: once.cloned(),
            decided,
            standing: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    fn stand(&self, standing: Standing) {
        *lock(&self.standing) = standing;
        self.changed.notify_one();
    }

    /// Waits until it is answered or is to lead. Whoever leads sees to one of them, come what may.
    fn wait(&self) -> Option<Result<Written, IntakeError>> {
        let mut standing = lock(&self.standing);
        loop {
            match std::mem::take(&mut *standing) {
                Standing::Answered(outcome) => return Some(outcome),
                Standing::Leads => return None,
                Standing::Waiting => {
                    standing = self.changed.wait(standing).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    /// Its answer, if it has one.
    fn answer(&self) -> Option<Result<Written, IntakeError>> {
        match std::mem::take(&mut *lock(&self.standing)) {
            Standing::Answered(outcome) => Some(outcome),
            Standing::Leads | Standing::Waiting => None,
        }
    }
}

/// What became of a request.
pub(super) enum Written {
    /// Its claims are stored, or were before.
    Done(Done<Vec<Claim>>),
    /// The facts were others when it was to be written: it is to be decided anew.
    Overtaken,
}

/// What the history keeps of a claim's birth, and the event tells of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Created<'a> {
    claim: &'a str,
    claim_num: i64,
    pat_num: u64,
    claim_type: &'static str,
    claim_status: &'static str,
    ins_sub_num: u64,
    proc_nums: Vec<u64>,
    user: &'a str,
    #[serde(flatten)]
    decided_by: &'a DecidedBy,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// That a request under a key is under way, until it is dropped.
pub(super) struct Running<'a> {
    intake: &'a Intake,
    key: IdempotencyKey,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        lock(&self.intake.running).remove(&self.key);
    }
}

impl Intake {
    /// Notes that the request is under way; an error if one under the same key is.
    pub(super) fn run<'a>(&'a self, once: Option<&Once>) -> Result<Option<Running<'a>>, IntakeError> {
        let Some(once) = once else { return Ok(None) };
        if lock(&self.running).insert(once.key.clone()) {
            return Ok(Some(Running {
                intake: self,
                key: once.key.clone(),
            }));
        }
        let detail = format!(
            "a request under the Idempotency-Key {} is still running; try again in a moment",
            once.key.key
        );
        Err(IntakeError::refused(
            reprise_request::Problem::REQUEST_RUNNING,
            "Idempotency-Key",
            detail,
        ))
    }

    /// The requests that wait longest and can be written together: of each patient one, since what the first writes are
    /// facts for the second, which are read from what is committed.
    fn take_batch(&self) -> Vec<Arc<Ticket>> {
        let queue = &mut *lock(&self.queue);
        let mut batch: Vec<Arc<Ticket>> = Vec::new();
        let mut passed_over = VecDeque::new();
        let (mut patients, mut keys) = (HashSet::new(), HashSet::new());
        while batch.len() < BATCH_MAX {
            let Some(ticket) = queue.waiting.pop_front() else { break };
            let is_first_of_patient = patients.insert((ticket.payer.clone(), ticket.request.patient));
            let is_first_of_key = ticket.once.as_ref().is_none_or(|once| keys.insert(once.key.clone()));
            if is_first_of_patient && is_first_of_key {
                batch.push(ticket);
            } else {
                passed_over.push_back(ticket);
            }
        }
        passed_over.append(&mut queue.waiting);
        queue.waiting = passed_over;
        batch
    }

    /// Has the one that waits longest lead; nobody if nobody waits.
    fn hand_over(&self) {
        let mut queue = lock(&self.queue);
        match queue.waiting.front() {
            Some(next) => next.stand(Standing::Leads),
            None => queue.is_led = false,
        }
    }
}

/// That this thread writes for all who wait. Dropped, however that comes, it is the next one's turn.
struct Leading<'a>(&'a Intake);

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        self.0.hand_over();
    }
}

/// Requests that are being written. Dropped, however that comes, each of them is answered.
struct Batch(Vec<Arc<Ticket>>);

impl Drop for Batch {
    fn drop(&mut self) {
        for ticket in &self.0 {
            let mut standing = lock(&ticket.standing);
            if !matches!(*standing, Standing::Answered(_)) {
                let error = HostError::Technical("the request was being written, and that broke off".to_owned());
                *standing = Standing::Answered(Err(error.into()));
            }
            ticket.changed.notify_one();
        }
    }
}

impl Host {
    /// Writes a request's claims, with those of others that wait, and answers what became of it.
    pub(super) fn write_creation(&self, ticket: Ticket) -> Result<Written, IntakeError> {
        let intake = &self.inner.intake;
        let ticket = Arc::new(ticket);
        let leads = {
            let mut queue = lock(&intake.queue);
            queue.waiting.push_back(Arc::clone(&ticket));
            !std::mem::replace(&mut queue.is_led, true)
        };
        if !leads && let Some(outcome) = ticket.wait() {
            return outcome;
        }
        let _leading = Leading(intake);
        loop {
            // INVARIANT: it waits in the queue until it is answered, so each turn brings its answer nearer.
            self.write_batch(&Batch(intake.take_batch()));
            if let Some(outcome) = ticket.answer() {
                return outcome;
            }
        }
    }

    fn write_batch(&self, batch: &Batch) {
        let outcomes = self.try_write(&batch.0);
        match outcomes {
            Ok(outcomes) => {
                for (ticket, outcome) in batch.0.iter().zip(outcomes) {
                    ticket.stand(Standing::Answered(outcome));
                }
            }
            // It is the database's trouble, which all of them have. Nothing is tried again: whether the last commit is kept
            // may not be known, and callers who give a key can ask again.
            Err(error) => {
                for ticket in &batch.0 {
                    ticket.stand(Standing::Answered(Err(IntakeError::Host(same(&error)))));
                }
            }
        }
    }

    /// Writes requests of different patients in one transaction. An error is everybody's; what one of them alone fails of is
    /// its outcome.
    fn try_write(&self, batch: &[Arc<Ticket>]) -> Result<Vec<Result<Written, IntakeError>>, HostError> {
        let store = &*self.inner.store;
        let mut transaction = store.begin_write()?;
        // From here on nobody else writes, so what is read now holds until the commit.
        let reference_sequence = store.reference_sequence()?;
        let moment = Moment::now();
        let mut next = transaction.next_claim_id()?;
        let mut stored = Stored::default();
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut answers = Vec::new();
        for ticket in batch {
            let made = self.make_again(ticket, reference_sequence, next, moment);
            outcomes.push(match made {
                Ok(Made::New(claims, rows)) => {
                    next += i64::try_from(claims.len()).unwrap_or(i64::MAX);
                    stored.extend(rows);
                    answers.push((ticket, claims.clone()));
                    Ok(Written::Done(Done::now(claims)))
                }
                Ok(Made::Known(written)) => Ok(written),
                Err(HostError::Store(
                    error @ (StoreError::Busy { .. } | StoreError::Unavailable { .. } | StoreError::DiskFull),
                )) => return Err(error.into()),
                Err(error) => Err(error.into()),
            });
        }
        for (ticket, claims) in answers {
            keep(transaction.as_mut(), ticket.once.as_ref(), &claims)?;
        }
        if !stored.claims.is_empty() {
            stored.write(transaction.as_mut())?;
        }
        transaction.commit()?;
        Ok(outcomes)
    }

    /// Makes a request's claims up, if what was decided on is still so.
    fn make_again(
        &self,
        ticket: &Ticket,
        reference_sequence: u64,
        first: i64,
        moment: Moment,
    ) -> Result<Made, HostError> {
        if let Some(done) = self.kept(ticket.once.as_ref())? {
            return Ok(Made::Known(Written::Done(done)));
        }
        let store = &*self.inner.store;
        let (decided, request) = (&ticket.decided, &ticket.request);
        let procedures: BTreeSet<u64> = request.procedures.iter().copied().collect();
        let data = match reference_sequence == decided.reference_sequence {
            // Only claims can be others than they were.
            true => decided.data.with_claims_of(store, &ticket.payer, &procedures)?,
            false => IntakeData::read(store, &ticket.payer, &BTreeSet::from([request.patient]), &procedures)?,
        };
        if data.office != decided.data.office || data.creation_facts(request).as_ref() != Ok(&decided.facts) {
            return Ok(Made::Known(Written::Overtaken));
        }
        let mut claims = Vec::with_capacity(decided.made.len());
        let mut rows = Stored::default();
        for (id, made) in (first..).zip(&decided.made) {
            let mut claim = data.make(&ticket.payer, request, made, id, moment);
            claim.code = free_code(store, &ticket.payer, id)?;
            rows.add(ticket, &claim)?;
            claims.push(claim);
        }
        Ok(Made::New(claims, rows))
    }
}

/// What a request comes to once it can be written.
enum Made {
    /// These claims, with what is stored of them.
    New(Vec<Claim>, Stored),
    /// Nothing is to be written.
    Known(Written),
}

/// The same error for another caller.
fn same(error: &HostError) -> HostError {
    match error {
        HostError::Store(error) => HostError::Store(error.clone()),
        error => HostError::Technical(error.to_string()),
    }
}

/// What a claim with this number is called. An import may have brought a claim of that name, which then keeps it.
fn free_code(store: &dyn Store, payer: &str, id: i64) -> Result<String, StoreError> {
    let mut code = code_of(id);
    let mut attempt = 1;
    while !store.claims_by_code(payer, &[&code])?.is_empty() {
        attempt += 1;
        code = format!("{}-{attempt}", code_of(id));
    }
    Ok(code)
}

/// What a transaction stores.
#[derive(Default)]
struct Stored {
    claims: Vec<ClaimToWrite>,
    history: Vec<NewHistoryEntry>,
    events: Vec<NewEvent>,
}

impl Stored {
    fn extend(&mut self, more: Self) {
        self.claims.extend(more.claims);
        self.history.extend(more.history);
        self.events.extend(more.events);
    }

    fn add(&mut self, ticket: &Ticket, claim: &Claim) -> Result<(), HostError> {
        let id = claim.id.unwrap_or_default();
        let created = Created {
            claim: &claim.code,
            claim_num: id,
            pat_num: ticket.request.patient,
            claim_type: claim.intake_type.map_or("", |claim_type| claim_type.as_str()),
            claim_status: claim.submission_status.map_or("", |status| status.as_str()),
            ins_sub_num: claim.ins_sub.as_deref().map_or(0, number),
            proc_nums: claim.procedures.iter().map(|code| number(code)).collect(),
            user: &ticket.user,
            decided_by: &ticket.decided.decided_by,
        };
        let details = json_text(&created);
        self.history.push(NewHistoryEntry {
            claim: id,
            operation: OPERATION,
            user: ticket.user.clone(),
            activity: None,
            details: details.clone(),
        });
        self.events.push(NewEvent {
            payer: claim.payer.clone(),
            kind: "claim.created",
            claim: id,
            details,
        });
        self.claims.push(ClaimToWrite::encode(claim.clone())?);
        Ok(())
    }

    fn write(self, transaction: &mut dyn WriteTransaction) -> Result<(), HostError> {
        let outcomes = transaction.write_claims(&self.claims, ExistingClaims::Refuse)?;
        if let Some(place) = outcomes.iter().position(|outcome| *outcome != WriteOutcome::Inserted) {
            let code = self.claims[place].code();
            return Err(HostError::Technical(format!(
                "a new claim was to be called `{code}`, and another one is already"
            )));
        }
        transaction.append_history(&self.history)?;
        transaction.append_events(&self.events)?;
        Ok(())
    }
}
