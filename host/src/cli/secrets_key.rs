//! `reprise secrets-key`: the keys that secrets are sealed with; and the argument of `reprise serve` that names them.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::SecretsKeys;
use crate::cli::terminal::Terminal;

/// Where the keys are.
#[derive(Debug, clap::Args)]
pub(super) struct SecretsArguments {
    /// Seal what webhooks are signed with by the first key in this file, one a line; without it no webhook can be created
    ///
    /// `reprise secrets-key create` makes such a file. The other keys only open what they have sealed: it is sealed anew
    /// with the first one when the server starts.
    #[arg(long, value_name = "FILE", env = "REPRISE_SECRETS_KEY_FILE")]
    secrets_key_file: Option<PathBuf>,
}

impl SecretsArguments {
    /// The keys, if there are any.
    pub(super) fn keys(&self) -> anyhow::Result<Option<SecretsKeys>> {
        Ok(self.secrets_key_file.as_deref().map(SecretsKeys::read).transpose()?)
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a new key to a file that is not there yet and that only its owner can read
    Create {
        /// The file
        file: PathBuf,
    },
}

pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let Command::Create { file } = &arguments.command;
    let id = SecretsKeys::create(file)?;
    terminal.say(&format!(
        "key {id} is in {}; keep a copy in a safe place: what it seals cannot be opened without it",
        file.display()
    ));
    Ok(ExitCode::SUCCESS)
}
