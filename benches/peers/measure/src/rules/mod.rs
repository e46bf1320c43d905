//! Reprise beside rule engines: the same lines and claims, answers compared one by one.

mod birth;
mod matching;
mod page;
mod reference;
mod turns;
mod workload;

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::conversation::Conversation;
use crate::membership::Memberships;
use crate::population::Population;
use crate::question;

/// What was measured, as a part of the page, and whether anybody's answers differ.
pub(crate) struct Part {
    pub(crate) text: String,
    pub(crate) is_void: bool,
}

/// Measure so many lines at least, and as many claims that are to be born. Populations are kept below the directory.
pub(crate) fn measure(rows: usize, rounds: usize, questions: &Path, directory: &Path) -> anyhow::Result<Part> {
    let mut engines = start_engines()?;
    let measured = [
        matching(rows, rounds, questions, directory, &mut engines)?,
        births(rows, rounds, directory, &mut engines)?,
    ];
    Ok(Part {
        text: page::of(&measured),
        is_void: measured
            .iter()
            .any(|measured| measured.rows.iter().any(turns::Row::is_void)),
    })
}

/// The engines' program, which is built beside this one.
fn start_engines() -> anyhow::Result<Conversation> {
    let program = std::env::current_exe()?.with_file_name("reprise-peers-engines");
    ensure!(
        program.exists(),
        "the rule engines are not built; run `cargo build --release -p reprise-peers-engines` first"
    );
    Conversation::start(&mut Command::new(program))
}

fn matching(
    rows: usize,
    rounds: usize,
    questions: &Path,
    directory: &Path,
    engines: &mut Conversation,
) -> anyhow::Result<turns::Measured> {
    // About four lines a claim, and some to spare.
    let claims = u64::try_from(rows / 3)?.max(1_000);
    let contents = Population::prepare(claims, directory)?.read()?;
    let mut memberships = Memberships::default();
    let questions = question::read_all(questions, &contents, &mut memberships)?;
    let question = questions.iter().find(|question| question.name == matching::QUESTION);
    let question = question.with_context(|| format!("there is no question `{}`", matching::QUESTION))?;
    let mut ours = matching::Ours::new(&contents, question, rows)?;
    let mut expected = Vec::with_capacity(ours.lines());
    ours.decide_singly(&mut expected)?;
    let workload = matching::workload(&contents, question, &memberships, expected)?;
    turns::measure(
        &workload,
        rounds,
        directory,
        engines,
        &mut ours,
        matching::Ours::decide_in_batches,
        matching::Ours::decide_singly,
    )
}

fn births(rows: usize, rounds: usize, directory: &Path, engines: &mut Conversation) -> anyhow::Result<turns::Measured> {
    let mut ours = birth::Ours::new(rows)?;
    let mut expected = Vec::with_capacity(rows);
    ours.decide_singly(&mut expected)?;
    birth::check_variety(&expected)?;
    let workload = ours.workload(expected);
    turns::measure(
        &workload,
        rounds,
        directory,
        engines,
        &mut ours,
        birth::Ours::decide_in_batches,
        birth::Ours::decide_singly,
    )
}
