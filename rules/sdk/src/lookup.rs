//! Looking up a number without a jump.

use std::cell::Cell;

/// The entry of a number; of one beyond the table, the last entry. A table made to be looked up like this ends with an
/// entry that means "nothing".
///
/// A checked index is a jump for each row, and with fuel counted each jump costs twice; the lesser of two numbers is
/// no jump, and the compiler sees that it is within the table.
#[inline(always)]
pub(crate) fn looked_up_in_cells<T: Copy>(table: &[Cell<T>]) -> impl Fn(u32) -> T {
    let Some(last) = table.len().checked_sub(1) else {
        crate::rows::broken("a table to look up has no entry");
    };
    move |number| table[(number as usize).min(last)].get()
}

/// The same of entries that do not change.
#[inline(always)]
pub(crate) fn looked_up<T: Copy>(table: &[T]) -> impl Fn(u32) -> T {
    let Some(last) = table.len().checked_sub(1) else {
        crate::rows::broken("a table to look up has no entry");
    };
    move |number| table[(number as usize).min(last)]
}
