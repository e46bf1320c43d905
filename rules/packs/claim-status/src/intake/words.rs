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

/// A status by its letter and what it means.
pub(super) const fn status(status: SubmissionStatus) -> &'static str {
    match status {
        SubmissionStatus::Unsent => "`U` (unsent)",
        SubmissionStatus::Hold => "`H` (hold until primary received)",
        SubmissionStatus::Waiting => "`W` (waiting to send)",
        SubmissionStatus::ProbablySent => "`P` (probably sent)",
        SubmissionStatus::Sent => "`S` (sent)",
        SubmissionStatus::Received => "`R` (received)",
        SubmissionStatus::InProcess => "`I` (hold for in-process procedure)",
    }
}

/// Statuses to choose from.
pub(super) fn choice(statuses: &[SubmissionStatus]) -> String {
    let statuses: Vec<_> = statuses.iter().map(|&one| status(one)).collect();
    text::choice(&statuses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_written_with_its_meaning() {
        for one in SubmissionStatus::ALL {
            assert_eq!(status(one), format!("`{one}` ({})", one.meaning()));
        }
    }
}
