//! The contract as wasmtime sees it: a module for each version that is served, generated from that version's frozen
//! directory, with its values in the model's words.
//!
//! The rest of the crate speaks the newest version alone, by the names that are given here. Where an older one is
//! served beside it, its module makes the newest's values of its own and the other way round, so that no other file
//! knows how many there are.

mod v0_1_0;

pub(crate) use v0_1_0::*;
