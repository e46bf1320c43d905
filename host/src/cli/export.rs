//! `reprise export`: claims and reference data out.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use reprise_interchange::export;

use crate::cli::DatabaseArguments;
use crate::cli::terminal::Terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Write to this file; standard output if absent
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Export this payer only
    #[arg(long, value_name = "PAYER")]
    payer: Option<String>,
    #[command(flatten)]
    database: DatabaseArguments,
}

pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let store = reprise_store::open(&arguments.database.database)
        .with_context(|| format!("database `{}`", reprise_store::shown_url(&arguments.database.database)))?;
    let mut bar = terminal.progress("exported");
    let payer = arguments.payer.as_deref();
    let report = match &arguments.output {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("`{}` cannot be written", path.display()))?;
            let mut writer = BufWriter::new(file);
            let report = export(store.as_ref(), payer, &mut writer, &mut bar)?;
            writer
                .flush()
                .with_context(|| format!("`{}` cannot be written", path.display()))?;
            report
        }
        None => {
            let mut writer = BufWriter::new(terminal.output());
            let report = export(store.as_ref(), payer, &mut writer, &mut bar)?;
            writer.flush()?;
            report
        }
    };
    bar.finish();
    terminal.say(&format!(
        "{} claims and {} rows of reference data in {:.1} s",
        report.claims,
        report.references,
        report.elapsed.as_secs_f64()
    ));
    Ok(ExitCode::SUCCESS)
}
