//! Stories of `cli`.
