//! The record of asynchronous work: what was asked for, where it stands, how far it is.

use std::fmt;
use std::str::FromStr;

use reprise_model::{Amount, Currency};

use crate::{DataFileName, StoreError};

/// Where an activity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActivityStatus {
    /// Asked for, not begun.
    Initial,
    /// Being done.
    InProcess,
    /// Done, with success for every claim.
    Completed,
    /// Done, with failure for at least one claim.
    CompletedWithErrors,
    /// Ended by what was asked for.
    BusinessError,
    /// Ended by trouble of Reprise's own.
    TechnicalError,
    /// Ended because somebody asked for that.
    Cancelled,
}

impl ActivityStatus {
    /// Every status.
    pub const ALL: &[Self] = &[
        Self::Initial,
        Self::InProcess,
        Self::Completed,
        Self::CompletedWithErrors,
        Self::BusinessError,
        Self::TechnicalError,
        Self::Cancelled,
    ];

    /// The status as answers write it and rows hold it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::InProcess => "in process",
            Self::Completed => "completed",
            Self::CompletedWithErrors => "completed with errors",
            Self::BusinessError => "business error",
            Self::TechnicalError => "technical error",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more is done in this status.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Initial | Self::InProcess)
    }
}

impl fmt::Display for ActivityStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for ActivityStatus {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| StoreError::corrupt(format!("`{text}` is not the status of an activity")))
    }
}

/// How far an activity is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActivityCounts {
    /// How many claims it is about; none while that is not known.
    pub total: Option<u64>,
    /// How many have ended with success.
    pub succeeded: u64,
    /// How many have ended with failure.
    pub failed: u64,
}

/// An activity that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewActivity {
    /// Whose it is.
    pub payer: String,
    /// What kind of work it is, such as `REPROCESSCLAIMS_CRITERIA`.
    pub code: String,
    /// What exactly was asked for.
    pub parameters: serde_json::Value,
    /// What the caller knows it by, if the caller said so.
    pub correlation_id: Option<String>,
    /// Who asked for it.
    pub user: String,
    /// Whether it is to be done before others.
    pub high_priority: bool,
    /// Whether it is to be done as soon as its turn comes; else it waits until it is queued.
    pub queued: bool,
}

/// What the claims of an activity were worth less before they were adjudicated again, in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdjudicationTotal {
    /// The currency; none for claims without amounts.
    pub currency: Option<Currency>,
    /// How many claims were adjudicated again.
    pub claims: u64,
    /// What they are allowed more than before; negative if less.
    pub allowed_change: Amount,
    /// What they are covered more than before; negative if less.
    pub covered_change: Amount,
}

/// An activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub payer: String,
    /// What kind of work it is, such as `REPROCESSCLAIMS_CRITERIA`.
    pub code: String,
    /// What exactly was asked for; null where it is not read, among those of [`Store::queued_activities`].
    ///
    /// [`Store::queued_activities`]: crate::Store::queued_activities
    pub parameters: serde_json::Value,
    /// What the caller knows it by, if the caller said so.
    pub correlation_id: Option<String>,
    /// Who asked for it.
    pub user: String,
    /// Whether it is to be done before others.
    pub high_priority: bool,
    /// Whether it is to be done as soon as its turn comes.
    pub queued: bool,
    /// Who asked for it to be cancelled, if anybody did.
    pub cancelled_by: Option<String>,
    /// Where to go on, in the words of who does it.
    pub bookmark: Option<serde_json::Value>,
    /// Where it stands.
    pub status: ActivityStatus,
    /// How far it is.
    pub counts: ActivityCounts,
    /// The data file that its results are the content of.
    pub result_file: Option<DataFileName>,
    /// When it was asked for, in milliseconds since 1970-01-01T00:00:00Z.
    pub created_at_ms: i64,
    /// When it came to its final status, in milliseconds since 1970-01-01T00:00:00Z.
    pub ended_at_ms: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::ActivityStatus;

    #[test]
    fn every_status_is_read_as_it_is_written() {
        for status in ActivityStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
    }
}
