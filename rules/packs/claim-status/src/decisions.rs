//! The decisions about a claim that is to be processed again, one file each, in the order in which they are made.

mod locked;
mod settled;
mod start;
mod status;
mod unfinalize_reason;

use reprise_rules::claim_status::{ClaimState, Decision};

pub use locked::check_locked;
pub use settled::check_settled;
pub use start::start;
pub use status::check_status;
pub use unfinalize_reason::check_unfinalize_reason;

/// Whether a claim is processed again, and in which state it then starts. The first refusal is the answer.
///
/// # Errors
///
/// The first decision that is against it.
pub fn reprocess(state: &ClaimState) -> Decision {
    check_settled(state)?;
    check_locked(state)?;
    check_status(state)?;
    check_unfinalize_reason(state)?;
    Ok(start(state))
}
