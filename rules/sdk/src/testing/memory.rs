//! Reference data in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::column::{Dictionary, SetTable, dictionary_of};
use crate::reference::{GroupKind, Membership, ReferenceData, SetLists};

/// A group: its members' codes with the first and last days of their memberships.
pub(super) type StoredGroup = (GroupKind, String, Vec<(String, i32, i32)>);

#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    codes: BTreeMap<Dictionary, Vec<String>>,
    /// Lists but the empty one, which is number 0.
    lists: BTreeMap<SetTable, Vec<Vec<u32>>>,
    pub(super) groups: Vec<StoredGroup>,
}

impl Tables {
    pub(super) fn intern_code(&mut self, dictionary: Dictionary, code: &str) -> u32 {
        intern(self.codes.entry(dictionary).or_default(), code.to_owned())
    }

    pub(super) fn intern_list(&mut self, table: SetTable, codes: &[&str]) -> u32 {
        let members: Vec<u32> = codes
            .iter()
            .map(|code| self.intern_code(dictionary_of(table), code))
            .collect();
        if members.is_empty() {
            0
        } else {
            intern(self.lists.entry(table).or_default(), members)
        }
    }
}

/// The number, from 1, of a value in a list that gains it if it is not there.
fn intern<T: PartialEq>(known: &mut Vec<T>, value: T) -> u32 {
    let position = known.iter().position(|entry| *entry == value).unwrap_or_else(|| {
        known.push(value);
        known.len() - 1
    });
    u32::try_from(position + 1).unwrap_or(u32::MAX)
}

/// Reference data in memory.
pub(super) struct MemoryReferenceData(pub(super) Rc<RefCell<Tables>>);

impl ReferenceData for MemoryReferenceData {
    fn id_of(&self, dictionary: Dictionary, code: &str) -> Option<u32> {
        (1..)
            .zip(self.codes(dictionary))
            .find(|(_, known)| known == code)
            .map(|(id, _)| id)
    }

    fn code_of(&self, dictionary: Dictionary, id: u32) -> Option<String> {
        let tables = self.0.borrow();
        tables
            .codes
            .get(&dictionary)?
            .get((id as usize).checked_sub(1)?)
            .cloned()
    }

    fn codes(&self, dictionary: Dictionary) -> Vec<String> {
        self.0.borrow().codes.get(&dictionary).cloned().unwrap_or_default()
    }

    fn lists(&self, table: SetTable) -> SetLists {
        let mut lists = SetLists {
            starts: vec![0, 0],
            members: Vec::new(),
        };
        for members in self.0.borrow().lists.get(&table).map_or(&[][..], Vec::as_slice) {
            lists.members.extend_from_slice(members);
            lists
                .starts
                .push(u32::try_from(lists.members.len()).unwrap_or(u32::MAX));
        }
        lists
    }

    fn members(&self, kind: GroupKind, code: &str) -> Option<Vec<Membership>> {
        let tables = self.0.borrow();
        let (_, _, members) = tables
            .groups
            .iter()
            .find(|(of, known, _)| *of == kind && known == code)?;
        let dictionary = match kind {
            GroupKind::Procedure => Dictionary::Procedure,
            GroupKind::Diagnosis => Dictionary::Diagnosis,
            GroupKind::Provider => Dictionary::Provider,
            GroupKind::Message => Dictionary::Message,
        };
        let membership = |(member, from, through): &(String, i32, i32)| {
            Some(Membership {
                code: self.id_of(dictionary, member)?,
                from: *from,
                through: *through,
            })
        };
        Some(members.iter().filter_map(membership).collect())
    }
}
