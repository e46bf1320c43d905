//! One run: the population, the peers, their turns, the page.

use std::io::Write as _;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

use anyhow::Context as _;
use reprise::Prefilter;

use crate::claims::ClaimTables;
use crate::membership::Memberships;
use crate::peers::{Driven, Engine, Environment, Given, Ours, Peer, Served, Server, Sqlite};
use crate::population::Population;
use crate::turns::{Measured, measure};
use crate::{machine, question, report, rules};

/// Who can be measured beside Reprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Who {
    /// DuckDB
    Duckdb,
    /// Polars
    Polars,
    /// SQLite
    Sqlite,
    /// PostgreSQL
    Postgres,
    /// Rule engines
    Rules,
}

/// What a run is told.
#[derive(Debug, clap::Parser)]
#[command(about = "Measure Reprise beside other engines, on the same claims and questions")]
pub(crate) struct Arguments {
    /// How many claims; about four lines each
    #[arg(long, value_name = "COUNT", default_value_t = 2_500_000)]
    claims: u64,
    /// Only these engines beside Reprise
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAMES")]
    engines: Option<Vec<Who>>,
    /// Only these questions
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    questions: Option<Vec<String>>,
    /// How many turns everybody has at each question
    #[arg(long, value_name = "COUNT", default_value_t = 7)]
    rounds: usize,
    /// Where populations, packages and plans are kept between runs
    #[arg(long, value_name = "DIRECTORY", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/data"))]
    directory: PathBuf,
    /// How many lines rule engines decide at least, and how many claims that are to be born
    #[arg(long, value_name = "COUNT", default_value_t = 100_000)]
    rows: usize,
    /// Write the page to this file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The questions that have names.
const QUESTIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../questions");

/// A page, and whether all answers on it are alike.
struct Page {
    text: String,
    is_void: bool,
}

/// Exit code 1 if anybody's answers differ from Reprise's.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let page = measured_page(arguments)?;
    std::io::stdout().lock().write_all(page.text.as_bytes())?;
    if let Some(file) = &arguments.output {
        std::fs::write(file, &page.text).with_context(|| format!("`{}` cannot be written", file.display()))?;
    }
    Ok(if page.is_void {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn measured_page(arguments: &Arguments) -> anyhow::Result<Page> {
    let (load_before, mut notes) = (machine::load(), Vec::new());
    std::fs::create_dir_all(&arguments.directory)?;
    let directory = std::path::absolute(&arguments.directory)?;
    say(&format!("a population of {} claims", arguments.claims));
    let population = Population::prepare(arguments.claims, &directory)?;
    let given = give(arguments, &population)?;
    let lines = given.tables.lines.rows();
    say(&format!("{lines} lines"));
    let mut peers = invite(arguments, &population, &given, &directory, &mut notes)?;
    let plans = population.directory.join("plans");
    let measured = measure(&given.questions, &mut peers, arguments.rounds, &plans, &mut say)?;
    // Their memory is given back, and nobody is kept busy while the rule engines are asked.
    let text = page(arguments, &measured, &peers, lines, &load_before, &notes);
    drop(peers);
    let is_void = measured.rows.iter().any(|row| row.void.is_some());
    if !is_asked(arguments, Who::Rules) {
        return Ok(Page { text, is_void });
    }
    say("rule engines");
    let part = rules::measure(arguments.rows, arguments.rounds, QUESTIONS.as_ref(), &directory);
    // What was measured before took long and stays.
    Ok(match part {
        Ok(part) => Page {
            text: format!("{text}\n{}", part.text),
            is_void: is_void || part.is_void,
        },
        Err(error) => Page {
            text: format!("{text}\n## Rule engines\n\nNot measured: {error:#}\n"),
            is_void: true,
        },
    })
}

/// What goes on, for who waits.
fn say(text: &str) {
    // Nobody is there to be told if this fails.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn is_asked(arguments: &Arguments, who: Who) -> bool {
    arguments.engines.as_ref().is_none_or(|asked| asked.contains(&who))
}

fn give(arguments: &Arguments, population: &Population) -> anyhow::Result<Given> {
    let contents = population.read()?;
    let mut memberships = Memberships::default();
    let mut questions = question::read_all(QUESTIONS.as_ref(), &contents, &mut memberships)?;
    if let Some(wanted) = &arguments.questions {
        let names: Vec<_> = questions.iter().map(|question| question.name.clone()).collect();
        if let Some(unknown) = wanted.iter().find(|wanted| !names.contains(wanted)) {
            anyhow::bail!("there is no question `{unknown}`; there are: {}", names.join(", "));
        }
        questions.retain(|question| wanted.contains(&question.name));
    }
    Ok(Given {
        tables: ClaimTables::of(&contents.snapshot)?,
        memberships,
        questions,
    })
}

/// Everybody who is asked for, Reprise first. Who is not installed is noted.
fn invite(
    arguments: &Arguments,
    population: &Population,
    given: &Given,
    directory: &std::path::Path,
    notes: &mut Vec<String>,
) -> anyhow::Result<Vec<Box<dyn Peer>>> {
    let is_asked = |who| is_asked(arguments, who);
    let threads = [NonZero::<usize>::MIN, NonZero::new(2).unwrap_or(NonZero::<usize>::MIN)];
    let mut peers: Vec<Box<dyn Peer>> = Vec::new();
    let [one, two] = threads;
    for (workers, prefilter) in [(one, Prefilter::Rows), (one, Prefilter::Off), (two, Prefilter::Off)] {
        peers.push(Box::new(Ours::open(population, given, workers, prefilter)?));
    }
    let on_two = Ours::open(population, given, two, Prefilter::Rows)?;
    peers.push(Box::new(on_two.clone()));
    peers.push(Box::new(Served::start(on_two)?));
    let driven = [(Who::Duckdb, Engine::DuckDb), (Who::Polars, Engine::Polars)];
    let driven: Vec<_> = driven.into_iter().filter(|(who, _)| is_asked(*who)).collect();
    if !driven.is_empty() {
        say("packages for Python");
        let environment = Environment::prepare(directory)?;
        let columns = population.directory.join("columns");
        std::fs::create_dir_all(&columns)?;
        let mut described = vec![
            given.tables.claims.write(&columns)?,
            given.tables.lines.write(&columns)?,
        ];
        for (name, table) in &given.memberships.tables {
            described.push(table.table(name)?.write(&columns)?);
        }
        for (_, engine) in driven {
            for threads in threads {
                let threads = threads.get();
                let peer = Driven::start(engine, threads, &environment, &described, given, &population.directory)?;
                say(&peer.name());
                peers.push(Box::new(peer));
            }
        }
    }
    if is_asked(Who::Sqlite) {
        say("SQLite");
        peers.push(Box::new(Sqlite::load(given, &population.directory)?));
    }
    if is_asked(Who::Postgres) {
        say("PostgreSQL");
        match Server::start(given)? {
            Some(server) => {
                let server = Rc::new(server);
                for threads in threads {
                    peers.push(Box::new(server.connect(threads.get())?));
                }
            }
            None => notes.push("PostgreSQL is not installed.".to_owned()),
        }
    }
    Ok(peers)
}

fn page(
    arguments: &Arguments,
    measured: &Measured,
    peers: &[Box<dyn Peer>],
    lines: usize,
    load_before: &str,
    notes: &[String],
) -> String {
    let mut page = format!(
        "# Reprise beside other engines\n\nWritten by `make bench-peers`; `benches/peers/README.md` says what is measured \
         and why it is fair.\n\n- {}\n- Load before: {load_before}; after: {}\n- Population: {} claims, {lines} lines, in \
         no order\n- {} turns at each question, round by round\n",
        machine::describe().join("\n- "),
        machine::load(),
        arguments.claims,
        arguments.rounds,
    );
    for note in notes {
        page.push_str(&format!("- {note}\n"));
    }
    page.push_str("\n## Who was asked\n\n");
    page.push_str(&report::of_peers(peers));
    page.push_str("\n## How many claims are hit\n");
    page.push_str(&report::of_questions(measured, peers, lines));
    page.push_str("\n## The statements that were kept\n");
    page.push_str(&report::of_statements(measured, peers));
    page
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Who, measured_page};

    /// DuckDB and Polars are left out, for they would have to be installed, and so are the rule engines, a program of their
    /// own: whose answers differ fails every run.
    #[test]
    fn everybody_answers_every_question_alike() {
        let directory = tempfile::tempdir().expect("a directory");
        let page = measured_page(&Arguments {
            claims: 1_000,
            engines: Some(vec![Who::Sqlite, Who::Postgres]),
            questions: None,
            rounds: 1,
            directory: directory.path().to_owned(),
            rows: 1_000,
            output: None,
        });
        let page = page.expect("a run");
        assert!(!page.is_void, "{}", page.text);
        for name in ["dated-group", "five-criteria", "sixteen-criteria"] {
            assert!(page.text.contains(&format!("### {name}\n")), "{name} is missing");
        }
        assert_eq!(
            page.text.matches("| SQLite, 1 thread |").count(),
            7,
            "six questions and the list of peers"
        );
    }
}
