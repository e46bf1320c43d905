//! Stories of `http`.
