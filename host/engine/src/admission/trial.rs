//! What it takes to have a component decide before anybody relies on it: claims in memory, ways to ask, and a budget.

pub(crate) mod answers;
mod budget;
mod draw;
mod lines;
pub(crate) mod names;
mod tables;

pub(crate) use budget::{Budget, Metered, Stop};
pub(crate) use draw::Draw;
pub(crate) use lines::{Batches, Cells, CompileRefusal, TrialLine, blank_cells, cells_of, compile, hits_in_batches};
pub(crate) use tables::{Tables, TrialGroup, TrialReference};
