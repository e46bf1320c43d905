//! `reprise principal`, `reprise role` and `reprise token`: who may do what, in the database itself. Whoever can run
//! them on the database can do everything with it anyway; a server on it sees the change with its next request.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use reprise_store::{NewPrincipal, Principal, PrincipalsOf, Role, Store, Token};

use crate::access::{Access, BUILT_IN_ROLES, COMMAND_LINE, PrincipalUpdate};
use crate::cli::DatabaseArguments;
use crate::cli::terminal::Terminal;
use crate::time::time_text;

/// Whose access is managed.
#[derive(Debug, clap::Args)]
pub(super) struct Whose {
    /// The payer; absent, it is about principals of the platform, which manage payers and read no claims
    #[arg(long, value_name = "PAYER")]
    payer: Option<String>,
    #[command(flatten)]
    database: DatabaseArguments,
}

impl Whose {
    /// Do something with access, in the database.
    fn manage<T>(&self, work: impl FnOnce(&Access<'_>, Option<&str>) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let store = self.database.open()?;
        let access = Access::new(store.as_ref(), COMMAND_LINE);
        work(&access, self.payer.as_deref())
    }
}

/// The principal with this name.
fn named(access: &Access<'_>, payer: Option<&str>, name: &str) -> anyhow::Result<Principal> {
    let found = access.principal_named(payer, name)?;
    found.with_context(|| match payer {
        Some(payer) => {
            format!("payer {payer} has no principal `{name}`; `reprise principal list` shows those that it has")
        }
        None => format!("the platform has no principal `{name}`; name the payer with --payer if it is one of a payer"),
    })
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum PrincipalCommand {
    /// Show the principals of a payer, or of the platform
    List {
        #[command(flatten)]
        whose: Whose,
    },
    /// Create a principal: a person or a program that acts for a payer, or for the platform
    Create {
        /// Its name, which history and the audit log know it by
        name: String,
        /// A role that it has; repeatable. `reprise role list` shows them
        #[arg(long, value_name = "ROLE")]
        role: Vec<String>,
        /// What the issuer of JWTs calls it
        #[arg(long, value_name = "SUBJECT")]
        subject: Option<String>,
        #[command(flatten)]
        whose: Whose,
    },
    /// Give a principal other roles or another subject
    Change {
        /// Its name
        name: String,
        /// A role that it has from now on, in the place of all that it had; repeatable
        #[arg(long, value_name = "ROLE", required_unless_present = "subject")]
        role: Vec<String>,
        /// What the issuer of JWTs calls it; empty for nothing
        #[arg(long, value_name = "SUBJECT")]
        subject: Option<String>,
        #[command(flatten)]
        whose: Whose,
    },
    /// Refuse everything that a principal asks for, whatever tokens it has
    Disable {
        /// Its name
        name: String,
        #[command(flatten)]
        whose: Whose,
    },
    /// Let a principal ask again that was disabled
    Enable {
        /// Its name
        name: String,
        #[command(flatten)]
        whose: Whose,
    },
}

pub(super) fn principal(command: &PrincipalCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        PrincipalCommand::List { whose } => whose.manage(|access, payer| {
            let principals = access.principals(payer.map_or(PrincipalsOf::Platform, PrincipalsOf::Payer))?;
            let mut output = terminal.output();
            for principal in principals {
                let state = if principal.disabled_at_ms.is_some() {
                    "disabled"
                } else {
                    "enabled"
                };
                let roles = principal.roles.join(",");
                writeln!(output, "{}\t{}\t{state}\t{roles}", principal.id, principal.name)?;
            }
            Ok(())
        })?,
        PrincipalCommand::Create {
            name,
            role,
            subject,
            whose,
        } => whose.manage(|access, payer| {
            let created = access.create_principal(&NewPrincipal {
                payer: payer.map(str::to_owned),
                name: name.clone(),
                subject: subject.clone(),
                roles: role.clone(),
            })?;
            terminal.say(&format!(
                "principal {} has number {}; it has no token yet",
                created.name, created.id
            ));
            Ok(())
        })?,
        PrincipalCommand::Change {
            name,
            role,
            subject,
            whose,
        } => whose.manage(|access, payer| {
            let update = PrincipalUpdate {
                roles: (!role.is_empty()).then(|| role.clone()),
                subject: subject.clone(),
                disabled: None,
            };
            access.change_principal(payer, named(access, payer, name)?.id, &update)?;
            Ok(())
        })?,
        PrincipalCommand::Disable { name, whose } => set_disabled(whose, name, true)?,
        PrincipalCommand::Enable { name, whose } => set_disabled(whose, name, false)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn set_disabled(whose: &Whose, name: &str, disabled: bool) -> anyhow::Result<()> {
    whose.manage(|access, payer| {
        let update = PrincipalUpdate {
            disabled: Some(disabled),
            ..PrincipalUpdate::default()
        };
        access.change_principal(payer, named(access, payer, name)?.id, &update)?;
        Ok(())
    })
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum RoleCommand {
    /// Show the roles that principals of a payer, or of the platform, can have, and what each grants
    List {
        #[command(flatten)]
        whose: Whose,
    },
    /// Make a role of a payer's own, or have it grant other restrictions
    Write {
        /// Its name
        name: String,
        /// An access restriction that it grants, in the place of all that it granted; repeatable
        #[arg(long, value_name = "RESTRICTION", required = true)]
        restriction: Vec<String>,
        #[command(flatten)]
        whose: Whose,
    },
    /// Delete a role that a payer has made
    Delete {
        /// Its name
        name: String,
        #[command(flatten)]
        whose: Whose,
    },
}

pub(super) fn role(command: &RoleCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let of_payer = |payer: Option<&str>| {
        payer
            .map(str::to_owned)
            .context("the platform has no roles but those that are built in; name a payer with --payer")
    };
    match command {
        RoleCommand::List { whose } => whose.manage(|access, payer| {
            let mut output = terminal.output();
            for role in BUILT_IN_ROLES.iter().filter(|role| role.of_platform == payer.is_none()) {
                let restrictions = role
                    .restrictions
                    .map_or_else(|| "all".to_owned(), |held| held.join(", "));
                writeln!(output, "{}\tbuilt in\t{restrictions}", role.name)?;
            }
            let made = payer.map_or_else(|| Ok(Vec::new()), |payer| access.roles(payer))?;
            for role in made {
                let restrictions: Vec<_> = role.restrictions.into_iter().collect();
                writeln!(output, "{}\tmade\t{}", role.name, restrictions.join(", "))?;
            }
            Ok(())
        })?,
        RoleCommand::Write {
            name,
            restriction,
            whose,
        } => whose.manage(|access, payer| {
            Ok(access.write_role(&Role {
                payer: of_payer(payer)?,
                name: name.clone(),
                restrictions: restriction.iter().cloned().collect(),
            })?)
        })?,
        RoleCommand::Delete { name, whose } => {
            whose.manage(|access, payer| Ok(access.delete_role(&of_payer(payer)?, name)?))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token, and the payer and the principal that it is for if they are new; the token is the last line of the
    /// output, alone, and is never shown again
    Create {
        /// The role of the principal; repeatable. A principal that is there has to have exactly these
        #[arg(long, value_name = "ROLE", required_unless_present = "principal")]
        role: Vec<String>,
        /// The name of the principal; that of its first role if absent
        #[arg(long, value_name = "NAME")]
        principal: Option<String>,
        /// For how many days the token is good; for ever if absent
        #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=i64::from(reprise_request::TOKEN_DAYS_MAX)))]
        expires_in_days: Option<u32>,
        #[command(flatten)]
        whose: Whose,
    },
    /// Show the tokens of a principal, or of all of a payer, or of the platform: never their secrets
    List {
        /// The name of the principal
        #[arg(long, value_name = "NAME")]
        principal: Option<String>,
        #[command(flatten)]
        whose: Whose,
    },
    /// Refuse a token from now on
    Revoke {
        /// Its id: what stands between the underlines of its text
        token: String,
        #[command(flatten)]
        whose: Whose,
    },
}

pub(super) fn token(command: &TokenCommand, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    match command {
        TokenCommand::Create {
            role,
            principal,
            expires_in_days,
            whose,
        } => whose.manage(|access, payer| {
            let bearer = bearer(access, payer, principal.as_deref(), role)?;
            let created = access.create_token(payer, bearer.id, *expires_in_days)?;
            let whose = payer.map_or_else(|| "of the platform".to_owned(), |payer| format!("of payer {payer}"));
            let until = created.token.expires_at_ms.and_then(time_text);
            let until = until.map_or_else(|| "until it is revoked".to_owned(), |until| format!("until {until}"));
            terminal.say(&format!(
                "token {} for principal {} {whose}, with {}, {until}; it is not shown again:",
                created.token.id,
                bearer.name,
                bearer.roles.join(", ")
            ));
            writeln!(terminal.output(), "{}", created.text)?;
            Ok(())
        })?,
        TokenCommand::List { principal, whose } => whose.manage(|access, payer| {
            let principals = match principal {
                Some(name) => vec![named(access, payer, name)?],
                None => access.principals(payer.map_or(PrincipalsOf::Platform, PrincipalsOf::Payer))?,
            };
            let mut output = terminal.output();
            for principal in principals {
                for token in access.tokens(payer, principal.id)? {
                    writeln!(output, "{}\t{}\t{}", token.id, principal.name, standing(&token))?;
                }
            }
            Ok(())
        })?,
        TokenCommand::Revoke { token, whose } => whose.manage(|access, payer| {
            access.revoke_token(payer, token)?;
            Ok(())
        })?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The principal that a token is for, made if it is new.
fn bearer(access: &Access<'_>, payer: Option<&str>, name: Option<&str>, roles: &[String]) -> anyhow::Result<Principal> {
    let name = name.or_else(|| roles.first().map(String::as_str)).unwrap_or_default();
    let Some(found) = access.principal_named(payer, name)? else {
        if roles.is_empty() {
            return named(access, payer, name);
        }
        return Ok(access.create_principal(&NewPrincipal {
            payer: payer.map(str::to_owned),
            name: name.to_owned(),
            subject: None,
            roles: roles.to_vec(),
        })?);
    };
    if !roles.is_empty() && found.roles != roles {
        bail!(
            "principal `{name}` is there with {}; name another with --principal, or change its roles with `reprise \
             principal change`",
            found.roles.join(", ")
        );
    }
    if found.disabled_at_ms.is_some() {
        bail!("principal `{name}` is disabled; `reprise principal enable` lets it ask again");
    }
    Ok(found)
}

/// How a token stands.
fn standing(token: &Token) -> String {
    let moment = |name: &str, at_ms: Option<i64>| at_ms.and_then(time_text).map(|time| format!("{name} {time}"));
    let parts = [
        moment("made", Some(token.created_at_ms)),
        moment("last used", token.last_used_at_ms).or_else(|| Some("never used".to_owned())),
        moment("expires", token.expires_at_ms),
        moment("revoked", token.revoked_at_ms),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

impl DatabaseArguments {
    /// The database, opened.
    pub(super) fn open(&self) -> anyhow::Result<std::sync::Arc<dyn Store>> {
        reprise_store::open(&self.database)
            .with_context(|| format!("database `{}`", reprise_store::shown_url(&self.database)))
    }
}
