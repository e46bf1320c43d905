//! Stories of `criteria`.
