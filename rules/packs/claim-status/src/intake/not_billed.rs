//! A procedure that is not to be billed to a plan is on no claim for it.
//!
//! Asks: whether a procedure is not to be billed to the subscription.
//! Source: the product's own policy; none is published.
//! Decides: a claim that names such a procedure is refused. Where the claims follow from the enrolment, the procedure is
//! left out instead; see `new_claim`.

use reprise_rules::claim_status::{ClaimFacts, IntakeRefusal};

use super::words;

/// Refuses a claim with a procedure that is not to be billed to its plan.
///
/// # Errors
///
/// Which procedure it is.
pub(super) fn check_billed(facts: &ClaimFacts) -> Result<(), IntakeRefusal> {
    let Some(procedure) = facts.not_billed else {
        return Ok(());
    };
    Err(IntakeRefusal::new(
        "procedure-not-billed",
        "procNums",
        format!(
            "procedure {procedure} is not to be billed to {}; leave it out, or let it be billed",
            words::plan(facts.rank)
        ),
    ))
}
