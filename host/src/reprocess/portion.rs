//! A portion of claims sent through processing again: decided on all cores, written in one transaction.
//!
//! INVARIANT: no component is asked while the database is held for writing, however few claims it is about: what it takes
//! would be taken from every payer.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use reprise_engine::{ClaimStatusComponent, Fault, ReferenceSource};
use reprise_model::{Claim, DispositionDecision, Message, MessageKey, ProcessType, ReprocessState, ResultMessages};
use reprise_request::ReprocessOptions;
use reprise_store::{ClaimChange, ClaimToWrite, EncodedClaim, StoreError, WriteTransaction};

use super::apply::{Origin, Told, apply};
use super::facts::KnownCodes;
use super::refusal::{forbidden_message, is_about_the_claim, judge, state_of};
use crate::access::Rights;
use crate::intake::ATTEMPTS_MAX;
use crate::rules::Decider;
use crate::{Host, HostError};

/// Fewer claims than this are decided faster by one thread than by several.
const CLAIMS_PER_WORKER_MIN: usize = 64;

/// After how many claims that a component fails on the rest of a portion is not asked any more.
pub(crate) const FAULTS_MAX: usize = 64;

/// A claim that is asked for, with what is to become of it.
#[derive(Clone, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) encoded: EncodedClaim,
    pub(crate) options: &'a ReprocessOptions,
}

/// What became of a claim, before it is written.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) process_type: ProcessType,
    result: ResultMessages,
    change: Option<(ClaimChange, Told)>,
}

/// Claims that are written, in a transaction that whoever wanted them adds to and commits.
pub(crate) struct Written<'s> {
    pub(crate) transaction: Box<dyn WriteTransaction + 's>,
    /// What became of each claim.
    pub(crate) results: Vec<ResultMessages>,
}

/// Whether a claim that has changed since it was matched is still one that was asked for.
pub(crate) trait Rematch: Sync {
    /// Which of these claims, by their ids, no longer match; a fault of the component is what is said of that claim.
    fn no_longer_match(&self, claims: &[i64]) -> Result<HashMap<i64, Message>, HostError>;

    /// The change of the store that claims were matched at.
    fn matched_at(&self) -> u64;
}

/// Whose claims are sent through processing again, for whom, and by which request.
pub(crate) struct Reprocessing<'a> {
    pub(crate) host: &'a Host,
    pub(crate) payer: &'a str,
    pub(crate) origin: Origin<'a>,
    /// What decides.
    pub(crate) rules: &'a Decider<ClaimStatusComponent>,
    /// By which name the caller holds claims, if it does.
    pub(crate) holder: Option<&'a str>,
    pub(crate) known: &'a KnownCodes,
    /// What whoever wants it may do.
    pub(crate) rights: &'a Rights,
    /// The criteria that claims have to meet still, if they were chosen by criteria.
    pub(crate) rematch: Option<&'a dyn Rematch>,
    /// On how many threads it may be decided.
    pub(crate) workers: usize,
}

impl Reprocessing<'_> {
    /// Makes up what becomes of each claim. No claim may be asked for twice.
    pub(crate) fn decide(&self, asked: &[Asked<'_>]) -> Result<Vec<Decided>, HostError> {
        // The index need not be in step: what is decided here is read from the store, and only a claim that has changed
        // since it was matched is looked up in the index, which is then brought into step.
        self.host.ensure_loaded()?;
        let held = self.held_by_others(asked)?;
        let unmatched = self.unmatched(asked)?;
        let (_, reference) = self.host.begin_run(self.payer);
        let reference: Arc<dyn ReferenceSource> = reference;
        let workers = self.workers.min(asked.len() / CLAIMS_PER_WORKER_MIN).max(1);
        let share = asked.len().div_ceil(workers).max(1);
        let decide = |share: &[Asked<'_>]| self.decide_share(share, &held, &unmatched, &reference);
        if workers == 1 {
            return decide(asked);
        }
        let shares = std::thread::scope(|scope| {
            let threads: Vec<_> = asked
                .chunks(share)
                .map(|share| scope.spawn(move || decide(share)))
                .collect();
            threads
                .into_iter()
                .map(|thread| {
                    let ended = |_| {
                        Err(HostError::Technical(
                            "a thread that decides claims ended before its work did".to_owned(),
                        ))
                    };
                    thread.join().unwrap_or_else(ended)
                })
                .collect::<Result<Vec<_>, _>>()
        })?;
        Ok(shares.into_iter().flatten().collect())
    }

    /// Writes what was decided, in a transaction of its own. What others have changed or taken hold of since is decided
    /// anew, outside of it, and all of it is tried again in the next one.
    ///
    /// `is_wanted` is asked first in each of these transactions, and what it writes is written with the claims. Once it
    /// answers no, nothing is written and nothing is answered.
    ///
    /// A refusal is not decided anew: it held when the claim was read, and nothing was done on it.
    pub(crate) fn write(
        &self,
        asked: &[Asked<'_>],
        mut decided: Vec<Decided>,
        mut is_wanted: impl FnMut(&mut dyn WriteTransaction) -> Result<bool, HostError>,
    ) -> Result<Option<Written<'_>>, HostError> {
        for _ in 0..ATTEMPTS_MAX {
            let mut transaction = self.host.inner.store.begin_write()?;
            if !is_wanted(transaction.as_mut())? {
                return Ok(None);
            }
            let overtaken = self.change(transaction.as_mut(), asked, &decided)?;
            if overtaken.is_empty() {
                let results = tell(transaction.as_mut(), decided)?;
                return Ok(Some(Written { transaction, results }));
            }
            drop(transaction);
            let anew = self.decide(&self.read_again(asked, &overtaken)?)?;
            for (place, decision) in overtaken.into_iter().zip(anew) {
                decided[place] = decision;
            }
        }
        Err(HostError::Store(StoreError::Unavailable {
            reason: "claims changed each time before what was decided about them could be written".to_owned(),
        }))
    }

    /// Changes the claims that are still what they were when they were decided on, and answers the places of the others.
    fn change(
        &self,
        transaction: &mut dyn WriteTransaction,
        asked: &[Asked<'_>],
        decided: &[Decided],
    ) -> Result<Vec<usize>, HostError> {
        // Nobody else writes while the transaction is open, so what is read of the store now holds until it ends.
        let held = self.held_by_others(asked)?;
        let (mut places, mut changes, mut overtaken) = (Vec::new(), Vec::new(), Vec::new());
        for (place, decision) in decided.iter().enumerate() {
            match &decision.change {
                Some((change, _)) if held.contains(&change.id) => overtaken.push(place),
                Some((change, _)) => {
                    places.push(place);
                    changes.push(change.clone());
                }
                None => {}
            }
        }
        let written = places.into_iter().zip(transaction.change_claims(&changes)?);
        overtaken.extend(written.filter(|(_, written)| !written).map(|(place, _)| place));
        overtaken.sort_unstable();
        Ok(overtaken)
    }

    /// The claims in these places, as they are now.
    fn read_again<'a>(&self, asked: &[Asked<'a>], places: &[usize]) -> Result<Vec<Asked<'a>>, HostError> {
        let ids: Vec<i64> = places.iter().map(|&place| asked[place].encoded.id).collect();
        let now = self.host.inner.store.claims_by_id(self.payer, &ids)?;
        if now.len() != ids.len() {
            // A single request may meet a deletion. Work that has listed claims cannot: as long as it is under way, none of
            // them is deleted.
            let is_gone = |place: &&usize| !now.iter().any(|found| found.id == asked[**place].encoded.id);
            let gone = places.iter().find(is_gone).map_or(0, |&place| asked[place].encoded.id);
            return Err(HostError::not_found(&format!(
                "claim {gone} any more: it was deleted just now"
            )));
        }
        let options = places.iter().map(|&place| asked[place].options);
        Ok(now
            .into_iter()
            .zip(options)
            .map(|(encoded, options)| Asked { encoded, options })
            .collect())
    }

    fn held_by_others(&self, asked: &[Asked<'_>]) -> Result<HashSet<i64>, HostError> {
        let ids: Vec<i64> = asked.iter().map(|asked| asked.encoded.id).collect();
        let locks = self.host.inner.store.claim_locks(&ids)?;
        Ok(locks
            .into_iter()
            .filter(|lock| self.holder != Some(lock.holder.as_str()))
            .map(|lock| lock.claim)
            .collect())
    }

    /// What is to be said of the claims that have changed since they were matched and match no longer.
    fn unmatched(&self, asked: &[Asked<'_>]) -> Result<HashMap<i64, Message>, HostError> {
        let Some(rematch) = self.rematch else {
            return Ok(HashMap::new());
        };
        let changed: Vec<i64> = asked
            .iter()
            .filter(|asked| asked.encoded.change_sequence > rematch.matched_at())
            .map(|asked| asked.encoded.id)
            .collect();
        if changed.is_empty() {
            return Ok(HashMap::new());
        }
        rematch.no_longer_match(&changed)
    }

    fn decide_share(
        &self,
        asked: &[Asked<'_>],
        held: &HashSet<i64>,
        unmatched: &HashMap<i64, Message>,
        reference: &Arc<dyn ReferenceSource>,
    ) -> Result<Vec<Decided>, HostError> {
        let mut claims = Vec::with_capacity(asked.len());
        let mut states = Vec::with_capacity(asked.len());
        for asked in asked {
            let claim = asked.encoded.decode()?;
            states.push(state_of(&claim, asked.options, held.contains(&asked.encoded.id)));
            claims.push(claim);
        }
        let decisions = decisions(self.rules, &states, reference);
        let (mut publishing, mut restricted) = (HashMap::new(), HashSet::new());
        for code in asked
            .iter()
            .zip(&claims)
            .flat_map(|(asked, claim)| pend_reasons(claim, asked.options))
        {
            if !publishing.contains_key(code) {
                publishing.insert(code.to_owned(), self.known.publishes(code)?);
                if self.host.inner.check_pend_restrictions && self.known.is_pend_reason_restricted(code, self.rights)? {
                    restricted.insert(code.to_owned());
                }
            }
        }
        let publishes = |code: &str| publishing.get(code).copied().unwrap_or(false);
        let mut decided = Vec::with_capacity(asked.len());
        for (((asked, mut claim), state), decision) in asked.iter().zip(claims).zip(states).zip(decisions) {
            let id = asked.encoded.id;
            let code = claim.code.clone();
            let process_type = claim.process_type;
            let judged = match decision {
                Ok(decision) => judge(&code, state, decision),
                // The component did nothing wrong: the database did not answer it.
                Err(fault @ Fault::ReferenceUnavailable { .. }) => return Err(fault.into()),
                Err(fault) => Err(forbidden_message(&code, state)
                    .unwrap_or_else(|| Message::new(MessageKey::RuleFault, [&fault.to_string()]))),
            };
            let judged = match (judged, unmatched.get(&id)) {
                (Err(message), _) if is_about_the_claim(&message) => Err(message),
                (_, Some(no_match)) => Err(about(no_match, &code)),
                (Ok(_), None) if resolves_any_of(&claim, &restricted) => {
                    Err(Message::new(MessageKey::PendReasonNotAllowed, []))
                }
                (judged, None) => judged,
            };
            decided.push(match judged {
                Ok(disposition) => {
                    let told = apply(&mut claim, asked.options, disposition, self.origin, &publishes);
                    let change = ClaimChange {
                        id,
                        seen: asked.encoded.change_sequence,
                        claim: ClaimToWrite::encode(claim)?,
                    };
                    let message = Message::new(MessageKey::Scheduled, [&code]);
                    Decided {
                        process_type,
                        result: ResultMessages::about(code, vec![message]),
                        change: Some((change, told)),
                    }
                }
                Err(message) => Decided {
                    process_type,
                    result: ResultMessages::about(code, vec![message]),
                    change: None,
                },
            });
        }
        Ok(decided)
    }
}

/// Writes what is to be told of the claims that were changed, and answers each claim's result.
fn tell(transaction: &mut dyn WriteTransaction, decided: Vec<Decided>) -> Result<Vec<ResultMessages>, HostError> {
    let (mut history, mut events) = (Vec::with_capacity(decided.len()), Vec::with_capacity(decided.len()));
    let mut results = Vec::with_capacity(decided.len());
    for decision in decided {
        if let Some((_, told)) = decision.change {
            history.push(told.history);
            events.extend(told.events);
        }
        results.push(decision.result);
    }
    transaction.append_history(&history)?;
    transaction.append_events(&events)?;
    Ok(results)
}

/// A message about a claim, with the claim's code where it speaks of it.
fn about(message: &Message, code: &str) -> Message {
    if message.key == MessageKey::NoLongerMatches {
        Message::new(MessageKey::NoLongerMatches, [code])
    } else {
        message.clone()
    }
}

/// Whether processing the claim again resolves, by removing it, a pend reason that is one of these.
fn resolves_any_of(claim: &Claim, restricted: &HashSet<String>) -> bool {
    // A claim that was finalized keeps its pend reasons.
    !restricted.is_empty()
        && !claim.status.needs_unfinalize_reason()
        && claim
            .attached_pend_reasons()
            .any(|(_, attached)| !attached.resolved && restricted.contains(&attached.code))
}

/// The pend reasons that a claim has or is given.
fn pend_reasons<'a>(claim: &'a Claim, options: &'a ReprocessOptions) -> impl Iterator<Item = &'a str> {
    let held = claim.pend_reasons.iter();
    let of_bills = claim.bills.iter().flat_map(|bill| &bill.pend_reasons);
    let of_lines = claim.lines.iter().flat_map(|line| &line.pend_reasons);
    let attached = held.chain(of_bills).chain(of_lines).map(|reason| reason.code.as_str());
    attached.chain(options.pend_reasons.iter().map(String::as_str))
}

/// What the claim-status component decides about each claim. A fault that a batch ends in is narrowed down to the claims
/// that it is about: each of them has it as its answer, and the others are decided. After some faults the rest is not asked
/// any more: a component that takes all of its time for every claim would take hours.
fn decisions(
    rules: &Decider<ClaimStatusComponent>,
    states: &[ReprocessState],
    reference: &Arc<dyn ReferenceSource>,
) -> Vec<Result<DispositionDecision, Fault>> {
    let mut faults = Vec::new();
    decisions_of_part(rules, states, reference, &mut faults)
}

fn decisions_of_part(
    rules: &Decider<ClaimStatusComponent>,
    states: &[ReprocessState],
    reference: &Arc<dyn ReferenceSource>,
    faults: &mut Vec<Fault>,
) -> Vec<Result<DispositionDecision, Fault>> {
    if let Some(last) = faults.get(FAULTS_MAX) {
        return states.iter().map(|_| Err(last.clone())).collect();
    }
    let instance = rules.attempt(Arc::clone(reference));
    match (
        states,
        instance.and_then(|mut instance| instance.reprocess_batch(states)),
    ) {
        (_, Ok(decisions)) => decisions.into_iter().map(Ok).collect(),
        (_, Err(fault)) if !fault.is_of_the_component() => states.iter().map(|_| Err(fault.clone())).collect(),
        (&[state], Err(_)) => vec![decision_of_one(rules, state, reference, faults)],
        (_, Err(_)) => {
            let (first, second) = states.split_at(states.len() / 2);
            let mut decisions = decisions_of_part(rules, first, reference, faults);
            decisions.extend(decisions_of_part(rules, second, reference, faults));
            decisions
        }
    }
}

fn decision_of_one(
    rules: &Decider<ClaimStatusComponent>,
    state: ReprocessState,
    reference: &Arc<dyn ReferenceSource>,
    faults: &mut Vec<Fault>,
) -> Result<DispositionDecision, Fault> {
    let instance = rules.instantiate(Arc::clone(reference));
    let decision = instance.and_then(|mut instance| instance.reprocess(state));
    if let Err(fault) = &decision {
        faults.push(fault.clone());
    }
    decision
}
