//! Rows and lines as rules see them: values by column, without positions.

use crate::column::{ABSENT_AMOUNT, ABSENT_DAY, Column, ColumnForm};

pub use crate::bindings::exports::reprise::rules::criteria::Column as ColumnValues;

/// Which columns there are, and where.
#[derive(Clone, Debug)]
pub struct Layout {
    columns: Vec<Column>,
    /// By [`Column::position`]; [`NOWHERE`] for a column that is not there.
    positions: [u8; Column::COUNT],
}

const NOWHERE: u8 = u8::MAX;

impl Layout {
    /// These columns in this order; one that is named twice counts once.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        let mut layout = Self {
            columns: Vec::new(),
            positions: [NOWHERE; Column::COUNT],
        };
        for column in columns {
            if layout.positions[column.position()] == NOWHERE {
                layout.positions[column.position()] = u8::try_from(layout.columns.len()).unwrap_or(NOWHERE);
                layout.columns.push(column);
            }
        }
        layout
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn position(&self, column: Column) -> usize {
        let position = self.positions[column.position()];
        if position == NOWHERE {
            broken(&format!("column `{column}` is read but was not asked for"));
        }
        usize::from(position)
    }
}

/// Ends the call: the contract lets `match-batch` answer nothing but a bitmap, so whoever breaks it, host or rules, is
/// told by a trap with words.
#[cold]
#[track_caller]
#[expect(
    clippy::panic,
    reason = "a call that cannot be answered ends; the hook leaves the words for the host"
)]
pub(crate) fn broken(words: &str) -> ! {
    panic!("{words}")
}

/// The rows of a batch, by column.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    count: usize,
    layout: &'a Layout,
    values: &'a [ColumnValues],
}

impl<'a> Rows<'a> {
    /// The rows whose values are in columns of this layout. Ends the call if a column has other than `count` values.
    pub fn new(count: usize, layout: &'a Layout, values: &'a [ColumnValues]) -> Self {
        if values.len() != layout.columns.len() {
            broken(&format!(
                "{} columns were asked for and {} given",
                layout.columns.len(),
                values.len()
            ));
        }
        for (column, values) in layout.columns.iter().zip(values) {
            let length = match values {
                ColumnValues::Kinds(values) => values.len(),
                ColumnValues::Ids(values) => values.len(),
                ColumnValues::Days(values) => values.len(),
                ColumnValues::Amounts(values) => values.len(),
            };
            if length != count {
                broken(&format!("column `{column}` has {length} values for {count} rows"));
            }
        }
        Self { count, layout, values }
    }

    /// How many rows there are.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The values of a column of form [`ColumnForm::Kinds`].
    pub fn kinds(&self, column: Column) -> &'a [u8] {
        match self.values(column) {
            ColumnValues::Kinds(values) => values,
            _ => wrong_form(column, "kinds"),
        }
    }

    /// The values of a column of form [`ColumnForm::Codes`] or [`ColumnForm::Sets`].
    pub fn ids(&self, column: Column) -> &'a [u32] {
        match self.values(column) {
            ColumnValues::Ids(values) => values,
            _ => wrong_form(column, "ids"),
        }
    }

    /// The values of a column of form [`ColumnForm::Days`].
    pub fn days(&self, column: Column) -> &'a [i32] {
        match self.values(column) {
            ColumnValues::Days(values) => values,
            _ => wrong_form(column, "days"),
        }
    }

    /// The values of a column of form [`ColumnForm::Amounts`].
    pub fn amounts(&self, column: Column) -> &'a [i64] {
        match self.values(column) {
            ColumnValues::Amounts(values) => values,
            _ => wrong_form(column, "amounts"),
        }
    }

    /// One value of any column, widened.
    pub fn cell(&self, column: Column, row: usize) -> i64 {
        let cell = match self.values(column) {
            ColumnValues::Kinds(values) => values.get(row).map(|&value| i64::from(value)),
            ColumnValues::Ids(values) => values.get(row).map(|&value| i64::from(value)),
            ColumnValues::Days(values) => values.get(row).map(|&value| i64::from(value)),
            ColumnValues::Amounts(values) => values.get(row).copied(),
        };
        cell.unwrap_or_else(|| broken(&format!("row {row} of {} is read", self.count)))
    }

    fn values(&self, column: Column) -> &'a ColumnValues {
        &self.values[self.layout.position(column)]
    }
}

#[cold]
fn wrong_form(column: Column, asked: &str) -> ! {
    broken(&format!("column `{column}` is not one of {asked}"))
}

/// One line, by column.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    layout: &'a Layout,
    cells: &'a [i64],
}

impl<'a> Line<'a> {
    /// The line with these values in columns of this layout. Ends the call if there are more or fewer.
    pub fn new(layout: &'a Layout, cells: &'a [i64]) -> Self {
        if cells.len() != layout.columns.len() {
            broken(&format!(
                "{} columns were asked for and {} values given",
                layout.columns.len(),
                cells.len()
            ));
        }
        Self { layout, cells }
    }

    /// The value of a column of form [`ColumnForm::Kinds`].
    pub fn kind(&self, column: Column) -> u8 {
        debug_assert_eq!(column.form(), ColumnForm::Kinds);
        self.narrow(column)
    }

    /// The value of a column of form [`ColumnForm::Codes`] or [`ColumnForm::Sets`]; 0 is none.
    pub fn id(&self, column: Column) -> u32 {
        debug_assert!(matches!(column.form(), ColumnForm::Codes(_) | ColumnForm::Sets(_)));
        self.narrow(column)
    }

    /// The value of a column of form [`ColumnForm::Days`], if there is one.
    pub fn day(&self, column: Column) -> Option<i32> {
        debug_assert_eq!(column.form(), ColumnForm::Days);
        Some(self.narrow(column)).filter(|&day| day != ABSENT_DAY)
    }

    /// The value of a column of form [`ColumnForm::Amounts`], if there is one.
    pub fn amount(&self, column: Column) -> Option<i64> {
        debug_assert_eq!(column.form(), ColumnForm::Amounts);
        Some(self.cell(column)).filter(|&amount| amount != ABSENT_AMOUNT)
    }

    /// The value of any column, widened.
    pub fn cell(&self, column: Column) -> i64 {
        self.cells[self.layout.position(column)]
    }

    fn narrow<T: TryFrom<i64>>(&self, column: Column) -> T {
        let cell = self.cell(column);
        T::try_from(cell).unwrap_or_else(|_| broken(&format!("{cell} is no value of column `{column}`")))
    }
}
