//! How plans and statuses are written in a sentence.

use std::borrow::Cow;

use reprise_rules::claim_status::SubmissionStatus;
use reprise_rules::text;

/// A plan, by its rank among the patient's dental plans.
pub(super) fn plan(rank: u32) -> Cow<'static, str> {
    match rank {
        0 => Cow::Borrowed("a medical plan"),
        1 => Cow::Borrowed("the patient's first-ranked dental plan"),
        2 => Cow::Borrowed("the patient's second-ranked dental plan"),
        3 => Cow::Borrowed("the patient's third-ranked dental plan"),
        rank => Cow::Owned(format!("the patient's dental plan of rank {rank}")),
    }
}

/// A status by its letter and what it means: `U` (unsent).
pub(super) fn status(status: SubmissionStatus) -> String {
    format!("`{status}` ({})", status.meaning())
}

/// Statuses to choose from.
pub(super) fn choice(statuses: &[SubmissionStatus]) -> String {
    let statuses: Vec<_> = statuses.iter().map(|&one| status(one)).collect();
    text::choice(&statuses)
}
