//! Work that is done claim by claim, and by several hosts: what is leased, what is changed, what is held.

use crate::byte_format::{Input, Stored};
use crate::{ClaimToWrite, StoreError, WORK_CLAIMS_MAX};

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

/// The claims of a portion as one value.
pub(crate) fn encode_claims(claims: &Vec<i64>) -> Result<Vec<u8>, StoreError> {
    if claims.len() > WORK_CLAIMS_MAX {
        return Err(StoreError::other(format!(
            "a portion has {} claims; {WORK_CLAIMS_MAX} are allowed",
            claims.len()
        )));
    }
    let mut bytes = Vec::with_capacity(4 * claims.len() + 2);
    claims.write(&mut bytes);
    Ok(bytes)
}

/// The claims of a portion of this activity.
pub(crate) fn decode_claims(activity: i64, bytes: &[u8]) -> Result<Vec<i64>, StoreError> {
    let mut input = Input::new(bytes);
    let mut claims = Vec::blank();
    let read = claims.read(&mut input);
    match read.and(if input.remaining() == 0 {
        Ok(())
    } else {
        Err("bytes follow its end")
    }) {
        Ok(()) => Ok(claims),
        Err(reason) => Err(StoreError::corrupt(format!(
            "a portion of the work of activity {activity} cannot be read: {reason}"
        ))),
    }
}
