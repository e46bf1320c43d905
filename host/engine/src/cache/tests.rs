//! The cache never loads what it has not written.
