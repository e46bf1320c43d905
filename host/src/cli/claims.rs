//! `reprise claims`: judging requests for claims, without a server.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use crate::cli::DatabaseArguments;
use crate::cli::index_image::IndexImageArguments;
use crate::cli::terminal::Terminal;
use crate::{Configuration, Host};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say which requests for claims would be refused, and why; nothing is stored
    ///
    /// Each line of the file is a request as `POST /api/v1/claims` takes it, and is judged by itself against what is stored
    /// now. For each, a line of JSON is written: its number, and the claims that would be made or the problems that would
    /// be answered. The exit code is 0 if all would be done, and 1 if any would be refused.
    Validate(ValidateArguments),
}

#[derive(Debug, clap::Args)]
struct ValidateArguments {
    /// The requests, one JSON object a line; `-` is the standard input
    #[arg(value_name = "FILE.ndjson")]
    file: PathBuf,
    /// The payer, where there are several
    #[arg(long, value_name = "PAYER")]
    payer: Option<String>,
    /// Decide with this claim-status component instead of the default one
    #[arg(long, value_name = "FILE.wasm")]
    claim_status_rules: Option<PathBuf>,
    #[command(flatten)]
    index_image: IndexImageArguments,
    #[command(flatten)]
    database: DatabaseArguments,
}

pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Validate(arguments) => validate(arguments, terminal),
    }
}

fn validate(arguments: &ValidateArguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let mut input = open(&arguments.file)?;
    let configuration = Configuration {
        claim_status_rules: arguments.claim_status_rules.clone(),
        index_image: arguments.index_image.directory(&arguments.database),
        ..Configuration::new(&arguments.database.database)
    };
    let host = Host::open(&configuration)?;
    let payer = host.payer(arguments.payer.as_deref())?;
    let mut bar = terminal.progress("read");
    host.load(|read, total| bar.set(read, Some(total), format!("{read} claims read")))?;
    bar.finish();
    let mut output = BufWriter::new(terminal.output());
    let counts = host.validate_claims(&payer, &mut *input, &mut output)?;
    terminal.say(&format!(
        "{} requests: {} would be done, {} would be refused",
        counts.requests, counts.accepted, counts.refused
    ));
    Ok(match counts.refused {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn open(file: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let opened = File::open(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    Ok(Box::new(BufReader::new(opened)))
}
