//! Dated memberships by code: the days on which each belongs.

use std::collections::BTreeMap;

use crate::column::ABSENT_DAY;
use crate::reference::Membership;

/// Days from one through another, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Period {
    /// First day; the least day there is where the start is open.
    pub(crate) from: i32,
    /// Last day; the greatest s32 where the end is open.
    pub(crate) through: i32,
}

impl Period {
    /// No day.
    pub(crate) const NEVER: Self = Self {
        from: i32::MAX,
        through: i32::MIN,
    };

    /// The period of a membership. The number that stands for "no day" is the open start's number too, and must not
    /// fall within: a line without a date belongs to nothing.
    fn of(membership: &Membership) -> Self {
        Self {
            from: membership.from.max(ABSENT_DAY + 1),
            through: membership.through,
        }
    }

    /// Whether the start is open.
    pub(crate) const fn is_open_at_start(self) -> bool {
        self.from == ABSENT_DAY + 1
    }

    /// Whether the end is open.
    pub(crate) const fn is_open_at_end(self) -> bool {
        self.through == i32::MAX
    }

    /// Whether a day lies within; an absent one never does.
    #[inline]
    pub(crate) const fn contains(self, day: i32) -> bool {
        // Not `&&`: a jump that depends on the data costs more than a comparison.
        (self.from <= day) & (day <= self.through)
    }
}

/// The same days as periods that are in order, apart and not empty.
pub(crate) fn tidied(mut periods: Vec<Period>) -> Vec<Period> {
    periods.retain(|period| period.from <= period.through);
    periods.sort_unstable();
    let mut apart: Vec<Period> = Vec::with_capacity(periods.len());
    for period in periods {
        match apart.last_mut() {
            Some(last) if period.from <= last.through.saturating_add(1) => {
                last.through = last.through.max(period.through)
            }
            _ => apart.push(period),
        }
    }
    apart
}

/// On which days each code belongs.
pub(crate) type PeriodsByCode = BTreeMap<u32, Vec<Period>>;

/// Memberships by code, repeats and overlaps made one.
pub(crate) fn periods_by_code<'a>(memberships: impl IntoIterator<Item = &'a Membership>) -> PeriodsByCode {
    let mut by_code = PeriodsByCode::new();
    for membership in memberships {
        by_code.entry(membership.code).or_default().push(Period::of(membership));
    }
    for periods in by_code.values_mut() {
        *periods = tidied(std::mem::take(periods));
    }
    by_code.retain(|_, periods| !periods.is_empty());
    by_code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_overlaps_and_neighbours_become_one_period() {
        for (given, expected) in [
            (vec![(1, 5)], vec![(1, 5)]),
            (vec![(4, 9), (1, 5), (1, 5)], vec![(1, 9)]),
            (vec![(1, 5), (6, 9)], vec![(1, 9)]),
            (vec![(1, 5), (7, 9)], vec![(1, 5), (7, 9)]),
            (vec![(1, 20), (3, 4)], vec![(1, 20)]),
            (vec![(5, 1)], vec![]),
            (vec![(1, i32::MAX), (3, i32::MAX)], vec![(1, i32::MAX)]),
        ] {
            let given: Vec<_> = given
                .iter()
                .map(|&(from, through)| Membership { code: 7, from, through })
                .collect();
            let periods = periods_by_code(&given).remove(&7).unwrap_or_default();
            assert_eq!(
                periods,
                expected
                    .iter()
                    .map(|&(from, through)| Period { from, through })
                    .collect::<Vec<_>>()
            );
        }
    }
}
