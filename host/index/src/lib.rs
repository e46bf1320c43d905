//! The line index: a payer's claims and lines as columns in memory, which matching runs on. It knows the model and
//! nothing else: no file, no database, no WebAssembly.
//!
//! - A [`LineIndex`] belongs to one payer and has dictionaries and set tables of its own: a code, or a list of codes, is
//!   a small number in the columns.
//! - A [`Snapshot`] is all claims as they were after one change of the store. It never changes, so a run that began on
//!   it ends on it, whatever is committed meanwhile.
//! - A snapshot is made of [`Block`]s of up to 16,384 lines. A claim lies in one block, its lines side by side. Each
//!   column of a block is held as narrow as its values allow, and its [`Bounds`] tell what a block cannot hold.
//!
//! The index follows the store, which is the truth: it is built from the store with [`LineIndex::builder`] and
//! [`LineIndex::install`], or read from its image in bytes with [`ImageReader`], and kept in step with
//! [`LineIndex::apply`].

mod amounts;
mod bitmap;
mod block;
mod bounds;
mod builder;
mod codes;
mod edit;
mod error;
mod image;
mod index;
mod lists;
mod memory;
mod merge;
mod moved;
mod numbering;
mod packed;
mod row_filter;
mod row_runs;
mod rows;
mod snapshot;
mod tables;

pub use amounts::{AmountBuffer, AmountTotals};
pub use bitmap::Bitmap;
pub use block::{Block, ColumnBuffer, RowSelection};
pub use bounds::Bounds;
pub use builder::BlockBuilder;
pub use error::IndexError;
pub use image::{IMAGE_FORMAT, ImageError, ImageReader};
pub use index::LineIndex;
pub use lists::SetLists;
pub use memory::IndexMemory;
pub use row_filter::rows_of;
pub use row_runs::RowRuns;
pub use snapshot::Snapshot;
