//! `reprise backup`: a copy of the database as it is at one moment, made while it is in use.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::cli::DatabaseArguments;
use crate::cli::terminal::Terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Write the copy to this file, which must not exist yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseArguments,
}

pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let shown = reprise_store::shown_url(&arguments.database.database);
    // Of a file that is not there SQLite says only that it cannot be opened.
    if let Some(file) = arguments.database.sqlite_file()
        && !file.exists()
    {
        anyhow::bail!("database `{shown}`: there is no file `{}` to copy", file.display());
    }
    let started = std::time::Instant::now();
    reprise_store::back_up(&arguments.database.database, &arguments.file)
        .with_context(|| format!("database `{shown}` is not copied"))?;
    let length = std::fs::metadata(&arguments.file)
        .with_context(|| format!("`{}` was written and cannot be looked at", arguments.file.display()))?
        .len();
    terminal.say(&format!(
        "{length} bytes in `{}` in {:.1} s",
        arguments.file.display(),
        started.elapsed().as_secs_f64()
    ));
    Ok(ExitCode::SUCCESS)
}
