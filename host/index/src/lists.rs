//! A set table: distinct lists of codes by their numbers. List 0 is empty. It only grows; a number keeps its meaning.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

/// A set table in compressed rows: list `i` is `members[starts[i]..starts[i + 1]]`, and list 0 is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetLists {
    /// Where each list starts in `members`, and at last the length of `members`.
    pub starts: Vec<u32>,
    /// The members of all lists, one list after the other.
    pub members: Vec<u32>,
}

/// Distinct lists of codes.
#[derive(Clone, Debug)]
pub(crate) struct ListTable {
    lists: SetLists,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Default for ListTable {
    fn default() -> Self {
        let lists = SetLists {
            starts: vec![0, 0],
            members: Vec::new(),
        };
        Self {
            lists,
            numbers: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl SetLists {
    /// How many lists there are, the empty one included.
    pub fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The members of a list, or none if there is no such list.
    pub fn list(&self, number: u32) -> Option<&[u32]> {
        let end = self.starts.get(number as usize + 1)?;
        Some(&self.members[self.starts[number as usize] as usize..*end as usize])
    }

    /// The first so many lists.
    pub(crate) fn first(&self, count: usize) -> Self {
        let starts = self.starts[..=count].to_vec();
        let members = self.members[..starts[count] as usize].to_vec();
        Self { starts, members }
    }

    /// The members of a list that is known to be there.
    #[inline]
    fn known(&self, number: u32) -> &[u32] {
        let number = number as usize;
        &self.members[self.starts[number] as usize..self.starts[number + 1] as usize]
    }
}

impl ListTable {
    /// The set table of these lists, of which the first is the empty one; none if a list is there twice.
    pub(crate) fn of(lists: SetLists) -> Option<Self> {
        let hasher = DefaultHashBuilder::default();
        let mut numbers = HashTable::with_capacity(lists.count() - 1);
        for number in 1..u32::try_from(lists.count()).ok()? {
            let list = lists.known(number);
            let entry = numbers.entry(
                hasher.hash_one(list),
                |known| lists.known(*known) == list,
                |known| hasher.hash_one(lists.known(*known)),
            );
            match entry {
                Entry::Vacant(place) if !list.is_empty() => _ = place.insert(number),
                Entry::Vacant(_) | Entry::Occupied(_) => return None,
            }
        }
        Some(Self { lists, numbers, hasher })
    }

    /// The lists themselves.
    pub(crate) fn lists(&self) -> &SetLists {
        &self.lists
    }

    /// The number of a list.
    pub(crate) fn find(&self, list: &[u32]) -> Option<u32> {
        if list.is_empty() {
            return Some(0);
        }
        let hash = self.hasher.hash_one(list);
        self.numbers
            .find(hash, |number| self.lists.known(*number) == list)
            .copied()
    }

    /// The number of a list, given to it now if it has none; none if the table is full.
    pub(crate) fn intern(&mut self, list: &[u32]) -> Option<u32> {
        if list.is_empty() {
            return Some(0);
        }
        let Self { lists, numbers, hasher } = self;
        let hash = hasher.hash_one(list);
        if let Some(number) = numbers.find(hash, |number| lists.known(*number) == list) {
            return Some(*number);
        }
        let number = u32::try_from(lists.count()).ok()?;
        let end = u32::try_from(lists.members.len() + list.len()).ok()?;
        lists.members.extend_from_slice(list);
        lists.starts.push(end);
        numbers.insert_unique(hash, number, |number| hasher.hash_one(lists.known(*number)));
        Some(number)
    }

    /// Forgets every list but the empty one and keeps the room.
    pub(crate) fn clear(&mut self) {
        self.lists.starts.truncate(2);
        self.lists.members.clear();
        self.numbers.clear();
    }

    /// Gives back room that is not needed.
    pub(crate) fn shrink(&mut self) {
        self.lists.starts.shrink_to_fit();
        self.lists.members.shrink_to_fit();
    }

    /// Its size in memory.
    pub(crate) fn bytes(&self) -> usize {
        (self.lists.starts.capacity() + self.lists.members.capacity()) * size_of::<u32>()
            + self.numbers.allocation_size()
    }
}

#[cfg(test)]
mod tests {
    use super::ListTable;

    #[test]
    fn gives_each_list_one_number_for_ever() {
        let mut table = ListTable::default();
        let cases: [(&[u32], u32); 6] = [(&[], 0), (&[1], 1), (&[1, 2], 2), (&[2, 1], 3), (&[1], 1), (&[1, 1], 4)];
        for (list, number) in cases {
            assert_eq!(table.intern(list), Some(number), "{list:?}");
            assert_eq!(table.find(list), Some(number), "{list:?}");
            assert_eq!(table.lists().list(number), Some(list));
        }
        assert_eq!(table.lists().starts, [0, 0, 1, 3, 5, 7]);
        assert_eq!(
            (table.find(&[3]), table.lists().list(5), table.lists().count()),
            (None, None, 5)
        );
        table.clear();
        assert_eq!(
            (table.find(&[1]), table.intern(&[9]), table.lists().count()),
            (None, Some(1), 2)
        );
    }
}
