//! Writing new claims: requests that wait at the same time are written in one transaction, so that they share one sync of
//! the disk, and each is done wholly or not at all.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reprise_model::{Claim, MadeClaim, OfficeSetting};
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
use crate::{Done, Host, HostError, Once};

/// How many requests are written in one transaction at most.
const BATCH_MAX: usize = 128;

/// The operation that its entry in a claim's history is known by.
const OPERATION: &str = "create";

/// What intake keeps in memory: who waits to write, and which keys are under way.
#[derive(Default)]
pub(crate) struct Intake {
    waiting: Mutex<VecDeque<Arc<Ticket>>>,
    /// Held by whoever writes for all who wait.
    writing: Mutex<()>,
    running: Mutex<HashSet<IdempotencyKey>>,
}

/// A request that was decided on and waits to be written.
pub(super) struct Ticket {
    pub(super) payer: String,
    pub(super) user: String,
    pub(super) request: CreationRequest,
    pub(super) once: Option<Once>,
    pub(super) facts: CreationFacts,
    pub(super) office: Vec<OfficeSetting>,
    pub(super) made: Vec<MadeClaim>,
    /// The digest of the component that decided.
    pub(super) rules: String,
    pub(super) outcome: Mutex<Option<Result<Written, IntakeError>>>,
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
    rules: &'a str,
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
        let mut waiting = lock(&self.waiting);
        let mut batch: Vec<Arc<Ticket>> = Vec::new();
        let mut passed_over = VecDeque::new();
        while let (Some(ticket), true) = (waiting.pop_front(), batch.len() < BATCH_MAX) {
            let is_alike = |other: &Arc<Ticket>| {
                (other.payer == ticket.payer && other.request.patient == ticket.request.patient)
                    || (ticket.once.is_some()
                        && other.once.as_ref().map(|once| &once.key) == ticket.once.as_ref().map(|once| &once.key))
            };
            if batch.iter().any(is_alike) || passed_over.iter().any(is_alike) {
                passed_over.push_back(ticket);
            } else {
                batch.push(ticket);
            }
        }
        passed_over.append(&mut waiting);
        *waiting = passed_over;
        batch
    }
}

impl Host {
    /// Writes a request's claims, with those of others that wait, and answers what became of it.
    pub(super) fn write_creation(&self, ticket: Ticket) -> Result<Written, IntakeError> {
        let intake = &self.inner.intake;
        let ticket = Arc::new(ticket);
        lock(&intake.waiting).push_back(Arc::clone(&ticket));
        let _writing = lock(&intake.writing);
        loop {
            // Whoever wrote while this one waited has written for it, too.
            if let Some(outcome) = lock(&ticket.outcome).take() {
                return outcome;
            }
            self.write_batch(&intake.take_batch());
        }
    }

    fn write_batch(&self, batch: &[Arc<Ticket>]) {
        let say = |ticket: &Ticket, outcome| *lock(&ticket.outcome) = Some(outcome);
        match self.try_write(batch) {
            Ok(outcomes) => {
                for (ticket, outcome) in batch.iter().zip(outcomes) {
                    say(ticket, outcome);
                }
            }
            Err(error) if batch.len() == 1 => batch.iter().take(1).for_each(|ticket| {
                say(ticket, Err(IntakeError::Host(HostError::Technical(error.to_string()))));
            }),
            // What stops one does not stop the others: each is tried by itself.
            Err(_) => {
                for ticket in batch {
                    let outcome = self.try_write(std::slice::from_ref(ticket));
                    say(ticket, outcome.and_then(only));
                }
            }
        }
    }

    /// Writes requests of different patients in one transaction.
    fn try_write(&self, batch: &[Arc<Ticket>]) -> Result<Vec<Result<Written, IntakeError>>, IntakeError> {
        let store = &*self.inner.store;
        let mut transaction = store.begin_write()?;
        let moment = Moment::now();
        let mut next = transaction.next_claim_id()?;
        let mut stored = Stored::default();
        let mut outcomes = Vec::with_capacity(batch.len());
        for ticket in batch {
            // From here on nobody else writes, so what is read now holds until the commit.
            match self.kept(ticket.once.as_ref()) {
                Ok(None) => {}
                Ok(Some(done)) => {
                    outcomes.push(Ok(Written::Done(done)));
                    continue;
                }
                Err(error @ HostError::KeyReused(_)) => {
                    outcomes.push(Err(error.into()));
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
            let request = &ticket.request;
            let procedures: BTreeSet<u64> = request.procedures.iter().copied().collect();
            let data = IntakeData::read(store, &ticket.payer, &BTreeSet::from([request.patient]), &procedures)?;
            if data.office != ticket.office || data.creation_facts(request).as_ref() != Ok(&ticket.facts) {
                outcomes.push(Ok(Written::Overtaken));
                continue;
            }
            let mut claims = Vec::with_capacity(ticket.made.len());
            for made in &ticket.made {
                let mut claim = data.make(&ticket.payer, request, made, next, moment);
                claim.code = free_code(store, &ticket.payer, next)?;
                next += 1;
                stored.add(ticket, &claim)?;
                claims.push(claim);
            }
            keep(transaction.as_mut(), ticket.once.as_ref(), &claims)?;
            outcomes.push(Ok(Written::Done(Done::now(claims))));
        }
        if !stored.claims.is_empty() {
            stored.write(transaction.as_mut())?;
        }
        transaction.commit()?;
        Ok(outcomes)
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

/// The outcome of the one request that was tried.
fn only(outcomes: Vec<Result<Written, IntakeError>>) -> Result<Written, IntakeError> {
    let missing = || HostError::Technical("a request was written and not answered".to_owned());
    outcomes.into_iter().next().unwrap_or_else(|| Err(missing().into()))
}

/// What a transaction stores.
#[derive(Default)]
struct Stored {
    claims: Vec<ClaimToWrite>,
    history: Vec<NewHistoryEntry>,
    events: Vec<NewEvent>,
}

impl Stored {
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
            rules: &ticket.rules,
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

    fn write(&self, transaction: &mut dyn WriteTransaction) -> Result<(), HostError> {
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
