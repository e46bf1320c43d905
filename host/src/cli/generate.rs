//! `reprise generate`: a synthetic population.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use reprise_interchange::{GenerateOptions, generate};

use crate::cli::terminal::Terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How many claims; about four lines each
    #[arg(long, value_name = "COUNT")]
    claims: u64,
    /// How many patients, each with plans and with procedures that no claim is for yet; none if absent
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    patients: u64,
    /// Which population; the same seed gives the same bytes
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Whose claims they are
    #[arg(long, value_name = "PAYER", default_value = "DEMO")]
    payer: String,
    /// Enter the claims on days in no order; else they are entered in the order of their codes
    #[arg(long)]
    shuffled: bool,
    /// Write to this file; standard output if absent
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let options = GenerateOptions {
        claims: arguments.claims,
        patients: arguments.patients,
        seed: arguments.seed,
        payer: arguments.payer.clone(),
        shuffled: arguments.shuffled,
        ..GenerateOptions::default()
    };
    let mut bar = terminal.progress("generated");
    let report = match &arguments.output {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("`{}` cannot be written", path.display()))?;
            let mut writer = BufWriter::new(file);
            let report = generate(&options, &mut writer, &mut bar)?;
            writer
                .flush()
                .with_context(|| format!("`{}` cannot be written", path.display()))?;
            report
        }
        None => {
            let mut writer = BufWriter::new(terminal.output());
            let report = generate(&options, &mut writer, &mut bar)?;
            writer.flush()?;
            report
        }
    };
    bar.finish();
    terminal.say(&format!(
        "{} claims and {} rows of reference data of payer {} in {:.1} s",
        report.claims,
        report.references,
        options.payer,
        report.elapsed.as_secs_f64()
    ));
    Ok(ExitCode::SUCCESS)
}
