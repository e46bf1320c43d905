//! A claim as its row holds it: one versioned value.
//!
//! The first byte of a body is the version of its format; see [`claim_format`](crate::claim_format). The claim is written
//! without its id, which the row has beside it. The format does not describe itself: a change to the claim's shape is a
//! new version, and the old one stays readable. A claim without details of its intake is still written as version 1: so
//! equal content is equal bytes, whichever version of Reprise wrote it.
//!
//! The numbers of its pend reasons are no content. Nearly all claims have them in order, as given when they came in, and do
//! not write them; a claim that has others has them in front of its content, and that is version 3.
//!
//! A claim that was deleted leaves its row behind, so that its id is never given again and whoever follows changes sees
//! that it is gone. The row has an empty body, and as its code U+0001 and the id: no claim's code has control characters, so
//! the one that the claim had is free again.

use std::borrow::Cow;
use std::sync::Arc;

use reprise_model::{AttachedPendReason, Claim, IntakeDetails};

use crate::StoreError;
use crate::byte_format::{Damage, Input, Stored};
use crate::intake_keys::IntakeKeys;

/// The version of the format of a claim without details of its intake.
const VERSION: u8 = 1;

/// The version of the format of one with such details.
const VERSION_WITH_INTAKE: u8 = 2;

/// The version of the format of one whose pend reasons have other numbers than those in order. Behind them is a body of one
/// of the versions above.
const VERSION_WITH_NUMBERS: u8 = 3;

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
    /// The claim, encoded, with a number for each of its pend reasons that has none.
    pub fn encode(mut claim: Claim) -> Result<Self, StoreError> {
        let id = claim.id.take();
        claim.number_pend_reasons(None);
        let mut body = body_of(&claim);
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
    let version = *body.first().ok_or_else(|| corrupt("it is empty"))?;
    if !(VERSION..=VERSION_WITH_NUMBERS).contains(&version) {
        return Err(corrupt(&format!(
            "it has format version {version}, and those up to {VERSION_WITH_NUMBERS} are known"
        )));
    }
    let mut input = Input::new(body);
    read(claim, &mut input).map_err(corrupt)?;
    if input.remaining() > 0 {
        return Err(corrupt(&format!("{} bytes follow its end", input.remaining())));
    }
    claim.id = Some(id);
    Ok(())
}

/// Reads a body of a known version.
fn read(claim: &mut Claim, input: &mut Input<'_>) -> Result<(), Damage> {
    let mut version = input.byte()?;
    let mut numbers = None;
    if version == VERSION_WITH_NUMBERS {
        numbers = Some(PendNumbers::of_input(input)?);
        version = input.byte()?;
    }
    claim.read(input)?;
    match version {
        VERSION => claim.intake = None,
        VERSION_WITH_INTAKE => {
            let intake = claim.intake.get_or_insert_with(|| Box::new(IntakeDetails::blank()));
            intake.read(input)?;
        }
        _ => return Err("what follows the numbers of its pend reasons is of no known version"),
    }
    match numbers {
        Some(numbers) => numbers.give(claim),
        None => {
            claim.number_pend_reasons_in_order();
            Ok(())
        }
    }
}

/// The body of a claim that was numbered.
fn body_of(claim: &Claim) -> Vec<u8> {
    // Most claims fit; a first guess saves the early growths.
    let mut body = Vec::with_capacity(1024);
    if !claim.has_pend_reasons_in_order() {
        body.push(VERSION_WITH_NUMBERS);
        PendNumbers::of(claim).write(&mut body);
    }
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
    body
}

/// The numbers of a claim's pend reasons as version 3 has them.
struct PendNumbers {
    /// How many were given so far.
    given: u32,
    /// Those of the pend reasons that are attached, in order.
    attached: Vec<u32>,
}

impl PendNumbers {
    fn of(claim: &Claim) -> Self {
        Self {
            given: claim.pend_numbers_given,
            attached: claim
                .attached_pend_reasons()
                .map(|(_, attached)| attached.number)
                .collect(),
        }
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        self.given.write(bytes);
        self.attached.write(bytes);
    }

    fn of_input(input: &mut Input<'_>) -> Result<Self, Damage> {
        let (mut given, mut attached) = (0, Vec::new());
        given.read(input)?;
        attached.read(input)?;
        Ok(Self { given, attached })
    }

    /// Gives each of the claim's pend reasons its number.
    fn give(self, claim: &mut Claim) -> Result<(), Damage> {
        let mut distinct = self.attached.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let is_given = |number: &u32| (1..=self.given).contains(number);
        if distinct.len() != self.attached.len() || !distinct.iter().all(is_given) {
            return Err("its pend reasons have numbers that were not given to them");
        }
        let mut numbers = self.attached.into_iter();
        for (_, reason) in claim.attached_pend_reasons_mut() {
            let AttachedPendReason { number, .. } = reason;
            *number = numbers.next().ok_or("a pend reason has no number")?;
        }
        if numbers.next().is_some() {
            return Err("it has more numbers of pend reasons than pend reasons");
        }
        claim.pend_numbers_given = self.given;
        Ok(())
    }
}

/// Whether two bodies hold the same content. Equal content is equal bytes, behind the numbers if there are any: what a
/// claim has decides on its version, and every field is always written, in one order.
pub(crate) fn same_content(one: &[u8], other: &[u8]) -> bool {
    content(one) == content(other)
}

/// A body without the numbers of its pend reasons.
fn content(body: &[u8]) -> &[u8] {
    let mut input = Input::new(body);
    let is_numbered = matches!(input.byte(), Ok(VERSION_WITH_NUMBERS));
    match is_numbered.then(|| PendNumbers::of_input(&mut input)) {
        Some(Ok(_)) => &body[body.len() - input.remaining()..],
        // What is damaged is the same as nothing but itself.
        Some(Err(_)) | None => body,
    }
}

/// The body of a claim that takes the place of the one with the body `before`: as it is, with numbers of pend reasons that
/// go on with the other's.
pub(crate) fn body_in_place_of<'a>(body: &'a [u8], before: &[u8]) -> Result<Cow<'a, [u8]>, StoreError> {
    // One that cannot be read any more has no numbers to go on with; being replaced is how it is got rid of.
    let Ok(before) = decode(0, before) else {
        return Ok(Cow::Borrowed(body));
    };
    if before.pend_numbers_given == 0 {
        return Ok(Cow::Borrowed(body));
    }
    let mut claim = decode(0, body)?;
    claim.id = None;
    claim.number_pend_reasons(Some(&before));
    Ok(Cow::Owned(body_of(&claim)))
}

#[cfg(test)]
mod tests {
    use reprise_model::{AttachedPendReason, Claim};

    use super::{ClaimDecoder, ClaimToWrite, EncodedClaim, body_in_place_of, decode, same_content};

    /// A claim with every field filled, in the import format.
    const FULL_CLAIM: &str = include_str!("../golden/claim.json");
    /// The same as its row held it when version 1 was new, in hexadecimal.
    const FULL_CLAIM_VERSION_1: &str = include_str!("../golden/claim-version-1.hex");
    /// One with details of its intake, every one of them.
    const INTAKE_CLAIM: &str = include_str!("../golden/claim-with-intake.json");
    /// The same as its row held it when version 2 was new, in hexadecimal.
    const INTAKE_CLAIM_VERSION_2: &str = include_str!("../golden/claim-version-2.hex");

    /// One whose pend reasons have had other numbers before, with the numbers of version 3 in front of it.
    const NUMBERED_CLAIM_VERSION_3: &str = include_str!("../golden/claim-version-3.hex");

    /// The claim, with the numbers that it is given when it comes in.
    fn claim_of(text: &str) -> Claim {
        let mut claim: Claim = serde_json::from_str(text).expect("a claim");
        claim.number_pend_reasons(None);
        claim
    }

    fn full_claim() -> Claim {
        claim_of(FULL_CLAIM)
    }

    fn intake_claim() -> Claim {
        claim_of(INTAKE_CLAIM)
    }

    /// The same after its pend reasons were removed and attached anew, one of them twice.
    fn numbered_claim() -> Claim {
        let mut claim = intake_claim();
        for _ in 0..2 {
            for (_, attached) in claim.attached_pend_reasons_mut() {
                attached.number = 0;
            }
            claim.number_pend_reasons(None);
        }
        claim.pend_reasons.push(AttachedPendReason::unresolved("PR-9"));
        claim.number_pend_reasons(None);
        claim
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
            (
                Claim {
                    id: Some(79),
                    ..numbered_claim()
                },
                79,
                NUMBERED_CLAIM_VERSION_3,
            ),
        ] {
            assert_eq!(decode(id, &bytes(frozen)), Ok(claim));
        }
    }

    #[test]
    fn every_version_is_written_as_it_was_frozen() {
        for (claim, frozen) in [
            (full_claim(), FULL_CLAIM_VERSION_1),
            (intake_claim(), INTAKE_CLAIM_VERSION_2),
            (numbered_claim(), NUMBERED_CLAIM_VERSION_3),
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
        for claim in [full_claim(), intake_claim(), numbered_claim()] {
            let body = ClaimToWrite::encode(claim).expect("encodable").body;
            let mut of_a_later_version = body.clone();
            of_a_later_version[0] = 4;
            let mut too_long = body.clone();
            too_long.push(0);
            for (damaged, word) in [
                (Vec::new(), "it is empty"),
                (of_a_later_version, "format version 4"),
                (body[..body.len() - 1].to_vec(), "the claim with id 5"),
                (too_long, "1 bytes follow"),
            ] {
                let sentence = decode(5, &damaged).expect_err("damaged").to_string();
                assert!(sentence.contains(word), "{sentence}");
            }
        }
    }

    #[test]
    fn numbers_of_pend_reasons_that_cannot_be_are_told_apart() {
        let body = ClaimToWrite::encode(numbered_claim()).expect("encodable").body;
        // The version, how many were given, how many follow, and those.
        let (count, numbers) = (usize::from(body[2]), 3..3 + usize::from(body[2]));
        assert_eq!((body[0], body[1]), (3, u8::try_from(3 * (count - 1) + 1).expect("few")));
        let with = |place: usize, byte: u8| {
            let mut body = body.clone();
            body[place] = byte;
            body
        };
        let without_the_last = [
            &[3, body[1], body[2] - 1],
            &body[3..numbers.end - 1],
            &body[numbers.end..],
        ]
        .concat();
        let with_one_more = [&[3, body[1], body[2] + 1, 1], &body[3..]].concat();
        for (damaged, words) in [
            (with(1, body[1] - 1), "were not given"),
            (with(3, 0), "were not given"),
            (with(3, body[4]), "were not given"),
            (without_the_last, "has no number"),
            (with_one_more, "more numbers"),
            (with(numbers.end, 3), "of no known version"),
        ] {
            let sentence = decode(5, &damaged).expect_err(words).to_string();
            assert!(sentence.contains(words), "{sentence}");
        }
    }

    #[test]
    fn numbers_are_no_content_and_stay_where_a_claim_is_replaced() {
        let body = |claim: Claim| ClaimToWrite::encode(claim).expect("encodable").body;
        let (numbered, brought_in) = (body(numbered_claim()), {
            let mut claim = numbered_claim();
            claim.number_pend_reasons_in_order();
            body(claim)
        });
        assert_ne!(numbered, brought_in);
        assert!(same_content(&numbered, &brought_in) && same_content(&brought_in, &numbered));
        assert!(!same_content(&numbered, &body(intake_claim())));
        assert_eq!(body_in_place_of(&brought_in, &numbered).expect("readable"), numbered);
        // One that never had pend reasons, and one that cannot be read, have no numbers to go on with.
        let mut bare = full_claim();
        for lists in [&mut bare.pend_reasons].into_iter().chain(
            (bare.bills.iter_mut().map(|bill| &mut bill.pend_reasons))
                .chain(bare.lines.iter_mut().map(|line| &mut line.pend_reasons)),
        ) {
            lists.clear();
        }
        bare.pend_numbers_given = 0;
        for before in [body(bare), Vec::new(), b"\x09".to_vec()] {
            assert_eq!(body_in_place_of(&brought_in, &before).expect("readable"), brought_in);
        }
        // What is attached no more does not have its number given to another.
        let mut emptied = numbered_claim();
        emptied.pend_reasons.clear();
        let emptied = body(emptied);
        let again = body_in_place_of(&brought_in, &emptied).expect("readable");
        let again = decode(5, &again).expect("readable");
        let given = numbered_claim().pend_numbers_given;
        assert!(again.pend_reasons.iter().all(|attached| attached.number > given));
        assert_eq!(again.lines, numbered_claim().lines);
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
        for claim in [full_claim(), intake_claim(), numbered_claim()] {
            let body = ClaimToWrite::encode(claim).expect("encodable").body;
            for length in 0..body.len() {
                assert!(decode(1, &body[..length]).is_err(), "cut to {length} bytes");
                assert!(!same_content(&body[..length], &body), "cut to {length} bytes");
            }
            for place in 0..body.len() {
                for byte in [0, 1, 2, 0x7f, 0x80, 0xff] {
                    let mut damaged = body.clone();
                    damaged[place] = byte;
                    // Another claim, or an error; never a panic.
                    let _: Result<_, _> = decode(1, &damaged);
                    let _: Result<_, _> = body_in_place_of(&damaged, &body);
                    body_in_place_of(&body, &damaged).expect("what is new can be read");
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
        let (intake, numbered) = (intake_claim(), numbered_claim());
        for claim in [
            &full,
            &numbered,
            &bare(),
            &intake,
            &numbered,
            &bare(),
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
