//! What is done to payers, principals, roles and tokens: each change in one transaction with its entry in the audit log.

use std::borrow::Cow;

use reprise_model::{Message, MessageKey, check_code};
use reprise_store::{
    NewAuditEntry, NewPrincipal, NewToken, Principal, PrincipalChange, PrincipalCreation, PrincipalsOf, Role, Store,
    Token, WriteTransaction,
};
use serde_json::{Value, json};

use super::audited;
use super::rights::{INTEGRATION_POINTS, METRICS_READ};
use super::role::{BUILT_IN_ROLES, PLATFORM_ADMINISTRATOR, built_in};
use super::token::TokenText;
use crate::HostError;
use crate::time::now_ms;

/// How many milliseconds a day has.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// What the audit log puts in front of the names of the platform's principals.
const PLATFORM: &str = "platform:";
/// Whom else the audit log names.
const RESERVED: [&str; 2] = [COMMAND_LINE, FIRST_START];
/// What the audit log calls whoever changes something by a command.
pub(crate) const COMMAND_LINE: &str = "command line";
/// What the audit log calls the start of a server where nobody is known yet.
pub(crate) const FIRST_START: &str = "first start";
/// What the restrictions of integration points end with.
const INTEGRATION_POINT: &str = " IP";

/// A token that was made just now. Its text is nowhere else, and is not printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct CreatedToken {
    /// What to send as the bearer's token.
    pub text: String,
    /// What is kept of it.
    pub token: Token,
}

impl std::fmt::Debug for CreatedToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CreatedToken")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// What is to be changed of a principal. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrincipalUpdate {
    /// Its roles, by name.
    pub roles: Option<Vec<String>>,
    /// What the issuer calls it; an empty text is nothing.
    pub subject: Option<String>,
    /// Whether it may not ask for anything.
    pub disabled: Option<bool>,
}

/// Management of access in a database, as somebody who may. Who may is for the caller to have found out.
pub struct Access<'a> {
    store: &'a dyn Store,
    user: Cow<'a, str>,
    /// Whether it is somebody of the platform, whose log then has it too, whosever access it is about.
    by_platform: bool,
}

type Change<'c, Answer> = dyn FnOnce(&mut dyn WriteTransaction) -> Result<Answer, HostError> + 'c;

impl<'a> Access<'a> {
    /// Management by this user, as the audit log names it.
    pub fn new(store: &'a dyn Store, user: &'a str) -> Self {
        Self {
            store,
            user: Cow::Borrowed(user),
            by_platform: false,
        }
    }

    /// The same by a principal of the platform with this name. The audit log of a payer tells it from the payer's own.
    pub(crate) fn by_platform(self) -> Self {
        Self {
            user: Cow::Owned(format!("{PLATFORM}{}", self.user)),
            by_platform: true,
            ..self
        }
    }

    /// What the audit log keeps of a change.
    fn entries(&self, payer: Option<&str>, operation: &str, object: &str, details: &Value) -> Vec<NewAuditEntry> {
        let mut entries = vec![audited(payer, &self.user, operation, object.to_owned(), details)];
        if let (Some(payer), true) = (payer, self.by_platform) {
            let object = format!("{object} of payer {payer}");
            entries.push(audited(None, &self.user, operation, object, details));
        }
        entries
    }

    /// Does a change, and keeps in the same transaction that it was done.
    fn change<Answer>(
        &self,
        payer: Option<&str>,
        operation: &str,
        change: Box<Change<'_, (Answer, String, Value)>>,
    ) -> Result<Answer, HostError> {
        let mut transaction = self.store.begin_write()?;
        let (answer, object, details) = change(transaction.as_mut())?;
        transaction.append_audit(&self.entries(payer, operation, &object, &details))?;
        transaction.commit()?;
        Ok(answer)
    }

    /// Creates a payer, and answers whether it is new.
    pub fn create_payer(&self, payer: &str) -> Result<bool, HostError> {
        check_code("a payer's code", payer).map_err(|reason| bad_value("the payer", &reason))?;
        let mut transaction = self.store.begin_write()?;
        let created = transaction.create_payer(payer)?;
        if created {
            let object = format!("payer {payer}");
            transaction.append_audit(&self.entries(Some(payer), "create_payer", &object, &json!({})))?;
            transaction.commit()?;
        }
        Ok(created)
    }

    /// The principals of a payer, of the platform, or of everybody.
    pub fn principals(&self, of: PrincipalsOf<'_>) -> Result<Vec<Principal>, HostError> {
        Ok(self.store.principals(of)?)
    }

    /// The principal with this id, if it is of this payer; of the platform if none is given.
    pub fn principal(&self, payer: Option<&str>, id: i64) -> Result<Principal, HostError> {
        let found = self.store.principal(id)?;
        found
            .filter(|found| found.payer.as_deref() == payer)
            .ok_or_else(|| HostError::not_found(&format!("principal {id}")))
    }

    /// The principal with this name, if there is one.
    pub fn principal_named(&self, payer: Option<&str>, name: &str) -> Result<Option<Principal>, HostError> {
        Ok(self.store.principal_by_name(payer, name)?)
    }

    /// Creates a principal, and the payer that it is of if that is new.
    pub fn create_principal(&self, principal: &NewPrincipal) -> Result<Principal, HostError> {
        let payer = principal.payer.as_deref();
        if let Some(payer) = payer {
            check_code("a payer's code", payer).map_err(|reason| bad_value("the payer", &reason))?;
        }
        check_code("a name", &principal.name).map_err(|reason| bad_value("the name", &reason))?;
        if RESERVED.contains(&principal.name.as_str()) || principal.name.starts_with(PLATFORM) {
            let reason = "the audit log means somebody else by it; give the principal another name";
            return Err(bad_value("the name", reason));
        }
        check_subject(principal.subject.as_deref())?;
        let created = self.change(
            payer,
            "create_principal",
            Box::new(|transaction| {
                self.check_roles(payer, &principal.roles)?;
                let id = match transaction.create_principal(principal)? {
                    PrincipalCreation::Created(id) => id,
                    PrincipalCreation::NameTaken => return Err(taken(&format!("Principal {}", principal.name))),
                    PrincipalCreation::SubjectTaken => return Err(subject_taken(principal.subject.as_deref())),
                };
                let details = json!({
                    "id": id, "name": principal.name, "roles": principal.roles, "subject": principal.subject,
                });
                Ok((id, format!("principal {id}"), details))
            }),
        )?;
        self.principal(payer, created)
    }

    /// Changes a principal of this payer, or of the platform.
    pub fn change_principal(
        &self,
        payer: Option<&str>,
        id: i64,
        update: &PrincipalUpdate,
    ) -> Result<Principal, HostError> {
        if update == &PrincipalUpdate::default() {
            let reason = "nothing is to be changed; give roles, subject or disabled";
            return Err(bad_value("the request", reason));
        }
        self.change(
            payer,
            "change_principal",
            Box::new(|transaction| {
                let before = self.principal(payer, id)?;
                if let Some(roles) = &update.roles {
                    self.check_roles(payer, roles)?;
                    transaction.set_principal_roles(id, roles)?;
                }
                if let Some(subject) = &update.subject {
                    let subject = Some(subject.as_str()).filter(|subject| !subject.is_empty());
                    check_subject(subject)?;
                    if transaction.set_principal_subject(id, subject)? == PrincipalChange::SubjectTaken {
                        return Err(subject_taken(subject));
                    }
                }
                if let Some(disabled) = update.disabled {
                    transaction.set_principal_disabled(id, disabled)?;
                }
                let details = json!({
                    "name": before.name,
                    "before": {
                        "roles": before.roles, "subject": before.subject, "disabled": before.disabled_at_ms.is_some(),
                    },
                    "roles": update.roles, "subject": update.subject, "disabled": update.disabled,
                });
                Ok(((), format!("principal {id}"), details))
            }),
        )?;
        self.principal(payer, id)
    }

    /// The roles that a payer has made, by name.
    pub fn roles(&self, payer: &str) -> Result<Vec<Role>, HostError> {
        Ok(self.store.roles(payer)?)
    }

    /// The role of this name that a payer has made.
    pub fn role(&self, payer: &str, name: &str) -> Result<Role, HostError> {
        let found = self.roles(payer)?.into_iter().find(|role| role.name == name);
        found.ok_or_else(|| HostError::not_found(&format!("role {name} that the payer has made")))
    }

    /// Makes a role, or has it grant other restrictions.
    pub fn write_role(&self, role: &Role) -> Result<(), HostError> {
        check_code("a payer's code", &role.payer).map_err(|reason| bad_value("the payer", &reason))?;
        check_code("a name", &role.name).map_err(|reason| bad_value("the name", &reason))?;
        if built_in(&role.name).is_some() {
            let reason = format!(
                "role {} is built in and stays as it is; give yours another name",
                role.name
            );
            return Err(HostError::conflict(&reason));
        }
        for restriction in &role.restrictions {
            check_restriction(restriction).map_err(|reason| bad_value("a restriction", &reason))?;
        }
        self.change(
            Some(&role.payer),
            "write_role",
            Box::new(|transaction| {
                let before = self.roles(&role.payer)?.into_iter().find(|held| held.name == role.name);
                let before = before.map(|before| before.restrictions);
                transaction.write_role(role)?;
                let details = json!({ "before": before, "restrictions": role.restrictions });
                Ok(((), format!("role {}", role.name), details))
            }),
        )
    }

    /// Deletes a role that a payer has made, unless a principal has it.
    pub fn delete_role(&self, payer: &str, name: &str) -> Result<(), HostError> {
        self.change(
            Some(payer),
            "delete_role",
            Box::new(|transaction| {
                let role = self.role(payer, name)?;
                let principals = self.store.principals(PrincipalsOf::Payer(payer))?;
                if let Some(has_it) = principals
                    .iter()
                    .find(|held| held.roles.iter().any(|role| role == name))
                {
                    let reason = format!("principal {} has role {name}; take it from it first", has_it.name);
                    return Err(HostError::conflict(&reason));
                }
                transaction.delete_role(payer, name)?;
                let details = json!({ "before": role.restrictions });
                Ok(((), format!("role {name}"), details))
            }),
        )
    }

    /// The tokens of a principal of this payer, or of the platform.
    pub fn tokens(&self, payer: Option<&str>, principal: i64) -> Result<Vec<Token>, HostError> {
        self.principal(payer, principal)?;
        Ok(self.store.tokens(principal)?)
    }

    /// Makes a token for a principal of this payer, or of the platform, good for so many days, or for ever.
    pub fn create_token(
        &self,
        payer: Option<&str>,
        principal: i64,
        expires_in_days: Option<u32>,
    ) -> Result<CreatedToken, HostError> {
        let expires_at_ms = expires_in_days.map(|days| now_ms() + i64::from(days) * DAY_MS);
        let (text, token) = new_token(principal, expires_at_ms)?;
        let id = token.id.clone();
        self.change(
            payer,
            "create_token",
            Box::new(|transaction| {
                let bearer = self.principal(payer, principal)?;
                transaction.create_token(&token)?;
                let details = json!({ "principal": bearer.name, "expiresInDays": expires_in_days });
                Ok(((), format!("token {id}"), details))
            }),
        )?;
        self.created(text, &token.id)
    }

    /// Has a token of a principal of this payer, or of the platform, be refused from now on.
    pub fn revoke_token(&self, payer: Option<&str>, token: &str) -> Result<Token, HostError> {
        let no_token = || HostError::not_found(&format!("token {token}"));
        self.change(
            payer,
            "revoke_token",
            Box::new(|transaction| {
                let found = self.store.token(token)?.ok_or_else(no_token)?;
                let bearer = self.principal(payer, found.principal).map_err(|_| no_token())?;
                transaction.revoke_token(token)?;
                Ok(((), format!("token {token}"), json!({ "principal": bearer.name })))
            }),
        )?;
        self.store.token(token)?.ok_or_else(no_token)
    }

    /// The token of an administrator of the platform, if nobody is known here yet: then both are made, in one transaction.
    pub fn first_administrator(&self) -> Result<Option<CreatedToken>, HostError> {
        let is_first = || Ok::<_, HostError>(self.store.principals(PrincipalsOf::Everyone)?.is_empty());
        if !is_first()? {
            return Ok(None);
        }
        let mut transaction = self.store.begin_write()?;
        // Another host may have been first while this one waited to write.
        if !is_first()? {
            return Ok(None);
        }
        let first = NewPrincipal {
            payer: None,
            name: PLATFORM_ADMINISTRATOR.to_owned(),
            subject: None,
            roles: vec![PLATFORM_ADMINISTRATOR.to_owned()],
        };
        let PrincipalCreation::Created(id) = transaction.create_principal(&first)? else {
            return Ok(None);
        };
        let (text, token) = new_token(id, None)?;
        transaction.create_token(&token)?;
        let details = json!({ "id": id, "name": first.name, "roles": first.roles, "token": token.id });
        let object = format!("principal {id}");
        transaction.append_audit(&self.entries(None, "create_first_administrator", &object, &details))?;
        transaction.commit()?;
        self.created(text, &token.id).map(Some)
    }

    fn created(&self, text: String, id: &str) -> Result<CreatedToken, HostError> {
        let token = self.store.token(id)?;
        let token = token.ok_or_else(|| HostError::Technical("a token was made and is not there".to_owned()))?;
        Ok(CreatedToken { text, token })
    }

    /// Refuses roles that are not there, or not for principals of this payer, or of the platform.
    fn check_roles(&self, payer: Option<&str>, roles: &[String]) -> Result<(), HostError> {
        let made = match payer {
            Some(payer) => self.store.roles(payer)?,
            None => Vec::new(),
        };
        let built_in = BUILT_IN_ROLES.iter().filter(|role| role.of_platform == payer.is_none());
        let known: Vec<&str> = built_in
            .map(|role| role.name)
            .chain(made.iter().map(|role| role.name.as_str()))
            .collect();
        match roles.iter().find(|role| !known.contains(&role.as_str())) {
            None => Ok(()),
            Some(unknown) => {
                let whose = payer.map_or_else(|| "the platform".to_owned(), |payer| format!("payer {payer}"));
                let reason = format!(
                    "`{unknown}` is no role for a principal of {whose}; those are {}",
                    known.join(", ")
                );
                Err(bad_value("a role", &reason))
            }
        }
    }
}

/// A token for a principal: its text, and what is kept of it.
fn new_token(principal: i64, expires_at_ms: Option<i64>) -> Result<(String, NewToken), HostError> {
    let (text, made) =
        TokenText::random().map_err(|error| HostError::Technical(format!("no random bytes for a token: {error}")))?;
    let token = NewToken {
        id: made.id,
        principal,
        digest: made.digest,
        expires_at_ms,
    };
    Ok((text, token))
}

/// Refuses what looks like the restriction of an integration point and is none, and what a payer cannot grant.
fn check_restriction(restriction: &str) -> Result<(), String> {
    check_code("a restriction", restriction)?;
    if restriction == METRICS_READ {
        return Err(format!(
            "`{restriction}` is of the whole server, so no role of a payer can grant it"
        ));
    }
    if restriction.ends_with(INTEGRATION_POINT) && !INTEGRATION_POINTS.contains(&restriction) {
        let known: Vec<_> = INTEGRATION_POINTS
            .iter()
            .copied()
            .filter(|known| *known != METRICS_READ)
            .collect();
        return Err(format!(
            "`{restriction}` is of no integration point; those are {}",
            known.join(", ")
        ));
    }
    Ok(())
}

fn check_subject(subject: Option<&str>) -> Result<(), HostError> {
    let checked = subject.map_or(Ok(()), |subject| check_code("a subject", subject));
    checked.map_err(|reason| bad_value("the subject", &reason))
}

fn bad_value(what: &str, reason: &str) -> HostError {
    HostError::refused(MessageKey::BadValue, [what, reason])
}

fn taken(what: &str) -> HostError {
    HostError::Conflict(Message::new(MessageKey::CodeTaken, [what]))
}

fn subject_taken(subject: Option<&str>) -> HostError {
    taken(&format!("A principal with the subject {}", subject.unwrap_or_default()))
}
