//! What it takes to have a component decide before anybody relies on it: claims in memory, ways to ask, and a budget.

pub(crate) mod answers;
mod budget;
mod draw;
mod instances;
mod lines;
pub(crate) mod names;
mod tables;

pub(crate) use budget::{Budget, Stop};
pub(crate) use draw::Draw;
pub(crate) use instances::{CompileRefusal, compile, instantiate};
pub(crate) use lines::{Batches, Cells, TrialLine, blank_cells, cells_of, hits_in_batches};
pub(crate) use tables::{Tables, TrialGroup, TrialReference};
