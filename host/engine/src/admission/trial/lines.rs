//! Claim lines in memory, and asking a matcher about them as a run does: stage by stage, each with the rows that the one
//! before left.

use std::collections::HashSet;

use reprise_model::{Amount, Cell, Column, ColumnForm, ColumnSlice, Day, Granularity};

use super::budget::{Budget, Stop};
use super::draw::Draw;
use crate::matcher::Matcher;

/// The values of a line, one for each column.
pub(crate) type Cells = [Cell; Column::ALL.len()];

/// A line that has nothing.
pub(crate) fn blank_cells() -> Cells {
    let mut cells = [0; Column::ALL.len()];
    for column in Column::ALL {
        cells[column.position()] = match column.form() {
            ColumnForm::Days => Cell::from(Day::ABSENT_NUMBER),
            ColumnForm::Amounts => Amount::ABSENT_NUMBER,
            ColumnForm::Kinds | ColumnForm::Codes(_) | ColumnForm::Sets(_) => 0,
        };
    }
    cells
}

/// A line and its claim's number. The lines of a claim have the same in the columns of claims.
#[derive(Clone, Debug)]
pub(crate) struct TrialLine {
    pub(crate) claim: usize,
    pub(crate) cells: Cells,
}

/// What a matcher wants of one line.
pub(crate) fn cells_of(columns: &[Column], cells: &Cells) -> Vec<Cell> {
    columns.iter().map(|column| cells[column.position()]).collect()
}

/// How lines are cut into batches.
pub(crate) enum Batches {
    /// All in one.
    One,
    /// Of these sizes at most, drawn.
    Drawn(Draw, usize),
}

impl Batches {
    fn rows(&mut self, left: usize) -> usize {
        match self {
            Self::One => left,
            Self::Drawn(draw, rows_max) => (1 + draw.below(*rows_max)).min(left),
        }
    }
}

/// Which lines are hit, asked for in this order and these batches; the answer is in the order of the lines.
pub(crate) fn hits_in_batches(
    matcher: &mut Matcher,
    lines: &[TrialLine],
    order: &[usize],
    mut batches: Batches,
    budget: &mut Budget,
) -> Result<Vec<bool>, Stop> {
    let mut hits = vec![false; lines.len()];
    let mut rest = order;
    while !rest.is_empty() {
        let (batch, later) = rest.split_at(batches.rows(rest.len()));
        for line in hits_of_batch(matcher, lines, batch, budget)? {
            hits[line] = true;
        }
        rest = later;
    }
    Ok(hits)
}

fn hits_of_batch(
    matcher: &mut Matcher,
    lines: &[TrialLine],
    batch: &[usize],
    budget: &mut Budget,
) -> Result<Vec<usize>, Stop> {
    let mut left = batch.to_vec();
    for (number, stage) in matcher.plan().stages.clone().into_iter().enumerate() {
        // A row for each claim is any of its lines.
        let rows = match stage.granularity {
            Granularity::Line => left.clone(),
            Granularity::Claim => one_line_each(lines, &left),
        };
        let values: Vec<_> = stage
            .columns
            .iter()
            .map(|&column| Values::of(column, lines, &rows))
            .collect();
        let slices: Vec<_> = values.iter().map(Values::lend).collect();
        let words = budget.spend(matcher, |matcher| matcher.match_batch(number, rows.len(), &slices))?;
        let passes = |place: usize| words[place / 64] >> (place % 64) & 1 == 1;
        left = match stage.granularity {
            Granularity::Line => (0..rows.len())
                .filter(|&place| passes(place))
                .map(|place| rows[place])
                .collect(),
            Granularity::Claim => {
                let passed = (0..rows.len())
                    .filter(|&place| passes(place))
                    .map(|place| lines[rows[place]].claim);
                let passed: HashSet<usize> = passed.collect();
                left.retain(|&line| passed.contains(&lines[line].claim));
                left
            }
        };
        if left.is_empty() {
            break;
        }
    }
    Ok(left)
}

/// The first line of each claim among these.
fn one_line_each(lines: &[TrialLine], among: &[usize]) -> Vec<usize> {
    let mut seen = HashSet::new();
    let of_new_claim = |line: &usize| seen.insert(lines[*line].claim);
    among.iter().copied().filter(of_new_claim).collect()
}

/// The values of a column for some rows.
enum Values {
    Kinds(Vec<u8>),
    Ids(Vec<u32>),
    Days(Vec<i32>),
    Amounts(Vec<i64>),
}

impl Values {
    fn of(column: Column, lines: &[TrialLine], rows: &[usize]) -> Self {
        // INVARIANT: a line's cell holds a value of its column's form, widened.
        fn narrow<T: TryFrom<Cell> + Default>(cells: impl Iterator<Item = Cell>) -> Vec<T> {
            cells.map(|cell| T::try_from(cell).unwrap_or_default()).collect()
        }
        let cells = rows.iter().map(|&row| lines[row].cells[column.position()]);
        match column.form() {
            ColumnForm::Kinds => Self::Kinds(narrow(cells)),
            ColumnForm::Codes(_) | ColumnForm::Sets(_) => Self::Ids(narrow(cells)),
            ColumnForm::Days => Self::Days(narrow(cells)),
            ColumnForm::Amounts => Self::Amounts(cells.collect()),
        }
    }

    fn lend(&self) -> ColumnSlice<'_> {
        match self {
            Self::Kinds(values) => ColumnSlice::Kinds(values),
            Self::Ids(values) => ColumnSlice::Ids(values),
            Self::Days(values) => ColumnSlice::Days(values),
            Self::Amounts(values) => ColumnSlice::Amounts(values),
        }
    }
}
