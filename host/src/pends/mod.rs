//! Resolving the pend reasons of claims, so that processing goes on where a claim stands.
//!
//! `decision` says what an operation comes to, and is asked by the operations and by the links to them alike; `outcome`
//! carries out what was decided, on the claim alone; `resolving` does it in the database, if the caller may; `history`
//! lists what was resolved, however it was.

mod decision;
mod definitions;
mod history;
mod outcome;
mod reading;
mod resolving;

use std::fmt;
use std::str::FromStr;

use reprise_model::PendLevel;

pub use history::{PendHistory, PendHistoryRow};
pub use resolving::PendResolution;

pub(crate) use decision::offered;
pub(crate) use definitions::{PendDefinitions, is_restricted};
pub(crate) use reading::ShownPendReason;

/// What can be asked for about the pend reasons of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PendOperation {
    /// Resolve all of them, on every level, and send the claim on.
    Submit,
    /// Resolve this one on the claim's header and on every line.
    ResolvePend {
        /// Its code.
        code: String,
    },
    /// Resolve this one on every line.
    ResolveLinePend {
        /// Its code.
        code: String,
    },
    /// Resolve this one that is attached to the claim's header.
    ResolveClaimPendReason {
        /// Its number in the claim.
        number: u32,
    },
    /// Resolve this one that is attached to a line.
    ResolveLinePendReason {
        /// Its number in the claim.
        number: u32,
    },
}

impl PendOperation {
    /// What its entries in a claim's history are known by.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::ResolvePend { .. } => "resolve-pend",
            Self::ResolveLinePend { .. } => "resolve-line-pend",
            Self::ResolveClaimPendReason { .. } => "resolve-claim-pend-reason",
            Self::ResolveLinePendReason { .. } => "resolve-line-pend-reason",
        }
    }
}

/// What the pend reasons are attached to that can be shown and resolved one by one. Those of bills cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttachedTo {
    Claim,
    Line,
}

impl AttachedTo {
    pub(crate) const fn level(self) -> PendLevel {
        match self {
            Self::Claim => PendLevel::Claim,
            Self::Line => PendLevel::Line,
        }
    }

    /// What resolves the one with this number.
    pub(crate) const fn resolve(self, number: u32) -> PendOperation {
        match self {
            Self::Claim => PendOperation::ResolveClaimPendReason { number },
            Self::Line => PendOperation::ResolveLinePendReason { number },
        }
    }

    /// What people call one.
    pub(crate) const fn described(self) -> &'static str {
        match self {
            Self::Claim => "claim pend reason",
            Self::Line => "claim line pend reason",
        }
    }
}

/// What an attached pend reason is known by: its claim's id and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendReasonId {
    /// The claim's id.
    pub claim: i64,
    /// Its number in the claim.
    pub number: u32,
}

impl fmt::Display for PendReasonId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.claim, self.number)
    }
}

impl FromStr for PendReasonId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = text.split_once('-').and_then(|(claim, number)| {
            Some(Self {
                claim: claim.parse().ok()?,
                number: number.parse().ok()?,
            })
        });
        // There is one way to write it, so that a pend reason has one path.
        id.filter(|id| id.to_string() == text).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::PendReasonId;

    #[test]
    fn an_attached_pend_reason_is_known_by_its_claim_and_number() {
        let id = PendReasonId { claim: 4711, number: 3 };
        assert_eq!(id.to_string(), "4711-3");
        assert_eq!("4711-3".parse(), Ok(id));
        for text in [
            "",
            "-",
            "4711",
            "4711-",
            "-3",
            "4711--3",
            "4711-+3",
            "04711-3",
            "4711-03",
            "4711-3-1",
            " 4711-3",
            "C001-3",
            "4711-4294967296",
            "9223372036854775808-1",
        ] {
            assert_eq!(text.parse::<PendReasonId>(), Err(()), "{text}");
        }
    }
}
