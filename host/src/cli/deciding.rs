//! Arguments of `reprise serve` about rules: what they may use, what is kept at hand, and when one is taken away.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use reprise_engine::{Compiler, RuleLimits};

use crate::{Configuration, MachineCodeCache, RuleSettings};

/// What makes this program compile a component and nothing else.
pub(super) const COMPILE_COMPONENT: &str = "compile-component";

#[derive(Debug, clap::Args)]
pub(super) struct DecidingArguments {
    /// A JSON file of what rules may use in a call, for all payers or for some: {"claimStatus": {"timeMaxMs": 500}, "payers": {"ACME": {"criteria": {"fuelMax": 40000000000}}}}
    #[arg(long, value_name = "FILE.json")]
    rule_limits: Option<PathBuf>,
    /// Keep machine code of components in this directory, so that a start does not compile them; needs --secrets-key-file
    ///
    /// What is kept is authenticated with a key that is made of the first one in the file of --secrets-key-file.
    #[arg(long, value_name = "DIRECTORY", requires = "secrets_key_file")]
    machine_code_cache: Option<PathBuf>,
    /// How many of each payer's last generations of rules are kept at hand, to go back to one in a moment
    #[arg(long, value_name = "COUNT", default_value_t = RuleSettings::default().kept_generations, value_parser = clap::value_parser!(u32).range(1..=100))]
    kept_generations: u32,
    /// For how long rules that decide no more stay at hand for what began with them
    #[arg(long, value_name = "SECONDS", default_value_t = RuleSettings::default().drain_time_max.as_secs(), value_parser = clap::value_parser!(u64).range(1..=604_800))]
    drain_seconds: u64,
    /// After how many faults within --quarantine-seconds a component is kept from deciding for a payer; never if 0
    #[arg(long, value_name = "COUNT", default_value_t = RuleSettings::default().quarantine_faults)]
    quarantine_faults: u32,
    /// See --quarantine-faults
    #[arg(long, value_name = "SECONDS", default_value_t = RuleSettings::default().quarantine_window.as_secs(), value_parser = clap::value_parser!(u64).range(1..=86_400))]
    quarantine_seconds: u64,
}

impl DecidingArguments {
    /// The configuration with what is said here. What it is authenticated with has to be in it already.
    pub(super) fn configure(&self, configuration: Configuration) -> anyhow::Result<Configuration> {
        let rule_limits = match &self.rule_limits {
            Some(file) => {
                let text =
                    std::fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
                RuleLimits::from_json(&text).with_context(|| format!("`{}`", file.display()))?
            }
            None => RuleLimits::default(),
        };
        let machine_code_cache = self.machine_code_cache.clone().zip(configuration.secrets.clone());
        Ok(Configuration {
            rule_limits,
            machine_code_cache: machine_code_cache.map(|(directory, keys)| MachineCodeCache { directory, keys }),
            compiler: own_compiler()?,
            rule_settings: RuleSettings {
                kept_generations: self.kept_generations,
                drain_time_max: Duration::from_secs(self.drain_seconds),
                quarantine_faults: self.quarantine_faults,
                quarantine_window: Duration::from_secs(self.quarantine_seconds),
            },
            ..configuration
        })
    }
}

/// Compiles in processes of this very program, also after its file was replaced by another version.
pub(super) fn own_compiler() -> anyhow::Result<Compiler> {
    let running = PathBuf::from("/proc/self/exe");
    let program = if running.exists() {
        running
    } else {
        std::env::current_exe().context("this program does not know where it is, so that it cannot compile")?
    };
    Ok(Compiler::Process {
        program,
        arguments: vec![COMPILE_COMPONENT.into()],
    })
}
