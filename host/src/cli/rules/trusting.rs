//! `reprise rules trust` and `policy`: whose signatures count, and what is asked of components.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Subcommand;
use jiff::Timestamp;

use super::{Whose, end_of_day};
use crate::cli::terminal::Terminal;
use crate::time::time_text;
use crate::{PolicyChange, PublicKey, TrustRequest};

#[derive(Debug, Subcommand)]
pub(super) enum TrustCommand {
    /// Have a key's signatures count
    Add {
        /// The public key, as `reprise rules key generate` shows it: 32 bytes, as 64 hexadecimal digits or as base64
        #[arg(value_name = "PUBLIC-KEY")]
        public_key: PublicKey,
        /// Whose it is, or what it is for
        #[arg(long, value_name = "TEXT")]
        comment: String,
        /// The last day on which it is trusted, in UTC; for ever if absent
        #[arg(long, value_name = "DAY", value_parser = end_of_day)]
        expires: Option<Timestamp>,
        #[command(flatten)]
        whose: Whose,
    },
    /// Show the keys, those that have expired or were revoked included; a payer trusts those of the platform, too
    List {
        #[command(flatten)]
        whose: Whose,
    },
    /// Have a key's signatures not count from now on
    Revoke {
        /// The key's id
        #[arg(value_name = "KEY")]
        key: String,
        #[command(flatten)]
        whose: Whose,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct PolicyArguments {
    /// Whether only components are taken that a trusted key has signed. What the platform requires, it requires of every
    /// payer
    #[arg(long, value_name = "true|false")]
    require_signature: Option<bool>,
    /// Whether what decided before decides again once a component is quarantined
    #[arg(long, value_name = "true|false")]
    return_after_quarantine: Option<bool>,
    #[command(flatten)]
    whose: Whose,
}

pub(super) fn trust(command: &TrustCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        TrustCommand::Add {
            public_key,
            comment,
            expires,
            whose,
        } => {
            let request = TrustRequest {
                public_key: *public_key,
                comment: comment.clone(),
                expires_at_ms: expires.map(Timestamp::as_millisecond),
            };
            let (key, is_new) = whose.manage(|rules| Ok(rules.trust_key(&request)?))?;
            if is_new {
                terminal.say(&format!("key {} is trusted from now on", key.id));
            } else {
                let was_revoked = if key.revoked_at_ms.is_some() {
                    ", and was revoked"
                } else {
                    ""
                };
                terminal.say(&format!(
                    "key {} is there already{was_revoked}; it stays as it is",
                    key.id
                ));
            }
        }
        TrustCommand::List { whose } => {
            let keys = whose.manage(|rules| Ok(rules.trusted_keys()?))?;
            let mut output = terminal.output();
            for key in keys {
                let moment =
                    |name: &str, at_ms: Option<i64>| at_ms.and_then(time_text).map(|time| format!("{name} {time}"));
                let parts = [
                    moment("added", Some(key.added_at_ms)),
                    moment("trusted until", key.expires_at_ms),
                    moment("revoked", key.revoked_at_ms),
                ];
                let standing: Vec<_> = parts.into_iter().flatten().collect();
                let public_key = PublicKey::new(key.public_key);
                writeln!(
                    output,
                    "{}\t{public_key}\t{}\t{}",
                    key.id,
                    key.comment,
                    standing.join(", ")
                )?;
            }
        }
        TrustCommand::Revoke { key, whose } => {
            whose.manage(|rules| Ok(rules.revoke_key(key)?))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn policy(arguments: &PolicyArguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let change = PolicyChange {
        require_signature: arguments.require_signature,
        return_after_quarantine: arguments.return_after_quarantine,
    };
    let policy = arguments.whose.manage(|rules| {
        Ok(if change == PolicyChange::default() {
            rules.policy()?
        } else {
            rules.change_policy(change)?
        })
    })?;
    let mut output = terminal.output();
    writeln!(output, "require-signature        {}", policy.require_signature)?;
    writeln!(output, "return-after-quarantine  {}", policy.return_after_quarantine)?;
    Ok(ExitCode::SUCCESS)
}
