//! Dictionaries, set tables and groups in memory, which a component may ask for as it may for a payer's.

use std::collections::HashMap;
use std::sync::Arc;

use reprise_model::{
    Amount, Cell, ClaimType, Column, ColumnForm, Day, Dictionary, GroupKind, ProcessType, ProcessingStatus, SetTable,
};

use crate::reference::{Membership, ReferenceSource, SetLists};

/// Codes and lists of codes with their numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    codes: HashMap<Dictionary, Numbered<String>>,
    /// All lists but the empty one, which is number 0.
    lists: HashMap<SetTable, Numbered<Vec<u32>>>,
}

/// Values with their numbers from 1.
#[derive(Clone, Debug)]
struct Numbered<T> {
    values: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            numbers: HashMap::new(),
        }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbered<T> {
    fn number(&mut self, value: T) -> u32 {
        if let Some(&number) = self.numbers.get(&value) {
            return number;
        }
        self.values.push(value.clone());
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.numbers.insert(value, number);
        number
    }
}

impl Tables {
    /// The number of a code, which is known from now on.
    pub(crate) fn code(&mut self, dictionary: Dictionary, code: &str) -> u32 {
        self.codes.entry(dictionary).or_default().number(code.to_owned())
    }

    /// The number of a list of codes, which is known from now on.
    pub(crate) fn list<Code: AsRef<str>>(&mut self, table: SetTable, codes: &[Code]) -> u32 {
        let dictionary = table.dictionary();
        let members: Vec<_> = codes.iter().map(|code| self.code(dictionary, code.as_ref())).collect();
        if members.is_empty() {
            return 0;
        }
        self.lists.entry(table).or_default().number(members)
    }

    /// The codes of a list, by their numbers.
    pub(crate) fn members_of(&self, table: SetTable, list: u32) -> &[u32] {
        let place = usize::try_from(list).unwrap_or(0).checked_sub(1);
        let members = place.and_then(|place| self.lists.get(&table)?.values.get(place));
        members.map_or(&[], Vec::as_slice)
    }
}

/// A group with dated members.
#[derive(Clone, Debug)]
pub(crate) struct TrialGroup {
    pub(crate) kind: GroupKind,
    pub(crate) code: String,
    /// Codes with the first and the last day of a membership.
    pub(crate) members: Vec<(String, i32, i32)>,
}

/// Tables and groups, as a component is shown them.
#[derive(Clone, Debug)]
pub(crate) struct TrialReference {
    pub(crate) tables: Arc<Tables>,
    pub(crate) groups: Vec<TrialGroup>,
}

impl TrialReference {
    /// A value of a column as people write it.
    pub(crate) fn shown(&self, column: Column, value: Cell) -> String {
        let code = |dictionary, id| self.code_of(dictionary, id).unwrap_or_default().replace('\u{1f}', " ");
        let number = u32::try_from(value).unwrap_or(0);
        match column.form() {
            _ if value == Amount::ABSENT_NUMBER || value == Cell::from(Day::ABSENT_NUMBER) => "none".to_owned(),
            ColumnForm::Days => Day::from_number(i32::try_from(value).unwrap_or_default()).to_string(),
            ColumnForm::Amounts => Amount::from_number(value).to_string(),
            ColumnForm::Kinds => kind(column, number).to_owned(),
            ColumnForm::Codes(_) | ColumnForm::Sets(_) if number == 0 => "none".to_owned(),
            ColumnForm::Codes(dictionary) => code(dictionary, number),
            ColumnForm::Sets(table) => {
                let members = self.tables.members_of(table, number);
                let codes: Vec<_> = members.iter().map(|&member| code(table.dictionary(), member)).collect();
                codes.join(", ")
            }
        }
    }
}

fn kind(column: Column, number: u32) -> &'static str {
    let number = u8::try_from(number).unwrap_or(0);
    let text = match column {
        Column::ProcessType => ProcessType::from_number(number).map(ProcessType::as_str),
        Column::ClaimType => ClaimType::from_number(number).map(ClaimType::as_str),
        _ => ProcessingStatus::from_number(number).map(ProcessingStatus::as_str),
    };
    text.unwrap_or("none")
}

impl ReferenceSource for TrialReference {
    fn code_id(&self, dictionary: Dictionary, code: &str) -> Option<u32> {
        self.tables.codes.get(&dictionary)?.numbers.get(code).copied()
    }

    fn code_of(&self, dictionary: Dictionary, id: u32) -> Option<String> {
        let place = usize::try_from(id).ok()?.checked_sub(1)?;
        self.tables.codes.get(&dictionary)?.values.get(place).cloned()
    }

    fn codes(&self, dictionary: Dictionary) -> Vec<String> {
        let codes = self.tables.codes.get(&dictionary);
        codes.map_or_else(Vec::new, |codes| codes.values.clone())
    }

    fn lists(&self, table: SetTable) -> SetLists {
        let mut lists = SetLists::default();
        for members in self.tables.lists.get(&table).iter().flat_map(|lists| &lists.values) {
            lists.members.extend(members);
            lists
                .starts
                .push(u32::try_from(lists.members.len()).unwrap_or(u32::MAX));
        }
        lists
    }

    fn members(&self, kind: GroupKind, code: &str) -> Result<Option<Vec<Membership>>, String> {
        let dictionary = match kind {
            GroupKind::Procedure => Dictionary::Procedure,
            GroupKind::Diagnosis => Dictionary::Diagnosis,
            GroupKind::Provider => Dictionary::Provider,
            GroupKind::Message => Dictionary::Message,
        };
        let group = self
            .groups
            .iter()
            .find(|group| group.kind == kind && group.code == code);
        let membership = |(member, from, through): &(String, i32, i32)| {
            Some(Membership {
                code: self.code_id(dictionary, member)?,
                from: *from,
                through: *through,
            })
        };
        Ok(group.map(|group| group.members.iter().filter_map(membership).collect()))
    }
}
