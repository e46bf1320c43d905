//! Stories of resolving pend reasons, asked for over HTTP, on SQLite and on PostgreSQL.
//!
//! [`operations`] shows what each operation does to a small claim and what is told of it, [`refusals`] when it does
//! nothing, [`shown`] what is shown and linked to, [`keyed`] that it is done once.

mod fixture;
mod keyed;
mod operations;
mod refusals;
mod shown;
