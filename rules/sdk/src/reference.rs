//! Reference data as rules see it: one trait, the host behind it in a component, tables in memory behind it in a test.

use std::cell::RefCell;
use std::rc::Rc;

use crate::bindings::reprise::rules::reference_data as host;
use crate::column::{Column, ColumnForm, Dictionary, SetTable};
use crate::text;

pub use crate::bindings::reprise::rules::reference_data::{GroupKind, Membership, SetLists};

/// What rules may ask for: the dictionaries, set tables and groups of one payer. It does not change while a matcher
/// lives, and is meant to be read when one is compiled.
pub trait ReferenceData {
    /// The number of a code, or none if no claim uses it (then no row can have it).
    fn id_of(&self, dictionary: Dictionary, code: &str) -> Option<u32>;

    /// The code that a number stands for, or none if the dictionary is not that long.
    fn code_of(&self, dictionary: Dictionary, id: u32) -> Option<String>;

    /// Every code of a dictionary; the code with number `i` is at `i - 1`.
    fn codes(&self, dictionary: Dictionary) -> Vec<String>;

    /// Every list of a set table.
    fn lists(&self, table: SetTable) -> SetLists;

    /// The memberships of a group; none if there is no such group.
    fn members(&self, kind: GroupKind, code: &str) -> Option<Vec<Membership>>;
}

/// The reference data that the host holds, through the contract's imports.
#[derive(Clone, Copy, Debug)]
pub struct HostReferenceData;

impl ReferenceData for HostReferenceData {
    fn id_of(&self, dictionary: Dictionary, code: &str) -> Option<u32> {
        host::id_of(dictionary, code)
    }

    fn code_of(&self, dictionary: Dictionary, id: u32) -> Option<String> {
        host::code_of(dictionary, id)
    }

    fn codes(&self, dictionary: Dictionary) -> Vec<String> {
        host::codes(dictionary)
    }

    fn lists(&self, table: SetTable) -> SetLists {
        host::lists(table)
    }

    fn members(&self, kind: GroupKind, code: &str) -> Option<Vec<Membership>> {
        host::members(kind, code)
    }
}

impl SetLists {
    /// How many lists there are, the empty one included.
    pub fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The members of one list; none of a list that there is not.
    pub fn members_of(&self, id: u32) -> &[u32] {
        let index = id as usize;
        match (self.starts.get(index), self.starts.get(index + 1)) {
            (Some(&start), Some(&end)) => self.members.get(start as usize..end as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The members of each list, in the order of the lists' numbers.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.starts
            .windows(2)
            .map(|ends| self.members.get(ends[0] as usize..ends[1] as usize).unwrap_or_default())
    }
}

/// Reference data that reads each set table once, however many criteria look at it.
pub struct Reference {
    source: Rc<dyn ReferenceData>,
    lists: RefCell<Vec<(SetTable, Rc<SetLists>)>>,
}

impl Reference {
    /// Reads from this source.
    pub fn new(source: Rc<dyn ReferenceData>) -> Self {
        Self {
            source,
            lists: RefCell::default(),
        }
    }

    /// What it reads from.
    pub fn source(&self) -> &dyn ReferenceData {
        &*self.source
    }

    /// Every list of a set table.
    pub fn lists(&self, table: SetTable) -> Rc<SetLists> {
        let mut kept = self.lists.borrow_mut();
        if let Some((_, lists)) = kept.iter().find(|(of, _)| *of == table) {
            return Rc::clone(lists);
        }
        let lists = Rc::new(self.source.lists(table));
        kept.push((table, Rc::clone(&lists)));
        lists
    }

    /// Lets go of the lists: they can be large, and tests that need some go on sharing them. A compiled matcher looks at
    /// them here only to explain.
    pub fn forget_lists(&self) {
        self.lists.borrow_mut().clear();
    }

    /// How many codes a dictionary has.
    pub fn dictionary_length(&self, dictionary: Dictionary) -> u32 {
        // Asked for by halving, because reading every code to count them would copy the whole dictionary.
        let is_there = |id: u32| self.source.code_of(dictionary, id).is_some();
        let (mut known, mut beyond) = (0_u32, 1_u32);
        while is_there(beyond) {
            known = beyond;
            beyond = beyond.saturating_mul(2);
            if beyond == known {
                return known;
            }
        }
        while beyond - known > 1 {
            let middle = known + (beyond - known) / 2;
            if is_there(middle) {
                known = middle;
            } else {
                beyond = middle;
            }
        }
        known
    }

    /// The memberships of a group.
    ///
    /// # Errors
    ///
    /// A sentence if there is no such group.
    pub fn group(&self, kind: GroupKind, code: &str) -> Result<Vec<Membership>, String> {
        let noun = match kind {
            GroupKind::Procedure => "procedure",
            GroupKind::Diagnosis => "diagnosis",
            GroupKind::Provider => "provider",
            GroupKind::Message => "message",
        };
        self.source
            .members(kind, code)
            .ok_or_else(|| format!("there is no {noun} group `{code}`"))
    }

    /// The numbers of the codes that a value of a column stands for: the code itself, or the members of the list.
    pub fn code_ids(&self, column: Column, value: u32) -> Vec<u32> {
        match column.form() {
            ColumnForm::Sets(table) => self.lists(table).members_of(value).to_vec(),
            _ if value == 0 => Vec::new(),
            _ => vec![value],
        }
    }

    /// A code as people write it.
    pub fn code_text(&self, dictionary: Dictionary, id: u32) -> String {
        match self.source.code_of(dictionary, id) {
            Some(code) => text::code(dictionary, &code),
            None => format!("number {id}"),
        }
    }
}
