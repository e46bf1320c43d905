//! Dated memberships made ready for rows: for each value of a column, the days on which it belongs.

use crate::bitmap::Bitmap;
use crate::column::ABSENT_DAY;
use crate::lookup::looked_up;
use crate::periods::{Period, PeriodsByCode, tidied};
use crate::reference::SetLists;

/// On which days each value of a column belongs.
///
/// Nearly every value belongs on days without a gap, so a row is decided by looking up one span of days. Of a value
/// that belongs on days with gaps between them, the table says so, and those few rows are looked at again.
#[derive(Debug)]
pub(crate) struct PeriodTable {
    /// By value.
    /// INVARIANT: the last entry, which whatever lies beyond is looked up as, is no day.
    spans: Vec<Span>,
    gapped: GappedPeriods,
    /// How many values belong on any day.
    belonging: usize,
}

/// Days from one on, so many of them: whether a day is among them is one comparison, where a period's ends take two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    /// The first day. The number that stands for "no day" says that there are gaps.
    from: i32,
    /// How many days; less than 2^32, so that the day that stands for "no day" is in none. Where there are gaps, which
    /// list of periods it is.
    days: u32,
}

/// The periods of values that belong on days with gaps between them, one list after the other.
#[derive(Debug, Default)]
struct GappedPeriods {
    /// Where each list ends.
    ends: Vec<u32>,
    periods: Vec<Period>,
}

impl Span {
    const NEVER: Self = Self { from: 0, days: 0 };
    const GAPPED: i32 = ABSENT_DAY;

    /// All days of a period; one that is empty has none.
    fn of(period: Period) -> Self {
        Self {
            from: period.from,
            // A period starts after the day that stands for "no day", so the count of its days fits.
            days: period.through.wrapping_sub(period.from).cast_unsigned().wrapping_add(1),
        }
    }

    const fn is_never(self) -> bool {
        self.days == 0 && !self.is_gapped()
    }

    #[inline(always)]
    const fn is_gapped(self) -> bool {
        self.from == Self::GAPPED
    }

    /// Whether a day is among them, if there are no gaps.
    #[inline(always)]
    const fn contains(self, day: i32) -> bool {
        day.wrapping_sub(self.from).cast_unsigned() < self.days
    }

    /// As a period, if there are no gaps and it is not empty.
    fn period(self) -> Option<Period> {
        let after_first = self.days.checked_sub(1).filter(|_| !self.is_gapped())?;
        Some(Period {
            from: self.from,
            through: self.from.wrapping_add_unsigned(after_first),
        })
    }
}

impl GappedPeriods {
    fn of(&self, span: Span) -> &[Period] {
        let list = span.days as usize;
        let start = list.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.periods[start as usize..self.ends[list] as usize]
    }

    /// The span of these periods, which are in order with days between any two.
    fn span(&mut self, periods: &[Period]) -> Span {
        match periods {
            [] => Span::NEVER,
            [only] => Span::of(*only),
            several => {
                self.periods.extend_from_slice(several);
                // More lists than are counted would need more memory than a component can have.
                let list = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
                self.ends.push(u32::try_from(self.periods.len()).unwrap_or(u32::MAX));
                Span {
                    from: Span::GAPPED,
                    days: list,
                }
            }
        }
    }

    /// The days of either.
    #[inline]
    fn union(&mut self, left: Span, right: Span) -> Span {
        if right.is_never() || left == right {
            return left;
        }
        if left.is_never() {
            return right;
        }
        if let (Some(one), Some(other)) = (left.period(), right.period()) {
            let (first, second) = if one.from <= other.from {
                (one, other)
            } else {
                (other, one)
            };
            if second.from <= first.through.saturating_add(1) {
                return Span::of(Period {
                    from: first.from,
                    through: first.through.max(second.through),
                });
            }
        }
        let mut both = Vec::new();
        for span in [left, right] {
            match span.period() {
                Some(period) => both.push(((), period)),
                None => both.extend(self.of(span).iter().map(|&period| ((), period))),
            }
        }
        let both: Vec<Period> = tidied(both).into_iter().map(|(_, period)| period).collect();
        self.span(&both)
    }

    fn contain(&self, span: Span, day: i32) -> bool {
        self.of(span).iter().any(|period| period.contains(day))
    }
}

impl PeriodTable {
    /// For a column of codes, `length` of them.
    pub(crate) fn for_codes(length: u32, by_code: &PeriodsByCode) -> Self {
        let mut gapped = GappedPeriods::default();
        let mut spans = vec![Span::NEVER; length.max(by_code.greatest_code()) as usize + 1];
        let mut list = Vec::new();
        for (code, periods) in by_code.codes() {
            list.clear();
            list.extend(periods.iter().map(|&(_, period)| period));
            spans[code as usize] = gapped.span(&list);
        }
        Self::new(spans, gapped)
    }

    /// For a column of lists of codes: a list belongs when any of its members does.
    pub(crate) fn for_lists(lists: &SetLists, by_code: &PeriodsByCode) -> Self {
        let Self {
            spans: of_codes,
            mut gapped,
            ..
        } = Self::for_codes(0, by_code);
        let span_of = looked_up(&of_codes);
        let spans = lists.iter().map(|members| match members {
            &[only] => span_of(only),
            several => several
                .iter()
                .fold(Span::NEVER, |span, &member| gapped.union(span, span_of(member))),
        });
        let spans = spans.collect();
        Self::new(spans, gapped)
    }

    fn new(mut spans: Vec<Span>, gapped: GappedPeriods) -> Self {
        let belonging = spans.iter().map(|span| usize::from(!span.is_never())).sum();
        spans.push(Span::NEVER);
        Self {
            spans,
            gapped,
            belonging,
        }
    }

    /// Keeps the rows whose value belongs on the row's day.
    pub(crate) fn keep(&self, hits: &mut Bitmap, values: &[u32], days: &[i32]) {
        let span_of = looked_up(&self.spans);
        if self.gapped.ends.is_empty() {
            hits.keep_looking_up_pairs(values, days, |value, day| span_of(value).contains(day));
            return;
        }
        let decided = |value, day| {
            let span = span_of(value);
            (span.contains(day), span.is_gapped())
        };
        hits.keep_deciding_pairs(values, days, decided, |value, day| {
            self.gapped.contain(span_of(value), day)
        });
    }

    /// Whether a value belongs on a day.
    pub(crate) fn belongs(&self, value: u32, day: i32) -> bool {
        let span = looked_up(&self.spans)(value);
        if span.is_gapped() {
            self.gapped.contain(span, day)
        } else {
            span.contains(day)
        }
    }

    /// The share of values that belong on any day.
    pub(crate) fn share(&self) -> f64 {
        crate::estimate::share(self.belonging, self.spans.len())
    }

    /// From the first to the last day on which any value belongs.
    pub(crate) fn span(&self) -> Period {
        let spans = self.spans.iter().filter_map(|span| span.period());
        spans
            .chain(self.gapped.periods.iter().copied())
            .fold(Period::NEVER, |all, period| Period {
                from: all.from.min(period.from),
                through: all.through.max(period.through),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::Membership;

    fn period(from: i32, through: i32) -> Period {
        Period { from, through }
    }

    fn memberships(entries: &[(u32, i32, i32)]) -> PeriodsByCode {
        let entries: Vec<_> = entries
            .iter()
            .map(|&(code, from, through)| Membership { code, from, through })
            .collect();
        PeriodsByCode::of(&entries)
    }

    #[test]
    fn a_line_without_a_day_never_belongs() {
        let table = PeriodTable::for_codes(2, &memberships(&[(1, i32::MIN, i32::MAX)]));
        assert!(table.belongs(1, 0) && table.belongs(1, i32::MIN + 1) && table.belongs(1, i32::MAX));
        assert!(!table.belongs(1, ABSENT_DAY) && !table.belongs(2, 0) && !table.belongs(0, 0) && !table.belongs(9, 0));
    }

    /// A table's two ways of deciding against the memberships themselves.
    fn check(entries: &[(u32, i32, i32)], lists: &[&[u32]], days: impl Iterator<Item = i32>) {
        let mut set_lists = SetLists {
            starts: vec![0],
            members: Vec::new(),
        };
        for members in lists {
            set_lists.members.extend_from_slice(members);
            set_lists
                .starts
                .push(u32::try_from(set_lists.members.len()).expect("few"));
        }
        let table = PeriodTable::for_lists(&set_lists, &memberships(entries));
        let days: Vec<i32> = days.chain([ABSENT_DAY]).collect();
        let (mut ids, mut row_days, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        for (id, members) in lists.iter().enumerate() {
            for &day in &days {
                ids.push(u32::try_from(id).expect("few"));
                row_days.push(day);
                expected.push(
                    day != ABSENT_DAY
                        && entries
                            .iter()
                            .any(|&(code, from, through)| members.contains(&code) && from <= day && day <= through),
                );
            }
        }
        let mut hits = Bitmap::all(ids.len());
        table.keep(&mut hits, &ids, &row_days);
        for (row, &expected) in expected.iter().enumerate() {
            let case = format!("list {} on day {} of {entries:?}", ids[row], row_days[row]);
            assert_eq!(table.belongs(ids[row], row_days[row]), expected, "{case}");
            assert_eq!(hits.contains(row), expected, "in a batch: {case}");
        }
    }

    #[test]
    fn a_list_belongs_when_a_member_does() {
        let lists: &[&[u32]] = &[&[], &[1], &[2], &[1, 2], &[3, 1], &[2, 2], &[9]];
        check(&[], lists, -3..40);
        check(&[(1, 0, 10)], lists, -3..40);
        check(&[(1, 0, 10), (2, 20, 30)], lists, -3..40);
        check(&[(1, 0, 10), (1, 20, 30), (2, 5, 25), (3, 38, 38)], lists, -3..40);
        check(
            &[(1, i32::MIN, 3), (2, 30, i32::MAX), (9, i32::MIN, i32::MAX)],
            lists,
            -3..40,
        );
    }

    #[test]
    fn many_lists_of_periods_are_kept_apart() {
        let entries: Vec<_> = (1..=300_i32)
            .map(|code| (code.unsigned_abs(), code % 37, code / 10))
            .collect();
        let lists: Vec<Vec<u32>> = (0..=300)
            .map(|code| if code == 0 { vec![] } else { vec![code, 301 - code] })
            .collect();
        let lists: Vec<&[u32]> = lists.iter().map(Vec::as_slice).collect();
        check(&entries, &lists, (-1..40).step_by(9));
    }

    #[test]
    fn the_span_covers_every_value() {
        let table = PeriodTable::for_codes(3, &memberships(&[(1, 5, 9), (2, 20, 30), (2, 1, 2)]));
        assert_eq!(table.span(), period(1, 30));
        assert_eq!(PeriodTable::for_codes(3, &memberships(&[])).span(), Period::NEVER);
    }
}
