//! `reprise rules list`, `inspect`, `generations` and `history`: what is known of rules.

use std::io::Write as _;
use std::process::ExitCode;

use super::Whose;
use crate::cli::terminal::Terminal;
use crate::time::time_text;
use crate::{Inspected, InstalledComponent, NamedComponent};

#[derive(Debug, clap::Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, clap::Args)]
pub(super) struct PageArguments {
    /// How many to show at most
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, clap::Args)]
pub(super) struct InspectArguments {
    /// The component: its digest, at least 8 digits that it begins with, or `name@version`
    #[arg(value_name = "COMPONENT")]
    component: NamedComponent,
    #[command(flatten)]
    whose: Whose,
}

/// A moment, as lists show it.
fn moment(at_ms: i64) -> String {
    time_text(at_ms).unwrap_or_default()
}

/// A digest, or what stands for it where the platform's default decides.
fn or_default(digest: Option<&String>) -> &str {
    digest.map_or("default", String::as_str)
}

pub(super) fn list(arguments: &ListArguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let installed = arguments.whose.manage(|rules| Ok(rules.list()?))?;
    let mut output = terminal.output();
    for InstalledComponent {
        component,
        installation,
        signed_by,
    } in installed
    {
        let signed = if signed_by.is_empty() {
            "not signed".to_owned()
        } else {
            format!("signed by {}", signed_by.join(", "))
        };
        writeln!(
            output,
            "{}\t{}\t{}@{}\t{}\t{} bytes\t{signed}\tinstalled by {} {}\t{}",
            component.digest,
            component.kind,
            component.name,
            component.version,
            installation.state,
            component.size_bytes,
            installation.installed_by,
            moment(installation.installed_at_ms),
            installation.reason.unwrap_or_default()
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn generations(arguments: &PageArguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let (generations, active) = arguments.whose.manage(|rules| {
        let active = rules.active_generation()?.map(|active| active.number);
        Ok((rules.generations(None, arguments.limit)?, active))
    })?;
    let mut output = terminal.output();
    for generation in generations {
        let standing = if Some(generation.number) == active {
            "decides"
        } else {
            ""
        };
        writeln!(
            output,
            "{}\t{standing}\t{}\t{}\t{}\t{}\t{}",
            generation.number,
            or_default(generation.criteria.as_ref()),
            or_default(generation.claim_status.as_ref()),
            generation.user,
            moment(generation.created_at_ms),
            generation.reason
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn history(arguments: &PageArguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let entries = arguments
        .whose
        .manage(|rules| Ok(rules.history(None, arguments.limit)?))?;
    let mut output = terminal.output();
    for entry in entries {
        let generation = entry
            .generation
            .map_or_else(|| "default".to_owned(), |number| number.to_string());
        writeln!(
            output,
            "{}\t{}\t{}\t{generation}\t{}\t{}",
            entry.id,
            moment(entry.at_ms),
            entry.kind,
            entry.user,
            entry.reason
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn inspect(arguments: &InspectArguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let inspected = arguments
        .whose
        .manage(|rules| Ok(rules.inspect(&arguments.component)?))?;
    let Inspected {
        installed,
        signatures,
        generations,
        faults,
        machine_code_bytes: _,
    } = inspected;
    let (component, installation) = (installed.component, installed.installation);
    let mut output = terminal.output();
    writeln!(output, "kind        {}", component.kind)?;
    writeln!(output, "name        {}", component.name)?;
    writeln!(output, "version     {}", component.version)?;
    writeln!(output, "contract    {}", component.contract)?;
    writeln!(output, "digest      {}", component.digest)?;
    writeln!(output, "size        {} bytes", component.size_bytes)?;
    let of = installation
        .payer
        .map_or_else(|| "the platform".to_owned(), |payer| format!("payer {payer}"));
    writeln!(
        output,
        "installed   for {of} by {} {}",
        installation.installed_by,
        moment(installation.installed_at_ms)
    )?;
    let because = installation
        .reason
        .map_or_else(String::new, |reason| format!(": {reason}"));
    writeln!(
        output,
        "state       {} since {}{because}",
        installation.state,
        moment(installation.changed_at_ms)
    )?;
    for kept in signatures {
        let because = kept.reason.map_or_else(String::new, |reason| format!(": {reason}"));
        let (id, standing) = (&kept.signature.key_id, kept.standing.as_str());
        writeln!(output, "signature   of key {id}, {standing}{because}")?;
    }
    for generation in generations {
        writeln!(
            output,
            "generation  {} by {} {}: {}",
            generation.number,
            generation.user,
            moment(generation.created_at_ms),
            generation.reason
        )?;
    }
    for fault in faults {
        writeln!(
            output,
            "fault       on {} {}: {}",
            fault.host,
            moment(fault.at_ms),
            fault.text
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
