//! One generated line.

use reprise_model::Amount;

use super::claim::Header;
use super::population::Population;
use super::random::Random;
use super::shape::{
    AttributesShape, BenefitShape, DiagnosisShape, EntityShape, LineShape, PendReasonShape, ProvidersShape,
};

/// The line with this number, from 1, of the claim.
pub(super) fn line<'a>(
    number: u32,
    header: &Header<'a>,
    population: &'a Population,
    random: &mut Random,
) -> LineShape<'a> {
    // The lines of a claim are of one stay.
    let days_before_entry = header.days_before_entry.saturating_sub(random.low_below(5));
    let start = (!random.chance(100)).then(|| population.day(header.entry_day, days_before_entry));
    let stay = if random.chance(8_500) { 0 } else { random.low_below(14) };
    let end = (start.is_some() && !random.chance(500))
        .then(|| population.day(header.entry_day, days_before_entry.saturating_sub(stay)));
    let (procedures, worth_cents) = procedures(population, random);
    let amounts = amounts(worth_cents, header, random);
    let is_dental = header.form == Some("DENTAL");
    LineShape {
        code: format!("{}-{number}", header.code),
        sequence: number,
        service_start_date: start,
        service_end_date: end,
        serviced_entity: (!random.chance(50)).then_some(EntityShape {
            code: header.parties.person,
            entity_type: "PERSON",
        }),
        procedures,
        diagnoses: diagnoses(header, population, random),
        providers: providers(header, population, random),
        benefits: benefits(header, population, random),
        fee_schedules: fee_schedules(population, random),
        messages: messages(population, random),
        pend_reasons: pend_reasons(number, header, population, random),
        allowed_amount: amounts.map(|(allowed, _)| allowed),
        covered_amount: amounts.and_then(|(_, covered)| covered),
        attributes: AttributesShape {
            age: random.chance(4_000).then_some(header.parties.age),
            tooth: (is_dental && random.chance(8_000)).then(|| random.between(1, 32).to_string()),
        },
    }
}

/// One to three procedures, and what the first is worth.
fn procedures<'a>(population: &'a Population, random: &mut Random) -> (Vec<&'a str>, u32) {
    let first = population.procedures.draw(random);
    let mut codes = vec![&*first.code];
    for _ in 1..random.weighted(&[(88, 1), (9, 2), (3, 3)]) {
        push_new(&mut codes, &population.procedures.draw(random).code);
    }
    (codes, first.worth_cents)
}

/// One to four diagnoses. Most lines share their claim's; sometimes two have the same sequence.
fn diagnoses<'a>(header: &Header<'a>, population: &'a Population, random: &mut Random) -> Vec<DiagnosisShape<'a>> {
    let first = if random.chance(7_000) {
        header.parties.diagnosis
    } else {
        population.diagnoses.draw(random)
    };
    let mut codes = vec![first];
    for _ in 1..random.weighted(&[(45, 1), (30, 2), (15, 3), (10, 4)]) {
        push_new(&mut codes, population.diagnoses.draw(random));
    }
    let tied = random.chance(200);
    (1..)
        .zip(codes)
        .map(|(rank, code)| DiagnosisShape {
            code,
            sequence: if tied { 1 } else { rank },
        })
        .collect()
}

fn providers<'a>(header: &Header<'a>, population: &'a Population, random: &mut Random) -> ProvidersShape<'a> {
    // Another one now and then: a laboratory, a locum.
    let individual = if random.chance(500) {
        population.individuals.draw(random)
    } else {
        header.parties.individual
    };
    let organization = if random.chance(300) {
        population.organizations.draw(random)
    } else {
        header.parties.organization
    };
    ProvidersShape {
        benefits: (!random.chance(300)).then_some(individual),
        price_individual: random.chance(7_000).then_some(individual),
        price_organization: random.chance(6_000).then_some(organization),
        service: (!random.chance(500)).then_some(individual),
        location: random.chance(8_000).then_some(header.parties.location),
    }
}

fn benefits<'a>(header: &Header<'a>, population: &'a Population, random: &mut Random) -> Vec<BenefitShape<'a>> {
    let count = random.weighted(&[(8, 0), (82, 1), (10, 2)]);
    let mut benefits = Vec::with_capacity(count);
    for place in 0..count {
        // The first is from the product that the person has.
        let product = if place == 0 {
            header.parties.product
        } else {
            population.products.draw(random)
        };
        benefits.push(BenefitShape {
            product: (!random.chance(300)).then_some(product),
            regime: random.chance(8_500).then(|| *population.regimes.draw(random)),
        });
    }
    benefits
}

fn fee_schedules<'a>(population: &'a Population, random: &mut Random) -> Vec<&'a str> {
    let mut codes = Vec::new();
    for _ in 0..random.weighted(&[(15, 0), (80, 1), (5, 2)]) {
        push_new(&mut codes, population.fee_schedules.draw(random));
    }
    codes
}

fn messages<'a>(population: &'a Population, random: &mut Random) -> Vec<&'a str> {
    let mut codes = Vec::new();
    for _ in 0..random.weighted(&[(75, 0), (20, 1), (5, 2)]) {
        push_new(&mut codes, population.messages.draw(random));
    }
    codes
}

/// On the lines of a pended claim whose header has none, one is unresolved; elsewhere one is left over now and then.
fn pend_reasons<'a>(
    number: u32,
    header: &Header<'a>,
    population: &'a Population,
    random: &mut Random,
) -> Vec<PendReasonShape<'a>> {
    let (needed, unresolved) = (
        header.pends_on_line && number == 1,
        header.pends_on_line && random.chance(3_000),
    );
    let left_over = random.chance(100);
    if !(needed || unresolved || left_over) {
        return Vec::new();
    }
    let resolved = !(needed || unresolved);
    vec![PendReasonShape {
        code: population.pend_reasons.draw(random),
        resolved,
    }]
}

/// What is allowed, and what of it is covered; nothing before the claim is priced.
fn amounts(worth_cents: u32, header: &Header<'_>, random: &mut Random) -> Option<(Amount, Option<Amount>)> {
    if !header.is_priced || random.chance(100) {
        return None;
    }
    let allowed_cents = u64::from(worth_cents) * u64::from(random.between(70, 130)) / 100;
    let covered_percent = random.weighted(&[(8, 0_u64), (10, 50), (35, 80), (17, 90), (30, 100)]);
    let covered_cents = allowed_cents * covered_percent / 100;
    // A yen is about a cent, and has no smaller unit.
    let scale = if header.currency == "JPY" {
        Amount::SCALE
    } else {
        Amount::SCALE / 100
    };
    let amount = |cents: u64| Amount::from_number(i64::try_from(cents).unwrap_or_default() * scale);
    Some((
        amount(allowed_cents),
        (!random.chance(100)).then(|| amount(covered_cents)),
    ))
}

fn push_new<'a>(codes: &mut Vec<&'a str>, code: &'a str) {
    if !codes.contains(&code) {
        codes.push(code);
    }
}
