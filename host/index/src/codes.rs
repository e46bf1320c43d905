//! A dictionary: codes by their numbers, dense from 1. It only grows; a number keeps its meaning.

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

/// A dictionary of codes. The texts lie one after the other; the hash table holds only their numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct CodeTable {
    text: String,
    /// Where each text ends.
    ends: Vec<u32>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl CodeTable {
    /// The dictionary of the codes in this text, which end there; none if one of them is there twice.
    pub(crate) fn of(text: String, ends: Vec<u32>) -> Option<Self> {
        let hasher = DefaultHashBuilder::default();
        let mut numbers = HashTable::with_capacity(ends.len());
        for number in 1..=u32::try_from(ends.len()).ok()? {
            let code = text_of(&text, &ends, number);
            let entry = numbers.entry(
                hasher.hash_one(code),
                |known| text_of(&text, &ends, *known) == code,
                |known| hasher.hash_one(text_of(&text, &ends, *known)),
            );
            match entry {
                Entry::Occupied(_) => return None,
                Entry::Vacant(place) => _ = place.insert(number),
            }
        }
        Some(Self {
            text,
            ends,
            numbers,
            hasher,
        })
    }

    /// The text of the first so many codes, and where each ends.
    pub(crate) fn first(&self, count: usize) -> (&str, &[u32]) {
        let ends = &self.ends[..count];
        (&self.text[..ends.last().map_or(0, |end| *end as usize)], ends)
    }

    /// How many codes there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of a code.
    pub(crate) fn find(&self, code: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(code);
        self.numbers
            .find(hash, |number| text_of(&self.text, &self.ends, *number) == code)
            .copied()
    }

    /// The number of a code, given to it now if it has none; none if the dictionary is full.
    pub(crate) fn intern(&mut self, code: &str) -> Option<u32> {
        let Self {
            text,
            ends,
            numbers,
            hasher,
        } = self;
        let hash = hasher.hash_one(code);
        if let Some(number) = numbers.find(hash, |number| text_of(text, ends, *number) == code) {
            return Some(*number);
        }
        let number = u32::try_from(ends.len()).ok()?.checked_add(1)?;
        let end = u32::try_from(text.len() + code.len()).ok()?;
        text.push_str(code);
        ends.push(end);
        numbers.insert_unique(hash, number, |number| hasher.hash_one(text_of(text, ends, *number)));
        Some(number)
    }

    /// The code of a number.
    pub(crate) fn code(&self, number: u32) -> Option<&str> {
        (number > 0 && number as usize <= self.ends.len()).then(|| text_of(&self.text, &self.ends, number))
    }

    /// Every code, in the order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let code = &self.text[start..*end as usize];
            start = *end as usize;
            code
        })
    }

    /// Forgets every code and keeps the room.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.numbers.clear();
    }

    /// Gives back room that is not needed.
    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Its size in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>() + self.numbers.allocation_size()
    }
}

/// The text of a number that the table has given.
#[inline]
fn text_of<'a>(text: &'a str, ends: &[u32], number: u32) -> &'a str {
    let place = number as usize - 1;
    let start = if place == 0 { 0 } else { ends[place - 1] as usize };
    &text[start..ends[place] as usize]
}

#[cfg(test)]
mod tests {
    use super::CodeTable;

    #[test]
    fn gives_each_code_one_number_for_ever() {
        let mut table = CodeTable::default();
        for (code, number) in [("B", 1), ("A", 2), ("", 3), ("B", 1), ("É", 4), ("AB", 5), ("", 3)] {
            assert_eq!(table.intern(code), Some(number), "{code}");
        }
        assert_eq!(table.iter().collect::<Vec<_>>(), ["B", "A", "", "É", "AB"]);
        for number in 1..=5 {
            assert_eq!(table.code(number).and_then(|code| table.find(code)), Some(number));
        }
        assert_eq!((table.find("C"), table.code(0), table.code(6)), (None, None, None));
    }

    #[test]
    fn finds_every_one_of_many() {
        let mut table = CodeTable::default();
        for number in 1..=10_000_u32 {
            assert_eq!(table.intern(&format!("P-{number}")), Some(number));
        }
        assert!((1..=10_000).all(|number| table.find(&format!("P-{number}")) == Some(number)));
        table.clear();
        assert_eq!(
            (table.len(), table.find("P-1"), table.intern("P-2")),
            (0, None, Some(1))
        );
    }
}
