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
mod tests;
