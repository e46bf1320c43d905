//! Work that is done claim by claim, and by several hosts: what is leased, what is changed, what is held.

use crate::ClaimToWrite;

/// A portion of the claims of an activity, leased to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkChunk {
    /// Its place among the portions of its activity, from 0. Its results have the same number.
    pub number: u64,
    /// The ids of its claims, in the order in which their results are listed.
    pub claims: Vec<i64>,
}

/// A claim that is changed, if it is still what it was when the change was made up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimChange {
    /// The claim's id.
    pub id: i64,
    /// The number of the change that had last touched the claim when it was read.
    pub seen: u64,
    /// What it becomes. Its payer and code are those that it has.
    pub claim: ClaimToWrite,
}

/// That a claim is held by somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimLock {
    /// The claim's id.
    pub claim: i64,
    /// Who holds it.
    pub holder: String,
    /// When the lock ends by itself, in milliseconds since 1970-01-01T00:00:00Z.
    pub until_ms: i64,
}
