//! The test of a column of codes, or of lists of codes, against groups whose memberships are dated.

use crate::bitmap::Bitmap;
use crate::column::{Column, ColumnForm, Dictionary};
use crate::estimate::Estimate;
use crate::line_test::LineTest;
use crate::period_table::PeriodTable;
use crate::periods::{Period, PeriodsByCode};
use crate::reference::{GroupKind, Reference};
use crate::rows::{Line, Rows};
use crate::rules::Bound;
use crate::text;

/// The code, or any code of the list, belongs to one of the groups on the line's service start date. A line without
/// that date belongs to none.
#[derive(Debug)]
pub struct DatedGroupTest {
    column: Column,
    dictionary: Dictionary,
    groups: Vec<DatedGroup>,
    table: PeriodTable,
}

#[derive(Debug)]
struct DatedGroup {
    code: String,
    periods: PeriodsByCode,
}

impl DatedGroupTest {
    /// The codes of this column against any of these groups.
    ///
    /// # Errors
    ///
    /// A sentence if there is no such group, or the column is not one of codes.
    pub fn any_of(reference: &Reference, column: Column, kind: GroupKind, groups: &[String]) -> Result<Self, String> {
        let dictionary = column
            .dictionary()
            .ok_or_else(|| format!("column `{column}` holds no codes"))?;
        let memberships = groups
            .iter()
            .map(|code| reference.group(kind, code))
            .collect::<Result<Vec<_>, _>>()?;
        let periods = PeriodsByCode::of(memberships.iter().flatten());
        let table = match column.form() {
            ColumnForm::Sets(table) => PeriodTable::for_lists(reference.lists(table), &periods),
            _ => PeriodTable::for_codes(reference.dictionary_length(dictionary), &periods),
        };
        let periods = match memberships.as_slice() {
            // The one group's are the table's; that they need not be put in order again halves the time of compiling.
            [_] => vec![periods],
            several => several.iter().map(PeriodsByCode::of).collect(),
        };
        let groups = groups.iter().zip(periods).map(|(code, periods)| DatedGroup {
            code: code.clone(),
            periods,
        });
        Ok(Self {
            column,
            dictionary,
            groups: groups.collect(),
            table,
        })
    }

    /// Which of these codes belongs to which group in which period, as far as `asked` says yes to the period.
    fn found(&self, codes: &[u32], asked: impl Fn(Period) -> bool) -> Option<(u32, &str, Vec<Period>)> {
        codes.iter().find_map(|&code| {
            self.groups.iter().find_map(|group| {
                let periods: Vec<_> = group.periods.of_code(code).filter(|&period| asked(period)).collect();
                (!periods.is_empty()).then_some((code, group.code.as_str(), periods))
            })
        })
    }
}

impl LineTest for DatedGroupTest {
    fn columns(&self) -> Vec<Column> {
        vec![Column::ServiceStartDate, self.column]
    }

    fn is_met(&self, line: &Line<'_>) -> bool {
        line.day(Column::ServiceStartDate)
            .is_some_and(|day| self.table.belongs(line.id(self.column), day))
    }

    fn reason(&self, line: &Line<'_>, met: bool, reference: &Reference) -> String {
        let noun = self.column.noun();
        let ids = reference.code_ids(self.column, line.id(self.column));
        let groups: Vec<&str> = self.groups.iter().map(|group| group.code.as_str()).collect();
        let groups = text::choice(&groups);
        if ids.is_empty() {
            return format!("{} has no {noun}", self.column.owner());
        }
        let Some(day) = line.day(Column::ServiceStartDate) else {
            return format!("the line has no service start date, on which membership of group {groups} depends");
        };
        let service = text::day(day);
        let shown = |id: u32| reference.code_text(self.dictionary, id);
        if let Some((id, group, periods)) = self.found(&ids, |period| met && period.contains(day)) {
            let periods = periods_text(&periods);
            return format!(
                "{noun} {} belongs to group {group} {periods}, and service starts on {service}",
                shown(id)
            );
        }
        if let Some((id, group, periods)) = self.found(&ids, |_| true) {
            let periods = periods_text(&periods);
            return format!(
                "{noun} {} belongs to group {group} {periods}, but service starts on {service}",
                shown(id)
            );
        }
        let codes: Vec<String> = ids.into_iter().map(shown).collect();
        match codes.as_slice() {
            [only] => format!("{noun} {only} does not belong to group {groups}"),
            several => format!(
                "none of {} {} belongs to group {groups}",
                self.column.plural(),
                text::list(several)
            ),
        }
    }

    fn keep(&self, rows: &Rows<'_>, hits: &mut Bitmap) {
        self.table
            .keep(hits, rows.ids(self.column), rows.days(Column::ServiceStartDate));
    }

    fn estimate(&self) -> Estimate {
        Estimate {
            passing: self.table.share(),
            cost: Estimate::DATED_LOOK_UP_COST,
        }
    }

    fn bounds(&self) -> Vec<Bound> {
        let span = self.table.span();
        vec![Bound {
            column: Column::ServiceStartDate,
            least: span.from.into(),
            greatest: span.through.into(),
        }]
    }
}

fn periods_text(periods: &[Period]) -> String {
    let text = |period: &Period| match (period.is_open_at_start(), period.is_open_at_end()) {
        (true, true) => "at all times".to_owned(),
        (false, true) => format!("from {} on", text::day(period.from)),
        (true, false) => format!("through {}", text::day(period.through)),
        (false, false) => format!("from {} through {}", text::day(period.from), text::day(period.through)),
    };
    text::list(&periods.iter().map(text).collect::<Vec<_>>())
}
