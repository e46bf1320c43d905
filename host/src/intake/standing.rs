//! One life: a claim's submission status and its processing status, moved together, and what is told of it.
//!
//! Until it is sent a claim is at ENTRY. Sent it is in processing, FINALIZED it is received; processed again after that it
//! is sent again. A claim that came from the payer's side has no submission status and is left alone here.

use reprise_model::{Claim, IntakeDetails, ProcessingStatus, SubmissionStatus};
use reprise_store::NewEvent;
use serde::Serialize;

use super::made::Moment;
use crate::reprocess::json_text;
use crate::rules::DecidedBy;

/// What is told of a claim whose submission status changed, and kept of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusChanged<'a> {
    claim: &'a str,
    claim_num: i64,
    pat_num: u64,
    claim_type: &'static str,
    claim_status_before: &'static str,
    claim_status: &'static str,
    user: &'a str,
    /// The claim that was received, if it was released by that.
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<i64>,
    /// What decided, if a component did.
    #[serde(flatten)]
    decided_by: Option<&'a DecidedBy>,
}

impl<'a> StatusChanged<'a> {
    /// The claim as it is now, and the status that it had.
    pub(crate) fn new(
        claim: &'a Claim,
        before: SubmissionStatus,
        user: &'a str,
        decided_by: Option<&'a DecidedBy>,
    ) -> Self {
        Self {
            claim: &claim.code,
            claim_num: claim.id.unwrap_or_default(),
            pat_num: claim.patient.as_deref().map_or(0, super::data::number),
            claim_type: claim.intake_type.map_or("", |claim_type| claim_type.as_str()),
            claim_status_before: before.as_str(),
            claim_status: claim.submission_status.map_or("", |status| status.as_str()),
            user,
            received: None,
            decided_by,
        }
    }

    /// Whether it has another status than before.
    pub(crate) fn is_moved(&self) -> bool {
        self.claim_status != self.claim_status_before
    }

    /// Who has seen to it.
    pub(crate) const fn user(&self) -> &'a str {
        self.user
    }

    pub(crate) fn because_received(mut self, received: Option<i64>) -> Self {
        self.received = received;
        self
    }

    pub(crate) fn event(&self, payer: &str) -> NewEvent {
        NewEvent {
            payer: payer.to_owned(),
            kind: "claim.status-changed",
            claim: self.claim_num,
            details: json_text(self),
        }
    }
}

/// What intake knows of the claim, to be changed, and when it was.
pub(crate) fn edit(claim: &mut Claim, moment: Moment) -> &mut IntakeDetails {
    let details = claim.intake.get_or_insert_default();
    details.edited_at_ms = Some(moment.at_ms);
    details
}

/// Moves a claim that began at intake into a status, and its processing status with it. Answers whether it is received for
/// the first time.
pub(crate) fn move_to(claim: &mut Claim, status: SubmissionStatus, moment: Moment) -> bool {
    claim.submission_status = Some(status);
    let details = edit(claim, moment);
    let is_first_receipt = status == SubmissionStatus::Received && details.date_received.is_none();
    if is_first_receipt {
        details.date_received = Some(moment.day());
    }
    match status {
        SubmissionStatus::Sent => {
            claim.date_sent = Some(moment.day());
            if claim.status == ProcessingStatus::Entry {
                claim.status = ProcessingStatus::Initial;
            }
        }
        SubmissionStatus::Received => claim.status = ProcessingStatus::Finalized,
        _ => {}
    }
    is_first_receipt
}

/// A claim that is processed again is sent again. What is told of it; nothing if it is sent already or did not begin at
/// intake.
pub(crate) fn resubmitted(claim: &mut Claim, user: &str) -> Option<NewEvent> {
    let before = claim
        .submission_status
        .filter(|status| *status != SubmissionStatus::Sent)?;
    claim.submission_status = Some(SubmissionStatus::Sent);
    let moment = Moment::now();
    claim.date_sent = Some(moment.day());
    let details = edit(claim, moment);
    if before == SubmissionStatus::Received {
        // One that came here as received does not say when. That it was is what keeps it from releasing others once more.
        details.date_received = details.date_received.or(Some(moment.day()));
    }
    Some(StatusChanged::new(claim, before, user, None).event(&claim.payer))
}

/// A claim that is finalized is received. Whether that is for the first time, and what is told of it; nothing if it did
/// not begin at intake.
pub(crate) fn received(claim: &mut Claim, user: &str) -> Option<(bool, NewEvent)> {
    let before = claim
        .submission_status
        .filter(|status| *status != SubmissionStatus::Received)?;
    let is_first_receipt = move_to(claim, SubmissionStatus::Received, Moment::now());
    let event = StatusChanged::new(claim, before, user, None).event(&claim.payer);
    Some((is_first_receipt, event))
}
