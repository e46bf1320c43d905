//! The host's place in a test: reference data in memory, lines from their codes, and a request answered in every way
//! that the host can ask. Rules about claims' status are tested with [`claim_status`].
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
use std::rc::Rc;

use crate::bitmap::Bitmap;
use crate::column::{Column, ColumnForm};
use crate::reference::{GroupKind, ReferenceData};
use crate::rows::{ColumnValues, Layout, Line, Rows};
use crate::rules::{CriteriaRules, Criterion, Finding, Matcher, Refusal};

pub mod claim_status;
mod day;
mod line;
mod memory;
mod request;

pub use day::day;
pub use line::LineBuilder;
pub use request::{amounts, any_of, days, entity, not};

use memory::{MemoryReferenceData, Tables};

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
        let refused = |refusal: Refusal| format!("{}: {}", refusal.criterion, refusal.reason);
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
