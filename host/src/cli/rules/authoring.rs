//! `reprise rules build`, `check`, `sign` and `key`: what an author does, without any database.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use jiff::Timestamp;
use reprise_engine::{AdmissionChecks, AdmissionReport, ComponentIdentity, RuleComponent};
use reprise_rules_build::{BuildOptions, build};

use super::{end_of_day, engine};
use crate::cli::terminal::Terminal;
use crate::{Manifest, SigningKey};

#[derive(Debug, clap::Args)]
pub(super) struct BuildArguments {
    /// The crate's directory
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,
    /// Write the component to this file
    #[arg(long, short, value_name = "FILE.wasm")]
    output: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct CheckArguments {
    /// The component
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct SignArguments {
    /// The component
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
    /// The key, as `reprise rules key generate` makes one
    #[arg(long, value_name = "FILE.pem")]
    key: PathBuf,
    /// The payer that the component is for; anybody if absent
    #[arg(long, value_name = "PAYER")]
    payer: Option<String>,
    /// The last day on which the signature counts, in UTC; for ever if absent
    #[arg(long, value_name = "DAY", value_parser = end_of_day)]
    expires: Option<Timestamp>,
    /// Write the signature to this file
    #[arg(long, short, value_name = "FILE.sig.json")]
    output: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Write a new key to a file that is not there yet and that only its owner can read, and show what others trust
    Generate {
        /// Write the key to this file
        #[arg(long, short, value_name = "FILE.pem")]
        output: PathBuf,
    },
}

pub(super) fn build_component(arguments: &BuildArguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let options = BuildOptions {
        show_progress: true,
        ..BuildOptions::default()
    };
    let bytes = build(&arguments.directory, &options)?.bytes;
    let (report, component) = engine()?.admit(&bytes, &AdmissionChecks::default());
    let component = taken(&arguments.output, &report, component)?;
    std::fs::write(&arguments.output, &bytes)
        .with_context(|| format!("`{}` cannot be written", arguments.output.display()))?;
    describe(&component, &report, terminal)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn check(arguments: &CheckArguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let bytes = read(&arguments.file)?;
    let (report, component) = engine()?.admit(&bytes, &AdmissionChecks::default());
    show_steps(&report, terminal)?;
    let component = taken(&arguments.file, &report, component)?;
    writeln!(terminal.output())?;
    describe(&component, &report, terminal)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn sign(arguments: &SignArguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let key = SigningKey::read(&arguments.key)?;
    let bytes = read(&arguments.file)?;
    // Nobody should sign what no host takes; and what is signed is what the component says of itself.
    let (report, component) = engine()?.admit(&bytes, &AdmissionChecks::default());
    taken(&arguments.file, &report, component)?;
    let identity = identity(&report)?;
    let manifest = Manifest::of(identity, arguments.payer.as_deref(), arguments.expires);
    let signature = key.sign(report.digest, &manifest);
    std::fs::write(&arguments.output, signature.to_json())
        .with_context(|| format!("`{}` cannot be written", arguments.output.display()))?;
    terminal.say(&format!(
        "{} {} is signed with key {}",
        identity.name, identity.version, signature.key_id
    ));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn key(command: &KeyCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let KeyCommand::Generate { output } = command;
    let public_key = SigningKey::create(output)?.public_key();
    let mut shown = terminal.output();
    writeln!(shown, "key         {}", public_key.id())?;
    writeln!(shown, "public key  {public_key}")?;
    terminal.say(&format!(
        "the key is in {}; keep it where only whoever signs can read it, and have the public key trusted with `reprise \
         rules trust add`",
        output.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// A component's bytes.
pub(super) fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("`{}` cannot be read", file.display()))
}

fn taken(file: &Path, report: &AdmissionReport, component: Option<RuleComponent>) -> anyhow::Result<RuleComponent> {
    match (component, report.refusal()) {
        (Some(component), None) => Ok(component),
        (_, Some(refusal)) => Err(refusal).with_context(|| format!("`{}`", file.display())),
        // INVARIANT: a report ends with a component or with a refusal.
        (None, None) => bail!("`{}` was not looked at", file.display()),
    }
}

fn identity(report: &AdmissionReport) -> anyhow::Result<&ComponentIdentity> {
    let identity = report.identity.as_ref();
    identity.context("the component does not say what it is")
}

/// What became of a component at each step, a line for each.
pub(super) fn show_steps(report: &AdmissionReport, terminal: &Terminal) -> std::io::Result<()> {
    let mut output = terminal.output();
    for outcome in &report.steps {
        let (standing, words) = match &outcome.result {
            Ok(words) => ("pass", words),
            Err(words) => ("fail", words),
        };
        let milliseconds = outcome.elapsed.as_secs_f64() * 1_000.0;
        writeln!(
            output,
            "{:<13}  {standing}  {milliseconds:>9.1} ms  {words}",
            outcome.step.as_str()
        )?;
    }
    Ok(())
}

fn describe(component: &RuleComponent, report: &AdmissionReport, terminal: &Terminal) -> std::io::Result<()> {
    let mut output = terminal.output();
    writeln!(output, "kind        {}", component.kind())?;
    writeln!(output, "name        {}", component.name())?;
    writeln!(output, "version     {}", component.version())?;
    writeln!(output, "digest      {}", component.digest())?;
    writeln!(output, "size        {} bytes", report.size_bytes)?;
    if let RuleComponent::Criteria(component) = component {
        let criteria = &component.description().criteria;
        writeln!(output, "criteria    {}", criteria.join(", "))?;
        for condition in component.conditions() {
            writeln!(
                output,
                "condition   {} ({:?}): {}",
                condition.code, condition.kind, condition.description
            )?;
        }
    }
    Ok(())
}
