//! Populations drawn at random: claims and reference data that meet often, because there are so few words.
//!
//! Most have a handful of codes and days, so that ties, ends of periods and repeats are hit all the time. Some are wide:
//! hundreds of codes and days, as many as it takes to bring every form of look-up table about.

use std::ops::RangeInclusive;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{Just, Strategy};
use proptest::sample::select;
use proptest::{bool, prop_oneof};
use reprise_model::{
    Amount, AttachedPendReason, AttributeValue, BenefitApplied, Bill, Claim, ClaimKind, ClaimType, Currency, Day,
    Diagnosis, EntityName, Group, GroupMember, Line, LineProviders, MessageGroup, MessageGroupMember, NamedReference,
    PendReasonDefinition, ProcessType, ProcessingStatus, Reference, ServicedEntityDefinition,
    UnfinalizeReasonDefinition,
};

/// The payer that a population has until it is brought into a world.
const NOBODY: &str = "-";
/// The first day that is ever drawn: 2009-06-20, so that a month ends among the days.
const FIRST_DAY: i32 = 14_415;
/// How many codes of the kinds that never grow: products, regimes, fee schedules, forms, reasons, entities.
pub(super) const NAMES: u32 = 4;
/// How many groups there are of each kind.
pub(super) const GROUPS: u32 = 3;

/// Claims of one payer with its reference data, each in the order in which it was drawn.
#[derive(Clone)]
pub(super) struct Population {
    pub(super) references: Vec<Reference>,
    pub(super) claims: Vec<Claim>,
}

/// How many words and days there are.
#[derive(Clone, Copy)]
pub(super) struct Breadth {
    /// Procedure, diagnosis, provider and message codes, of each.
    pub(super) codes: u32,
    /// Days.
    pub(super) days: i32,
}

/// A handful of everything.
pub(super) const NARROW: Breadth = Breadth { codes: 5, days: 9 };
/// More codes and periods than a byte can number.
pub(super) const WIDE: Breadth = Breadth { codes: 400, days: 300 };

pub(super) fn procedure(number: u32) -> String {
    // Every third is a preventive service.
    if number.is_multiple_of(3) {
        format!("G04{number:02}")
    } else {
        format!("A{number:04}")
    }
}

pub(super) fn diagnosis(number: u32) -> String {
    // Every third is dental caries; upper and lower case, so that byte order is told from any other.
    match number % 3 {
        0 => format!("K02{number}"),
        1 => format!("e{number:02}"),
        _ => format!("I{number:02}"),
    }
}

pub(super) fn provider(number: u32) -> String {
    format!("P-{number}")
}

pub(super) fn message(number: u32) -> String {
    format!("MSG-{number}")
}

/// A code of a kind whose codes are only names: `PRODUCT-2`.
pub(super) fn name(kind: &str, number: u32) -> String {
    format!("{kind}-{number}")
}

pub(super) fn day(number: i32) -> Day {
    Day::from_number(FIRST_DAY + number)
}

/// An amount on a lattice so coarse that ends of ranges are hit.
pub(super) fn amount(number: i64) -> Amount {
    Amount::from_number(number * 12_500)
}

pub(super) const ENTITY_TYPES: [&str; 2] = ["PERSON", "OBJECT"];

/// A population of so many claims.
pub(super) fn population(breadth: Breadth, claims: RangeInclusive<usize>) -> impl Strategy<Value = Population> {
    (groups(breadth), vec(claim(breadth), claims)).prop_map(|(mut references, mut claims)| {
        references.extend(names());
        for (claim, number) in claims.iter_mut().zip(0..) {
            claim.code = claim_code(number);
        }
        Population { references, claims }
    })
}

/// Codes whose byte order is neither that of their numbers nor an alphabet's.
fn claim_code(number: u32) -> String {
    match number % 4 {
        0 => format!("C{number}"),
        1 => format!("c{number}"),
        2 => format!("C-{number}"),
        _ => format!("Ä{number}"),
    }
}

/// The rows that requests may name and that are only names.
fn names() -> Vec<Reference> {
    let payer = || NOBODY.to_owned();
    let named = |kind: &str, number| NamedReference {
        payer: payer(),
        code: name(kind, number),
        description: None,
    };
    let mut rows = Vec::new();
    for number in 0..NAMES {
        rows.push(Reference::ClaimForm(named("FORM", number)));
        rows.push(Reference::Product(named("PRODUCT", number)));
        rows.push(Reference::CoverageRegime(named("REGIME", number)));
        rows.push(Reference::FeeSchedule(named("FEES", number)));
        rows.push(Reference::PendReason(PendReasonDefinition {
            payer: payer(),
            code: name("PEND", number),
            description: None,
            publish_message: false,
            access_restriction: None,
            priority: None,
            external_code: None,
        }));
        for entity_type in ENTITY_TYPES {
            rows.push(Reference::ServicedEntity(ServicedEntityDefinition {
                payer: payer(),
                code: name("ENTITY", number),
                entity_type: entity_type.to_owned(),
                description: None,
            }));
        }
    }
    rows.push(Reference::UnfinalizeReason(UnfinalizeReasonDefinition {
        payer: payer(),
        code: "UF1".to_owned(),
        description: None,
        access_restriction: None,
        source_reference_mandatory: false,
        dynamic_fields: Vec::new(),
    }));
    rows
}

/// The groups of every kind. Memberships have gaps, repeats, overlaps and open ends, and a group may be empty.
fn groups(breadth: Breadth) -> impl Strategy<Value = Vec<Reference>> {
    let of_kind = |code: fn(u32) -> String| {
        vec(
            vec(member(breadth, code), 0..=breadth.codes as usize * 3 / 2),
            GROUPS as usize,
        )
    };
    let of_messages = vec(
        vec((0..breadth.codes).prop_map(message), 0..=breadth.codes as usize / 2),
        GROUPS as usize,
    );
    (of_kind(procedure), of_kind(diagnosis), of_kind(provider), of_messages).prop_map(
        |(procedures, diagnoses, providers, messages)| {
            let mut rows = Vec::new();
            for (number, members) in (0..).zip(procedures) {
                rows.push(Reference::ProcedureGroup(group("PG", number, members)));
            }
            for (number, members) in (0..).zip(diagnoses) {
                rows.push(Reference::DiagnosisGroup(group("DG", number, members)));
            }
            for (number, members) in (0..).zip(providers) {
                rows.push(Reference::ProviderGroup(group("PRG", number, members)));
            }
            for (number, members) in (0..).zip(messages) {
                rows.push(Reference::MessageGroup(MessageGroup {
                    payer: NOBODY.to_owned(),
                    code: name("MG", number),
                    description: None,
                    members: members.into_iter().map(|code| MessageGroupMember { code }).collect(),
                }));
            }
            rows
        },
    )
}

fn group(kind: &str, number: u32, members: Vec<GroupMember>) -> Group {
    Group {
        payer: NOBODY.to_owned(),
        code: name(kind, number),
        description: None,
        members,
    }
}

fn member(breadth: Breadth, code: fn(u32) -> String) -> impl Strategy<Value = GroupMember> {
    let end = || weighted(0.8, 0..breadth.days);
    (0..breadth.codes, end(), end()).prop_map(move |(number, one, other)| {
        let (from, through) = match (one, other) {
            (Some(one), Some(other)) => (Some(one.min(other)), Some(one.max(other))),
            ends => ends,
        };
        GroupMember {
            code: code(number),
            from: from.map(day),
            through: through.map(day),
        }
    })
}

fn claim(breadth: Breadth) -> impl Strategy<Value = Claim> {
    let kinds = (
        prop_oneof![4 => select(&IN_SCOPE[..]), 1 => select(ProcessingStatus::ALL)],
        prop_oneof![6 => Just(ProcessType::Claim), 1 => Just(ProcessType::Reservation)],
        weighted(0.8, select(ClaimType::ALL)),
        weighted(0.8, (0..NAMES).prop_map(|number| name("FORM", number))),
        0..breadth.days,
        prop_oneof![8 => Just(Some("USD")), 1 => Just(Some("EUR")), 1 => Just(None)],
    );
    let state = (
        weighted(0.8, (0..breadth.codes).prop_map(provider)),
        bool::weighted(0.1),
        bool::weighted(0.1),
        pend_reasons(0.2),
        // What stands elsewhere than the criteria look: messages of the header, pend reasons of a bill.
        vec((0..breadth.codes).prop_map(message), 0..=1),
        pend_reasons(0.1),
    );
    (kinds, state, vec(line(breadth), 0..=3)).prop_map(|(kinds, state, mut lines)| {
        let (status, process_type, claim_type, form_code, entry_day, currency) = kinds;
        let (claimant_provider, is_settled, is_locked, pend_reasons, messages, bill_pend_reasons) = state;
        for (number, line) in (1..).zip(&mut lines) {
            line.code = format!("L{number}");
            line.sequence = Some(number);
            if currency.is_none() {
                (line.allowed_amount, line.covered_amount) = (None, None);
            }
        }
        Claim {
            kind: ClaimKind::Claim,
            id: None,
            code: String::new(),
            payer: NOBODY.to_owned(),
            form_code,
            claim_type,
            process_type,
            status,
            entry_date: day(entry_day),
            currency: currency.map(|code| code.parse::<Currency>().expect("a currency")),
            claimant_provider,
            settlement_reason: is_settled.then(|| "PAID".to_owned()),
            locked_by: is_locked.then(|| "clerk".to_owned()),
            high_priority: false,
            preprocessing_done: false,
            pricing_done: false,
            messages,
            pend_reasons,
            tag_actions: Vec::new(),
            unfinalize_reasons: Vec::new(),
            bills: vec![Bill {
                code: "B1".to_owned(),
                lines: Vec::new(),
                pend_reasons: bill_pend_reasons,
            }],
            lines,
            patient: None,
            intake_type: None,
            submission_status: None,
            ins_sub: None,
            ins_sub2: None,
            date_sent: None,
            procedures: Vec::new(),
            intake: None,
            pend_numbers_given: 0,
        }
    })
}

const IN_SCOPE: [ProcessingStatus; 7] = [
    ProcessingStatus::Change,
    ProcessingStatus::ManualPricing,
    ProcessingStatus::ManualPricingAdjudication,
    ProcessingStatus::ManualBenefits,
    ProcessingStatus::ManualAdjudication,
    ProcessingStatus::PricingFinalized,
    ProcessingStatus::Finalized,
];

fn pend_reasons(chance: f64) -> impl Strategy<Value = Vec<AttachedPendReason>> {
    let reason = (0..NAMES, bool::ANY);
    weighted(chance, reason).prop_map(|reason| {
        let attached = |(number, resolved)| AttachedPendReason {
            code: name("PEND", number),
            resolved,
            number: 0,
        };
        reason.map(attached).into_iter().collect()
    })
}

fn line(breadth: Breadth) -> impl Strategy<Value = Line> {
    let dates = (weighted(0.85, 0..breadth.days), weighted(0.7, 0..3_i32));
    let codes = (
        vec((0..breadth.codes).prop_map(procedure), 0..=3),
        vec(((0..breadth.codes).prop_map(diagnosis), -1..=2_i64), 0..=4),
        weighted(0.8, (0..NAMES, select(&ENTITY_TYPES[..]))),
        vec((weighted(0.8, 0..NAMES), weighted(0.8, 0..NAMES)), 0..=2),
        vec((0..NAMES).prop_map(|number| name("FEES", number)), 0..=2),
        vec((0..breadth.codes).prop_map(message), 0..=2),
        pend_reasons(0.2),
    );
    let one = || weighted(0.7, (0..breadth.codes).prop_map(provider));
    let providers = (one(), one(), one(), one(), one());
    let amounts = (weighted(0.8, -2..8_i64), weighted(0.8, -2..8_i64));
    (dates, codes, providers, amounts, attributes()).prop_map(|(dates, codes, providers, amounts, attributes)| {
        let (start, length) = dates;
        let (procedures, diagnoses, entity, benefits, fee_schedules, messages, pend_reasons) = codes;
        let (benefits_provider, price_individual, price_organization, service, location) = providers;
        Line {
            code: String::new(),
            sequence: None,
            service_start_date: start.map(day),
            service_end_date: length.map(|length| day(start.unwrap_or(0) + length)),
            serviced_entity: entity.map(|(number, entity_type)| EntityName {
                code: name("ENTITY", number),
                entity_type: entity_type.to_owned(),
            }),
            procedures,
            diagnoses: diagnoses
                .into_iter()
                .map(|(code, sequence)| Diagnosis { code, sequence })
                .collect(),
            providers: LineProviders {
                benefits: benefits_provider,
                price_individual,
                price_organization,
                service,
                location,
            },
            benefits: benefits
                .into_iter()
                .map(|(product, regime)| BenefitApplied {
                    product: product.map(|number| name("PRODUCT", number)),
                    regime: regime.map(|number| name("REGIME", number)),
                })
                .collect(),
            fee_schedules,
            messages,
            pend_reasons,
            allowed_amount: amounts.0.map(amount),
            covered_amount: amounts.1.map(amount),
            attributes,
        }
    })
}

/// Ages and teeth as numbers and as texts, on both sides of what the conditions ask for, and some other attribute.
fn attributes() -> impl Strategy<Value = std::collections::BTreeMap<String, AttributeValue>> {
    let text = |text: &str| AttributeValue::Text(text.to_owned());
    let number = |number: u32| AttributeValue::Number(number.into());
    let ages = vec![
        number(0),
        number(17),
        number(18),
        number(40),
        text("17"),
        text("18"),
        text("old"),
        text(""),
    ];
    let teeth = vec![text("14"), text(""), number(14), AttributeValue::Truth(true)];
    (
        weighted(0.7, select(ages)),
        weighted(0.6, select(teeth)),
        bool::weighted(0.2),
    )
        .prop_map(|(age, tooth, has_other)| {
            let other = has_other.then_some(AttributeValue::Truth(false));
            [("age", age), ("tooth", tooth), ("emergency", other)]
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect()
        })
}
