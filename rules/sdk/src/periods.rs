//! Dated memberships by code: the days on which each belongs.

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

impl Period {
    /// From the earlier of two first days through the later of two last ones.
    pub(crate) fn spanning(&self, other: &Self) -> Self {
        Self {
            from: self.from.min(other.from),
            through: self.through.max(other.through),
        }
    }

    /// Takes in the days of a period that starts no earlier, if there is no day between them.
    #[inline(always)]
    pub(crate) fn joins(&mut self, later: Self) -> bool {
        let joins = later.from <= self.through.saturating_add(1);
        if joins {
            self.through = self.through.max(later.through);
        }
        joins
    }
}

/// On which days each code belongs: flat, because a group can have a hundred thousand members.
#[derive(Debug)]
pub(crate) struct PeriodsByCode {
    /// INVARIANT: in order; the periods of a code are not empty, and there are days between any two.
    entries: Vec<(u32, Period)>,
}

impl PeriodsByCode {
    /// Memberships by code, repeats, overlaps and neighbours made one.
    pub(crate) fn of<'a>(memberships: impl IntoIterator<Item = &'a Membership>) -> Self {
        let entries = memberships
            .into_iter()
            .map(|membership| (membership.code, Period::of(membership)));
        Self {
            entries: tidied(entries.collect()),
        }
    }

    /// The periods of one code.
    pub(crate) fn of_code(&self, code: u32) -> impl Iterator<Item = Period> {
        let start = self.entries.partition_point(|&(known, _)| known < code);
        self.entries[start..]
            .iter()
            .take_while(move |&&(known, _)| known == code)
            .map(|&(_, period)| period)
    }

    /// Each code with its periods.
    pub(crate) fn codes(&self) -> impl Iterator<Item = (u32, &[(u32, Period)])> {
        self.entries
            .chunk_by(|left, right| left.0 == right.0)
            .map(|periods| (periods[0].0, periods))
    }

    /// The greatest code that belongs on any day; 0 if there is none.
    pub(crate) fn greatest_code(&self) -> u32 {
        self.entries.last().map_or(0, |&(code, _)| code)
    }
}

/// The same days of the same codes, in order, apart and not empty.
fn tidied(mut entries: Vec<(u32, Period)>) -> Vec<(u32, Period)> {
    entries.retain(|(_, period)| period.from <= period.through);
    entries.sort_unstable();
    entries.dedup_by(|(code, period), (last_code, last)| code == last_code && last.joins(*period));
    entries
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
            let periods = PeriodsByCode::of(&given).of_code(7).collect::<Vec<_>>();
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
