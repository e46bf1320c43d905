//! Random lines, groups and requests: however the pack is asked, it says the same.

use reprise_criteria::DefaultCriteria;
use reprise_rules::testing::{LineBuilder, Population, amounts, any_of, days, entity, not};
use reprise_rules::{Column, ColumnForm, CriteriaRules, Criterion, GroupKind, text};

/// Numbers that are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % below as u64).expect("smaller than `below`")
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.next(chances) == 0
    }

    fn pick<'a>(&mut self, values: &[&'a str]) -> &'a str {
        values[self.next(values.len())]
    }

    fn some<'a>(&mut self, values: &[&'a str], most: usize) -> Vec<&'a str> {
        (0..self.next(most + 1)).map(|_| self.pick(values)).collect()
    }

    fn date(&mut self) -> String {
        text::day(14_400 + i32::try_from(self.next(60)).expect("small"))
    }

    fn date_or_open(&mut self) -> Option<String> {
        (!self.one_in(3)).then(|| self.date())
    }
}

const CODES: [&str; 7] = ["G0438", "K021", "A0021", "I10", "G0101", "E119", "K0252"];
const ATTRIBUTES: [&str; 5] = ["age=7", "age=40", "tooth=14", "tooth=", "colour=red"];
const GROUPS: [&str; 3] = ["ONE", "TWO", "NONE"];
const GROUP_KINDS: [GroupKind; 4] = [
    GroupKind::Procedure,
    GroupKind::Diagnosis,
    GroupKind::Provider,
    GroupKind::Message,
];

fn line(numbers: &mut Numbers, mut line: LineBuilder) -> LineBuilder {
    for &column in Column::ALL {
        if numbers.one_in(5) {
            continue;
        }
        line = match column.form() {
            ColumnForm::Kinds => {
                let greatest = if column == Column::ClaimStatus { 15 } else { 2 };
                line.number(column, i64::try_from(numbers.next(greatest) + 1).expect("small"))
            }
            ColumnForm::Codes(_) if column == Column::PrimaryDiagnosis => line,
            ColumnForm::Codes(_) if column == Column::ServicedEntity => {
                line.code(column, &format!("{}\u{1f}PERSON", numbers.pick(&CODES)))
            }
            ColumnForm::Codes(_) => line.code(column, numbers.pick(&CODES)),
            ColumnForm::Sets(_) if column == Column::Diagnoses => line.diagnoses(&numbers.some(&CODES, 3)),
            ColumnForm::Sets(_) if column == Column::Attributes => line.attributes(&numbers.some(&ATTRIBUTES, 2)),
            ColumnForm::Sets(_) => line.codes(column, &numbers.some(&CODES, 3)),
            ColumnForm::Days => line.date(column, &numbers.date()),
            ColumnForm::Amounts => line.number(column, i64::try_from(numbers.next(100)).expect("small") - 20),
        };
    }
    line
}

fn population(numbers: &mut Numbers) -> Population {
    let mut population = Population::default();
    for kind in GROUP_KINDS {
        for group in &GROUPS[..2] {
            let mut members = Vec::new();
            for _ in 0..numbers.next(8) {
                members.push((numbers.pick(&CODES), numbers.date_or_open(), numbers.date_or_open()));
            }
            let members: Vec<_> = members
                .iter()
                .map(|(code, from, through)| (*code, from.as_deref(), through.as_deref()))
                .collect();
            population.group(kind, group, &members);
        }
        population.group(kind, GROUPS[2], &[]);
    }
    for _ in 0..150 {
        population.line(|empty| line(numbers, empty));
    }
    population
}

fn criterion(numbers: &mut Numbers, name: &str) -> Criterion {
    let mut some = |values: &[&'static str]| {
        let mut codes = numbers.some(values, 2);
        codes.push(numbers.pick(values));
        codes
    };
    let criterion = match name {
        "process-type" => any_of(name, &some(&["CLAIM", "RESERVATION"])),
        "claim-type" => any_of(name, &some(&["PROVIDER", "RESTITUTION"])),
        "claim-status" => any_of(
            name,
            &some(&["CHANGE", "FINALIZED", "MANUAL BENEFITS", "MANUAL PRICING"]),
        ),
        "procedure-condition" => any_of(name, &["PREVENTIVE-UNDER-18"]),
        "diagnosis-condition" => any_of(name, &["CARIES-WITH-TOOTH"]),
        "serviced-entity" => entity(name, numbers.pick(&CODES), "PERSON"),
        "allowed-amount" | "covered-amount" => {
            let from = i64::try_from(numbers.next(60)).expect("small");
            amounts(
                name,
                (!numbers.one_in(3)).then_some(from),
                (!numbers.one_in(3)).then_some(from + 30),
            )
        }
        "service-date" | "entry-date" => {
            let (first, second) = (numbers.date(), numbers.date());
            let (from, through) = if first <= second {
                (first, second)
            } else {
                (second, first)
            };
            let open = numbers.next(3);
            days(
                name,
                (open != 1).then_some(from.as_str()),
                (open != 2).then_some(through.as_str()),
            )
        }
        _ if name.ends_with("-group") => any_of(name, &some(&GROUPS)),
        _ => any_of(name, &some(&CODES)),
    };
    if numbers.one_in(4) { not(criterion) } else { criterion }
}

#[test]
fn every_way_of_asking_gives_the_same_answer() {
    let mut numbers = Numbers(1);
    let names = DefaultCriteria::describe().criteria;
    let (mut asked, mut hit) = (0, 0);
    for _ in 0..12 {
        let population = population(&mut numbers);
        for round in 0..20 {
            let count = if round < 10 { 1 } else { 2 + numbers.next(5) };
            let request: Vec<Criterion> = (0..count)
                .map(|_| {
                    let name = &names[numbers.next(names.len())];
                    criterion(&mut numbers, name)
                })
                .collect();
            let hits = population
                .hits::<DefaultCriteria>(&request)
                .expect("the request is compiled");
            asked += hits.len();
            hit += hits.iter().filter(|&&hit| hit).count();
        }
    }
    // Neither "all" nor "none" would show a difference.
    assert!(hit > asked / 20 && hit < asked / 2, "{hit} of {asked} lines were hit");
}
