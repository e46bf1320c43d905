//! Stories of reprocessing, asked for over HTTP, on SQLite and on PostgreSQL.
//!
//! [`standing`] shows which claims can be processed again, [`steps`] what becomes of one, a step a case, and [`plain`]
//! reads the same from the text, for claims and requests drawn at random ([`drawn`], [`random`]). The other stories are
//! about the requests: what each says ([`messages`]), files of claims ([`batch`], [`batch_files`]), runs by criteria
//! ([`run`], [`overtaken`], [`rules`]), what comes of it ([`adjudicated`], [`feed`], [`notifications`]), and that it is
//! done once ([`once`]). [`sample`] is the case that the product ships.

mod adjudicated;
mod batch;
mod batch_files;
mod drawn;
mod feed;
mod messages;
mod notifications;
mod once;
mod overtaken;
mod plain;
mod random;
mod rules;
mod run;
mod sample;
mod standing;
mod steps;
pub(crate) mod world;
