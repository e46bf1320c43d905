//! In which status a claim may be put that is there already.
//!
//! Asks: the status that the claim has and the one that it is to have, where it stands in processing, and what decides
//! whether it may be held.
//! Source: the product's own policy; none is published.
//! Decides: a claim may always stay as it is. Until it is sent it may be put to U and W, to H where a claim may be born
//! so, to S, and to R if the answer came some other way; but a claim on hold is first put to U or W. While a procedure
//! is in process, nothing moves the claim. Once it is sent, processing alone moves it; once it is received, it is
//! reprocessed instead. P is found in older data alone, and I is never asked for.

use reprise_rules::claim_status::{ChangeFacts, IntakeRefusal, OfficeFlags, ProcessingStatus, SubmissionStatus};

use super::hold::against_hold;
use super::words;

/// What speaks against a change.
enum Against {
    Received,
    InProcessing,
    HeldInProcess,
    ProcedureInProcess,
    Held,
    Status(&'static str),
}

/// The status that the claim then has.
///
/// # Errors
///
/// Why the claim stays as it is, and in which statuses it can be put.
pub fn change(facts: &ChangeFacts, office: &OfficeFlags) -> Result<SubmissionStatus, IntakeRefusal> {
    let asked = facts.claim.asked.unwrap_or(facts.current);
    match against(asked, facts, office) {
        None => Ok(asked),
        Some(reason) => Err(refusal(asked, &reason, facts, office)),
    }
}

fn against(asked: SubmissionStatus, facts: &ChangeFacts, office: &OfficeFlags) -> Option<Against> {
    let current = facts.current;
    if asked == current {
        return None;
    }
    if current == SubmissionStatus::Received || facts.processing == ProcessingStatus::Finalized {
        return Some(Against::Received);
    }
    if current == SubmissionStatus::Sent || facts.processing != ProcessingStatus::Entry {
        return Some(match asked {
            SubmissionStatus::Received => Against::InProcessing,
            _ => Against::Status("it was sent, and processing alone moves it"),
        });
    }
    if facts.claim.in_process {
        return Some(match current {
            SubmissionStatus::InProcess => Against::HeldInProcess,
            _ => Against::ProcedureInProcess,
        });
    }
    match asked {
        SubmissionStatus::Unsent | SubmissionStatus::Waiting => None,
        SubmissionStatus::Hold => against_hold(&facts.claim, office).map(Against::Status),
        SubmissionStatus::Sent | SubmissionStatus::Received => {
            (current == SubmissionStatus::Hold).then_some(Against::Held)
        }
        SubmissionStatus::ProbablySent => Some(Against::Status("only claims of older data are in `P` (probably sent)")),
        SubmissionStatus::InProcess => Some(Against::Status(
            "only a claim with a procedure in process is in `I`, by itself",
        )),
    }
}

fn refusal(asked: SubmissionStatus, reason: &Against, facts: &ChangeFacts, office: &OfficeFlags) -> IntakeRefusal {
    let allowed: Vec<_> = SubmissionStatus::ALL
        .into_iter()
        .filter(|&status| against(status, facts, office).is_none())
        .collect();
    let current = words::status(facts.current);
    let (code, sentence) = match reason {
        Against::Received => (
            "claim-received",
            "the claim is received and keeps its status; to have it sent again, reprocess it".to_owned(),
        ),
        Against::InProcessing => (
            "claim-in-processing",
            format!(
                "the claim was sent and stands at {} in processing; it is received when processing is done, not by \
                 a request",
                facts.processing
            ),
        ),
        Against::HeldInProcess => (
            "claim-in-process",
            format!("the claim is in {current}; once the procedure is finished it goes on by itself"),
        ),
        Against::ProcedureInProcess => (
            "procedure-in-process",
            format!(
                "a procedure of the claim is in process, so that it stays in {current}; finish the procedure first"
            ),
        ),
        Against::Held => (
            "claim-held",
            format!(
                "the claim is in {current} and cannot be put to `{asked}` from there; put it to {} first",
                words::status(SubmissionStatus::Waiting)
            ),
        ),
        Against::Status(reason) => {
            let others: Vec<_> = allowed
                .iter()
                .copied()
                .filter(|&status| status != facts.current)
                .collect();
            let ways = if others.is_empty() {
                format!("it stays in {current}")
            } else {
                format!("it can be put to {}", words::choice(&others))
            };
            (
                "status-not-allowed",
                format!("the claim cannot be put to `{asked}`: {reason}; {ways}"),
            )
        }
    };
    IntakeRefusal::new(code, "ClaimStatus", sentence).allowing(allowed)
}
