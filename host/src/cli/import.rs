//! `reprise import`: claims and reference data in.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use reprise_interchange::{ImportError, ImportOptions, ImportReport, Source, import};

use crate::access::COMMAND_LINE;
use crate::cli::DatabaseArguments;

use crate::cli::terminal::Terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files of one JSON object a line, plain, gzip or zstd; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Import nothing at all if any line is refused
    #[arg(long)]
    strict: bool,
    /// Replace claims that are there already with other content
    #[arg(long)]
    replace: bool,
    /// Refuse lines of any other payer
    #[arg(long, value_name = "PAYER")]
    payer: Option<String>,
    #[command(flatten)]
    database: DatabaseArguments,
}

/// Exit code 1 if a line was refused, whether or not the others were kept.
pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let sources = arguments
        .files
        .iter()
        .map(|file| {
            if file.as_os_str() == "-" {
                return Ok(Source::new("standard input", None, std::io::stdin()));
            }
            Source::open(file).with_context(|| format!("`{}` cannot be opened", file.display()))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let store = arguments.database.open()?;
    let options = ImportOptions {
        strict: arguments.strict,
        replace: arguments.replace,
        payer: arguments.payer.clone(),
        user: COMMAND_LINE.to_owned(),
        ..ImportOptions::default()
    };
    let mut bar = terminal.progress("imported");
    let imported = import(store.as_ref(), sources, &options, &mut bar);
    bar.finish();
    let report = match imported {
        Ok(report) => report,
        Err(error @ ImportError::Refused(_)) => return Err(error.into()),
        Err(error) => return Err(anyhow::Error::new(error).context("the import ended early")),
    };
    say_report(&report, terminal);
    Ok(if report.refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn say_report(report: &ImportReport, terminal: &Terminal) {
    for (kind, counts) in &report.kinds {
        let parts: Vec<_> = [
            (counts.inserted, "new"),
            (counts.replaced, "replaced"),
            (counts.unchanged, "unchanged"),
            (counts.conflict, "there already with other content"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        terminal.say(&format!("{kind}: {}", parts.join(", ")));
    }
    terminal.say(&format!(
        "{} lines in {:.1} s, {} refused",
        report.lines,
        report.elapsed.as_secs_f64(),
        report.refused
    ));
}
