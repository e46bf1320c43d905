//! What claims are made of: the codes there are, how frequent each is, and how big they are for this many claims.

use std::collections::BTreeSet;

use reprise_model::Day;

use super::random::{LongTail, Random};

/// 2023-01-01, the first entry date.
pub(super) const FIRST_ENTRY_DAY: i32 = 19_358;
/// How many days there are entries on: through 2025-12-31.
pub(super) const ENTRY_DAYS: u32 = 1_096;
/// How long before its claim's entry a service may be.
const SERVICE_BEFORE_ENTRY_DAYS_MAX: i32 = 730;

const PROCEDURES: usize = 4_000;
const DIAGNOSES: usize = 3_000;
pub(super) const MESSAGES: u32 = 60;
pub(super) const PEND_REASONS: u32 = 20;
pub(super) const FEE_SCHEDULES: u32 = 40;
pub(super) const UNFINALIZE_REASONS: u32 = 4;
pub(super) const SKIP_TAGS: u32 = 6;

pub(super) const PRODUCTS: [&str; 10] = [
    "SILVER",
    "GOLD",
    "BRONZE",
    "PLATINUM",
    "DENTAL-BASIC",
    "DENTAL-PLUS",
    "VISION",
    "SENIOR",
    "STUDENT",
    "TRAVEL",
];
pub(super) const REGIMES: [&str; 6] = ["REG-A", "REG-B", "REG-C", "REG-D", "REG-E", "REG-F"];
pub(super) const FORMS: [&str; 5] = ["HCFA1500", "UB04", "DENTAL", "PHARMACY", "VISION"];

/// A procedure and what it is usually worth.
pub(super) struct Procedure {
    pub(super) code: String,
    pub(super) worth_cents: u32,
}

/// All there is to draw from.
pub(super) struct Population {
    pub(super) procedures: LongTail<Procedure>,
    pub(super) diagnoses: LongTail<String>,
    /// People who treat.
    pub(super) individuals: LongTail<String>,
    /// Organizations that bill.
    pub(super) organizations: LongTail<String>,
    /// Places of service.
    pub(super) locations: LongTail<String>,
    /// Who is insured.
    pub(super) persons: Vec<String>,
    pub(super) products: LongTail<&'static str>,
    pub(super) regimes: LongTail<&'static str>,
    pub(super) fee_schedules: LongTail<String>,
    pub(super) messages: LongTail<String>,
    pub(super) pend_reasons: LongTail<String>,
    /// The texts of the days from the first day a service may be on.
    days: Vec<String>,
}

impl Population {
    /// The population for this many claims.
    pub(super) fn new(claims: u64, random: &mut Random) -> Self {
        let many = |claims_for_one: u64, at_least: u64| 1..=at_least + claims / claims_for_one;
        let numbered = |prefix: &str, numbers: &mut dyn Iterator<Item = u64>| -> Vec<String> {
            numbers.map(|number| format!("{prefix}{number}")).collect()
        };
        let few = |prefix: &str, count: u32| numbered(prefix, &mut (1..=u64::from(count)));
        let first_day = FIRST_ENTRY_DAY - SERVICE_BEFORE_ENTRY_DAYS_MAX;
        let days_count = i32::try_from(ENTRY_DAYS).unwrap_or(i32::MAX) + SERVICE_BEFORE_ENTRY_DAYS_MAX;
        Self {
            procedures: LongTail::new(procedures(random)),
            diagnoses: LongTail::new(diagnoses(random)),
            individuals: LongTail::new(shuffled(numbered("P-", &mut many(300, 350)), random)),
            organizations: LongTail::new(shuffled(numbered("O-", &mut many(1_000, 100)), random)),
            locations: LongTail::new(shuffled(numbered("L-", &mut many(1_500, 50)), random)),
            persons: numbered("M-", &mut many(8, 1)),
            products: LongTail::new(PRODUCTS.to_vec()),
            regimes: LongTail::new(REGIMES.to_vec()),
            fee_schedules: LongTail::new(few("FS-", FEE_SCHEDULES)),
            messages: LongTail::new(shuffled(few("MSG-", MESSAGES), random)),
            pend_reasons: LongTail::new(shuffled(few("PR-", PEND_REASONS), random)),
            days: (first_day..first_day + days_count)
                .map(|number| Day::from_number(number).to_string())
                .collect(),
        }
    }

    /// The text of the day that is this many days after the first entry date, less this many.
    pub(super) fn day(&self, after_first_entry: u32, less: u32) -> &str {
        let before = usize::try_from(SERVICE_BEFORE_ENTRY_DAYS_MAX).unwrap_or_default();
        let at = (before + after_first_entry as usize).saturating_sub(less as usize);
        &self.days[at.min(self.days.len() - 1)]
    }
}

/// Made-up procedure codes in the shape of HCPCS level II: a letter and four digits.
fn procedures(random: &mut Random) -> Vec<Procedure> {
    // No D: those letters' codes belong to a dental association.
    const LETTERS: [char; 12] = ['A', 'B', 'C', 'E', 'G', 'H', 'J', 'K', 'L', 'M', 'Q', 'V'];
    let codes = distinct(PROCEDURES, random, |random| {
        format!("{}{:04}", random.pick(&LETTERS), random.below(10_000))
    });
    let worth = |random: &mut Random| {
        // Each size as often as the next: a visit, a test, a device, a stay.
        let size = *random.pick(&[2_000, 6_000, 20_000, 90_000]);
        random.between(size / 2, size * 3)
    };
    codes
        .into_iter()
        .map(|code| Procedure {
            code,
            worth_cents: worth(random),
        })
        .collect()
}

/// Made-up diagnosis codes in the shape of ICD-10-CM: a letter, two digits and up to three more.
fn diagnoses(random: &mut Random) -> Vec<String> {
    distinct(DIAGNOSES, random, |random| {
        let letter = char::from(b'A' + u8::try_from(random.below(20)).unwrap_or_default());
        let stem = format!("{letter}{:02}", random.below(100));
        match random.below(4) {
            0 => stem,
            1 => format!("{stem}{}", random.below(10)),
            2 => format!("{stem}{:02}", random.below(100)),
            _ => format!("{stem}{:03}", random.below(1_000)),
        }
    })
}

/// So many unlike texts, in no order that they show.
fn distinct(count: usize, random: &mut Random, draw: impl Fn(&mut Random) -> String) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut texts = Vec::with_capacity(count);
    while texts.len() < count {
        let text = draw(random);
        if seen.insert(text.clone()) {
            texts.push(text);
        }
    }
    texts
}

fn shuffled<T>(mut items: Vec<T>, random: &mut Random) -> Vec<T> {
    for last in (1..items.len()).rev() {
        let bound = u32::try_from(last + 1).unwrap_or(u32::MAX);
        items.swap(last, random.below(bound) as usize);
    }
    items
}

#[cfg(test)]
mod tests {
    use super::{ENTRY_DAYS, FIRST_ENTRY_DAY, Population};
    use crate::generate::random::Random;

    #[test]
    fn entries_are_from_2023_through_2025() {
        let population = Population::new(10, &mut Random::new(1, 0));
        assert_eq!(
            "2023-01-01".parse().map(reprise_model::Day::number),
            Ok(FIRST_ENTRY_DAY)
        );
        for (after_first_entry, less, text) in [
            (0, 0, "2023-01-01"),
            (ENTRY_DAYS - 1, 0, "2025-12-31"),
            (0, 730, "2021-01-01"),
            (31, 1, "2023-01-31"),
        ] {
            assert_eq!(population.day(after_first_entry, less), text);
        }
    }

    #[test]
    fn procedure_codes_are_letter_and_four_digits_and_no_dental_codes() {
        let population = Population::new(10, &mut Random::new(1, 0));
        for procedure in population.procedures.items() {
            let (letter, digits) = procedure.code.split_at(1);
            assert!(
                letter != "D" && digits.len() == 4 && digits.parse::<u16>().is_ok(),
                "{}",
                procedure.code
            );
        }
    }
}
