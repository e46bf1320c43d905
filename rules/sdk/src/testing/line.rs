//! A line from its codes, dates and numbers.

use std::cell::RefCell;
use std::rc::Rc;

use super::day::day;
use super::memory::Tables;
use crate::column::{ABSENT_AMOUNT, ABSENT_DAY, Column, ColumnForm};
use crate::rows::broken;

/// A line with nothing but what it is told to have, of a claim with process type CLAIM and status FINALIZED.
#[derive(Debug)]
pub struct LineBuilder {
    tables: Rc<RefCell<Tables>>,
    pub(super) cells: [i64; Column::COUNT],
}

impl LineBuilder {
    pub(super) fn new(tables: Rc<RefCell<Tables>>) -> Self {
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
            broken(&format!("column `{column}` holds no single codes"));
        };
        let id = self.tables.borrow_mut().intern_code(dictionary, code);
        self.number(column, id.into())
    }

    /// The codes of a column of lists, in order.
    #[must_use]
    pub fn codes(self, column: Column, codes: &[&str]) -> Self {
        let ColumnForm::Sets(table) = column.form() else {
            broken(&format!("column `{column}` holds no lists"));
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
