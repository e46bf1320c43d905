//! What Reprise takes for its work, measured with criterion: one module a question. `make bench` runs all of them; a
//! name after `cargo bench -p reprise-benches --` runs those that hold it.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "the measured populations are far below 2^31 lines"
)]

mod call;
mod index;
mod intake;
mod load;
mod match_lines;
mod native;
mod population;
mod requests;
mod run;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    benches,
    match_lines::bench,
    call::bench,
    load::bench,
    index::bench,
    run::bench,
    intake::bench
);
criterion_main!(benches);
