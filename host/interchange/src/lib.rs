//! The product's own bulk format: one JSON object a line, each saying its `kind`.
//!
//! [`import()`] brings lines of it into a store, [`export()`] writes a store in it, [`generate()`] makes a synthetic
//! population in it. This crate knows the store as a trait; it knows no terminal (what it has to say goes to a
//! [`Progress`]) and no SQL. All three run in constant memory.
//!
//! One thread produces pieces of work in order, several threads do the work, and the calling thread consumes the
//! results in the order of the pieces: what is written, and in which order, does not depend on the number of threads.

mod export;
mod generate;
mod import;
mod pipeline;
mod progress;

pub use export::{ExportError, ExportReport, export};
pub use generate::{GenerateError, GenerateOptions, GenerateReport, generate};
pub use import::{ImportError, ImportOptions, ImportReport, OutcomeCounts, RecordKind, RefusedLine, Source, import};
pub use progress::{NoProgress, Position, Progress};
