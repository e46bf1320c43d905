//! `reprise rules`: for authors of rules.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use reprise_engine::{RuleComponent, RuleEngine};
use reprise_rules_build::{BuildOptions, build};

use crate::Configuration;
use crate::cli::terminal::Terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build a rule crate into a component and check that a host would take it
    Build(BuildArguments),
    /// Check that a host would take a component of criteria or of claim status, and say what it is
    Check(CheckArguments),
}

#[derive(Debug, clap::Args)]
struct BuildArguments {
    /// The crate's directory
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,
    /// Write the component to this file
    #[arg(long, short, value_name = "FILE.wasm")]
    output: PathBuf,
}

#[derive(Debug, clap::Args)]
struct CheckArguments {
    /// The component
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let (file, bytes) = match &arguments.command {
        Command::Build(arguments) => {
            let options = BuildOptions {
                show_progress: true,
                ..BuildOptions::default()
            };
            (&arguments.output, build(&arguments.directory, &options)?.bytes)
        }
        Command::Check(arguments) => {
            let bytes = std::fs::read(&arguments.file)
                .with_context(|| format!("`{}` cannot be read", arguments.file.display()))?;
            (&arguments.file, bytes)
        }
    };
    let configuration = Configuration::new("");
    let engine = RuleEngine::new(configuration.admission, reprise_engine::CallLimits::default())?;
    let component = engine
        .load_any(&bytes)
        .with_context(|| format!("`{}`", file.display()))?;
    if let Command::Build(arguments) = &arguments.command {
        std::fs::write(&arguments.output, &bytes)
            .with_context(|| format!("`{}` cannot be written", arguments.output.display()))?;
    }
    describe(&component, bytes.len(), terminal)?;
    Ok(ExitCode::SUCCESS)
}

fn describe(component: &RuleComponent, size_bytes: usize, terminal: &Terminal) -> std::io::Result<()> {
    let mut output = terminal.output();
    writeln!(output, "kind        {}", component.kind())?;
    writeln!(output, "name        {}", component.name())?;
    writeln!(output, "version     {}", component.version())?;
    writeln!(output, "digest      {}", component.digest())?;
    writeln!(output, "size        {size_bytes} bytes")?;
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
