//! The host's place in a test: reference data in memory, lines from their codes, and a request answered in every way
//! that the host can ask.
//!
//! ```
//! # use reprise_rules::*;
//! # struct Nothing;
//! # impl CriteriaPack for Nothing {
//! #     const NAME: &'static str = "nothing";
//! #     const VERSION: &'static str = "1";
//! #     fn criteria() -> Vec<Box<dyn CriterionDefinition>> { Vec::new() }
//! # }
//! use reprise_rules::testing::Population;
//!
//! let mut population = Population::default();
//! population.group(GroupKind::Procedure, "PG-1", &[("G0438", Some("2009-01-01"), None)]);
//! population.line(|line| line.procedures(&["G0438"]).service_start_date("2009-06-30"));
//! assert_eq!(population.hits::<Nothing>(&[]), Ok(vec![true]));
//! ```

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::bitmap::Bitmap;
use crate::column::{ABSENT_AMOUNT, ABSENT_DAY, Column, ColumnForm, Dictionary, SetTable, dictionary_of};
use crate::reference::{GroupKind, Membership, ReferenceData, SetLists};
use crate::rows::{ColumnValues, Layout, Line, Rows};
use crate::rules::{CriteriaRules, Criterion, DayRange, Finding, Matcher, ServicedEntity, Test};

mod day;

pub use day::day;

/// Claim lines and the reference data they are decided by. Each line is the only one of its claim.
#[derive(Clone, Debug, Default)]
pub struct Population {
    tables: Rc<RefCell<Tables>>,
    lines: Vec<[i64; Column::COUNT]>,
}

/// The period of a group's member, by code: from, through, each end open if absent.
pub type DatedMember<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

impl Population {
    /// Adds a line.
    pub fn line(&mut self, describe: impl FnOnce(LineBuilder) -> LineBuilder) {
        let builder = describe(LineBuilder::new(Rc::clone(&self.tables)));
        self.lines.push(builder.cells);
    }

    /// Adds a group with dated members.
    pub fn group(&mut self, kind: GroupKind, code: &str, members: &[DatedMember<'_>]) {
        let members = members.iter().map(|&(member, from, through)| {
            (
                member.to_owned(),
                from.map_or(i32::MIN, day),
                through.map_or(i32::MAX, day),
            )
        });
        self.tables
            .borrow_mut()
            .groups
            .push((kind, code.to_owned(), members.collect()));
    }

    /// The reference data.
    pub fn reference(&self) -> Rc<dyn ReferenceData> {
        Rc::new(MemoryReferenceData(Rc::clone(&self.tables)))
    }

    /// Which lines a request hits, asked in every way: in stages, in batches of several sizes, line by line, and by
    /// explanation, which must all say the same, within the bounds of the prefilter.
    ///
    /// # Errors
    ///
    /// The refusal's criterion and reason, as `criterion: reason`.
    pub fn hits<R: CriteriaRules>(&self, criteria: &[Criterion]) -> Result<Vec<bool>, String> {
        let matcher = self.compile::<R>(criteria)?;
        let plan = matcher.plan();
        assert!(!plan.stages.is_empty(), "a plan has at least one stage");
        for stages in plan.stages.windows(2) {
            assert!(
                stages[0].granularity <= stages[1].granularity,
                "stages of claims come first: {plan:?}"
            );
        }
        for stage in &plan.stages {
            let fits = |column: &Column| column.granularity() <= stage.granularity;
            assert!(
                stage.columns.iter().all(fits),
                "a stage of claims asks for columns of claims alone: {plan:?}"
            );
            assert!(
                stage.columns.iter().all(|column| plan.columns.contains(column)),
                "{plan:?}"
            );
        }

        let hits = self.hits_in_batches(&matcher, self.lines.len().max(1));
        for batch_rows in [1, 7, 64, 100] {
            assert_eq!(
                self.hits_in_batches(&matcher, batch_rows),
                hits,
                "in batches of {batch_rows}: {criteria:?}"
            );
        }
        let (layout, prefilter) = (Layout::new(plan.columns), matcher.prefilter());
        for (row, &hit) in hits.iter().enumerate() {
            let cells = self.cells(row, &layout);
            let line = Line::new(&layout, &cells);
            assert_eq!(matcher.match_line(&line), hit, "line {row} on its own: {criteria:?}");
            let findings = matcher.explain(&line);
            assert_eq!(
                findings.iter().all(|finding| finding.met),
                hit,
                "line {row}, {findings:?}"
            );
            let names: Vec<_> = findings.iter().map(|finding| &finding.criterion).collect();
            assert_eq!(
                names,
                criteria.iter().map(|criterion| &criterion.name).collect::<Vec<_>>()
            );
            for bound in &prefilter {
                let cell = self.lines[row][bound.column.position()];
                assert!(
                    !hit || (bound.least..=bound.greatest).contains(&cell),
                    "line {row} beyond {bound:?}"
                );
            }
        }
        Ok(hits)
    }

    /// What became of each criterion for one line, by its place from 0.
    ///
    /// # Errors
    ///
    /// The refusal's criterion and reason, as `criterion: reason`.
    pub fn explain<R: CriteriaRules>(&self, criteria: &[Criterion], line: usize) -> Result<Vec<Finding>, String> {
        let matcher = self.compile::<R>(criteria)?;
        let layout = Layout::new(matcher.plan().columns);
        Ok(matcher.explain(&Line::new(&layout, &self.cells(line, &layout))))
    }

    /// The matcher of a request.
    ///
    /// # Errors
    ///
    /// The refusal's criterion and reason, as `criterion: reason`.
    pub fn compile<R: CriteriaRules>(&self, criteria: &[Criterion]) -> Result<R::Matcher, String> {
        let refused = |refusal: crate::Refusal| format!("{}: {}", refusal.criterion, refusal.reason);
        R::compile(criteria, self.reference()).map_err(refused)
    }

    /// Stage by stage, each with the rows that the one before left.
    fn hits_in_batches(&self, matcher: &impl Matcher, batch_rows: usize) -> Vec<bool> {
        let stages = matcher.plan().stages;
        let layouts: Vec<_> = stages
            .iter()
            .map(|stage| Layout::new(stage.columns.iter().copied()))
            .collect();
        let mut hits = vec![false; self.lines.len()];
        let rows: Vec<usize> = (0..self.lines.len()).collect();
        for batch in rows.chunks(batch_rows) {
            let mut left = batch.to_vec();
            for (stage, layout) in layouts.iter().enumerate() {
                let values: Vec<_> = layout
                    .columns()
                    .iter()
                    .map(|&column| self.values(column, &left))
                    .collect();
                let passed = matcher.match_batch(stage, &Rows::new(left.len(), layout, &values));
                assert_eq!(passed.rows(), left.len(), "a bit for each row");
                left = kept(&left, &passed);
            }
            left.into_iter().for_each(|row| hits[row] = true);
        }
        hits
    }

    fn cells(&self, row: usize, layout: &Layout) -> Vec<i64> {
        layout
            .columns()
            .iter()
            .map(|column| self.lines[row][column.position()])
            .collect()
    }

    fn values(&self, column: Column, rows: &[usize]) -> ColumnValues {
        fn narrow<T: TryFrom<i64>>(cells: impl Iterator<Item = i64>) -> Vec<T> {
            cells
                .map(|cell| T::try_from(cell).ok().expect("a line holds only what its columns can"))
                .collect()
        }
        let cells = rows.iter().map(|&row| self.lines[row][column.position()]);
        match column.form() {
            ColumnForm::Kinds => ColumnValues::Kinds(narrow(cells)),
            ColumnForm::Codes(_) | ColumnForm::Sets(_) => ColumnValues::Ids(narrow(cells)),
            ColumnForm::Days => ColumnValues::Days(narrow(cells)),
            ColumnForm::Amounts => ColumnValues::Amounts(cells.collect()),
        }
    }
}

fn kept(rows: &[usize], passed: &Bitmap) -> Vec<usize> {
    rows.iter()
        .enumerate()
        .filter(|&(bit, _)| passed.contains(bit))
        .map(|(_, &row)| row)
        .collect()
}

/// A line with nothing but what it is told to have, of a claim with process type CLAIM and status FINALIZED.
#[derive(Debug)]
pub struct LineBuilder {
    tables: Rc<RefCell<Tables>>,
    cells: [i64; Column::COUNT],
}

impl LineBuilder {
    fn new(tables: Rc<RefCell<Tables>>) -> Self {
        let mut cells = [0; Column::COUNT];
        for &column in Column::ALL {
            cells[column.position()] = match column.form() {
                ColumnForm::Days => ABSENT_DAY.into(),
                ColumnForm::Amounts => ABSENT_AMOUNT,
                ColumnForm::Kinds | ColumnForm::Codes(_) | ColumnForm::Sets(_) => 0,
            };
        }
        cells[Column::ProcessType.position()] = 1;
        cells[Column::ClaimStatus.position()] = 15;
        Self { tables, cells }
    }

    /// The number of a value in a column of kinds, or an amount in ten-thousandths.
    #[must_use]
    pub fn number(mut self, column: Column, number: i64) -> Self {
        self.cells[column.position()] = number;
        self
    }

    /// A date, such as `2009-06-30`.
    #[must_use]
    pub fn date(self, column: Column, date: &str) -> Self {
        self.number(column, day(date).into())
    }

    /// The service start date.
    #[must_use]
    pub fn service_start_date(self, date: &str) -> Self {
        self.date(Column::ServiceStartDate, date)
    }

    /// The code of a column of codes. A serviced entity is `M-1\u{1f}PERSON`.
    #[must_use]
    pub fn code(self, column: Column, code: &str) -> Self {
        let ColumnForm::Codes(dictionary) = column.form() else {
            crate::rows::broken(&format!("column `{column}` holds no single codes"));
        };
        let id = self.tables.borrow_mut().intern_code(dictionary, code);
        self.number(column, id.into())
    }

    /// The codes of a column of lists, in order.
    #[must_use]
    pub fn codes(self, column: Column, codes: &[&str]) -> Self {
        let ColumnForm::Sets(table) = column.form() else {
            crate::rows::broken(&format!("column `{column}` holds no lists"));
        };
        let id = self.tables.borrow_mut().intern_list(table, codes);
        self.number(column, id.into())
    }

    /// The procedures.
    #[must_use]
    pub fn procedures(self, codes: &[&str]) -> Self {
        self.codes(Column::Procedures, codes)
    }

    /// The diagnoses, primary first.
    #[must_use]
    pub fn diagnoses(self, codes: &[&str]) -> Self {
        let line = self.codes(Column::Diagnoses, codes);
        match codes.first() {
            Some(primary) => line.code(Column::PrimaryDiagnosis, primary),
            None => line.number(Column::PrimaryDiagnosis, 0),
        }
    }

    /// The attributes, each as `name=value`.
    #[must_use]
    pub fn attributes(self, attributes: &[&str]) -> Self {
        self.codes(Column::Attributes, attributes)
    }
}

/// A group: its members' codes with the first and last days of their memberships.
type StoredGroup = (GroupKind, String, Vec<(String, i32, i32)>);

#[derive(Clone, Debug, Default)]
struct Tables {
    codes: BTreeMap<Dictionary, Vec<String>>,
    /// Lists but the empty one, which is number 0.
    lists: BTreeMap<SetTable, Vec<Vec<u32>>>,
    groups: Vec<StoredGroup>,
}

impl Tables {
    fn intern_code(&mut self, dictionary: Dictionary, code: &str) -> u32 {
        intern(self.codes.entry(dictionary).or_default(), code.to_owned())
    }

    fn intern_list(&mut self, table: SetTable, codes: &[&str]) -> u32 {
        let members: Vec<u32> = codes
            .iter()
            .map(|code| self.intern_code(dictionary_of(table), code))
            .collect();
        if members.is_empty() {
            0
        } else {
            intern(self.lists.entry(table).or_default(), members)
        }
    }
}

/// The number, from 1, of a value in a list that gains it if it is not there.
fn intern<T: PartialEq>(known: &mut Vec<T>, value: T) -> u32 {
    let position = known.iter().position(|entry| *entry == value).unwrap_or_else(|| {
        known.push(value);
        known.len() - 1
    });
    u32::try_from(position + 1).unwrap_or(u32::MAX)
}

/// Reference data in memory.
struct MemoryReferenceData(Rc<RefCell<Tables>>);

impl ReferenceData for MemoryReferenceData {
    fn id_of(&self, dictionary: Dictionary, code: &str) -> Option<u32> {
        (1..)
            .zip(self.codes(dictionary))
            .find(|(_, known)| known == code)
            .map(|(id, _)| id)
    }

    fn code_of(&self, dictionary: Dictionary, id: u32) -> Option<String> {
        let tables = self.0.borrow();
        tables
            .codes
            .get(&dictionary)?
            .get((id as usize).checked_sub(1)?)
            .cloned()
    }

    fn codes(&self, dictionary: Dictionary) -> Vec<String> {
        self.0.borrow().codes.get(&dictionary).cloned().unwrap_or_default()
    }

    fn lists(&self, table: SetTable) -> SetLists {
        let mut lists = SetLists {
            starts: vec![0, 0],
            members: Vec::new(),
        };
        for members in self.0.borrow().lists.get(&table).map_or(&[][..], Vec::as_slice) {
            lists.members.extend_from_slice(members);
            lists
                .starts
                .push(u32::try_from(lists.members.len()).unwrap_or(u32::MAX));
        }
        lists
    }

    fn members(&self, kind: GroupKind, code: &str) -> Option<Vec<Membership>> {
        let tables = self.0.borrow();
        let (_, _, members) = tables
            .groups
            .iter()
            .find(|(of, known, _)| *of == kind && known == code)?;
        let dictionary = match kind {
            GroupKind::Procedure => Dictionary::Procedure,
            GroupKind::Diagnosis => Dictionary::Diagnosis,
            GroupKind::Provider => Dictionary::Provider,
            GroupKind::Message => Dictionary::Message,
        };
        let membership = |(member, from, through): &(String, i32, i32)| {
            Some(Membership {
                code: self.id_of(dictionary, member)?,
                from: *from,
                through: *through,
            })
        };
        Some(members.iter().filter_map(membership).collect())
    }
}

/// A criterion that asks for any of these codes.
pub fn any_of(name: &str, codes: &[&str]) -> Criterion {
    criterion(name, Test::AnyOf(codes.iter().map(|&code| code.to_owned()).collect()))
}

/// A criterion that asks for a range of days.
pub fn days(name: &str, from: Option<&str>, through: Option<&str>) -> Criterion {
    criterion(
        name,
        Test::Days(DayRange {
            from: from.map(day),
            through: through.map(day),
        }),
    )
}

/// A criterion that asks for a range of amounts in ten-thousandths.
pub fn amounts(name: &str, from: Option<i64>, through: Option<i64>) -> Criterion {
    criterion(name, Test::Amounts(crate::AmountRange { from, through }))
}

/// A criterion that asks for a serviced entity.
pub fn entity(name: &str, code: &str, entity_type: &str) -> Criterion {
    criterion(
        name,
        Test::Entity(ServicedEntity {
            code: code.to_owned(),
            entity_type: entity_type.to_owned(),
        }),
    )
}

/// The opposite of a criterion.
pub fn not(criterion: Criterion) -> Criterion {
    Criterion {
        negated: !criterion.negated,
        ..criterion
    }
}

fn criterion(name: &str, test: Test) -> Criterion {
    Criterion {
        name: name.to_owned(),
        negated: false,
        test,
    }
}
