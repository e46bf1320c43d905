//! How a claim is born for which all else is in order.
//!
//! Asks: the status that is asked for, and whether a procedure is in process.
//! Source: the product's own policy; none is published.
//! Decides: a claim with a procedure in process is born held for it, and settles in the status that it would have been
//! born in; a status cannot be asked for it. Any other claim is born in the status that is asked for, if the policy
//! table allows it, and in the table's own if none is asked for.

use reprise_rules::claim_status::{Birth, ClaimFacts, Creation, IntakeRefusal, OfficeFlags, SubmissionStatus};

use super::kind::ClaimKind;
use super::policy::{against_birth, born_in, statuses_at_birth};
use super::words;

/// How the claim is born.
///
/// # Errors
///
/// That it cannot be born in the status that is asked for, and in which it can.
pub(super) fn born(facts: &ClaimFacts, office: &OfficeFlags) -> Creation {
    let claim_type = ClaimKind::of(facts).claim_type();
    match facts.asked {
        None if facts.in_process => Ok(Birth::in_process(claim_type, born_in(facts))),
        None => Ok(Birth::in_status(claim_type, born_in(facts))),
        Some(_) if facts.in_process => Err(IntakeRefusal::new(
            "procedure-in-process",
            "ClaimStatus",
            "a procedure is in process, so that the claim is held for it whatever its status is to be; leave \
             ClaimStatus out, or finish the procedure first",
        )),
        Some(asked) => match against_birth(asked, facts, office) {
            None => Ok(Birth::in_status(claim_type, asked)),
            Some(reason) => Err(not_allowed(asked, reason, facts, office)),
        },
    }
}

fn not_allowed(asked: SubmissionStatus, reason: &str, facts: &ClaimFacts, office: &OfficeFlags) -> IntakeRefusal {
    let allowed = statuses_at_birth(facts, office);
    // Joined, not formatted: of all refusals this is the one that is given most, and formatting took longer than deciding.
    let sentence = [
        ClaimKind::of(facts).as_str(),
        " cannot be made in status `",
        asked.as_str(),
        "`: ",
        reason,
        "; it can be made in ",
        &words::choice(&allowed),
    ]
    .concat();
    IntakeRefusal::new("status-not-allowed", "ClaimStatus", sentence).allowing(allowed)
}
