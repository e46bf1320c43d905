//! A block's own numbers for codes and lists, while it is made.

use std::fmt::Write as _;

use reprise_model::{Cell, Dictionary, Line, SetTable};

use crate::IndexError;
use crate::codes::CodeTable;
use crate::lists::{ListTable, SetLists};

/// A block's own numbers.
#[derive(Debug)]
pub(crate) struct Numbering {
    codes: Vec<CodeTable>,
    lists: Vec<ListTable>,
    /// Room for the members of one list.
    members: Vec<u32>,
    /// Room for the text of one attribute.
    text: String,
    /// The first table that was full, if one was.
    full: Option<IndexError>,
}

impl Default for Numbering {
    fn default() -> Self {
        Self {
            codes: Dictionary::ALL.iter().map(|_| CodeTable::default()).collect(),
            lists: SetTable::ALL.iter().map(|_| ListTable::default()).collect(),
            members: Vec::new(),
            text: String::new(),
            full: None,
        }
    }
}

impl Numbering {
    /// The codes that have been given numbers.
    pub(crate) fn codes(&self, dictionary: Dictionary) -> &CodeTable {
        &self.codes[dictionary.position()]
    }

    /// The lists that have been given numbers.
    pub(crate) fn lists(&self, table: SetTable) -> &SetLists {
        self.lists[table.position()].lists()
    }

    /// Refuses if a number given since the beginning is none, because a table was full.
    pub(crate) fn check(&self) -> Result<(), IndexError> {
        self.full.map_or(Ok(()), Err)
    }

    /// Forgets every number.
    pub(crate) fn clear(&mut self) {
        self.codes.iter_mut().for_each(CodeTable::clear);
        self.lists.iter_mut().for_each(ListTable::clear);
    }

    /// The number of a code.
    pub(crate) fn code(&mut self, dictionary: Dictionary, code: &str) -> u32 {
        self.codes[dictionary.position()].intern(code).unwrap_or_else(|| {
            self.full = self.full.or(Some(IndexError::DictionaryFull(dictionary)));
            0
        })
    }

    /// The number of a code, or of none.
    pub(crate) fn optional_code(&mut self, dictionary: Dictionary, code: Option<&str>) -> Cell {
        code.map_or(0, |code| self.code(dictionary, code).into())
    }

    /// The number of the list of these codes.
    pub(crate) fn list<'a>(&mut self, table: SetTable, codes: impl IntoIterator<Item = &'a str>) -> Cell {
        self.members.clear();
        for code in codes {
            let number = self.code(table.dictionary(), code);
            self.members.push(number);
        }
        self.list_of_members(table)
    }

    /// The number of the list of these codes, each taken once.
    pub(crate) fn distinct_list<'a>(&mut self, table: SetTable, codes: impl IntoIterator<Item = &'a str>) -> Cell {
        self.members.clear();
        for code in codes {
            let number = self.code(table.dictionary(), code);
            if !self.members.contains(&number) {
                self.members.push(number);
            }
        }
        self.list_of_members(table)
    }

    /// The number of the list of the line's attributes.
    pub(crate) fn attributes(&mut self, line: &Line) -> Cell {
        self.members.clear();
        for (name, value) in &line.attributes {
            let mut text = std::mem::take(&mut self.text);
            text.clear();
            // Writing into a string cannot fail.
            let _ = write!(text, "{name}={value}");
            let number = self.code(Dictionary::Attribute, &text);
            self.text = text;
            self.members.push(number);
        }
        self.list_of_members(SetTable::Attributes)
    }

    fn list_of_members(&mut self, table: SetTable) -> Cell {
        let number = self.lists[table.position()].intern(&self.members).unwrap_or_else(|| {
            self.full = self.full.or(Some(IndexError::SetTableFull(table)));
            0
        });
        number.into()
    }
}
