//! Releasing claims that wait: for the claim before them to be received, or for a procedure to be finished.

use std::collections::BTreeSet;

use reprise_model::{Claim, IntakeType, OfficeSetting, ProcessingStatus, ReleaseFacts, SubmissionStatus};
use reprise_store::{ClaimChange, ClaimToWrite, NewHistoryEntry, Store, StoreError, WriteTransaction};

use super::data::{IntakeData, is_received, number, office_settings};
use super::made::Moment;
use super::standing::{StatusChanged, move_to};
use crate::reprocess::json_text;
use crate::rules::{DecidedBy, RuleSet};
use crate::{Host, HostError};

/// The operation that its entry in a claim's history is known by.
const OPERATION: &str = "release";

/// A claim that waits, and the facts that its release is decided by.
struct Waiting {
    id: i64,
    seen: u64,
    claim: Claim,
    current: SubmissionStatus,
    facts: ReleaseFacts,
}

/// What claims wait for.
#[derive(Clone, Copy)]
pub(super) enum WaitedFor<'a> {
    /// This claim is received, for the first time.
    Receipt { id: i64, claim: &'a Claim },
    /// Procedures of these claims are finished.
    Finish { claims: &'a [i64] },
}

/// Which claims are released, decided before the transaction in which they are.
pub(crate) struct Releases {
    office: Vec<OfficeSetting>,
    decided: Vec<(i64, ReleaseFacts, Option<SubmissionStatus>)>,
    decided_by: DecidedBy,
}

impl Releases {
    /// Decides, by these rules, which claims the receipt of this one releases.
    pub(crate) fn by_receipt(
        host: &Host,
        rules: &RuleSet,
        payer: &str,
        id: i64,
        claim: &Claim,
    ) -> Result<Self, HostError> {
        Self::decide(host, rules, payer, WaitedFor::Receipt { id, claim })
    }

    pub(super) fn decide(
        host: &Host,
        rules: &RuleSet,
        payer: &str,
        waited_for: WaitedFor<'_>,
    ) -> Result<Self, HostError> {
        let store = &*host.inner.store;
        let waiting = waiting(store, payer, waited_for)?;
        let office = match waiting.is_empty() {
            true => Vec::new(),
            false => office_settings(store, payer)?,
        };
        let facts = waiting.iter().map(|waiting| &waiting.facts);
        let statuses = host.decide_releases(payer, facts, &office, rules)?;
        let decided = waiting
            .into_iter()
            .zip(statuses)
            .map(|(waiting, status)| (waiting.id, waiting.facts, status))
            .collect();
        Ok(Self {
            office,
            decided,
            decided_by: rules.claim_status.decided_by().clone(),
        })
    }

    /// Whether any claim is released.
    pub(super) fn releases_any(&self) -> bool {
        self.decided.iter().any(|(.., status)| status.is_some())
    }

    /// Releases the claims that the receipt of this one does, or answers false: others were faster, and it is to be decided
    /// anew.
    pub(crate) fn write_receipt(
        &self,
        host: &Host,
        transaction: &mut dyn WriteTransaction,
        user: &str,
        (id, claim): (i64, &Claim),
    ) -> Result<bool, HostError> {
        let payer = claim.payer.clone();
        self.write(host, transaction, &payer, user, WaitedFor::Receipt { id, claim })
    }

    pub(super) fn write(
        &self,
        host: &Host,
        transaction: &mut dyn WriteTransaction,
        payer: &str,
        user: &str,
        waited_for: WaitedFor<'_>,
    ) -> Result<bool, HostError> {
        let store = &*host.inner.store;
        let waiting = waiting(store, payer, waited_for)?;
        if waiting.len() != self.decided.len() || (!waiting.is_empty() && office_settings(store, payer)? != self.office)
        {
            return Ok(false);
        }
        let received = match waited_for {
            WaitedFor::Receipt { id, .. } => Some(id),
            WaitedFor::Finish { .. } => None,
        };
        let moment = Moment::now();
        let (mut changes, mut history, mut events) = (Vec::new(), Vec::new(), Vec::new());
        for (waiting, (id, facts, status)) in waiting.into_iter().zip(&self.decided) {
            if waiting.id != *id || waiting.facts != *facts {
                return Ok(false);
            }
            let Some(status) = *status else { continue };
            let mut claim = waiting.claim;
            claim.id = Some(waiting.id);
            if claim.intake.as_ref().is_none_or(|details| details.rank.is_none()) {
                claim.intake.get_or_insert_default().rank = Some(facts.rank);
            }
            move_to(&mut claim, status, moment);
            let changed =
                StatusChanged::new(&claim, waiting.current, user, Some(&self.decided_by)).because_received(received);
            history.push(NewHistoryEntry {
                claim: waiting.id,
                operation: OPERATION,
                user: user.to_owned(),
                activity: None,
                details: json_text(&changed),
            });
            events.push(changed.event(payer));
            changes.push(ClaimChange {
                id: waiting.id,
                seen: waiting.seen,
                claim: ClaimToWrite::encode(claim)?,
            });
        }
        if changes.is_empty() {
            return Ok(true);
        }
        if transaction.change_claims(&changes)?.contains(&false) {
            // Read while nobody else is writing, so the same transaction has changed it.
            return Err(HostError::Technical(
                "a claim was changed and released at once".to_owned(),
            ));
        }
        transaction.append_history(&history)?;
        transaction.append_events(&events)?;
        Ok(true)
    }
}

/// The claims that wait for this, by id.
fn waiting(store: &dyn Store, payer: &str, waited_for: WaitedFor<'_>) -> Result<Vec<Waiting>, StoreError> {
    let (candidates, received) = match waited_for {
        WaitedFor::Receipt { id, claim } => {
            if claim.intake_type == Some(IntakeType::PreAuthorization) {
                return Ok(Vec::new());
            }
            let procedures: Vec<&str> = claim.procedures.iter().map(String::as_str).collect();
            (store.claims_with_procedures(payer, &procedures)?, Some((id, claim)))
        }
        WaitedFor::Finish { claims } => (store.claims_by_id(payer, claims)?, None),
    };
    let mut held = Vec::new();
    for encoded in candidates {
        let claim = encoded.decode()?;
        let waits = match (claim.submission_status, received) {
            (Some(SubmissionStatus::Hold | SubmissionStatus::Unsent), Some((received, _))) => encoded.id != received,
            (Some(SubmissionStatus::InProcess), None) => true,
            _ => false,
        };
        if let (true, Some(current), ProcessingStatus::Entry) = (waits, claim.submission_status, claim.status) {
            held.push((encoded.id, encoded.change_sequence, current, claim));
        }
    }
    if held.is_empty() {
        return Ok(Vec::new());
    }
    held.sort_by_key(|(id, ..)| *id);
    let claims = held
        .iter()
        .map(|(.., claim)| claim)
        .chain(received.map(|(_, claim)| claim));
    let (mut patients, mut procedures) = (BTreeSet::new(), BTreeSet::new());
    for claim in claims {
        patients.extend(claim.patient.as_deref().map(number));
        procedures.extend(claim.procedures.iter().map(|code| number(code)));
    }
    let data = IntakeData::read(store, payer, &patients, &procedures)?;
    Ok(held
        .into_iter()
        .map(|(id, seen, current, claim)| Waiting {
            facts: data.release_facts(id, &claim, current, received),
            id,
            seen,
            claim,
            current,
        })
        .collect())
}

impl IntakeData {
    fn release_facts(
        &self,
        id: i64,
        claim: &Claim,
        current: SubmissionStatus,
        received: Option<(i64, &Claim)>,
    ) -> ReleaseFacts {
        let rank = self.rank_of(claim);
        let shares = |other: &Claim| other.procedures.iter().any(|code| claim.procedures.contains(code));
        let received_id = received.map(|(id, _)| id);
        let before: Vec<(bool, u32)> = self
            .claims()
            .filter(|(other, _)| *other != id && Some(*other) != received_id)
            .filter(|(_, other)| other.intake_type != Some(IntakeType::PreAuthorization) && shares(other))
            .map(|(_, other)| (is_received(other), self.rank_of(other)))
            .filter(|(_, of_other)| (1..rank).contains(of_other))
            .collect();
        let open_before = before.iter().filter(|(is_received, _)| !is_received).count();
        let received_before = || {
            before
                .iter()
                .filter(|(is_received, _)| *is_received)
                .map(|(_, rank)| *rank)
        };
        let received_rank = match received {
            Some((_, claim)) => self.rank_of(claim),
            None => received_before().max().unwrap_or_default(),
        };
        ReleaseFacts {
            claim_type: claim.intake_type.unwrap_or(IntakeType::Other),
            current,
            settles_in: claim
                .intake
                .as_ref()
                .and_then(|details| details.settles_in)
                .unwrap_or(SubmissionStatus::Waiting),
            rank,
            received_rank,
            received_medical: received.is_some() && received_rank == 0,
            open_before: u32::try_from(open_before).unwrap_or(u32::MAX),
            in_process: claim
                .procedures
                .iter()
                .any(|code| self.procedure(number(code)).is_some_and(|row| row.in_process)),
        }
    }
}
