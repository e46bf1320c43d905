//! Changing a claim that began at intake: its status, by the rules, and what is said on it.

use std::collections::BTreeSet;

use reprise_model::{Claim, Message, MessageKey, ProcessingStatus, SubmissionStatus};
use reprise_request::{ClaimUpdate, Problem};
use reprise_store::{ClaimChange, ClaimToWrite, EncodedClaim, NewEvent, NewHistoryEntry};
use serde_json::{Map, Value};

use super::data::{IntakeData, number};
use super::made::Moment;
use super::release::Releases;
use super::standing::{StatusChanged, edit, move_to};
use super::{ATTEMPTS_MAX, IntakeError};
use crate::{Host, HostError};

/// The operation that its entry in a claim's history is known by.
const OPERATION: &str = "change";

impl Host {
    /// Changes a claim as it is asked to be, all of it or nothing, and answers the claim. A claim that is received for the
    /// first time by that releases those that wait for it, in the same transaction.
    pub fn update_claim(&self, payer: &str, user: &str, id: i64, update: &ClaimUpdate) -> Result<Claim, IntakeError> {
        for _ in 0..ATTEMPTS_MAX {
            if let Some(claim) = self.try_update(payer, user, id, update)? {
                return Ok(claim);
            }
        }
        Err(IntakeError::overtaken())
    }

    /// The claim, or nothing: others were faster.
    fn try_update(&self, payer: &str, user: &str, id: i64, update: &ClaimUpdate) -> Result<Option<Claim>, IntakeError> {
        let (encoded, claim, current) = self.intake_claim_to_change(payer, id)?;
        let mut status = current;
        let mut decided_on = None;
        // One generation decides on the change and on what goes on because of it.
        let rules = self.rules_of(payer)?;
        if let Some(asked) = update.status {
            let data = self.data_of(payer, &claim)?;
            let facts = data.change_facts(id, &claim, current, asked)?;
            status = self.decide_change(payer, &facts, &data.office, &rules)?;
            check_one_life(&claim, current, status)?;
            decided_on = Some((facts, data.office));
        }
        let releases = match status {
            SubmissionStatus::Received if is_first_receipt(&claim, current) => {
                Some(Releases::by_receipt(self, &rules, payer, id, &claim)?)
            }
            _ => None,
        };

        let mut transaction = self.inner.store.begin_write()?;
        let (encoded_now, claim_now, _) = self.intake_claim_to_change(payer, id)?;
        if encoded_now.change_sequence != encoded.change_sequence {
            return Ok(None);
        }
        if let Some((facts, office)) = &decided_on {
            let data = self.data_of(payer, &claim_now)?;
            let asked = facts.claim.asked.unwrap_or(status);
            if data.office != *office || data.change_facts(id, &claim_now, current, asked).as_ref() != Ok(facts) {
                return Ok(None);
            }
        }
        let mut changed = claim_now.clone();
        if let (Some((facts, _)), true) = (
            &decided_on,
            changed.intake.as_ref().is_none_or(|held| held.rank.is_none()),
        ) {
            changed.intake.get_or_insert_default().rank = Some(facts.claim.rank);
        }
        let moment = Moment::now();
        if status != current {
            move_to(&mut changed, status, moment);
        }
        // Afterwards, so that a date of sending which is given is the one that it has.
        let fields = apply(&mut changed, update);
        if status == current && fields.is_empty() {
            // What is asked for is so already.
            return Ok(Some(claim_now));
        }
        edit(&mut changed, moment);
        let decided_by = rules.claim_status.decided_by();
        let told = StatusChanged::new(&changed, current, user, (status != current).then_some(decided_by));
        write_change(transaction.as_mut(), &encoded, &changed, &told, fields)?;
        if let Some(releases) = releases
            && !releases.write_receipt(self, transaction.as_mut(), user, (id, &claim_now))?
        {
            return Ok(None);
        }
        transaction.commit()?;
        Ok(Some(changed))
    }

    /// What the store knows that a claim is decided by.
    fn data_of(&self, payer: &str, claim: &Claim) -> Result<IntakeData, IntakeError> {
        let patients: BTreeSet<u64> = claim.patient.as_deref().map(number).into_iter().collect();
        let procedures: BTreeSet<u64> = claim.procedures.iter().map(|code| number(code)).collect();
        Ok(IntakeData::read(&*self.inner.store, payer, &patients, &procedures)?)
    }

    /// A claim that began at intake and that nobody holds, with its submission status.
    pub(super) fn intake_claim_to_change(
        &self,
        payer: &str,
        id: i64,
    ) -> Result<(EncodedClaim, Claim, SubmissionStatus), IntakeError> {
        let encoded = self.inner.store.claims_by_id(payer, &[id])?.pop();
        let encoded = encoded.ok_or_else(|| IntakeError::no_claim(id))?;
        let claim = encoded.decode()?;
        let Some(status) = claim.submission_status else {
            let detail = format!(
                "claim {id} came from the payer's side and has no submission status; /api/claims/{id} shows it"
            );
            return Err(IntakeError::refused(Problem::NOT_FROM_INTAKE, "ClaimNum", detail));
        };
        if claim.locked_by.is_some() || !self.inner.store.claim_locks(&[id])?.is_empty() {
            let detail = Message::new(MessageKey::Locked, [&claim.code]).text();
            return Err(IntakeError::refused(Problem::CLAIM_LOCKED, "ClaimNum", detail));
        }
        Ok((encoded, claim, status))
    }
}

/// The claim as it is changed, with its entry in the history and its event.
fn write_change(
    transaction: &mut dyn reprise_store::WriteTransaction,
    encoded: &EncodedClaim,
    changed: &Claim,
    told: &StatusChanged<'_>,
    fields: Map<String, Value>,
) -> Result<(), IntakeError> {
    let mut details = serde_json::to_value(told).unwrap_or_default();
    if let (Some(members), false) = (details.as_object_mut(), fields.is_empty()) {
        members.insert("changed".to_owned(), Value::Object(fields));
    }
    let change = ClaimChange {
        id: encoded.id,
        seen: encoded.change_sequence,
        claim: ClaimToWrite::encode(changed.clone())?,
    };
    if transaction.change_claims(&[change])? != [true] {
        return Err(IntakeError::Host(HostError::Technical(
            "a claim was changed while nobody else was writing".to_owned(),
        )));
    }
    let event = NewEvent {
        payer: changed.payer.clone(),
        kind: if told.is_moved() {
            "claim.status-changed"
        } else {
            "claim.changed"
        },
        claim: encoded.id,
        details: details.to_string(),
    };
    transaction.append_history(&[NewHistoryEntry {
        claim: encoded.id,
        operation: OPERATION,
        user: told.user().to_owned(),
        activity: None,
        details: details.to_string(),
    }])?;
    transaction.append_events(&[event])?;
    Ok(())
}

/// Whether a claim that is received now is received for the first time.
fn is_first_receipt(claim: &Claim, current: SubmissionStatus) -> bool {
    current != SubmissionStatus::Received
        && claim
            .intake
            .as_ref()
            .is_none_or(|details| details.date_received.is_none())
}

/// What no rule may loosen: a claim that has left ENTRY is moved by processing alone.
fn check_one_life(claim: &Claim, current: SubmissionStatus, status: SubmissionStatus) -> Result<(), IntakeError> {
    if status == current || claim.status == ProcessingStatus::Entry {
        return Ok(());
    }
    let detail = format!(
        "claim {} is in processing ({}), which alone moves it from status {current} on; it cannot be put to {status}",
        claim.id.unwrap_or_default(),
        claim.status
    );
    Err(IntakeError::refused(
        Problem::CLAIM_IN_PROCESSING,
        "ClaimStatus",
        detail,
    ))
}

/// Gives the claim what is asked for beside the status, and answers what that changed.
fn apply(claim: &mut Claim, update: &ClaimUpdate) -> Map<String, Value> {
    let before = reprise_request::claim_resource(claim);
    let details = claim.intake.get_or_insert_default();
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    if update.relationship.is_some() {
        details.relationship = update.relationship;
    }
    if update.other_relationship.is_some() {
        details.relationship2 = update.other_relationship;
    }
    if let Some(day) = update.date_service {
        details.date_service = day;
    }
    if let Some(provider) = &update.treating_provider {
        let held = std::mem::replace(&mut details.treating_provider, given(provider));
        for line in claim.lines.iter_mut().filter(|line| line.providers.service == held) {
            line.providers.service = given(provider);
        }
    }
    if let Some(note) = &update.note {
        details.note = given(note);
    }
    if let Some(day) = update.date_sent {
        claim.date_sent = day;
    }
    if let Some(provider) = &update.billing_provider {
        let held = std::mem::replace(&mut claim.claimant_provider, given(provider));
        // Lines that went by it go by it still.
        for line in claim.lines.iter_mut().filter(|line| line.providers.benefits == held) {
            line.providers.benefits = given(provider);
        }
    }
    if let Some(form) = &update.claim_form {
        claim.form_code = given(form);
    }
    let after = reprise_request::claim_resource(claim);
    let (Some(before), Value::Object(after)) = (before.as_object(), after) else {
        return Map::new();
    };
    after
        .into_iter()
        .filter(|(name, value)| before.get(name) != Some(value))
        .collect()
}
