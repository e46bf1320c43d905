//! Dated memberships, joined beforehand: which ids of a column belong to a group, from when through when.
//!
//! The product folds a group into such a table when it compiles a request, and its time has that in it. The peers are
//! given theirs for nothing.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use reprise_model::{Column, ColumnForm, Dictionary, Group, GroupKind, MessageGroup, Reference, SetTable};

use crate::claims::{FIRST_DAY, LAST_DAY, day_number};
use crate::population::Contents;
use crate::table::{Table, Values};

/// What an id must have to do with the codes that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Belong to one of the groups of these codes.
    Group(GroupKind),
    /// Hold one of these codes itself.
    Codes(SetTable),
}

/// First and last day.
type Period = (i32, i32);

/// Membership tables by name: `id`, `first_day`, `last_day`; the periods of an id neither overlap nor touch.
#[derive(Debug, Default)]
pub(crate) struct Memberships {
    /// Each with who belongs.
    pub(crate) tables: BTreeMap<String, Membership>,
}

/// Who belongs to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Membership {
    /// By id; many have none, and no period of an id touches another.
    pub(crate) periods: Vec<Vec<Period>>,
}

impl Membership {
    /// The most periods that one id has.
    pub(crate) fn periods_max(&self) -> usize {
        self.periods.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Whether an id belongs on a day.
    pub(crate) fn holds(&self, id: i32, day: i32) -> bool {
        let periods = usize::try_from(id).ok().and_then(|id| self.periods.get(id));
        periods.is_some_and(|periods| periods.iter().any(|(first, last)| (*first..=*last).contains(&day)))
    }

    /// The rows of it.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (i32, i32, i32)> {
        let ids = (0i32..).zip(&self.periods);
        ids.flat_map(|(id, periods)| periods.iter().map(move |(first, last)| (id, *first, *last)))
    }

    /// As a table of that name.
    pub(crate) fn table(&self, name: &str) -> anyhow::Result<Table> {
        let day = |of: fn((i32, i32, i32)) -> i32| {
            let days = self.rows().map(|row| i16::try_from(of(row)));
            days.collect::<Result<Vec<_>, _>>().map(Values::Shorts)
        };
        Table::new(
            name,
            vec![
                (
                    "id".to_owned(),
                    Values::Integers(self.rows().map(|(id, _, _)| id).collect()),
                ),
                ("first_day".to_owned(), day(|(_, first, _)| first)?),
                ("last_day".to_owned(), day(|(_, _, last)| last)?),
            ],
        )
    }
}

impl Memberships {
    /// The name of the table that tells which ids of a column are meant; it is made if there is none yet.
    pub(crate) fn table_of(
        &mut self,
        contents: &Contents,
        column: Column,
        asked: Asked,
        codes: &[String],
    ) -> anyhow::Result<String> {
        let domain = match column.form() {
            ColumnForm::Sets(table) => format!("{table}_lists"),
            ColumnForm::Codes(dictionary) => dictionary.to_string(),
            _ => bail!("column `{column}` holds no codes"),
        };
        let name = format!("member_{domain}_{}", codes.join("_"))
            .to_lowercase()
            .replace('-', "_");
        if !self.tables.contains_key(&name) {
            let periods = periods(contents, column, asked, codes)?;
            self.tables.insert(name.clone(), Membership { periods });
        }
        Ok(name)
    }
}

fn periods(contents: &Contents, column: Column, asked: Asked, codes: &[String]) -> anyhow::Result<Vec<Vec<Period>>> {
    let (dictionary, memberships) = match asked {
        Asked::Codes(table) => {
            let always = codes.iter().map(|code| (code.clone(), (FIRST_DAY - 1, LAST_DAY)));
            (table.dictionary(), always.collect())
        }
        Asked::Group(kind) => members(contents, kind, codes)?,
    };
    let code_count = contents.snapshot.code_count(dictionary);
    let mut by_code: Vec<Vec<Period>> = vec![Vec::new(); code_count + 1];
    for (code, period) in memberships {
        if let Some(id) = contents.snapshot.code_id(dictionary, &code) {
            by_code[id as usize].push(period);
        }
    }
    let ColumnForm::Sets(table) = column.form() else {
        return Ok(by_code.into_iter().map(merged).collect());
    };
    let lists = contents.snapshot.lists(table);
    let of_list = |number| {
        let list = u32::try_from(number).ok().and_then(|number| lists.list(number));
        let codes = list.unwrap_or_default().iter();
        merged(codes.flat_map(|code| by_code[*code as usize].iter().copied()).collect())
    };
    Ok((0..lists.count()).map(of_list).collect())
}

type CodePeriods = Vec<(String, Period)>;

fn members(contents: &Contents, kind: GroupKind, codes: &[String]) -> anyhow::Result<(Dictionary, CodePeriods)> {
    let mut all = Vec::new();
    for code in codes {
        let is_it = |reference: &&Reference| reference.kind() == kind.reference_kind() && reference.key() == *code;
        let group = contents.references.iter().find(is_it);
        match group.with_context(|| format!("there is no {} `{code}`", kind.reference_kind()))? {
            Reference::ProcedureGroup(group) | Reference::DiagnosisGroup(group) | Reference::ProviderGroup(group) => {
                all.extend(dated(group)?);
            }
            Reference::MessageGroup(group) => all.extend(undated(group)),
            _ => bail!("`{code}` is no group"),
        }
    }
    let dictionary = match kind {
        GroupKind::Procedure => Dictionary::Procedure,
        GroupKind::Diagnosis => Dictionary::Diagnosis,
        GroupKind::Provider => Dictionary::Provider,
        GroupKind::Message => Dictionary::Message,
    };
    Ok((dictionary, all))
}

fn dated(group: &Group) -> anyhow::Result<CodePeriods> {
    let period = |member: &reprise_model::GroupMember| {
        let from = member.from.map_or(Ok(FIRST_DAY), |day| day_number(day.number()))?;
        let through = member.through.map_or(Ok(LAST_DAY), |day| day_number(day.number()))?;
        Ok((member.code.clone(), (from, through)))
    };
    group.members.iter().map(period).collect()
}

/// What is not dated holds on lines without a day too.
fn undated(group: &MessageGroup) -> CodePeriods {
    let members = group.members.iter();
    members
        .map(|member| (member.code.clone(), (FIRST_DAY - 1, LAST_DAY)))
        .collect()
}

/// Periods in order, those that overlap or touch as one.
fn merged(mut periods: Vec<Period>) -> Vec<Period> {
    periods.sort_unstable();
    let mut result: Vec<Period> = Vec::new();
    for (first, last) in periods.into_iter().filter(|(first, last)| first <= last) {
        match result.last_mut() {
            Some(before) if first <= before.1 + 1 => before.1 = before.1.max(last),
            _ => result.push((first, last)),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::merged;

    #[test]
    fn periods_that_overlap_or_touch_are_one() {
        for (periods, expected) in [
            (vec![], vec![]),
            (vec![(5, 4)], vec![]),
            (vec![(4, 9), (1, 3)], vec![(1, 9)]),
            (vec![(1, 9), (2, 3), (11, 12)], vec![(1, 9), (11, 12)]),
        ] {
            assert_eq!(merged(periods.clone()), expected, "{periods:?}");
        }
    }
}
