//! Notifications that wait until they are taken.

use std::time::Duration;

use crate::StoreError;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryStatus {
    /// It was not taken yet, and will be tried again.
    Waiting,
    /// It was taken.
    Taken,
    /// It is not tried any more.
    GivenUp,
}

impl DeliveryStatus {
    /// Every status.
    pub const ALL: &[Self] = &[Self::Waiting, Self::Taken, Self::GivenUp];

    /// The status as answers write it and rows hold it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Taken => "taken",
            Self::GivenUp => "given up",
        }
    }
}

impl std::str::FromStr for DeliveryStatus {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| StoreError::corrupt(format!("`{text}` is not the status of a delivery")))
    }
}

/// The notification about an activity's end, on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub payer: String,
    /// The activity that it is about.
    pub activity: i64,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next if it waits, in milliseconds since 1970-01-01T00:00:00Z.
    pub next_attempt_at_ms: i64,
    /// Why it was not taken the last time.
    pub last_error: Option<String>,
}

/// What became of an attempt at a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// It was taken.
    Taken,
    /// It was not taken, and is to be tried again.
    TryAgain {
        /// When.
        after: Duration,
        /// Why it was not taken.
        error: String,
    },
    /// It was not taken, and is not tried any more.
    GiveUp {
        /// Why it was not taken.
        error: String,
    },
}
