//! `reprise rules install`, `activate`, `deactivate`, `rollback` and `reinstate`: what decides for a payer, or for the platform.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use reprise_store::{InstallationState, RuleKind};

use super::authoring::{read, show_steps};
use super::{Reason, Whose};
use crate::cli::terminal::Terminal;
use crate::{Activated, ActivatedNames, NamedComponent, SignatureDocument};

#[derive(Debug, clap::Args)]
pub(super) struct InstallArguments {
    /// The component
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
    /// A signature under it, as `reprise rules sign` writes it; repeatable
    #[arg(long, value_name = "FILE.sig.json")]
    signature: Vec<PathBuf>,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, clap::Args)]
pub(super) struct ActivateArguments {
    /// A component that is installed: its digest, at least 8 digits that it begins with, or `name@version`; of each kind
    /// at most one. What decides now of the other kind goes on
    #[arg(value_name = "COMPONENT", required_unless_present = "default")]
    components: Vec<NamedComponent>,
    /// Leave this kind to the platform's default; repeatable
    #[arg(long, value_name = "KIND", value_parser = kind)]
    default: Vec<RuleKind>,
    #[command(flatten)]
    reason: Reason,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, clap::Args)]
pub(super) struct DeactivateArguments {
    #[command(flatten)]
    reason: Reason,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, clap::Args)]
pub(super) struct RollbackArguments {
    /// The generation to go back to, as `reprise rules generations` numbers them
    #[arg(long, value_name = "GENERATION")]
    to: Option<i64>,
    #[command(flatten)]
    reason: Reason,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReinstateArguments {
    /// The component: its digest, at least 8 digits that it begins with, or `name@version`
    #[arg(value_name = "COMPONENT")]
    component: NamedComponent,
    #[command(flatten)]
    reason: Reason,
    #[command(flatten)]
    whose: Whose,
}

fn kind(text: &str) -> Result<RuleKind, String> {
    let found = RuleKind::ALL.iter().copied().find(|kind| kind.as_str() == text);
    found.ok_or_else(|| "it is no kind of component; it can be criteria or claim-status".to_owned())
}

pub(super) fn install(arguments: &InstallArguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let bytes = read(&arguments.file)?;
    let signatures = arguments
        .signature
        .iter()
        .map(|file| signature(file))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let installed = arguments
        .whose
        .manage(|rules| Ok(rules.install(&bytes, &signatures, None)?))?;
    if installed.state == InstallationState::Refused {
        if let Some(report) = &installed.report {
            show_steps(report, terminal)?;
        }
        let reason = installed.reason.unwrap_or_default();
        terminal.say(&format!("error: `{}`: {reason}", arguments.file.display()));
        return Ok(ExitCode::FAILURE);
    }
    let again = if installed.already { ", as it was before" } else { "" };
    terminal.say(&format!("the component is {}{again}", installed.state));
    writeln!(terminal.output(), "{}", installed.digest)?;
    Ok(ExitCode::SUCCESS)
}

fn signature(file: &Path) -> anyhow::Result<SignatureDocument> {
    let text = std::fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let read = SignatureDocument::from_json(&text).map_err(anyhow::Error::msg);
    read.with_context(|| format!("`{}`", file.display()))
}

pub(super) fn activate(arguments: &ActivateArguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let names = ActivatedNames {
        components: arguments.components.clone(),
        defaults: arguments.default.clone(),
    };
    let whose = &arguments.whose;
    let done = whose.manage(|rules| Ok(rules.activate(&names, arguments.reason.request())?))?;
    show(&done.answer, whose, terminal)
}

pub(super) fn deactivate(arguments: &DeactivateArguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let whose = &arguments.whose;
    let done = whose.manage(|rules| Ok(rules.deactivate(arguments.reason.request())?))?;
    show(&done.answer, whose, terminal)
}

pub(super) fn roll_back(arguments: &RollbackArguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let whose = &arguments.whose;
    let done = whose.manage(|rules| Ok(rules.roll_back(arguments.to, arguments.reason.request())?))?;
    show(&done.answer, whose, terminal)
}

pub(super) fn reinstate(arguments: &ReinstateArguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let Reason { reason, .. } = &arguments.reason;
    let reinstated = arguments
        .whose
        .manage(|rules| Ok(rules.reinstate(&arguments.component, reason, arguments.reason.wait_max())?))?;
    terminal.say(&format!("the component is {}", reinstated.state));
    say_missing(&reinstated.hosts_missing, terminal);
    writeln!(terminal.output(), "{}", reinstated.digest)?;
    Ok(ExitCode::SUCCESS)
}

/// What decides from now on. It does even where a server has not followed yet, so that is no failure.
fn show(activated: &Activated, whose: &Whose, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let mut output = terminal.output();
    let default = || "the platform's default".to_owned();
    let generation = activated
        .generation
        .map_or_else(|| "none".to_owned(), |number| number.to_string());
    writeln!(output, "generation    {generation}")?;
    writeln!(
        output,
        "criteria      {}",
        activated.criteria.clone().unwrap_or_else(default)
    )?;
    writeln!(
        output,
        "claim-status  {}",
        activated.claim_status.clone().unwrap_or_else(default)
    )?;
    terminal.say(&format!("this decides for {} from now on", whose.decided_for()));
    say_missing(&activated.hosts_missing, terminal);
    Ok(ExitCode::SUCCESS)
}

fn say_missing(hosts: &[String], terminal: &Terminal) {
    if !hosts.is_empty() {
        terminal.say(&format!(
            "these servers are alive and have not followed yet: {}",
            hosts.join(", ")
        ));
    }
}
