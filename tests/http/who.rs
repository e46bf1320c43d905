//! Who asks in the stories: principals that are there as soon as they ask for something, and the tokens that they send.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use reprise::access::ADMINISTRATOR;
use reprise::{Host, HostError};
use reprise_store::NewPrincipal;

/// Who asks unless a story says otherwise, as histories name it: an administrator.
pub(crate) const USER: &str = "clerk";

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    /// Somebody who brings no credentials.
    Nobody,
    /// An administrator with this name, of this payer; of the only one there is if none is said.
    User { payer: Option<String>, name: String },
    /// A principal of the platform with this role, which it is named after.
    Platform { role: String },
    /// Whoever this token is of.
    Bearer { token: String },
}

impl Who {
    /// The user that asks unless a story says otherwise.
    pub(crate) fn usual() -> Self {
        Self::User {
            payer: None,
            name: USER.to_owned(),
        }
    }

    /// The same user, of this payer.
    pub(crate) fn of_payer(&self, payer: &str) -> Self {
        let name = match self {
            Self::User { name, .. } => name,
            _ => USER,
        };
        Self::User {
            payer: Some(payer.to_owned()),
            name: name.to_owned(),
        }
    }

    /// Another user of the same payer.
    pub(crate) fn named(&self, name: &str) -> Self {
        let payer = match self {
            Self::User { payer, .. } => payer.clone(),
            _ => None,
        };
        Self::User {
            payer,
            name: name.to_owned(),
        }
    }
}

/// The tokens that were made for those who have asked.
pub(crate) struct Tokens {
    host: Host,
    made: Mutex<HashMap<Who, String>>,
}

impl Tokens {
    pub(crate) fn new(host: Host) -> Self {
        Self {
            host,
            made: Mutex::default(),
        }
    }

    /// What this one sends to prove who it is.
    #[track_caller]
    pub(crate) fn of(&self, who: &Who) -> Option<String> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = made.get(who) {
            return Some(token.clone());
        }
        let token = match who {
            Who::Nobody => return None,
            Who::Bearer { token } => return Some(token.clone()),
            Who::Platform { role } => token(&self.host, None, role, &[role]),
            Who::User { payer, name } => {
                let payer = payer.clone().unwrap_or_else(|| self.only_payer());
                token(&self.host, Some(&payer), name, &[ADMINISTRATOR])
            }
        };
        made.insert(who.clone(), token.clone());
        Some(token)
    }

    /// The payer that a story is about which names none.
    #[track_caller]
    fn only_payer(&self) -> String {
        match self.host.payers().expect("the payers").as_slice() {
            [] => "ACME".to_owned(),
            [only] => only.clone(),
            several => panic!("the story has to say as of which payer it asks: {several:?}"),
        }
    }
}

/// A token for this principal, which is made with these roles if it is not there.
#[track_caller]
pub(crate) fn token(host: &Host, payer: Option<&str>, name: &str, roles: &[&str]) -> String {
    let access = host.access("the story");
    let principal = NewPrincipal {
        payer: payer.map(str::to_owned),
        name: name.to_owned(),
        subject: None,
        roles: roles.iter().map(|&role| role.to_owned()).collect(),
    };
    let principal = match access.create_principal(&principal) {
        // Another caller of the same database may have made it.
        Err(HostError::Conflict(_)) => access
            .principal_named(payer, name)
            .expect("a read")
            .expect("a principal that is there"),
        created => created.expect("a principal"),
    };
    access.create_token(payer, principal.id, None).expect("a token").text
}
