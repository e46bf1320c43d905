//! `reprise audit`: who did what, when, and under which rules, as lines of JSON.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};

use crate::access::{AuditFilter, AuditPosition, read_audit};
use crate::cli::terminal::Terminal;
use crate::cli::{DatabaseArguments, shown_list};

/// How many entries are read at once.
const PAGE: u32 = 1_000;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The payer whose log it is; the platform's if absent
    #[arg(long, value_name = "PAYER")]
    payer: Option<String>,
    /// Only what was done to this claim, by its id or code; of a deleted one by its id
    #[arg(long, value_name = "CLAIM", requires = "payer")]
    claim: Option<String>,
    /// Only what this user did
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only this operation, such as `submit`
    #[arg(long, value_name = "OPERATION")]
    operation: Option<String>,
    /// Only what this activity did, or was done to it
    #[arg(long, value_name = "ID")]
    activity: Option<i64>,
    /// Only from this moment on, such as 2026-01-31T00:00:00Z
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    from: Option<i64>,
    /// Only before this moment
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    until: Option<i64>,
    #[command(flatten)]
    database: DatabaseArguments,
}

pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let store = arguments.database.open()?;
    let payer = arguments.payer.as_deref();
    if let Some(payer) = payer {
        let payers = store.payers()?;
        ensure!(
            payers.iter().any(|known| known == payer),
            "payer `{payer}` is unknown; known are: {}",
            shown_list(&payers)
        );
    }
    let filter = AuditFilter {
        claim: arguments.claim.clone(),
        user: arguments.user.clone(),
        operation: arguments.operation.clone(),
        activity: arguments.activity,
        from_ms: arguments.from,
        until_ms: arguments.until,
    };
    let mut after = AuditPosition::default();
    let mut output = terminal.output();
    loop {
        let page = read_audit(store.as_ref(), payer, &filter, after, PAGE)?;
        for entry in &page.entries {
            writeln!(output, "{entry}")?;
        }
        if page.entries.len() < PAGE as usize {
            return Ok(ExitCode::SUCCESS);
        }
        after = page.next;
    }
}

fn moment(text: &str) -> anyhow::Result<i64> {
    let moment: jiff::Timestamp = text.parse().context("it is no moment such as 2026-01-31T00:00:00Z")?;
    Ok(moment.as_millisecond())
}
