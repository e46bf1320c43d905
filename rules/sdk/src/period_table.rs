//! Dated memberships made ready for rows: for each value of a column, the days on which it belongs.

use std::collections::BTreeMap;

use crate::bitmap::Bitmap;
use crate::lookup::looked_up;
use crate::periods::{Period, PeriodsByCode, tidied};
use crate::reference::SetLists;

/// On which days each value of a column belongs.
///
/// Many values share few lists of periods, so a value has a class, the number of its list, and nearly every list is one
/// period: a row is decided by looking up a class and a period. A class whose periods have gaps between them is decided
/// on all days from its first to its last, and what falls within is looked at again.
#[derive(Debug)]
pub(crate) struct PeriodTable {
    /// INVARIANT: the last entry is class 0.
    classes: Classes,
    /// From the first to the last day of each class; class 0 is no day.
    spans: Vec<Span>,
    /// The first class that has gaps; those come last.
    gapped_from: u32,
    /// The periods of the classes that have gaps.
    gapped: Vec<Vec<Period>>,
    /// How many values belong on any day.
    belonging: usize,
}

/// The class of each value, as narrow as can be: the table is looked up at random, and what fits a cache is fast.
#[derive(Debug)]
enum Classes {
    Narrow(Vec<u8>),
    Middling(Vec<u16>),
    Wide(Vec<u32>),
}

impl PeriodTable {
    /// For a column of codes, `length` of them.
    pub(crate) fn for_codes(length: u32, by_code: &PeriodsByCode) -> Self {
        let mut classes = ClassMaker::default();
        let of_values = classes.of_codes(length.max(by_code.greatest_code()), by_code);
        classes.finish(of_values)
    }

    /// For a column of lists of codes: a list belongs when any of its members does.
    pub(crate) fn for_lists(lists: &SetLists, by_code: &PeriodsByCode) -> Self {
        let mut classes = ClassMaker::default();
        let of_codes = classes.of_codes(by_code.greatest_code(), by_code);
        let class_of = |member: u32| of_codes.get(member as usize).copied().unwrap_or(0);
        let of_lists = lists.iter().map(|members| match members {
            // Most lists have one member.
            &[only] => class_of(only),
            several => several
                .iter()
                .fold(0, |class, &member| classes.union(class, class_of(member))),
        });
        let of_values = of_lists.collect();
        classes.finish(of_values)
    }

    /// Keeps the rows whose value belongs on the row's day.
    pub(crate) fn keep(&self, hits: &mut Bitmap, values: &[u32], days: &[i32]) {
        match &self.classes {
            Classes::Narrow(classes) => {
                let mut spans = [Span::NEVER; NARROW_CLASSES];
                for (place, &span) in spans.iter_mut().zip(&self.spans) {
                    *place = span;
                }
                let class_of = looked_up(classes);
                let span_of = |class: u8| spans[usize::from(class)];
                hits.keep_looking_up_pairs(values, days, |value, day| span_of(class_of(value)).contains(day));
                self.keep_within_gapped(hits, values, days, |value| class_of(value).into());
            }
            Classes::Middling(classes) => self.keep_by_many_classes(hits, values, days, classes),
            Classes::Wide(classes) => self.keep_by_many_classes(hits, values, days, classes),
        }
    }

    fn keep_by_many_classes<C: Copy + Into<u32>>(
        &self,
        hits: &mut Bitmap,
        values: &[u32],
        days: &[i32],
        classes: &[C],
    ) {
        let (class_of, span_of) = (looked_up(classes), looked_up(&self.spans));
        hits.keep_looking_up_pairs(values, days, |value, day| span_of(class_of(value).into()).contains(day));
        self.keep_within_gapped(hits, values, days, |value| class_of(value).into());
    }

    /// Keeps, of the rows within their class's span, those that are not in a gap.
    fn keep_within_gapped(&self, hits: &mut Bitmap, values: &[u32], days: &[i32], class_of: impl Fn(u32) -> u32) {
        if !self.gapped.is_empty() {
            hits.keep_rows(|row| {
                let class = class_of(values[row]);
                class < self.gapped_from || self.belongs_in_class(class, days[row])
            });
        }
    }

    /// Whether a value belongs on a day.
    pub(crate) fn belongs(&self, value: u32, day: i32) -> bool {
        self.belongs_in_class(self.class_of(value), day)
    }

    /// The share of values that belong on any day.
    pub(crate) fn share(&self) -> f64 {
        let length = match &self.classes {
            Classes::Narrow(classes) => classes.len(),
            Classes::Middling(classes) => classes.len(),
            Classes::Wide(classes) => classes.len(),
        };
        crate::estimate::share(self.belonging, length)
    }

    /// From the first to the last day on which any value belongs.
    pub(crate) fn span(&self) -> Period {
        let periods = self.spans.iter().filter_map(|span| span.period());
        periods.fold(Period::NEVER, |all, span| Period {
            from: all.from.min(span.from),
            through: all.through.max(span.through),
        })
    }

    fn class_of(&self, value: u32) -> u32 {
        match &self.classes {
            Classes::Narrow(classes) => classes.get(value as usize).map_or(0, |&class| class.into()),
            Classes::Middling(classes) => classes.get(value as usize).map_or(0, |&class| class.into()),
            Classes::Wide(classes) => classes.get(value as usize).copied().unwrap_or(0),
        }
    }

    fn belongs_in_class(&self, class: u32, day: i32) -> bool {
        match class
            .checked_sub(self.gapped_from)
            .and_then(|gapped| self.gapped.get(gapped as usize))
        {
            Some(periods) => periods.iter().any(|period| period.contains(day)),
            None => self.spans.get(class as usize).is_some_and(|span| span.contains(day)),
        }
    }
}

/// Days from one on, so many of them: whether a day is among them is one comparison, where a period's ends take two.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: i32,
    /// Less than 2^32: the day that stands for "no day" is in none.
    days: u32,
}

impl Span {
    const NEVER: Self = Self { from: 0, days: 0 };

    /// From the first day of the first to the last of the last of these, which are in order.
    fn over(periods: &[Period]) -> Self {
        let (Some(first), Some(last)) = (periods.first(), periods.last()) else {
            return Self::NEVER;
        };
        Self {
            from: first.from,
            // A period starts after the day that stands for "no day", so the count of its days fits.
            days: last.through.wrapping_sub(first.from).cast_unsigned().wrapping_add(1),
        }
    }

    #[inline(always)]
    const fn contains(self, day: i32) -> bool {
        day.wrapping_sub(self.from).cast_unsigned() < self.days
    }

    fn period(self) -> Option<Period> {
        let after_first = self.days.checked_sub(1)?;
        Some(Period {
            from: self.from,
            through: self.from.wrapping_add_unsigned(after_first),
        })
    }
}

/// How many classes a byte tells apart.
const NARROW_CLASSES: usize = 1 << 8;
/// How many classes two bytes tell apart.
const MIDDLING_CLASSES: usize = 1 << 16;

/// Gives each distinct list of periods a number; 0 is the empty list.
struct ClassMaker {
    lists: Vec<Vec<Period>>,
    numbers: BTreeMap<Vec<Period>, u32>,
    unions: BTreeMap<(u32, u32), u32>,
}

impl Default for ClassMaker {
    fn default() -> Self {
        Self {
            lists: vec![Vec::new()],
            numbers: BTreeMap::from([(Vec::new(), 0)]),
            unions: BTreeMap::new(),
        }
    }
}

impl ClassMaker {
    fn class_of(&mut self, periods: &[Period]) -> u32 {
        if let Some(&number) = self.numbers.get(periods) {
            return number;
        }
        let number = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
        self.lists.push(periods.to_vec());
        self.numbers.insert(periods.to_vec(), number);
        number
    }

    /// The class of each code from 0 through the greatest.
    fn of_codes(&mut self, greatest: u32, by_code: &PeriodsByCode) -> Vec<u32> {
        let mut of_codes = vec![0; greatest as usize + 1];
        let mut list = Vec::new();
        for (code, periods) in by_code.codes() {
            list.clear();
            list.extend(periods.iter().map(|&(_, period)| period));
            of_codes[code as usize] = self.class_of(&list);
        }
        of_codes
    }

    fn union(&mut self, left: u32, right: u32) -> u32 {
        if left == right || right == 0 {
            return left;
        }
        if left == 0 {
            return right;
        }
        let pair = (left.min(right), left.max(right));
        if let Some(&number) = self.unions.get(&pair) {
            return number;
        }
        let list = |class: u32| self.lists[class as usize].iter().map(|&period| ((), period));
        let both = tidied(list(left).chain(list(right)).collect());
        let both: Vec<Period> = both.into_iter().map(|(_, period)| period).collect();
        let number = self.class_of(&both);
        self.unions.insert(pair, number);
        number
    }

    fn finish(self, mut of_values: Vec<u32>) -> PeriodTable {
        // What a number beyond the table is looked up as.
        of_values.push(0);
        // Classes that no value has (a code's that only occurs together with others, say) are left out.
        let mut used = vec![false; self.lists.len()];
        used[0] = true;
        let mut belonging = 0;
        for &class in &of_values {
            used[class as usize] = true;
            belonging += usize::from(class != 0);
        }
        let mut kept: Vec<usize> = (0..self.lists.len()).filter(|&class| used[class]).collect();
        kept.sort_by_key(|&class| self.lists[class].len());
        let lists: Vec<&[Period]> = kept.iter().map(|&class| self.lists[class].as_slice()).collect();
        let without_gaps = lists.partition_point(|periods| periods.len() <= 1);
        PeriodTable {
            classes: Classes::renumbered(&of_values, &kept, self.lists.len()),
            spans: lists.iter().map(|periods| Span::over(periods)).collect(),
            gapped_from: u32::try_from(without_gaps).unwrap_or(u32::MAX),
            gapped: lists[without_gaps..].iter().map(|periods| periods.to_vec()).collect(),
            belonging,
        }
    }
}

impl Classes {
    /// The classes of values, each with the place in `kept` for its number; `count` is how many there were.
    fn renumbered(of_values: &[u32], kept: &[usize], count: usize) -> Self {
        fn table<N: Copy + Default + TryFrom<usize>>(of_values: &[u32], kept: &[usize], count: usize) -> Vec<N> {
            let mut numbers = vec![N::default(); count];
            for (number, &class) in kept.iter().enumerate() {
                numbers[class] = N::try_from(number).unwrap_or_default();
            }
            of_values.iter().map(|&class| numbers[class as usize]).collect()
        }
        if kept.len() <= NARROW_CLASSES {
            Self::Narrow(table(of_values, kept, count))
        } else if kept.len() <= MIDDLING_CLASSES {
            Self::Middling(table(of_values, kept, count))
        } else {
            Self::Wide(table(of_values, kept, count))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::ABSENT_DAY;
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
    fn more_lists_of_periods_than_a_byte_counts_are_kept_apart() {
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
