//! Deleting a claim that began at intake, as long as nothing came back for it.

use reprise_model::ProcessingStatus;
use reprise_request::Problem;
use reprise_store::{ClaimDeletion, NewEvent, NewHistoryEntry};
use serde_json::json;

use super::IntakeError;
use super::data::is_received;
use crate::{Host, HostError};

/// The operation that its entry in a claim's history is known by.
const OPERATION: &str = "delete";

impl Host {
    /// Deletes a claim. Its number is never given again; its history and its events stay. One that is received, or that a
    /// covered amount was reported for, stays.
    pub fn delete_claim(&self, payer: &str, user: &str, id: i64) -> Result<(), IntakeError> {
        // Nothing is decided by rules here, so all of it is done while nobody else writes.
        let mut transaction = self.inner.store.begin_write()?;
        let (encoded, claim, status) = self.intake_claim_to_change(payer, id)?;
        let was_received = claim
            .intake
            .as_ref()
            .is_some_and(|details| details.date_received.is_some());
        if is_received(&claim) || was_received || claim.status == ProcessingStatus::Finalized {
            let detail = format!("claim {id} is received, or was, so it stays; have it processed again instead");
            return Err(IntakeError::refused(Problem::CLAIM_RECEIVED, "ClaimNum", detail));
        }
        if let Some(line) = claim.lines.iter().find(|line| line.covered_amount.is_some()) {
            let detail = format!(
                "a covered amount was reported for claim {id} (line {}), so it stays",
                line.code
            );
            return Err(IntakeError::refused(
                Problem::COVERED_AMOUNT_REPORTED,
                "ClaimNum",
                detail,
            ));
        }
        if claim.status != ProcessingStatus::Entry && self.has_unfinished_activity(payer)? {
            // It may be one of the claims that such work has listed to do.
            let detail = format!(
                "claim {id} is in processing, and work on the payer's claims is under way; try again when that has ended"
            );
            return Err(IntakeError::refused(Problem::CLAIM_LOCKED, "ClaimNum", detail));
        }
        let deletion = ClaimDeletion {
            payer: payer.to_owned(),
            id,
            seen: encoded.change_sequence,
        };
        if transaction.delete_claims(&[deletion])? != [true] {
            return Err(IntakeError::Host(HostError::Technical(
                "a claim was changed while nobody else was writing".to_owned(),
            )));
        }
        let details = json!({
            "claim": claim.code,
            "claimNum": id,
            "patNum": claim.patient.as_deref().map_or(0, super::data::number),
            "claimType": claim.intake_type.map_or("", |claim_type| claim_type.as_str()),
            "claimStatus": status.as_str(),
            "user": user,
        })
        .to_string();
        transaction.append_history(&[NewHistoryEntry {
            claim: id,
            operation: OPERATION,
            user: user.to_owned(),
            activity: None,
            details: details.clone(),
        }])?;
        transaction.append_events(&[NewEvent {
            payer: payer.to_owned(),
            kind: "claim.deleted",
            claim: id,
            details,
        }])?;
        transaction.commit()?;
        Ok(())
    }

    fn has_unfinished_activity(&self, payer: &str) -> Result<bool, HostError> {
        let queued = self.inner.store.queued_activities()?;
        Ok(queued.iter().any(|activity| activity.payer == payer))
    }
}
