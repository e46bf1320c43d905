//! Dated memberships made ready for rows: for each value of a column, the days on which it belongs.

use std::cell::Cell;
use std::rc::Rc;

use crate::bitmap::Bitmap;
use crate::column::ABSENT_DAY;
use crate::lanes::Quad;
use crate::lookup::{looked_up, looked_up_in_cells};
use crate::periods::{Period, PeriodsByCode};
use crate::reference::SetLists;

/// On which days each value of a column, a code or a list of codes, belongs.
///
/// Nearly every value belongs on days without a gap, and nearly every row is of a day near ours: such a row is decided
/// by four bytes looked up by its value. Where that does not tell, the row is looked at again, by four bytes more where
/// there is one gap, and else by the memberships themselves.
///
/// Payers with millions of claims have a million lists, of which a request may see few: what is to be known of a list is
/// found out when a row has it.
#[derive(Debug)]
pub(crate) struct PeriodTable {
    /// By value, what rows are decided by.
    /// INVARIANT: the last entry, which whatever lies beyond is looked up as, is no day.
    windows: Vec<Cell<Window>>,
    /// By value, the days without it between its first and its last, where it is known that they lie side by side, within
    /// the window; else no day.
    gaps: Vec<Cell<Window>>,
    codes: SpansByCode,
    /// The lists that values stand for, where they do not stand for codes.
    lists: Option<Rc<SetLists>>,
}

/// What a row is decided by: days that lie in a window of 32,767, in four bytes, half of what a span takes, so that more of
/// a table stays in the cache.
///
/// The lowest 15 bits are the place of the day before the first, the upper two bytes that of the day after the last; places
/// are counted from 1. The bit between says whether there are gaps among the days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window(u32);

impl Window {
    /// The day before the first: 1959-12-31, so that the last is in 2049.
    const BEFORE: i32 = -3_654;
    const LAST_PLACE: i32 = 0x7FFF;
    const GAPPED: u32 = 0x8000;
    const NEVER: Self = Self(0);
    /// Not found out yet: in doubt on every day, by ends that no value has.
    const UNKNOWN: Self = Self(Self::GAPPED | 0xFFFF << 16);

    /// Of all days between the first and the last of a value.
    fn of(days: Period, is_gapped: bool) -> Self {
        let place = |day: i32, least: i32, most: i32| day.saturating_sub(Self::BEFORE).clamp(least, most);
        let from = place(days.from, 1, Self::LAST_PLACE + 1);
        let through = place(days.through, 0, Self::LAST_PLACE);
        if from > through {
            // No place is above 0 and below 0.
            return Self::NEVER;
        }
        let (before, after) = ((from - 1).cast_unsigned(), (through + 1).cast_unsigned());
        Self(before | after << 16 | if is_gapped { Self::GAPPED } else { 0 })
    }

    /// Whether a day is among these, which have this gap; none if that does not tell.
    fn contains(self, gap: Self, day: i32) -> Option<bool> {
        let place = day.saturating_sub(Self::BEFORE);
        let within = |window: Self| {
            let Self(bits) = window;
            (bits & Self::LAST_PLACE.cast_unsigned()).cast_signed() < place && place < (bits >> 16).cast_signed()
        };
        if !(1..=Self::LAST_PLACE).contains(&place) {
            None
        } else if !within(self) {
            Some(false)
        } else if self.0 & Self::GAPPED == 0 {
            Some(true)
        } else if gap == Self::NEVER {
            None
        } else {
            Some(!within(gap))
        }
    }

    /// Whether days are between the first and the last of these, and whether that leaves in doubt if they are among them:
    /// where there are gaps between those, or a day lies outside of the window.
    #[inline(always)]
    fn decide(windows: Quad, days: Quad) -> (Quad, Quad) {
        let last = Quad::splat(Self::LAST_PLACE.cast_unsigned());
        let place = days.minus(Quad::splat(Self::BEFORE.cast_unsigned()));
        let before = windows.and(last);
        let passing = place
            .is_above_signed(before)
            .and(windows.upper_half().is_above_signed(place));
        // The highest bit is what counts: that of a place below 1, that of one beyond the last, or the bit for gaps.
        let outside = place.minus(Quad::splat(1)).or(last.minus(place));
        (passing, windows.lower_half_raised().and(passing).or(outside))
    }
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

    const fn is_gapped(self) -> bool {
        self.from == Self::GAPPED
    }

    /// Whether a day is among them, if there are no gaps.
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

/// On which days each code belongs.
#[derive(Debug)]
struct SpansByCode {
    /// By code.
    /// INVARIANT: the last entry, which whatever lies beyond is looked up as, is no day.
    spans: Vec<Span>,
    /// The periods of codes that belong on days with gaps between them, one list after the other.
    gapped: Vec<Period>,
    /// Where each of those lists ends.
    ends: Vec<u32>,
}

impl SpansByCode {
    /// Of at least so many codes.
    fn of(length: u32, by_code: &PeriodsByCode) -> Self {
        let mut spans = vec![Span::NEVER; length.max(by_code.greatest_code()) as usize + 2];
        let (mut gapped, mut ends) = (Vec::new(), Vec::new());
        for (code, periods) in by_code.codes() {
            spans[code as usize] = match periods {
                [(_, only)] => Span::of(*only),
                several => {
                    gapped.extend(several.iter().map(|&(_, period)| period));
                    // More periods than are counted would need more memory than a component can have.
                    ends.push(u32::try_from(gapped.len()).unwrap_or(u32::MAX));
                    Span {
                        from: Span::GAPPED,
                        days: u32::try_from(ends.len() - 1).unwrap_or(u32::MAX),
                    }
                }
            };
        }
        Self { spans, gapped, ends }
    }

    fn gapped(&self, span: Span) -> &[Period] {
        let list = span.days as usize;
        let start = list.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.gapped[start as usize..self.ends[list] as usize]
    }

    fn belongs(&self, code: u32, day: i32) -> bool {
        let span = looked_up(&self.spans)(code);
        if span.is_gapped() {
            self.gapped(span).iter().any(|period| period.contains(day))
        } else {
            span.contains(day)
        }
    }

    /// From the first day on which a code belongs through the last, and whether there are gaps between them; none if it
    /// belongs on no day.
    fn outline(&self, code: u32) -> Option<(Period, bool)> {
        let span = looked_up(&self.spans)(code);
        if !span.is_gapped() {
            return span.period().map(|period| (period, false));
        }
        let periods = self.gapped(span);
        let (first, last) = (periods.first()?, periods.last()?);
        Some((first.spanning(last), true))
    }

    /// The same for any of several codes. Where there may be no gaps between them after all, it says that there are.
    fn outline_of_any(&self, codes: &[u32]) -> Option<(Period, bool)> {
        let mut outlines = codes.iter().filter_map(|&code| self.outline(code));
        let first = outlines.next()?;
        Some(outlines.fold(first, |(all, is_gapped), (next, is_next_gapped)| {
            let (earlier, later) = if all.from <= next.from {
                (all, next)
            } else {
                (next, all)
            };
            let touching = later.from <= earlier.through.saturating_add(1);
            (all.spanning(&next), is_gapped | is_next_gapped | !touching)
        }))
    }

    /// What rows are decided by on which any of these codes belongs: all days from the first to the last, and the gap
    /// between them.
    fn windows(&self, codes: &[u32]) -> (Window, Window) {
        let Some((all, is_gapped)) = self.outline_of_any(codes) else {
            return (Window::NEVER, Window::NEVER);
        };
        if !is_gapped {
            return (Window::of(all, false), Window::NEVER);
        }
        match self.gaps(codes).as_slice() {
            [] => (Window::of(all, false), Window::NEVER),
            [only] => (Window::of(all, true), Window::of(*only, false)),
            _ => (Window::of(all, true), Window::NEVER),
        }
    }

    /// The days without any of these codes, between their first and their last.
    fn gaps(&self, codes: &[u32]) -> Vec<Period> {
        let mut periods: Vec<Period> = Vec::new();
        for &code in codes {
            let span = looked_up(&self.spans)(code);
            if span.is_gapped() {
                periods.extend_from_slice(self.gapped(span));
            } else {
                periods.extend(span.period());
            }
        }
        periods.sort_unstable();
        periods.dedup_by(|later, earlier| earlier.joins(*later));
        let gap = |pair: &[Period]| Period {
            from: pair[0].through.saturating_add(1),
            through: pair[1].from.saturating_sub(1),
        };
        periods.windows(2).map(gap).collect()
    }
}

impl PeriodTable {
    /// For a column of codes, `length` of them.
    pub(crate) fn for_codes(length: u32, by_code: &PeriodsByCode) -> Self {
        let codes = SpansByCode::of(length, by_code);
        let windows = (0_u32..).zip(&codes.spans).map(|(code, _)| codes.windows(&[code]));
        let (windows, gaps) = windows.map(|(all, gap)| (Cell::new(all), Cell::new(gap))).unzip();
        Self {
            windows,
            gaps,
            codes,
            lists: None,
        }
    }

    /// For a column of lists of codes: a list belongs when any of its members does.
    pub(crate) fn for_lists(lists: Rc<SetLists>, by_code: &PeriodsByCode) -> Self {
        let mut windows = vec![Cell::new(Window::UNKNOWN); lists.count() + 1];
        if let Some(last) = windows.last_mut() {
            last.set(Window::NEVER);
        }
        Self {
            gaps: vec![Cell::new(Window::NEVER); windows.len()],
            windows,
            codes: SpansByCode::of(0, by_code),
            lists: Some(lists),
        }
    }

    /// Keeps the rows whose value belongs on the row's day.
    pub(crate) fn keep(&self, hits: &mut Bitmap, values: &[u32], days: &[i32]) {
        let window_of = looked_up_in_cells(&self.windows);
        hits.keep_testing_pairs(
            values,
            days,
            |value| window_of(value).0,
            Window::decide,
            |value, day| self.settle(value, day),
        );
    }

    /// Whether a value belongs on a day.
    pub(crate) fn belongs(&self, value: u32, day: i32) -> bool {
        match &self.lists {
            None => self.codes.belongs(value, day),
            Some(lists) => lists
                .members_of(value)
                .iter()
                .any(|&code| self.codes.belongs(code, day)),
        }
    }

    /// Whether a value belongs on a day, by what is known of the value or found out now.
    fn settle(&self, value: u32, day: i32) -> bool {
        let place = value as usize;
        let (Some(window), Some(gap)) = (self.windows.get(place), self.gaps.get(place)) else {
            return false;
        };
        if let (Window::UNKNOWN, Some(lists)) = (window.get(), &self.lists) {
            let (all, only_gap) = self.codes.windows(lists.members_of(value));
            window.set(all);
            gap.set(only_gap);
        }
        window
            .get()
            .contains(gap.get(), day)
            .unwrap_or_else(|| self.belongs(value, day))
    }

    /// The share of values that belong on any day; that of some lists, where there are many.
    pub(crate) fn share(&self) -> f64 {
        const LOOKED_AT: usize = 256;
        let count = self.windows.len() - 1;
        let values = (0..count).step_by(count.div_ceil(LOOKED_AT).max(1));
        let values = values.filter_map(|value| u32::try_from(value).ok());
        let looked_at = values.clone().count();
        let belonging = values.filter(|&value| match &self.lists {
            None => self.codes.outline(value).is_some(),
            Some(lists) => self.codes.outline_of_any(lists.members_of(value)).is_some(),
        });
        crate::estimate::share(belonging.count(), looked_at)
    }

    /// From the first to the last day on which any code belongs.
    pub(crate) fn span(&self) -> Period {
        let spans = self.codes.spans.iter().filter_map(|span| span.period());
        spans
            .chain(self.codes.gapped.iter().copied())
            .fold(Period::NEVER, |all, period| all.spanning(&period))
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
        let table = PeriodTable::for_lists(Rc::new(set_lists), &memberships(entries));
        // With those at and beyond the ends of the window.
        let (first, last) = (Window::BEFORE + 1, Window::BEFORE + Window::LAST_PLACE);
        let days: Vec<i32> = days
            .chain([ABSENT_DAY, ABSENT_DAY + 1, first - 2, first - 1, first, first + 1])
            .chain([last - 1, last, last + 1, last + 2, i32::MAX])
            .collect();
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
        // What is beyond the table belongs on no day, however few or many rows there are of it.
        let beyond = u32::try_from(lists.len()).expect("few");
        for (id, rows) in [(beyond, 70), (beyond + 1, 64), (u32::MAX, 64), (beyond + 1, 3)] {
            for &day in &days {
                ids.extend(std::iter::repeat_n(id, rows));
                row_days.extend(std::iter::repeat_n(day, rows));
                expected.extend(std::iter::repeat_n(false, rows));
            }
        }
        // What is not known of a list is found out the first time.
        let mut hits = Bitmap::all(ids.len());
        table.keep(&mut hits, &ids, &row_days);
        let mut again = Bitmap::all(ids.len());
        table.keep(&mut again, &ids, &row_days);
        assert_eq!(again, hits, "{entries:?}");
        assert!(table.windows.iter().all(|window| window.get() != Window::UNKNOWN));
        check_codes(entries, &days);
        for (row, &expected) in expected.iter().enumerate() {
            let case = format!("list {} on day {} of {entries:?}", ids[row], row_days[row]);
            assert_eq!(table.belongs(ids[row], row_days[row]), expected, "{case}");
            assert_eq!(hits.contains(row), expected, "in a batch: {case}");
        }
    }

    /// A table of codes against the memberships themselves, many rows at once.
    fn check_codes(entries: &[(u32, i32, i32)], days: &[i32]) {
        let table = PeriodTable::for_codes(3, &memberships(entries));
        let rows = (0..12_u32).flat_map(|code| days.iter().map(move |&day| (code, day)));
        let (codes, row_days): (Vec<u32>, Vec<i32>) = rows.unzip();
        let mut hits = Bitmap::all(codes.len());
        table.keep(&mut hits, &codes, &row_days);
        for (row, (&code, &day)) in codes.iter().zip(&row_days).enumerate() {
            let is_in = |&(of, from, through): &(u32, i32, i32)| of == code && from <= day && day <= through;
            let expected = day != ABSENT_DAY && entries.iter().any(is_in);
            assert_eq!(hits.contains(row), expected, "code {code} on day {day} of {entries:?}");
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
        let (first, last) = (Window::BEFORE + 1, Window::BEFORE + Window::LAST_PLACE);
        check(
            &[(1, first, last), (2, first - 1, first), (3, last, last + 1)],
            lists,
            0..2,
        );
        check(
            &[
                (1, i32::MIN, first - 1),
                (2, last + 1, i32::MAX),
                (3, first - 9, last + 9),
            ],
            lists,
            0..2,
        );
        check(
            &[(1, i32::MIN, last), (1, last + 2, i32::MAX), (3, i32::MIN, i32::MAX)],
            lists,
            0..2,
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
