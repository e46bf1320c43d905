//! Tests of a column of days or amounts against a range whose ends are inclusive and may be open.

use crate::bitmap::Bitmap;
use crate::column::{ABSENT_AMOUNT, ABSENT_DAY, Column};
use crate::estimate::Estimate;
use crate::lanes::Quad;
use crate::line_test::LineTest;
use crate::reference::Reference;
use crate::rows::{Line, Rows};
use crate::rules::{AmountRange, Bound, DayRange};
use crate::text;

/// The day is within a range; an absent day never is.
#[derive(Debug)]
pub struct DayRangeTest {
    column: Column,
    asked: DayRange,
    from: i32,
    through: i32,
}

impl DayRangeTest {
    /// The days of this column against this range.
    ///
    /// # Errors
    ///
    /// A sentence if the range ends before it starts.
    pub fn new(column: Column, asked: DayRange) -> Result<Self, String> {
        if let (Some(from), Some(through)) = (asked.from, asked.through)
            && from > through
        {
            return Err(format!(
                "the range starts on {}, after its end on {}",
                text::day(from),
                text::day(through)
            ));
        }
        // The least number stands for "no day", which an open start must not let in.
        let from = asked.from.unwrap_or(ABSENT_DAY).max(ABSENT_DAY + 1);
        Ok(Self {
            column,
            asked,
            from,
            through: asked.through.unwrap_or(i32::MAX),
        })
    }
}

impl LineTest for DayRangeTest {
    fn columns(&self) -> Vec<Column> {
        vec![self.column]
    }

    fn is_met(&self, line: &Line<'_>) -> bool {
        line.day(self.column)
            .is_some_and(|day| self.from <= day && day <= self.through)
    }

    fn reason(&self, line: &Line<'_>, met: bool, _reference: &Reference) -> String {
        let (from, through) = (self.asked.from.map(text::day), self.asked.through.map(text::day));
        range_reason(self.column, line.day(self.column).map(text::day), met, from, through)
    }

    fn keep(&self, rows: &Rows<'_>, hits: &mut Bitmap) {
        if self.from > self.through {
            return hits.clear();
        }
        // Counted from the first day of the range, a day before it is beyond every range: one comparison does for two. The
        // number of days fits, because the day that stands for "no day" is in no range.
        let count = self.through.wrapping_sub(self.from).cast_unsigned() + 1;
        let (first, count) = (Quad::splat(self.from.cast_unsigned()), Quad::splat(count));
        hits.keep_testing(rows.days(self.column), |day| day.minus(first).is_below(count));
    }

    fn estimate(&self) -> Estimate {
        range_estimate(self.asked.from.is_some(), self.asked.through.is_some())
    }

    fn bounds(&self) -> Vec<Bound> {
        vec![Bound {
            column: self.column,
            least: self.from.into(),
            greatest: self.through.into(),
        }]
    }
}

/// The amount is within a range; an absent amount never is.
#[derive(Debug)]
pub struct AmountRangeTest {
    column: Column,
    asked: AmountRange,
    from: i64,
    through: i64,
}

impl AmountRangeTest {
    /// The amounts of this column against this range.
    ///
    /// # Errors
    ///
    /// A sentence if the range ends below its start.
    pub fn new(column: Column, asked: AmountRange) -> Result<Self, String> {
        if let (Some(from), Some(through)) = (asked.from, asked.through)
            && from > through
        {
            let (from, through) = (text::amount(from), text::amount(through));
            return Err(format!("the range starts at {from}, above its end at {through}"));
        }
        // The least number stands for "no amount", which an open start must not let in.
        let from = asked.from.unwrap_or(ABSENT_AMOUNT).max(ABSENT_AMOUNT + 1);
        Ok(Self {
            column,
            asked,
            from,
            through: asked.through.unwrap_or(i64::MAX),
        })
    }
}

impl LineTest for AmountRangeTest {
    fn columns(&self) -> Vec<Column> {
        vec![self.column]
    }

    fn is_met(&self, line: &Line<'_>) -> bool {
        line.amount(self.column)
            .is_some_and(|amount| self.from <= amount && amount <= self.through)
    }

    fn reason(&self, line: &Line<'_>, met: bool, _reference: &Reference) -> String {
        let (from, through) = (self.asked.from.map(text::amount), self.asked.through.map(text::amount));
        range_reason(
            self.column,
            line.amount(self.column).map(text::amount),
            met,
            from,
            through,
        )
    }

    fn keep(&self, rows: &Rows<'_>, hits: &mut Bitmap) {
        let (from, through) = (self.from, self.through);
        hits.keep_comparing(rows.amounts(self.column), |amount| {
            (from <= amount) & (amount <= through)
        });
    }

    fn estimate(&self) -> Estimate {
        range_estimate(self.asked.from.is_some(), self.asked.through.is_some())
    }

    fn bounds(&self) -> Vec<Bound> {
        vec![Bound {
            column: self.column,
            least: self.from,
            greatest: self.through,
        }]
    }
}

fn range_reason(
    column: Column,
    value: Option<String>,
    met: bool,
    from: Option<String>,
    through: Option<String>,
) -> String {
    let noun = column.noun();
    let range = match (from, through) {
        (Some(from), Some(through)) => format!("from {from} through {through}"),
        (Some(from), None) => format!("from {from} on"),
        (None, Some(through)) => format!("through {through}"),
        (None, None) => "without ends".to_owned(),
    };
    match value {
        Some(value) if met => format!("{noun} {value} is in the range {range}"),
        Some(value) => format!("{noun} {value} is not in the range {range}"),
        None => format!("{} has no {noun}", column.owner()),
    }
}

/// Nothing is known of how values are spread; an end is taken to halve them.
fn range_estimate(has_start: bool, has_end: bool) -> Estimate {
    let passing = match (has_start, has_end) {
        (true, true) => 0.25,
        (false, false) => 0.95,
        _ => 0.5,
    };
    Estimate {
        passing,
        cost: Estimate::COMPARISON_COST,
    }
}
