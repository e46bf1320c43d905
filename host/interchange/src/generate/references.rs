//! The reference data of a generated population.

use reprise_model::{
    Day, Group, GroupMember, MessageDefinition, MessageGroup, MessageGroupMember, NamedReference, PendReasonDefinition,
    Reference, ServicedEntityDefinition, UnfinalizeReasonDefinition,
};

use super::population::{
    ENTRY_DAYS, FIRST_ENTRY_DAY, FORMS, PRODUCTS, Population, REGIMES, SKIP_TAGS, UNFINALIZE_REASONS,
};
use super::random::{LongTail, Random};

const PROCEDURE_GROUPS: u32 = 40;
const DIAGNOSIS_GROUPS: u32 = 40;
const PROVIDER_GROUPS: u32 = 60;
const MESSAGE_GROUPS: u32 = 12;

/// Hands over every row, in the order of the kinds.
pub(super) fn references<E>(
    payer: &str,
    population: &Population,
    random: &mut Random,
    mut hand_over: impl FnMut(Reference) -> Result<(), E>,
) -> Result<(), E> {
    let payer = || payer.to_owned();
    for number in 1..=PROCEDURE_GROUPS {
        let members = members(
            number,
            population.procedures.items().len(),
            random,
            |random, frequent| one_of(&population.procedures, frequent, random).code.clone(),
        );
        let description = Some(format!("Procedures {number}"));
        let group = Group {
            payer: payer(),
            code: format!("PG-{number}"),
            description,
            members,
        };
        hand_over(Reference::ProcedureGroup(group))?;
    }
    for number in 1..=DIAGNOSIS_GROUPS {
        let members = members(
            number,
            population.diagnoses.items().len(),
            random,
            |random, frequent| one_of(&population.diagnoses, frequent, random).clone(),
        );
        let description = Some(format!("Diagnoses {number}"));
        let group = Group {
            payer: payer(),
            code: format!("DG-{number}"),
            description,
            members,
        };
        hand_over(Reference::DiagnosisGroup(group))?;
    }
    let providers = [
        (70, &population.individuals),
        (20, &population.organizations),
        (10, &population.locations),
    ];
    let providers_count = providers.iter().map(|(_, parts)| parts.items().len()).sum();
    for number in 1..=PROVIDER_GROUPS {
        let members = members(number, providers_count, random, |random, frequent| {
            let part = random.weighted(&providers);
            one_of(part, frequent, random).clone()
        });
        let description = Some(format!("Providers {number}"));
        let group = Group {
            payer: payer(),
            code: format!("PRG-{number}"),
            description,
            members,
        };
        hand_over(Reference::ProviderGroup(group))?;
    }
    for number in 1..=MESSAGE_GROUPS {
        let members = message_members(number, population, random);
        let description = Some(format!("Messages {number}"));
        hand_over(Reference::MessageGroup(MessageGroup {
            payer: payer(),
            code: format!("MG-{number}"),
            description,
            members,
        }))?;
    }
    let mut messages = population.messages.items().to_vec();
    messages.sort_unstable();
    // CUST1 is what a request may stamp on the claims that it reprocesses.
    for code in std::iter::once("CUST1".to_owned()).chain(messages) {
        let text = Some(format!("Message {code}"));
        let severity = Some(if random.chance(2_000) { "fatal" } else { "informative" }.to_owned());
        hand_over(Reference::Message(MessageDefinition {
            payer: payer(),
            code,
            text,
            severity,
        }))?;
    }
    let mut pend_reasons = population.pend_reasons.items().to_vec();
    pend_reasons.sort_unstable();
    for code in pend_reasons {
        hand_over(Reference::PendReason(PendReasonDefinition {
            payer: payer(),
            description: Some(format!("Pended for reason {code}")),
            code,
            publish_message: random.chance(7_000),
            access_restriction: random.chance(1_500).then(|| "SENIOR-EXAMINER".to_owned()),
            priority: Some(i64::from(random.between(1, 5))),
            external_code: None,
        }))?;
    }
    for number in 1..=UNFINALIZE_REASONS {
        hand_over(Reference::UnfinalizeReason(UnfinalizeReasonDefinition {
            payer: payer(),
            code: format!("UF{number}"),
            description: Some(format!("Unfinalized for reason {number}")),
            access_restriction: None,
            source_reference_mandatory: number == UNFINALIZE_REASONS,
            dynamic_fields: vec!["requestedBy".to_owned()],
        }))?;
    }
    let named = |code: &str| NamedReference {
        payer: payer(),
        code: code.to_owned(),
        description: None,
    };
    for number in 1..=SKIP_TAGS {
        hand_over(Reference::SkipTag(named(&format!("T{number}"))))?;
    }
    for form in FORMS {
        hand_over(Reference::ClaimForm(named(form)))?;
    }
    for product in PRODUCTS {
        hand_over(Reference::Product(named(product)))?;
    }
    for regime in REGIMES {
        hand_over(Reference::CoverageRegime(named(regime)))?;
    }
    for fee_schedule in population.fee_schedules.items() {
        hand_over(Reference::FeeSchedule(named(fee_schedule)))?;
    }
    for person in &population.persons {
        let (code, entity_type) = (person.clone(), "PERSON".to_owned());
        hand_over(Reference::ServicedEntity(ServicedEntityDefinition {
            payer: payer(),
            code,
            entity_type,
            description: None,
        }))?;
    }
    Ok(())
}

/// One of the items: by how frequent it is, or any.
fn one_of<'a, T>(items: &'a LongTail<T>, frequent: bool, random: &mut Random) -> &'a T {
    if frequent {
        items.draw(random)
    } else {
        random.pick(items.items())
    }
}

/// The members of the group with this number: the first group has a fifth of all, later ones fewer and fewer, every
/// tenth only a handful. Half of them are drawn by how frequent they are, so that groups hit.
fn members(
    number: u32,
    population: usize,
    random: &mut Random,
    draw: impl Fn(&mut Random, bool) -> String,
) -> Vec<GroupMember> {
    let population = u32::try_from(population).unwrap_or(u32::MAX);
    let count = if number.is_multiple_of(10) {
        random.between(1, 4)
    } else {
        (population / (5 * number)).max(5)
    };
    let mut members = Vec::new();
    for _ in 0..count {
        let frequent = random.chance(5_000);
        let code = draw(random, frequent);
        memberships(&code, random, &mut members);
    }
    members
}

/// When something is a member: always, from a day on, up to a day, for a while, twice with a gap between, or twice
/// with days that are said twice.
fn memberships(code: &str, random: &mut Random, members: &mut Vec<GroupMember>) {
    // From half a year before the first entry to the last.
    let mut days =
        [0; 4].map(|_: i32| FIRST_ENTRY_DAY - 180 + i32::try_from(random.below(ENTRY_DAYS + 180)).unwrap_or_default());
    days.sort_unstable();
    let [first, second, third, fourth] = days.map(|number| Some(Day::from_number(number)));
    let spells: &[(Option<Day>, Option<Day>)] = match random.below(100) {
        0..40 => &[(None, None)],
        40..55 => &[(second, None)],
        55..70 => &[(None, third)],
        70..85 => &[(first, fourth)],
        85..95 => &[(first, second), (third, fourth)],
        _ => &[(first, third), (second, None)],
    };
    members.extend(spells.iter().map(|(from, through)| GroupMember {
        code: code.to_owned(),
        from: *from,
        through: *through,
    }));
}

fn message_members(number: u32, population: &Population, random: &mut Random) -> Vec<MessageGroupMember> {
    let mut codes: Vec<&String> = Vec::new();
    for _ in 0..random.between(1, 2 + 24 / number) {
        let code = population.messages.draw(random);
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
        .into_iter()
        .map(|code| MessageGroupMember { code: code.clone() })
        .collect()
}
