//! The command line: one file a subcommand, each on the same library calls as the API.

mod export;
mod generate;
mod import;
mod match_claims;
mod rules;
mod serve;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::cli::terminal::Terminal;

/// Finds the claims that must be processed again, with rules that are swappable WebAssembly components.
#[derive(Debug, Parser)]
#[command(name = "reprise", version, propagate_version = true, max_term_width = 120)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring claims and reference data in from files of one JSON object a line
    Import(import::Arguments),
    /// Write all claims and reference data out, in the format of import
    Export(export::Arguments),
    /// Write a synthetic population in the format of import
    Generate(generate::Arguments),
    /// List, count or explain the claims that a criteria request hits, without a server
    Match(match_claims::Arguments),
    /// Serve the API over HTTP
    Serve(serve::Arguments),
    /// Build rule components
    Rules(rules::Arguments),
}

/// Where claims live.
#[derive(Debug, clap::Args)]
struct DatabaseArguments {
    /// The database: `sqlite:PATH`, a file that is created if there is none
    #[arg(
        long,
        value_name = "URL",
        env = "REPRISE_DATABASE",
        default_value = "sqlite:reprise.db"
    )]
    database: String,
}

/// Run the command line of this process.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let terminal = Terminal::new();
    let done = match &arguments.command {
        Command::Import(arguments) => import::run(arguments, &terminal),
        Command::Export(arguments) => export::run(arguments, &terminal),
        Command::Generate(arguments) => generate::run(arguments, &terminal),
        Command::Match(arguments) => match_claims::run(arguments, &terminal),
        Command::Serve(arguments) => serve::run(arguments, &terminal),
        Command::Rules(arguments) => rules::run(arguments, &terminal),
    };
    match done {
        Ok(code) => code,
        // Whoever reads the output has gone, as `head` does: nobody is left to tell.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal.say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
