//! The command line: one file a subcommand, each on the same library calls as the API.

mod access;
mod audit;
mod backup;
mod claims;
mod deciding;
mod export;
mod generate;
mod import;
mod index_image;
mod jwt;
mod limits;
mod listening;
mod match_claims;
mod notifying;
mod rate;
mod rules;
mod secrets_key;
mod serve;
mod terminal;
mod webhook;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use reprise_request::MediaType;

use crate::cli::terminal::Terminal;

/// Finds the claims that must be processed again and sends them through, with rules that are swappable WebAssembly components.
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
    Serve(Box<serve::Arguments>),
    /// Copy the database into a new file, while it is in use
    Backup(backup::Arguments),
    /// Judge requests for claims, without a server
    Claims(claims::Arguments),
    /// Show, create and change principals: who may ask a server for something
    #[command(subcommand)]
    Principal(access::PrincipalCommand),
    /// Show, make and delete roles: what principals may do
    #[command(subcommand)]
    Role(access::RoleCommand),
    /// Make, show and revoke tokens: what principals prove themselves with
    #[command(subcommand)]
    Token(access::TokenCommand),
    /// Show who did what, when, and under which rules
    Audit(audit::Arguments),
    /// Build, check, sign, install, activate and roll back rule components
    Rules(rules::Arguments),
    /// Make keys that secrets are sealed with
    SecretsKey(secrets_key::Arguments),
    /// Compile the component on standard input, for a process of this program that has asked for it
    #[command(name = deciding::COMPILE_COMPONENT, hide = true)]
    CompileComponent,
}

/// Where claims live.
#[derive(Debug, clap::Args)]
struct DatabaseArguments {
    /// The database: `sqlite:PATH`, a file that is created if there is none, or
    /// `postgres://USER:PASSWORD@HOST/DATABASE`, which several servers can share; a password is better kept in the
    /// environment than among the arguments
    #[arg(
        long,
        value_name = "URL",
        env = "REPRISE_DATABASE",
        hide_env_values = true,
        default_value = "sqlite:reprise.db"
    )]
    database: String,
}

impl DatabaseArguments {
    /// The file of the database, if it is one in SQLite.
    fn sqlite_file(&self) -> Option<&Path> {
        let path = self.database.strip_prefix("sqlite:")?;
        Some(Path::new(path.strip_prefix("//").unwrap_or(path)))
    }
}

/// One of the two formats.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Xml,
    Json,
}

impl Format {
    const fn media_type(self) -> MediaType {
        match self {
            Self::Xml => MediaType::Xml,
            Self::Json => MediaType::Json,
        }
    }
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
        Command::Backup(arguments) => backup::run(arguments, &terminal),
        Command::Claims(arguments) => claims::run(arguments, &terminal),
        Command::Principal(command) => access::principal(command, &terminal),
        Command::Role(command) => access::role(command, &terminal),
        Command::Token(command) => access::token(command, &terminal),
        Command::Audit(arguments) => audit::run(arguments, &terminal),
        Command::Rules(arguments) => rules::run(arguments, &terminal),
        Command::SecretsKey(arguments) => secrets_key::run(arguments, &terminal),
        Command::CompileComponent => {
            reprise_engine::compile_as_child(std::io::stdin().lock(), std::io::stdout().lock())
                .map(|()| ExitCode::SUCCESS)
                .map_err(anyhow::Error::new)
        }
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

/// The payers that there are, for sentences.
fn shown_list(payers: &[String]) -> String {
    if payers.is_empty() {
        "none".to_owned()
    } else {
        payers.join(", ")
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{Arguments, DatabaseArguments};

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_database_in_sqlite_is_a_file() {
        for (url, file) in [
            ("sqlite:reprise.db", Some("reprise.db")),
            ("sqlite:///var/reprise.db", Some("/var/reprise.db")),
            ("postgres://host/reprise", None),
        ] {
            let database = url.to_owned();
            let arguments = DatabaseArguments { database };
            assert_eq!(arguments.sqlite_file().and_then(|file| file.to_str()), file, "{url}");
        }
    }
}
