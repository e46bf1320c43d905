//! Stories of resolving pend reasons, asked for over HTTP, on SQLite and on PostgreSQL.
//!
//! [`operations`] shows what each operation does to a small claim and what is told of it, [`refusals`] when it does
//! nothing, [`shown`] what is shown and linked to, [`keyed`] that it is done once. [`plain`] reads what becomes of a claim
//! from the text, and [`population`] holds every link of every claim of a population ([`drawn`]), and every operation that
//! has none, against it. [`rights`] is about who may, [`races`] about many who ask at once, [`numbers`] about what
//! a pend reason is known by, and [`reprocessing`] about the restrictions of reasons that reprocessing heeds.

mod drawn;
mod fixture;
mod keyed;
mod numbers;
mod operations;
mod plain;
mod population;
mod races;
mod refusals;
mod reprocessing;
mod rights;
mod shown;
