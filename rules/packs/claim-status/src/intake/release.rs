//! When a claim that waits goes on.
//!
//! Asks: what the claim is and its status, the rank of the claim that was received just now, and whether a procedure is
//! still in process.
//! Source: the product's own policy; none is published. That a tertiary claim follows its secondary is part of it.
//! Decides: a secondary claim on hold or unsent goes to W when a claim for the first-ranked plan is received that shares
//! a procedure with it, a tertiary claim when one for the second-ranked plan is; a capitation claim as its rank says. A
//! primary claim that an office has held for a medical plan goes to W when a claim for one is.
//! What was held for a procedure in process becomes what it was born to be. If that is a hold although no claim before
//! it is left to wait for, it goes to W at once: it would be held for ever, because what would have released it was
//! received, or deleted, while the procedure was in process.

use reprise_rules::claim_status::{IntakeType, OfficeFlags, ReleaseFacts, SubmissionStatus};

/// The status that the claim goes on in; none if it stays as it is.
pub fn release(facts: &ReleaseFacts, _office: &OfficeFlags) -> Option<SubmissionStatus> {
    match facts.current {
        SubmissionStatus::InProcess if facts.in_process => None,
        SubmissionStatus::InProcess => Some(settled(facts)),
        SubmissionStatus::Hold | SubmissionStatus::Unsent => is_freed(facts).then_some(SubmissionStatus::Waiting),
        _ => None,
    }
}

/// What a claim becomes that is not held for a procedure any more.
fn settled(facts: &ReleaseFacts) -> SubmissionStatus {
    match facts.settles_in {
        SubmissionStatus::Hold if facts.open_before == 0 => SubmissionStatus::Waiting,
        SubmissionStatus::Hold | SubmissionStatus::Unsent if is_freed(facts) => SubmissionStatus::Waiting,
        settled => settled,
    }
}

/// Whether the claim that was received is the one that this one waits for.
fn is_freed(facts: &ReleaseFacts) -> bool {
    if facts.claim_type == IntakeType::Primary {
        // An unsent primary claim waits for somebody to send it, not for another claim.
        return facts.received_medical && facts.current != SubmissionStatus::Unsent;
    }
    let waits_for = match (facts.claim_type, facts.rank) {
        (IntakeType::Secondary, _) | (IntakeType::Capitation, 2) => 1,
        (IntakeType::Other | IntakeType::Capitation, 3) => 2,
        _ => return false,
    };
    facts.received_rank == waits_for
}
