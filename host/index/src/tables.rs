//! The dictionaries and set tables of a payer, shared by the index, its builders and every snapshot.
//!
//! Each table has a lock of its own. Builders gather a block's codes in tables of theirs first and come here once for
//! a block and table, so the locks are taken some twenty times for 16,384 lines.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use reprise_model::{Dictionary, SetTable};

use crate::codes::CodeTable;
use crate::lists::{ListTable, SetLists};
use crate::{IndexError, IndexMemory};

/// The dictionaries and set tables of a payer.
#[derive(Debug)]
pub(crate) struct Tables {
    codes: Vec<RwLock<CodeTable>>,
    lists: Vec<RwLock<ListTable>>,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            codes: Dictionary::ALL.iter().map(|_| RwLock::default()).collect(),
            lists: SetTable::ALL.iter().map(|_| RwLock::default()).collect(),
        }
    }
}

/// What a thread that died left behind is whole: an entry is counted only once it is written.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// How many codes and lists there were at one moment. What is numbered beyond is not part of what was then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableMarks {
    codes: [usize; Dictionary::ALL.len()],
    lists: [usize; SetTable::ALL.len()],
}

impl TableMarks {
    /// So many codes and lists, by the positions of dictionaries and set tables.
    pub(crate) const fn new(codes: [usize; Dictionary::ALL.len()], lists: [usize; SetTable::ALL.len()]) -> Self {
        Self { codes, lists }
    }

    /// How many codes the dictionary had.
    pub(crate) fn code_count(&self, dictionary: Dictionary) -> usize {
        self.codes[dictionary.position()]
    }

    /// How many lists the set table had, the empty one included.
    pub(crate) fn list_count(&self, table: SetTable) -> usize {
        self.lists[table.position()]
    }
}

impl Tables {
    /// These dictionaries and set tables, each at its position.
    pub(crate) fn of(codes: Vec<CodeTable>, lists: Vec<ListTable>) -> Self {
        Self {
            codes: codes.into_iter().map(RwLock::new).collect(),
            lists: lists.into_iter().map(RwLock::new).collect(),
        }
    }

    /// How many codes and lists there are.
    pub(crate) fn marks(&self) -> TableMarks {
        // INVARIANT: lists are counted before codes, so that the members of every list that is counted are too.
        let lists = std::array::from_fn(|place| read(&self.lists[place]).lists().count());
        TableMarks {
            lists,
            codes: std::array::from_fn(|place| read(&self.codes[place]).len()),
        }
    }

    /// Reads a dictionary.
    pub(crate) fn with_codes<R>(&self, dictionary: Dictionary, reader: impl FnOnce(&CodeTable) -> R) -> R {
        reader(&read(&self.codes[dictionary.position()]))
    }

    /// The first so many lists of a set table.
    pub(crate) fn lists(&self, table: SetTable, count: usize) -> SetLists {
        read(&self.lists[table.position()]).lists().first(count)
    }

    /// What the numbers of another table's codes are here; at 0 stands 0.
    pub(crate) fn adopt_codes(&self, dictionary: Dictionary, codes: &CodeTable) -> Result<Vec<u32>, IndexError> {
        let lock = &self.codes[dictionary.position()];
        let mut numbers = Vec::with_capacity(codes.len() + 1);
        numbers.push(0);
        let mut all_known = true;
        {
            let known = read(lock);
            numbers.extend(codes.iter().map(|code| {
                let number = known.find(code);
                all_known &= number.is_some();
                number.unwrap_or(0)
            }));
        }
        if !all_known {
            let mut known = write(lock);
            for (code, number) in codes.iter().zip(&mut numbers[1..]).filter(|(_, number)| **number == 0) {
                *number = known.intern(code).ok_or(IndexError::DictionaryFull(dictionary))?;
            }
        }
        Ok(numbers)
    }

    /// What the numbers of another table's lists are here, `codes` being what the numbers of its codes are.
    pub(crate) fn adopt_lists(&self, table: SetTable, lists: &SetLists, codes: &[u32]) -> Result<Vec<u32>, IndexError> {
        let lock = &self.lists[table.position()];
        let members: Vec<u32> = lists.members.iter().map(|code| codes[*code as usize]).collect();
        let list = |ends: &[u32]| &members[ends[0] as usize..ends[1] as usize];
        let mut numbers = Vec::with_capacity(lists.count());
        let mut all_known = true;
        {
            let known = read(lock);
            numbers.extend(lists.starts.windows(2).map(|ends| {
                let number = known.find(list(ends));
                all_known &= number.is_some();
                number
            }));
        }
        let mut known = (!all_known).then(|| write(lock));
        numbers
            .into_iter()
            .zip(lists.starts.windows(2))
            .map(|(number, ends)| {
                number
                    .or_else(|| known.as_mut()?.intern(list(ends)))
                    .ok_or(IndexError::SetTableFull(table))
            })
            .collect()
    }

    /// Gives back room that is not needed.
    pub(crate) fn shrink(&self) {
        self.codes.iter().for_each(|lock| write(lock).shrink());
        self.lists.iter().for_each(|lock| write(lock).shrink());
    }

    /// Adds the tables' sizes.
    pub(crate) fn measure(&self, memory: &mut IndexMemory) {
        memory.dictionaries_bytes += self.codes.iter().map(|lock| read(lock).bytes()).sum::<usize>();
        memory.set_tables_bytes += self.lists.iter().map(|lock| read(lock).bytes()).sum::<usize>();
    }
}
