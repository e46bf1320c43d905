//! An office may refuse to claim what costs nothing.
//!
//! Asks: whether a procedure's fee is 0, and the office's flag `block-zero-fee`.
//! Source: the product's own policy; none is published.
//! Decides: where the flag is on, a claim with a procedure without a fee is refused.

use reprise_rules::claim_status::{ClaimFacts, IntakeRefusal, OfficeFlags};

/// The office's setting that refuses procedures without a fee.
pub const BLOCK_ZERO_FEE: &str = "block-zero-fee";

/// Refuses a claim with a procedure without a fee where the office does.
///
/// # Errors
///
/// Which procedure it is.
pub(super) fn check_fee(facts: &ClaimFacts, office: &OfficeFlags) -> Result<(), IntakeRefusal> {
    match facts.without_fee {
        Some(procedure) if office.is_on(BLOCK_ZERO_FEE) => Err(IntakeRefusal::new(
            "procedure-without-fee",
            "procNums",
            format!(
                "procedure {procedure} has a fee of 0, and the office's flag `{BLOCK_ZERO_FEE}` is on; give the \
                 procedure a fee or leave it out"
            ),
        )),
        _ => Ok(()),
    }
}
