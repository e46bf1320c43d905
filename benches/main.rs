//! What Reprise takes for its work, measured with criterion: one module a question. `make bench` runs all of them; a
//! name after `cargo bench -p reprise-benches --` runs those that hold it, and `--report FILE` tells what the last run measured.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "the measured populations are far below 2^31 lines"
)]

/// The guests that are measured with, built from source.
#[expect(
    unreachable_pub,
    reason = "the constants are written for crates that offer them to others"
)]
mod components {
    include!(concat!(env!("OUT_DIR"), "/components.rs"));
}

mod call;
mod index;
mod intake;
mod load;
mod match_lines;
mod native;
mod population;
mod report;
mod requests;
mod run;
mod served;
mod swap;

use std::path::Path;

/// What PostgreSQL is started with: a commit is on the disk when it returns, as PostgreSQL has it by itself.
const DURABLE: &[&str] = &["fsync=on", "full_page_writes=on"];

use criterion::criterion_group;

criterion_group!(
    benches,
    match_lines::bench,
    call::bench,
    load::bench,
    index::bench,
    run::bench,
    intake::bench,
    swap::bench
);

/// Measures; or, with `--report FILE`, tells what was measured last and writes it into that document.
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(place) = arguments.iter().position(|argument| argument == "--report") {
        let document = arguments.get(place + 1).expect("`--report` takes a file");
        report::write(Path::new(document));
        return;
    }
    report::begin();
    benches();
    criterion::Criterion::default().configure_from_args().final_summary();
}
