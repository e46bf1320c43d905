//! Dictionaries and set tables in an image.

use super::bytes::{Bytes, Flaw, Number, check};
use crate::codes::CodeTable;
use crate::lists::{ListTable, SetLists};

/// Adds the first so many codes: where each ends, then their texts.
pub(super) fn write_codes(codes: &CodeTable, count: usize, out: &mut Vec<u8>) {
    let (text, ends) = codes.first(count);
    u32::write(ends, out);
    out.extend_from_slice(text.as_bytes());
}

/// So many codes, each of which is there once.
pub(super) fn read_codes(bytes: &mut Bytes<'_>, count: usize) -> Result<CodeTable, Flaw> {
    let ends = u32::read(bytes, count)?;
    let length = ends.last().copied().unwrap_or(0);
    let text = bytes.text(usize::try_from(length).map_err(|_| OUT_OF_ORDER)?)?;
    bytes.end()?;
    check(ends.is_sorted(), OUT_OF_ORDER.0)?;
    check(
        ends.iter().all(|end| text.is_char_boundary(*end as usize)),
        "a code ends within a character",
    )?;
    CodeTable::of(text.to_owned(), ends.into_vec()).ok_or(Flaw("a code has two numbers"))
}

const OUT_OF_ORDER: Flaw = Flaw("codes are not one after the other");

/// Adds the lists: where each starts, then their members.
pub(super) fn write_lists(lists: &SetLists, out: &mut Vec<u8>) {
    u32::write(&lists.starts, out);
    u32::write(&lists.members, out);
}

/// So many lists of codes, of which there are so many; each list is there once.
pub(super) fn read_lists(bytes: &mut Bytes<'_>, count: usize, code_count: usize) -> Result<ListTable, Flaw> {
    let starts = u32::read(bytes, count.checked_add(1).ok_or(NO_EMPTY_LIST)?)?.into_vec();
    check(starts.get(..2) == Some(&[0, 0]), NO_EMPTY_LIST.0)?;
    check(starts.is_sorted(), "lists are not one after the other")?;
    let length = starts.last().copied().unwrap_or(0);
    let members = u32::read(bytes, usize::try_from(length).map_err(|_| NO_EMPTY_LIST)?)?.into_vec();
    bytes.end()?;
    let greatest = members.iter().copied().max().unwrap_or(1);
    let least = members.iter().copied().min().unwrap_or(1);
    check(
        least >= 1 && (greatest as usize <= code_count || members.is_empty()),
        "a list has a code that its dictionary does not have",
    )?;
    ListTable::of(SetLists { starts, members }).ok_or(Flaw("a list has two numbers"))
}

const NO_EMPTY_LIST: Flaw = Flaw("its first list is not the empty one");
