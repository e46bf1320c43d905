//! `reprise rules`: rule components from an author's crate to what decides for a payer.
//!
//! Those who build, check and sign need no database (`authoring`); the others work on the database itself, beside running
//! servers, which follow: what decides (`deciding`), what is known (`showing`), whom to trust (`trusting`).

mod authoring;
mod deciding;
mod showing;
mod trusting;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Subcommand;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use reprise_engine::{CallLimits, RuleEngine};

use crate::access::COMMAND_LINE;
use crate::cli::deciding::own_compiler;
use crate::cli::terminal::Terminal;
use crate::cli::{DatabaseArguments, shown_list};
use crate::{Configuration, RulesManagement};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build a rule crate into a component and check that a host would take it
    Build(authoring::BuildArguments),
    /// Show what becomes of a component at each step of admission, without installing it
    Check(authoring::CheckArguments),
    /// Sign a component, so that hosts know who vouches for it
    Sign(authoring::SignArguments),
    /// Make keys that components are signed with
    #[command(subcommand)]
    Key(authoring::KeyCommand),
    /// Check a component and keep it in the database, so that it can be activated
    Install(deciding::InstallArguments),
    /// Have components decide from now on: those that are named together are one generation
    Activate(deciding::ActivateArguments),
    /// Have the platform's default decide for a payer from now on
    Deactivate(deciding::DeactivateArguments),
    /// Have decide again what decided before what decides now was activated
    Rollback(deciding::RollbackArguments),
    /// Let a component decide again that was quarantined
    Reinstate(deciding::ReinstateArguments),
    /// Show what was activated when, by whom and why, the last first
    History(showing::PageArguments),
    /// Show the components that are installed, and where each stands
    List(showing::ListArguments),
    /// Show all that is known of a component
    Inspect(showing::InspectArguments),
    /// Show the generations, the last first; the one that decides is marked
    Generations(showing::PageArguments),
    /// Show, add and revoke keys whose signatures count
    #[command(subcommand)]
    Trust(trusting::TrustCommand),
    /// Show or change what is asked of components
    Policy(trusting::PolicyArguments),
}

pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Build(arguments) => authoring::build_component(arguments, terminal),
        Command::Check(arguments) => authoring::check(arguments, terminal),
        Command::Sign(arguments) => authoring::sign(arguments, terminal),
        Command::Key(command) => authoring::key(command, terminal),
        Command::Install(arguments) => deciding::install(arguments, terminal),
        Command::Activate(arguments) => deciding::activate(arguments, terminal),
        Command::Deactivate(arguments) => deciding::deactivate(arguments, terminal),
        Command::Rollback(arguments) => deciding::roll_back(arguments, terminal),
        Command::Reinstate(arguments) => deciding::reinstate(arguments, terminal),
        Command::History(arguments) => showing::history(arguments, terminal),
        Command::List(arguments) => showing::list(arguments, terminal),
        Command::Inspect(arguments) => showing::inspect(arguments, terminal),
        Command::Generations(arguments) => showing::generations(arguments, terminal),
        Command::Trust(command) => trusting::trust(command, terminal),
        Command::Policy(arguments) => trusting::policy(arguments, terminal),
    }
}

/// Whose rules are managed, and where they are.
#[derive(Debug, clap::Args)]
struct Whose {
    #[command(flatten)]
    owner: Owner,
    #[command(flatten)]
    database: DatabaseArguments,
}

/// Whose rules are managed: one of the two is said, so that nobody changes what decides for everybody by leaving a word out.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Owner {
    /// The payer whose rules these are
    #[arg(long, value_name = "PAYER")]
    payer: Option<String>,
    /// The platform's rules, which decide for every payer that has none of its own
    #[arg(long)]
    platform: bool,
}

impl Whose {
    /// Do something with rules, in the database.
    fn manage<T>(&self, work: impl FnOnce(&RulesManagement<'_>) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let store = self.database.open()?;
        let payer = self.owner.payer.as_deref();
        // A payer that is mistyped is not one that is new.
        if let Some(payer) = payer {
            let payers = store.payers()?;
            ensure!(
                payers.iter().any(|known| known == payer),
                "payer `{payer}` is unknown; known are: {}",
                shown_list(&payers)
            );
        }
        let engine = engine()?;
        let rules = RulesManagement::of_database(store.as_ref(), &engine, payer, COMMAND_LINE);
        work(&rules)
    }

    /// For whom is decided, for sentences.
    fn decided_for(&self) -> String {
        self.owner.payer.as_ref().map_or_else(
            || "every payer that has no rules of its own".to_owned(),
            |payer| format!("payer {payer}"),
        )
    }
}

/// An engine for the checks of a command.
fn engine() -> anyhow::Result<RuleEngine> {
    let configuration = Configuration::new("");
    Ok(RuleEngine::new(configuration.admission, CallLimits::default())?.with_compiler(own_compiler()?))
}

/// Why something is done, and how long is waited for servers to follow.
#[derive(Debug, clap::Args)]
struct Reason {
    /// Why, for whoever reads the record later
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// How long to wait until every server that is alive decides by it
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=600))]
    wait_seconds: u64,
}

impl Reason {
    const fn wait_max(&self) -> Duration {
        Duration::from_secs(self.wait_seconds)
    }

    fn request(&self) -> crate::ActivationRequest<'_> {
        crate::ActivationRequest {
            reason: &self.reason,
            wait_max: self.wait_max(),
            once: None,
        }
    }
}

/// The end of a day, in UTC, which must be still to come.
fn end_of_day(text: &str) -> anyhow::Result<Timestamp> {
    let day: Date = text.parse().context("it is no day such as 2027-12-31")?;
    let end = day.tomorrow()?.to_zoned(TimeZone::UTC)?.timestamp();
    ensure!(end > Timestamp::now(), "that day has passed");
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::end_of_day;

    #[test]
    fn a_day_ends_when_the_next_one_begins() {
        let end = end_of_day("2999-12-31").expect("a day");
        assert_eq!(end.to_string(), "3000-01-01T00:00:00Z");
        for (text, words) in [
            ("soon", "it is no day"),
            ("2027-02-30", "it is no day"),
            ("2001-01-01", "has passed"),
        ] {
            let said = format!("{:#}", end_of_day(text).expect_err(text));
            assert!(said.contains(words), "{said}");
        }
    }
}
