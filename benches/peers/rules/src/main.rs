//! Reprise beside rule engines, in one run: the same lines and claims, answers compared one by one.
//!
//! See `README.md` of the workspace for what is done and why it is fair.

mod birth;
mod engines;
mod matching;
mod page;
mod reference;
mod turns;
mod workload;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use reprise_peers_common::membership::Memberships;
use reprise_peers_common::population::Population;
use reprise_peers_common::question;

/// What a run is told.
#[derive(Debug, clap::Parser)]
#[command(about = "Measure Reprise beside rule engines, on the same lines and claims")]
struct Arguments {
    /// How many lines at least, and how many claims that are to be born
    #[arg(long, value_name = "COUNT", default_value_t = 100_000)]
    rows: usize,
    /// How many turns everybody has
    #[arg(long, value_name = "COUNT", default_value_t = 7)]
    rounds: usize,
    /// Where populations are kept between runs
    #[arg(long, value_name = "DIRECTORY", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/data"))]
    directory: PathBuf,
    /// Write the part of the page to this file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Exit code 1 if anybody's answers differ from Reprise's.
fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.directory)?;
    let directory = std::path::absolute(&arguments.directory)?;
    let measured = [matching(&arguments, &directory)?, births(&arguments)?];
    let page = page::of(&measured);
    std::io::stdout().lock().write_all(page.as_bytes())?;
    if let Some(file) = &arguments.output {
        std::fs::write(file, &page).with_context(|| format!("`{}` cannot be written", file.display()))?;
    }
    let is_void = measured
        .iter()
        .any(|measured| measured.rows.iter().any(turns::Row::is_void));
    Ok(if is_void { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn matching(arguments: &Arguments, directory: &std::path::Path) -> anyhow::Result<turns::Measured> {
    // About four lines a claim, and some to spare.
    let claims = u64::try_from(arguments.rows / 3)?.max(1_000);
    let contents = Population::prepare(claims, directory)?.read()?;
    let mut memberships = Memberships::default();
    let questions = concat!(env!("CARGO_MANIFEST_DIR"), "/../../questions");
    let questions = question::read_all(questions.as_ref(), &contents, &mut memberships)?;
    let question = questions.iter().find(|question| question.name == matching::QUESTION);
    let question = question.with_context(|| format!("there is no question `{}`", matching::QUESTION))?;
    let mut ours = matching::Ours::new(&contents, question, arguments.rows)?;
    let mut expected = Vec::with_capacity(ours.lines());
    ours.decide_singly(&mut expected)?;
    let workload = matching::workload(&contents, question, &memberships, expected)?;
    turns::measure(
        &workload,
        arguments.rounds,
        &mut ours,
        matching::Ours::decide_in_batches,
        matching::Ours::decide_singly,
    )
}

fn births(arguments: &Arguments) -> anyhow::Result<turns::Measured> {
    let mut ours = birth::Ours::new(arguments.rows)?;
    let mut expected = Vec::with_capacity(ours.claims());
    ours.decide_singly(&mut expected)?;
    birth::check_variety(&expected)?;
    let workload = ours.workload(expected);
    turns::measure(
        &workload,
        arguments.rounds,
        &mut ours,
        birth::Ours::decide_in_batches,
        birth::Ours::decide_singly,
    )
}

#[cfg(test)]
mod tests {
    use crate::{birth, engines};

    /// The decisions in the languages of the engines are right only if no engine ever disagrees.
    #[test]
    fn every_engine_decides_each_birth_as_reprise_does() {
        let mut ours = birth::Ours::new(20_000).expect("a component");
        let mut expected = Vec::new();
        ours.decide_singly(&mut expected).expect("answers");
        birth::check_variety(&expected).expect("every answer");
        let workload = ours.workload(expected);
        for (name, engine) in engines::all(&workload) {
            let mut answers = Vec::new();
            let decided = engine.and_then(|mut engine| engine.decide(&mut answers));
            decided.unwrap_or_else(|error| unreachable!("{name}: {error:#}"));
            let differing = answers
                .iter()
                .zip(&workload.expected)
                .position(|(own, ours)| own != ours);
            assert_eq!(differing, None, "{name}");
        }
    }
}
