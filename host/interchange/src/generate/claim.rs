//! One generated claim.

use reprise_model::{ClaimType, ProcessType, ProcessingStatus, TagAction};

use super::line::line;
use super::population::{ENTRY_DAYS, Population, SKIP_TAGS, UNFINALIZE_REASONS};
use super::random::Random;
use super::shape::{
    BillShape, ClaimShape, DynamicFieldShape, LineShape, PendReasonShape, TagActionShape, UnfinalizeReasonShape,
};

/// What the lines of a claim share.
pub(super) struct Header<'a> {
    pub(super) code: String,
    pub(super) form: Option<&'static str>,
    pub(super) currency: &'static str,
    /// Days from the first entry date.
    pub(super) entry_day: u32,
    pub(super) days_before_entry: u32,
    pub(super) parties: Parties<'a>,
    /// Whether it has amounts.
    pub(super) is_priced: bool,
    /// Whether one of its lines is what it is pended for.
    pub(super) pends_on_line: bool,
}

/// Whom a claim is about, what for, and who treats.
pub(super) struct Parties<'a> {
    pub(super) person: &'a str,
    pub(super) age: u32,
    pub(super) product: &'static str,
    pub(super) diagnosis: &'a str,
    pub(super) individual: &'a str,
    pub(super) organization: &'a str,
    pub(super) location: &'a str,
}

/// In ten-thousandths. What is pended adds up to 5 %.
const STATUSES: [(u32, ProcessingStatus); 15] = [
    (7_000, ProcessingStatus::Finalized),
    (600, ProcessingStatus::PricingFinalized),
    (140, ProcessingStatus::Change),
    (80, ProcessingStatus::ManualPricing),
    (60, ProcessingStatus::ManualPricingAdjudication),
    (120, ProcessingStatus::ManualBenefits),
    (100, ProcessingStatus::ManualAdjudication),
    (200, ProcessingStatus::Entry),
    (300, ProcessingStatus::Initial),
    (150, ProcessingStatus::SentOutForPreprocessing),
    (200, ProcessingStatus::SentOutForPricing),
    (300, ProcessingStatus::PricingDone),
    (200, ProcessingStatus::PricingAdjudicationDone),
    (300, ProcessingStatus::BenefitsDone),
    (250, ProcessingStatus::AdjudicationDone),
];

/// How many lines claims have, by weight: three quarters as many have one more, and a few have far more.
pub(super) fn line_count_weights() -> Vec<(u32, u32)> {
    let mut weight = 10_000_000;
    (1..=30)
        .map(|lines| {
            let choice = (weight + if lines > 9 { 20_000 } else { 0 }, lines);
            weight = weight / 4 * 3;
            choice
        })
        .collect()
}

/// When a claim is entered, among the others.
#[derive(Clone, Copy)]
pub(super) enum Entered {
    /// In the order of the codes, give or take three days.
    InOrder { claims: u64 },
    /// On any day.
    OnAnyDay,
}

/// Writes the claim with this index, from 0, as one line.
pub(super) fn write_claim(
    (index, entered): (u64, Entered),
    payer: &str,
    population: &Population,
    line_counts: &[(u32, u32)],
    random: &mut Random,
    output: &mut Vec<u8>,
) -> serde_json::Result<()> {
    let status = random.weighted(&STATUSES);
    let is_pended = status.is_pended();
    let pends_on_header = is_pended && random.chance(6_000);
    let header = Header {
        code: format!("C{:08}", index + 1),
        form: random.weighted(&[
            (45, Some("HCFA1500")),
            (30, Some("UB04")),
            (15, Some("DENTAL")),
            (5, Some("PHARMACY")),
            (2, Some("VISION")),
            (3, None),
        ]),
        currency: random.weighted(&[(96, "USD"), (3, "EUR"), (1, "JPY")]),
        entry_day: entry_day(index, entered, random),
        days_before_entry: if random.chance(200) {
            random.between(90, 720)
        } else {
            random.low_below(90)
        },
        is_priced: status.number() >= ProcessingStatus::PricingDone.number(),
        pends_on_line: is_pended && (!pends_on_header || random.chance(3_000)),
        parties: parties(population, random),
    };
    let lines: Vec<LineShape<'_>> = (1..=random.weighted(line_counts))
        .map(|number| line(number, &header, population, random))
        .collect();
    let process_type = random.weighted(&[(97, ProcessType::Claim), (3, ProcessType::Reservation)]);
    let may_be_settled = status == ProcessingStatus::Finalized && process_type == ProcessType::Claim;
    let claim = ClaimShape {
        kind: "claim",
        code: &header.code,
        payer,
        form_code: header.form,
        claim_type: random.weighted(&[
            (88, Some(ClaimType::Provider)),
            (11, Some(ClaimType::Restitution)),
            (1, None),
        ]),
        process_type,
        status,
        entry_date: population.day(header.entry_day, 0),
        currency: header.currency,
        claimant_provider: random.chance(9_000).then_some(header.parties.organization),
        // 1 % of all claims are 1.47 % of those that may be settled.
        settlement_reason: (may_be_settled && random.chance(147)).then_some("RECOVERED"),
        locked_by: random.chance(10).then_some("nightly-run"),
        high_priority: random.chance(200),
        preprocessing_done: status.number() > ProcessingStatus::SentOutForPreprocessing.number()
            || random.chance(1_000),
        pricing_done: header.is_priced,
        messages: random
            .chance(500)
            .then(|| &**population.messages.draw(random))
            .into_iter()
            .collect(),
        pend_reasons: pend_reasons(pends_on_header, population, random),
        tag_actions: tag_actions(random),
        unfinalize_reasons: unfinalize_reasons(status, random),
        bills: bills(&header, &lines, population, random),
        lines: &lines,
    };
    serde_json::to_writer(&mut *output, &claim)?;
    output.push(b'\n');
    Ok(())
}

fn entry_day(index: u64, entered: Entered, random: &mut Random) -> u32 {
    let Entered::InOrder { claims } = entered else {
        return random.below(ENTRY_DAYS);
    };
    // The product of two counts: 128 bits hold it.
    let even = u128::from(index) * u128::from(ENTRY_DAYS) / u128::from(claims.max(1));
    let even = u32::try_from(even).unwrap_or(ENTRY_DAYS);
    (even + random.below(7)).saturating_sub(3).min(ENTRY_DAYS - 1)
}

fn parties<'a>(population: &'a Population, random: &mut Random) -> Parties<'a> {
    let persons = u32::try_from(population.persons.len()).unwrap_or(u32::MAX);
    let person = random.low_below(persons);
    Parties {
        person: &population.persons[person as usize],
        age: person.wrapping_mul(37) % 96,
        product: population.products.draw(random),
        diagnosis: population.diagnoses.draw(random),
        individual: population.individuals.draw(random),
        organization: population.organizations.draw(random),
        location: population.locations.draw(random),
    }
}

/// An unresolved one where the header is what the claim is pended for; elsewhere one is left over now and then.
fn pend_reasons<'a>(is_pended: bool, population: &'a Population, random: &mut Random) -> Vec<PendReasonShape<'a>> {
    let left_over = random.chance(200);
    if !(is_pended || left_over) {
        return Vec::new();
    }
    vec![PendReasonShape {
        code: population.pend_reasons.draw(random),
        resolved: !is_pended,
    }]
}

fn tag_actions(random: &mut Random) -> Vec<TagActionShape> {
    if !random.chance(300) {
        return Vec::new();
    }
    let tag = format!("T{}", random.between(1, SKIP_TAGS));
    vec![TagActionShape {
        tag,
        action: *random.pick(TagAction::ALL),
    }]
}

/// Of claims that were unfinalized: most of those to be changed, and a few that went on since.
fn unfinalize_reasons(status: ProcessingStatus, random: &mut Random) -> Vec<UnfinalizeReasonShape> {
    if !random.chance(if status == ProcessingStatus::Change { 6_000 } else { 50 }) {
        return Vec::new();
    }
    vec![UnfinalizeReasonShape {
        code: format!("UF{}", random.between(1, UNFINALIZE_REASONS)),
        source_reference: format!("REF-{}", random.between(1, 99_999)),
        dynamic_fields: [DynamicFieldShape {
            name: "requestedBy",
            value: random.weighted(&[(5, "audit"), (3, "member services"), (2, "provider relations")]),
        }],
    }]
}

/// Hospitals bill in one or two parts.
fn bills<'a>(
    header: &Header<'_>,
    lines: &'a [LineShape<'_>],
    population: &'a Population,
    random: &mut Random,
) -> Vec<BillShape<'a>> {
    if !random.chance(if header.form == Some("UB04") { 4_000 } else { 200 }) {
        return Vec::new();
    }
    let first_part = if random.chance(3_000) {
        lines.len().div_ceil(2)
    } else {
        lines.len()
    };
    let (first, second) = lines.split_at(first_part);
    (1..)
        .zip([first, second])
        .filter(|(_, part)| !part.is_empty())
        .map(|(number, part)| BillShape {
            code: format!("{}-B{number}", header.code),
            lines: part.iter().map(|line| &*line.code).collect(),
            pend_reasons: pend_reasons(header.pends_on_line && random.chance(1_000), population, random),
        })
        .collect()
}
