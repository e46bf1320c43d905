//! A claim as its row holds it: one versioned value.
//!
//! The first byte of a body is the version of its format; see [`claim_format`](crate::claim_format). The claim is written
//! without its id, which the row has beside it. The format does not describe itself: a change to the claim's shape is a
//! new version, and the old one stays readable. A claim without details of its intake is still written as version 1: so
//! equal content is equal bytes, whichever version of Reprise wrote it.
//!
//! A claim that was deleted leaves its row behind, so that its id is never given again and whoever follows changes sees
//! that it is gone. The row has an empty body, and as its code U+0001 and the id: no claim's code has control characters, so
//! the one that the claim had is free again.

use std::sync::Arc;

use reprise_model::{Claim, IntakeDetails};

use crate::StoreError;
use crate::byte_format::{Input, Stored};
use crate::intake_keys::IntakeKeys;

/// The version of the format of a claim without details of its intake.
const VERSION: u8 = 1;

/// The version of the format of one with such details.
const VERSION_WITH_INTAKE: u8 = 2;

/// How large a body may be: far beyond any claim of people, well within what a database takes in one value.
const BODY_BYTES_MAX: usize = 16 << 20;

/// A claim as read from its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedClaim {
    /// The claim's id.
    pub id: i64,
    /// Whose it is.
    pub payer: Arc<str>,
    /// The number of the change that last touched it.
    pub change_sequence: u64,
    /// Its content, encoded; empty if it was deleted.
    pub body: Vec<u8>,
}

impl EncodedClaim {
    /// Whether the claim was deleted by the change that last touched it. There is nothing to decode then.
    pub fn is_deleted(&self) -> bool {
        self.body.is_empty()
    }

    /// The claim, with its id.
    pub fn decode(&self) -> Result<Claim, StoreError> {
        decode(self.id, &self.body)
    }
}

/// A claim ready to be written. Encoding is most of the work of writing, and can be done on any thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimToWrite {
    /// The id it asks for.
    pub(crate) id: Option<i64>,
    pub(crate) payer: String,
    pub(crate) code: String,
    pub(crate) body: Vec<u8>,
    /// What it is looked up by at intake; none for nearly all, which came from the payer's side.
    pub(crate) intake: Option<Box<IntakeKeys>>,
}

impl ClaimToWrite {
    /// The claim, encoded.
    pub fn encode(mut claim: Claim) -> Result<Self, StoreError> {
        let id = claim.id.take();
        // Most claims fit; a first guess saves the early growths.
        let mut body = Vec::with_capacity(1024);
        match &claim.intake {
            None => {
                body.push(VERSION);
                claim.write(&mut body);
            }
            Some(intake) => {
                body.push(VERSION_WITH_INTAKE);
                claim.write(&mut body);
                intake.write(&mut body);
            }
        }
        if body.len() > BODY_BYTES_MAX {
            return Err(StoreError::TooLarge {
                what: format!("claim `{}`", claim.code),
                size_bytes: body.len(),
                size_bytes_max: BODY_BYTES_MAX,
            });
        }
        body.shrink_to_fit();
        Ok(Self {
            id,
            intake: IntakeKeys::of(&claim),
            payer: claim.payer,
            code: claim.code,
            body,
        })
    }

    /// Whose it is.
    pub fn payer(&self) -> &str {
        &self.payer
    }

    /// What people call it.
    pub fn code(&self) -> &str {
        &self.code
    }
}

/// Decodes claims one after the other, each into the one before: what a claim allocates is allocated once for all.
/// For whoever reads many claims and keeps none of them.
#[derive(Debug, Default)]
pub struct ClaimDecoder {
    claim: Option<Claim>,
}

impl ClaimDecoder {
    /// A decoder that has decoded nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The claim, with its id. It stays until the next one is decoded.
    pub fn decode(&mut self, encoded: &EncodedClaim) -> Result<&Claim, StoreError> {
        let mut claim = self.claim.take().unwrap_or_else(Claim::blank);
        decode_into(&mut claim, encoded.id, &encoded.body)?;
        Ok(self.claim.insert(claim))
    }
}

/// The claim of a row.
pub(crate) fn decode(id: i64, body: &[u8]) -> Result<Claim, StoreError> {
    let mut claim = Claim::blank();
    decode_into(&mut claim, id, body)?;
    Ok(claim)
}

fn decode_into(claim: &mut Claim, id: i64, body: &[u8]) -> Result<(), StoreError> {
    let corrupt = |reason: &str| StoreError::corrupt(format!("the claim with id {id} cannot be read: {reason}"));
    let (version, encoded) = body.split_first().ok_or_else(|| corrupt("it is empty"))?;
    if !(VERSION..=VERSION_WITH_INTAKE).contains(version) {
        return Err(corrupt(&format!(
            "it has format version {version}, and those up to {VERSION_WITH_INTAKE} are known"
        )));
    }
    let mut input = Input::new(encoded);
    claim.read(&mut input).map_err(corrupt)?;
    if *version == VERSION_WITH_INTAKE {
        let intake = claim.intake.get_or_insert_with(|| Box::new(IntakeDetails::blank()));
        intake.read(&mut input).map_err(corrupt)?;
    } else {
        claim.intake = None;
    }
    if input.remaining() > 0 {
        return Err(corrupt(&format!("{} bytes follow its end", input.remaining())));
    }
    claim.id = Some(id);
    Ok(())
}

/// Whether two bodies hold the same content. Equal content is equal bytes: what a claim has decides on its
/// version, and every field is always written, in one order.
pub(crate) fn same_content(one: &[u8], other: &[u8]) -> bool {
    one == other
}

#[cfg(test)]
mod tests {
    use reprise_model::Claim;

    use super::{ClaimDecoder, ClaimToWrite, EncodedClaim, decode};

    /// A claim with every field filled, in the import format.
    const FULL_CLAIM: &str = include_str!("../golden/claim.json");
    /// The same as its row held it when version 1 was new, in hexadecimal.
    const FULL_CLAIM_VERSION_1: &str = include_str!("../golden/claim-version-1.hex");
    /// One with details of its intake, every one of them.
    const INTAKE_CLAIM: &str = include_str!("../golden/claim-with-intake.json");
    /// The same as its row held it when version 2 was new, in hexadecimal.
    const INTAKE_CLAIM_VERSION_2: &str = include_str!("../golden/claim-version-2.hex");

    fn full_claim() -> Claim {
        serde_json::from_str(FULL_CLAIM).expect("a claim")
    }

    fn intake_claim() -> Claim {
        serde_json::from_str(INTAKE_CLAIM).expect("a claim")
    }

    fn bytes(hexadecimal: &str) -> Vec<u8> {
        let digits: Vec<u8> = hexadecimal.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(str::from_utf8(pair).expect("digits"), 16).expect("a byte"))
            .collect()
    }

    #[test]
    fn every_version_is_read_for_ever() {
        for (claim, id, frozen) in [
            (full_claim(), 77, FULL_CLAIM_VERSION_1),
            (intake_claim(), 78, INTAKE_CLAIM_VERSION_2),
        ] {
            assert_eq!(decode(id, &bytes(frozen)), Ok(claim));
        }
    }

    #[test]
    fn every_version_is_written_as_it_was_frozen() {
        for (claim, frozen) in [
            (full_claim(), FULL_CLAIM_VERSION_1),
            (intake_claim(), INTAKE_CLAIM_VERSION_2),
        ] {
            let body = ClaimToWrite::encode(claim).expect("encodable").body;
            let lines: Vec<String> = body
                .chunks(40)
                .map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect())
                .collect();
            assert_eq!(lines.join("\n"), frozen.trim_end());
        }
    }

    #[test]
    fn what_is_absent_of_intake_is_absent_when_read() {
        for intake in [None, Some(Box::default()), intake_claim().intake] {
            let claim = Claim { intake, ..full_claim() };
            let body = ClaimToWrite::encode(claim.clone()).expect("encodable").body;
            assert_eq!(body[0], if claim.intake.is_some() { 2 } else { 1 });
            assert_eq!(decode(77, &body), Ok(claim));
        }
    }

    #[test]
    fn a_damaged_body_is_told_apart() {
        for claim in [full_claim(), intake_claim()] {
            let body = ClaimToWrite::encode(claim).expect("encodable").body;
            let mut of_a_later_version = body.clone();
            of_a_later_version[0] = 3;
            let mut too_long = body.clone();
            too_long.push(0);
            for (damaged, word) in [
                (Vec::new(), "it is empty"),
                (of_a_later_version, "format version 3"),
                (body[..body.len() - 1].to_vec(), "the claim with id 5"),
                (too_long, "1 bytes follow"),
            ] {
                let sentence = decode(5, &damaged).expect_err("damaged").to_string();
                assert!(sentence.contains(word), "{sentence}");
            }
        }
    }

    #[test]
    fn a_type_or_status_at_intake_that_is_none_is_told_apart() {
        let body = ClaimToWrite::encode(full_claim()).expect("encodable").body;
        // As an option with a text of one letter.
        for (letter, word) in [(b'P', "`claimType` is none of P"), (b'W', "`claimStatus` is none of U")] {
            let place = body
                .windows(3)
                .rposition(|bytes| *bytes == [1, 1, letter])
                .expect("there");
            let mut other = body.clone();
            other[place + 2] = b'X';
            let sentence = decode(5, &other).expect_err("unknown").to_string();
            assert!(sentence.contains(word), "{sentence}");
        }
    }

    #[test]
    fn no_damage_is_more_than_an_error() {
        for claim in [full_claim(), intake_claim()] {
            let body = ClaimToWrite::encode(claim).expect("encodable").body;
            for length in 0..body.len() {
                assert!(decode(1, &body[..length]).is_err(), "cut to {length} bytes");
            }
            for place in 0..body.len() {
                for byte in [0, 1, 2, 0x7f, 0x80, 0xff] {
                    let mut damaged = body.clone();
                    damaged[place] = byte;
                    // Another claim, or an error; never a panic.
                    let _: Result<_, _> = decode(1, &damaged);
                }
            }
        }
    }

    #[test]
    fn a_claim_is_looked_up_by_what_it_has_at_intake() {
        let keys = |claim: Claim| ClaimToWrite::encode(claim).expect("encodable").intake;
        let procedures = |claim: Claim| keys(claim).map(|keys| keys.procedures);
        let of_the_payer = Claim {
            patient: None,
            submission_status: None,
            procedures: Vec::new(),
            ..full_claim()
        };
        assert_eq!(keys(of_the_payer.clone()), None);
        let listed = ["9", "10", "9"].map(str::to_owned).into();
        assert_eq!(
            procedures(Claim {
                procedures: listed,
                ..of_the_payer.clone()
            }),
            Some(vec!["10".to_owned(), "9".to_owned()])
        );
        let without_status = Claim {
            patient: full_claim().patient,
            ..of_the_payer
        };
        assert_eq!(keys(without_status), None);
        for (claim, edited_at_ms) in [(full_claim(), None), (intake_claim(), Some(1_767_225_600_123))] {
            let patient = keys(claim).and_then(|keys| keys.patient).expect("a patient");
            assert_eq!((patient.patient.as_str(), patient.status.as_str()), ("1337", "W"));
            assert_eq!(patient.edited_at_ms, edited_at_ms);
        }
    }

    #[test]
    fn a_claim_beyond_all_measure_is_refused() {
        let fits = |bytes: usize| {
            let claim = Claim {
                settlement_reason: Some("x".repeat(bytes)),
                ..full_claim()
            };
            ClaimToWrite::encode(claim)
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        assert_eq!(fits(16_000_000), Ok(()));
        let refused = "claim `C001` takes 17000388 bytes to store; 16777216 are allowed";
        assert_eq!(fits(17_000_000), Err(refused.to_owned()));
    }

    #[test]
    fn a_decoder_leaves_nothing_of_the_claim_before() {
        let full = full_claim();
        let bare = || -> Claim {
            serde_json::from_str(
                r#"{"kind":"claim","id":5,"code":"C","payer":"A","processType":"RESERVATION","status":"ENTRY",
                    "entryDate":"2020-02-29","lines":[]}"#,
            )
            .expect("a claim")
        };
        let one_line = Claim {
            lines: full.lines[1..].to_vec(),
            ..bare()
        };
        let mut decoder = ClaimDecoder::new();
        let intake = intake_claim();
        for claim in [
            &full,
            &bare(),
            &intake,
            &full,
            &one_line,
            &intake,
            &intake,
            &bare(),
            &full,
            &full,
        ] {
            let written = ClaimToWrite::encode(claim.clone()).expect("encodable");
            let id = claim.id.expect("an id");
            let row = EncodedClaim {
                id,
                payer: "A".into(),
                change_sequence: 1,
                body: written.body,
            };
            assert_eq!(decoder.decode(&row), Ok(claim));
            let damaged = EncodedClaim {
                body: row.body[..row.body.len() / 2].to_vec(),
                ..row
            };
            assert!(decoder.decode(&damaged).is_err());
        }
    }
}
