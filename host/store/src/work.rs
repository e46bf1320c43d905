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

/// A claim that is deleted, if it is still what it was when that was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimDeletion {
    /// Whose it is.
    pub payer: String,
    /// The claim's id.
    pub id: i64,
    /// The number of the change that had last touched the claim when it was read.
    pub seen: u64,
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
    let whole = claims.read(&mut input).and_then(|()| match input.remaining() {
        0 => Ok(claims),
        _ => Err("bytes follow its end"),
    });
    whole.map_err(|reason| {
        StoreError::corrupt(format!(
            "a portion of the work of activity {activity} cannot be read: {reason}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::{decode_claims, encode_claims};

    #[test]
    fn a_portion_is_read_as_it_was_written() {
        for claims in [vec![], vec![1], vec![300, 2, 1 << 40, (1 << 53) - 1]] {
            let bytes = encode_claims(&claims).expect("encodable");
            assert_eq!(decode_claims(7, &bytes), Ok(claims));
        }
    }

    #[test]
    fn a_portion_is_written_as_it_was_frozen() {
        assert_eq!(encode_claims(&vec![1, 300]), Ok(vec![2, 2, 0xd8, 0x04]));
    }

    #[test]
    fn a_damaged_portion_is_told_with_its_activity() {
        let whole = encode_claims(&vec![300, 301]).expect("encodable");
        let longer = [&*whole, &[0]].concat();
        for (damaged, word) in [
            (&[][..], "ends too early"),
            (&whole[..whole.len() - 1], "ends too early"),
            (&*longer, "bytes follow its end"),
            (&[0xff, 0xff, 0x03], "a length is beyond the end"),
        ] {
            let sentence = decode_claims(7, damaged).expect_err("damaged").to_string();
            assert!(sentence.contains("activity 7") && sentence.contains(word), "{sentence}");
        }
    }
}
