//! The policy table: in which status a claim is born, and in which it may be.
//!
//! Asks: what the claim is, its plan's rank, the status that is asked for.
//! Source: the product's own policy; none is published.
//! Decides:
//!
//! | asked | P | S | Other, tertiary | Other, medical | Cap | PreAuth |
//! |---|---|---|---|---|---|---|
//! | nothing | W | W | U | W | by rank W, W, U | W |
//! | U, W | yes | yes | yes | yes | yes | yes |
//! | H | see `hold` | see `hold` | yes | no | rank 2 or higher | no |
//! | P, S, R, I | no | no | no | no | no | no |

use reprise_rules::claim_status::{ClaimFacts, OfficeFlags, SubmissionStatus};

use super::hold::against_hold;
use super::kind::ClaimKind;

/// The status that a claim is born in if none is asked for and no procedure is in process.
pub fn born_in(facts: &ClaimFacts) -> SubmissionStatus {
    match (ClaimKind::of(facts), facts.rank) {
        (ClaimKind::Tertiary, _) | (ClaimKind::Capitation, 3..) => SubmissionStatus::Unsent,
        _ => SubmissionStatus::Waiting,
    }
}

/// The statuses that a claim may be born in if it is asked for in one and no procedure is in process.
pub fn statuses_at_birth(facts: &ClaimFacts, office: &OfficeFlags) -> Vec<SubmissionStatus> {
    SubmissionStatus::ALL
        .into_iter()
        .filter(|&status| against_birth(status, facts, office).is_none())
        .collect()
}

/// What speaks against a claim's being born in a status, if anything does.
pub(super) fn against_birth(
    status: SubmissionStatus,
    facts: &ClaimFacts,
    office: &OfficeFlags,
) -> Option<&'static str> {
    match status {
        SubmissionStatus::Unsent | SubmissionStatus::Waiting => None,
        SubmissionStatus::Hold => against_hold(facts, office),
        SubmissionStatus::ProbablySent => Some("only claims of older data are in `P` (probably sent)"),
        SubmissionStatus::Sent => Some("a claim is sent after it was made, not when it is made"),
        SubmissionStatus::Received => Some("a claim is received after it was sent, not when it is made"),
        SubmissionStatus::InProcess => Some("only a claim with a procedure in process is in `I`, by itself"),
    }
}
