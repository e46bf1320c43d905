//! The same questions answered natively over the same columns, in two ways: what the sandbox is measured against.
//!
//! Row by row: every row is tested by one criterion after the other until one is not met, the cheap ones first. By
//! narrowing: a bit for each row, narrowed by one criterion after the other, with the very loops that the component has.
//! The faster of the two is the best native loop that we know to write. Group membership is looked up in tables made
//! beforehand, as in the component.

use std::collections::BTreeMap;

use reprise_engine::ReferenceSource;
use reprise_model::{Column, ColumnForm, Criterion, CriterionName, Dictionary, GroupKind, SetTable, Test};
use reprise_rules::Bitmap;

use crate::population::{Flat, References};

/// Periods of an id; several only where they do not touch.
type Periods = Vec<(i32, i32)>;

/// One criterion, ready to be tested on a row.
enum NativeTest {
    Kinds(Box<[bool; 256]>),
    Days(i32, i32),
    Ids(Vec<bool>),
    Dated(Dated),
}

/// On which days each id belongs.
struct Dated {
    /// The class of each id: those with the same periods have one.
    classes: Vec<u16>,
    /// By class: the first day, and how many days there are through the last.
    spans: Vec<(i32, u32)>,
    /// By class: the periods, where there are gaps between them.
    exact: Vec<Option<Periods>>,
}

impl Dated {
    #[inline(always)]
    fn spanned(&self, id: u32, day: i32) -> bool {
        let (from, days) = self.spans[self.classes[id as usize] as usize];
        day.wrapping_sub(from).cast_unsigned() < days
    }

    #[inline(always)]
    fn exactly(&self, id: u32, day: i32) -> bool {
        self.exact[self.classes[id as usize] as usize]
            .as_ref()
            .is_none_or(|periods| periods.iter().any(|(from, through)| *from <= day && day <= *through))
    }
}

/// A request compiled for the native loop.
pub(crate) struct NativeMatcher {
    /// Each criterion with the columns it reads: any of them will do.
    tests: Vec<(Vec<Column>, NativeTest)>,
}

impl NativeMatcher {
    pub(crate) fn compile(criteria: &[Criterion], references: &References) -> Self {
        let mut tests: Vec<_> = criteria
            .iter()
            .map(|criterion| compile(criterion, references))
            .collect();
        tests.sort_by_key(|(_, test)| match test {
            NativeTest::Kinds(_) => 0,
            NativeTest::Days(..) => 1,
            NativeTest::Ids(_) => 2,
            NativeTest::Dated(..) => 3,
        });
        Self { tests }
    }

    /// How many of these rows are hit, by narrowing.
    pub(crate) fn count_narrowing(&self, columns: &[Option<Flat>], rows: std::ops::Range<usize>) -> usize {
        let Some(Some(Flat::Days(days))) = columns.get(Column::ServiceStartDate.position()) else {
            return 0;
        };
        let mut hits = Bitmap::all(rows.len());
        for (wanted, test) in &self.tests {
            let mut kept = Bitmap::none(rows.len());
            for column in wanted {
                let Some(flat) = &columns[column.position()] else {
                    continue;
                };
                if let [_] = wanted.as_slice() {
                    keep(test, flat, &rows, days, &mut hits);
                } else {
                    let mut open = hits.clone();
                    open.remove(&kept);
                    keep(test, flat, &rows, days, &mut open);
                    kept.add(&open);
                }
            }
            if wanted.len() > 1 {
                hits = kept;
            }
        }
        hits.count()
    }

    /// How many of these rows are hit, row by row.
    pub(crate) fn count(&self, columns: &[Option<Flat>], rows: std::ops::Range<usize>) -> usize {
        let Some(Some(Flat::Days(days))) = columns.get(Column::ServiceStartDate.position()) else {
            return 0;
        };
        let tests: Vec<(Vec<&Flat>, &NativeTest)> = self
            .tests
            .iter()
            .map(|(wanted, test)| {
                (
                    wanted
                        .iter()
                        .filter_map(|column| columns[column.position()].as_ref())
                        .collect(),
                    test,
                )
            })
            .collect();
        rows.filter(|row| {
            tests
                .iter()
                .all(|(flats, test)| flats.iter().any(|flat| met(test, flat, *row, days[*row])))
        })
        .count()
    }
}

#[inline(always)]
fn met(test: &NativeTest, flat: &Flat, row: usize, day: i32) -> bool {
    match (test, flat) {
        (NativeTest::Kinds(allowed), Flat::Kinds(values)) => allowed[values[row] as usize],
        (NativeTest::Days(from, through), Flat::Days(values)) => *from <= values[row] && values[row] <= *through,
        (NativeTest::Ids(allowed), Flat::Ids(values)) => allowed[values[row] as usize],
        (NativeTest::Dated(dated), Flat::Ids(values)) => {
            dated.spanned(values[row], day) && dated.exactly(values[row], day)
        }
        _ => false,
    }
}

/// Narrows the hits by one test of one column.
fn keep(test: &NativeTest, flat: &Flat, rows: &std::ops::Range<usize>, days: &[i32], hits: &mut Bitmap) {
    match (test, flat) {
        (NativeTest::Kinds(allowed), Flat::Kinds(values)) => {
            let wanted: Vec<u8> = (0..=u8::MAX).filter(|kind| allowed[*kind as usize]).collect();
            hits.keep_equal::<u8, 2>(&values[rows.clone()], &wanted);
        }
        (NativeTest::Days(from, through), Flat::Days(values)) => {
            hits.keep_comparing(&values[rows.clone()], |day| (*from <= day) & (day <= *through));
        }
        (NativeTest::Ids(allowed), Flat::Ids(values)) => {
            hits.keep_looking_up(&values[rows.clone()], |id| allowed[id as usize]);
        }
        (NativeTest::Dated(dated), Flat::Ids(values)) => {
            let (values, days) = (&values[rows.clone()], &days[rows.clone()]);
            hits.keep_looking_up_pairs(values, days, |id, day| dated.spanned(id, day));
            if dated.exact.iter().any(Option::is_some) {
                hits.keep_rows(|row| dated.exactly(values[row], days[row]));
            }
        }
        _ => {}
    }
}

fn compile(criterion: &Criterion, references: &References) -> (Vec<Column>, NativeTest) {
    use CriterionName as Name;
    let codes: &[String] = match &criterion.test {
        Test::Days { from, through } => {
            let column = if criterion.name == Name::EntryDate {
                Column::EntryDate
            } else {
                Column::ServiceStartDate
            };
            let from = from.map_or(i32::MIN + 1, reprise_model::Day::number);
            return (
                vec![column],
                NativeTest::Days(from, through.map_or(i32::MAX, reprise_model::Day::number)),
            );
        }
        Test::AnyOf(codes) => codes,
        Test::Amounts { .. } | Test::Entity { .. } => unreachable!("not among the measured requests"),
    };
    let kinds = |number: &dyn Fn(&str) -> u8| {
        let mut allowed = [false; 256];
        codes.iter().for_each(|code| allowed[number(code) as usize] = true);
        NativeTest::Kinds(Box::new(allowed))
    };
    let dated = |columns: &[Column], kind| (columns.to_vec(), dated_table(references, columns[0], kind, &codes[0]));
    match criterion.name {
        Name::ProcessType => (
            vec![Column::ProcessType],
            kinds(&|code| {
                code.parse::<reprise_model::ProcessType>()
                    .expect("a process type")
                    .number()
            }),
        ),
        Name::ClaimType => (
            vec![Column::ClaimType],
            kinds(&|code| code.parse::<reprise_model::ClaimType>().expect("a claim type").number()),
        ),
        Name::ClaimStatus => (
            vec![Column::ClaimStatus],
            kinds(&|code| {
                code.parse::<reprise_model::ProcessingStatus>()
                    .expect("a status")
                    .number()
            }),
        ),
        Name::ClaimForm => {
            let ids = codes
                .iter()
                .filter_map(|code| references.code_id(Dictionary::ClaimForm, code))
                .collect::<Vec<_>>();
            let count = references.codes(Dictionary::ClaimForm).len() as u32;
            (
                vec![Column::ClaimForm],
                NativeTest::Ids((0..=count).map(|id| ids.contains(&id)).collect()),
            )
        }
        Name::Product => (vec![Column::Products], sets_with(references, SetTable::Products, codes)),
        Name::CoverageRegime => (
            vec![Column::CoverageRegimes],
            sets_with(references, SetTable::CoverageRegimes, codes),
        ),
        Name::MessageGroup => {
            let members = references
                .members(GroupKind::Message, &codes[0])
                .expect("groups")
                .expect("the group");
            let codes: Vec<_> = members
                .iter()
                .filter_map(|member| references.code_of(Dictionary::Message, member.code))
                .collect();
            (
                vec![Column::Messages],
                sets_with(references, SetTable::Messages, &codes),
            )
        }
        Name::ProcedureGroup => dated(&[Column::Procedures], GroupKind::Procedure),
        Name::DiagnosisGroup => dated(&[Column::PrimaryDiagnosis], GroupKind::Diagnosis),
        Name::BenefitsProviderGroup => dated(&[Column::BenefitsProvider], GroupKind::Provider),
        Name::PriceProviderGroup => dated(
            &[Column::PriceIndividualProvider, Column::PriceOrganizationProvider],
            GroupKind::Provider,
        ),
        Name::ServiceProviderGroup => dated(&[Column::ServiceProvider], GroupKind::Provider),
        Name::LocationProviderGroup => dated(&[Column::LocationProvider], GroupKind::Provider),
        Name::ClaimantProviderGroup => dated(&[Column::ClaimantProvider], GroupKind::Provider),
        _ => unreachable!("not among the measured requests"),
    }
}

fn sets_with(references: &References, table: SetTable, codes: &[String]) -> NativeTest {
    let ids: Vec<_> = codes
        .iter()
        .filter_map(|code| references.code_id(table.dictionary(), code))
        .collect();
    let lists = references.lists(table);
    let holds = |bounds: &[u32]| {
        lists.members[bounds[0] as usize..bounds[1] as usize]
            .iter()
            .any(|id| ids.contains(id))
    };
    NativeTest::Ids(lists.starts.windows(2).map(holds).collect())
}

fn dated_table(references: &References, column: Column, kind: GroupKind, code: &str) -> NativeTest {
    let members = references.members(kind, code).expect("groups").expect("the group");
    let code_count = members.iter().map(|member| member.code).max().unwrap_or(0) as usize;
    let mut by_code: Vec<Periods> = vec![Vec::new(); code_count + 1];
    members
        .iter()
        .for_each(|member| by_code[member.code as usize].push((member.from, member.through)));
    let periods_of = |code: u32| by_code.get(code as usize).cloned().unwrap_or_default();
    let by_id: Vec<Periods> = match column.form() {
        ColumnForm::Sets(table) => {
            let lists = references.lists(table);
            let union = |bounds: &[u32]| {
                lists.members[bounds[0] as usize..bounds[1] as usize]
                    .iter()
                    .flat_map(|code| periods_of(*code))
                    .collect()
            };
            lists.starts.windows(2).map(union).collect()
        }
        ColumnForm::Codes(dictionary) => (0..=references.codes(dictionary).len() as u32)
            .map(periods_of)
            .collect(),
        _ => unreachable!("groups are of codes"),
    };
    let by_id: Vec<Periods> = by_id.into_iter().map(merged).collect();
    let mut numbers: BTreeMap<Periods, u16> = BTreeMap::from([(Vec::new(), 0)]);
    let mut lists: Vec<Periods> = vec![Vec::new()];
    let classes = by_id.into_iter().map(|periods| {
        *numbers.entry(periods).or_insert_with_key(|periods| {
            lists.push(periods.clone());
            u16::try_from(lists.len() - 1).expect("fewer lists of periods than two bytes count")
        })
    });
    let classes = classes.collect();
    let span = |periods: &Periods| match (periods.first(), periods.last()) {
        // A line without a day, which has the least number, belongs to nothing.
        (Some(first), Some(last)) => {
            let from = first.0.max(i32::MIN + 1);
            (from, last.1.wrapping_sub(from).cast_unsigned().wrapping_add(1))
        }
        _ => (0, 0),
    };
    NativeTest::Dated(Dated {
        classes,
        spans: lists.iter().map(span).collect(),
        exact: lists
            .iter()
            .map(|periods| (periods.len() > 1).then(|| periods.clone()))
            .collect(),
    })
}

/// Periods in order, those that touch as one.
fn merged(mut periods: Periods) -> Periods {
    periods.sort_unstable();
    let mut result: Periods = Vec::new();
    for (from, through) in periods {
        match result.last_mut() {
            Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(through),
            _ => result.push((from, through)),
        }
    }
    result
}
