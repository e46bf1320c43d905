//! What a claim is looked up by at intake: its patient, its status, its age, its procedures.

use reprise_model::{Claim, SubmissionStatus};

use crate::StoreError;
use crate::byte_format::{Input, Stored};

/// What a claim is looked up by at intake. There is a patient, a procedure or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IntakeKeys {
    /// Whose it is and how far; only of one that began at intake.
    pub(crate) patient: Option<PatientKeys>,
    /// The numbers of its procedures, each once, in byte order.
    pub(crate) procedures: Vec<String>,
}

/// What a claim that began at intake is looked up by, beside its procedures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatientKeys {
    pub(crate) patient: String,
    pub(crate) status: SubmissionStatus,
    pub(crate) edited_at_ms: Option<i64>,
}

impl IntakeKeys {
    /// Those of a claim, if it has any.
    pub(crate) fn of(claim: &Claim) -> Option<Box<Self>> {
        let patient = claim.patient.as_ref().zip(claim.submission_status);
        if patient.is_none() && claim.procedures.is_empty() {
            return None;
        }
        let mut procedures = claim.procedures.clone();
        procedures.sort_unstable();
        procedures.dedup();
        Some(Box::new(Self {
            patient: patient.map(|(patient, status)| PatientKeys {
                patient: patient.clone(),
                status,
                edited_at_ms: claim.intake.as_ref().and_then(|intake| intake.edited_at_ms),
            }),
            procedures,
        }))
    }
}

/// The numbers of a claim's procedures as one value.
pub(crate) fn encode_procedures(procedures: &Vec<String>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 * procedures.len() + 1);
    procedures.write(&mut bytes);
    bytes
}

/// The numbers of this claim's procedures.
pub(crate) fn decode_procedures(claim: i64, bytes: &[u8]) -> Result<Vec<String>, StoreError> {
    let mut input = Input::new(bytes);
    let mut procedures = Vec::blank();
    let whole = procedures.read(&mut input).and_then(|()| match input.remaining() {
        0 => Ok(procedures),
        _ => Err("bytes follow its end"),
    });
    whole.map_err(|reason| {
        StoreError::corrupt(format!(
            "the procedures that the claim with id {claim} is looked up by cannot be read: {reason}"
        ))
    })
}

/// Those procedures that are not among the others. Both are in byte order.
pub(crate) fn only_in<'a>(these: &'a [String], others: &'a [String]) -> impl Iterator<Item = &'a String> {
    these
        .iter()
        .filter(|procedure| others.binary_search(procedure).is_err())
}

/// Why a claim of an older schema cannot be looked up by what it has.
pub(crate) fn not_taken_over(error: &StoreError) -> StoreError {
    StoreError::Unavailable {
        reason: format!(
            "the database cannot be brought up to date: {error}; with the version of reprise that it was used with last, \
             import the claim anew with `--replace`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{decode_procedures, encode_procedures, only_in};

    fn texts(numbers: &[&str]) -> Vec<String> {
        numbers.iter().map(|number| (*number).to_owned()).collect()
    }

    #[test]
    fn procedures_are_read_as_they_were_written() {
        for procedures in [vec![], texts(&["1"]), texts(&["12857", "12859", "999999999999999999"])] {
            assert_eq!(decode_procedures(7, &encode_procedures(&procedures)), Ok(procedures));
        }
    }

    #[test]
    fn procedures_are_written_as_they_were_frozen() {
        assert_eq!(encode_procedures(&texts(&["7", "80"])), [2, 1, b'7', 2, b'8', b'0']);
    }

    #[test]
    fn damaged_procedures_are_told_with_their_claim() {
        for (damaged, word) in [
            (&[][..], "ends too early"),
            (&[1, 2, b'7'], "a length is beyond the end"),
            (&[0, 0], "bytes follow its end"),
        ] {
            let sentence = decode_procedures(7, damaged).expect_err("damaged").to_string();
            assert!(sentence.contains("id 7") && sentence.contains(word), "{sentence}");
        }
    }

    #[test]
    fn what_was_lost_is_told_from_what_stayed() {
        let (before, after) = (texts(&["1", "10", "3"]), texts(&["10", "2"]));
        assert_eq!(only_in(&before, &after).collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(only_in(&after, &before).collect::<Vec<_>>(), ["2"]);
    }
}
