//! What is done to rule components: each change in one transaction with its entry in the audit log.
//!
//! A component is installed (`installing`) under the signatures that somebody trusts (`trusting`), and activated, alone or
//! with one of the other kind, as a generation (`activating`), which the hosts of the database then follow (`hosts`). What
//! decided before is found in the record of activations (`record`), also for a component that fails (`returning`). Components are named as people name them (`naming`),
//! and shown with all that is known of them (`reading`).
//!
//! A server does this for its callers, and so does a command beside it, on the database alone; what the two do not have in
//! common is in `here`.

mod activating;
mod here;
mod hosts;
mod installing;
mod naming;
mod reading;
mod record;
mod reinstating;
mod returning;
mod trusting;

use reprise_engine::RuleEngine;
use reprise_model::MessageKey;
use reprise_store::{NewAuditEntry, RulesOf, Store, WriteTransaction};
use serde_json::{Value, json};

pub use activating::{Activated, ActivatedNames, ActivationRequest};
pub use installing::Installed;
pub use naming::NamedComponent;
pub use reading::{Inspected, InstalledComponent, KeptSignature};
pub use reinstating::Reinstated;
pub use trusting::{PolicyChange, SignatureStanding, TrustRequest};

use self::here::Here;
use crate::access::audited;
use crate::{Host, HostError};

/// How long a reason or a comment may be.
const WORDS_BYTES_MAX: usize = 1_000;

/// Management of the rules of a payer, or of the platform, as somebody who may. Who may is for the caller to have found
/// out.
pub struct RulesManagement<'a> {
    store: &'a dyn Store,
    here: Here<'a>,
    /// None: the platform's rules.
    payer: Option<&'a str>,
    user: &'a str,
}

impl Host {
    /// Management of the rules of a payer, or of the platform if none is given, by this user, as the audit log names it.
    pub fn rules<'a>(&'a self, payer: Option<&'a str>, user: &'a str) -> RulesManagement<'a> {
        RulesManagement {
            store: self.inner.store.as_ref(),
            here: Here::Server(self),
            payer,
            user,
        }
    }

    /// How large a component may be that is checked here.
    pub fn component_bytes_max(&self) -> usize {
        self.inner.rules.engine().admission_limits().component_bytes_max
    }
}

impl<'a> RulesManagement<'a> {
    /// The same on a database alone: hosts that serve it follow by themselves.
    pub fn of_database(store: &'a dyn Store, engine: &'a RuleEngine, payer: Option<&'a str>, user: &'a str) -> Self {
        Self {
            store,
            here: Here::Command(engine),
            payer,
            user,
        }
    }

    /// Whose rules these are, for sentences.
    fn whose(&self) -> String {
        whose(self.payer)
    }

    /// What is installed for whose rules these are.
    fn own(&self) -> RulesOf<'a> {
        self.payer.map_or(RulesOf::Platform, RulesOf::Payer)
    }

    /// What the audit log keeps of something that is done.
    fn entry(&self, operation: &str, object: String, details: &Value) -> NewAuditEntry {
        audited(self.payer, self.user, operation, object, details)
    }

    /// Does a change, and keeps in the same transaction that it was done.
    fn change<Answer>(
        &self,
        operation: &str,
        change: impl FnOnce(&mut dyn WriteTransaction) -> Result<(Answer, String, Value), HostError>,
    ) -> Result<Answer, HostError> {
        let mut transaction = self.store.begin_write()?;
        let (answer, object, details) = change(transaction.as_mut())?;
        transaction.append_audit(&[self.entry(operation, object, &details)])?;
        transaction.commit()?;
        Ok(answer)
    }

    /// Answers what was asked for; if it is refused, keeps in the audit log that it was.
    fn noting_refusal<Answer>(
        &self,
        operation: &str,
        object: &str,
        asked: Result<Answer, HostError>,
    ) -> Result<Answer, HostError> {
        if let Err(error @ (HostError::Refused(_) | HostError::Conflict(_) | HostError::NotFound(_))) = &asked {
            let details = json!({ "reason": error.to_string() });
            let mut entry = self.entry(operation, object.to_owned(), &details);
            entry.refused = true;
            self.store.write(|transaction| transaction.append_audit(&[entry]))?;
        }
        asked
    }
}

/// A payer or the platform, for sentences.
fn whose(payer: Option<&str>) -> String {
    payer.map_or_else(|| "the platform".to_owned(), |payer| format!("payer {payer}"))
}

/// Refuses words that cannot be shown, or are too many or none.
fn check_words(what: &str, words: &str) -> Result<(), HostError> {
    let reason = if words.trim().is_empty() {
        "it is empty; say why, for whoever reads the record later".to_owned()
    } else if words.len() > WORDS_BYTES_MAX {
        format!("it is {} bytes long; {WORDS_BYTES_MAX} are allowed", words.len())
    } else if words.contains(char::is_control) {
        "it holds a control character".to_owned()
    } else {
        return Ok(());
    };
    Err(bad_value(what, &reason))
}

fn bad_value(what: &str, reason: &str) -> HostError {
    HostError::refused(MessageKey::BadValue, [what, reason])
}
