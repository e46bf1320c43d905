//! Finding out who asks, by what they prove themselves with.
//!
//! What was found is remembered for as long as nothing about principals, roles and tokens has changed, which is looked
//! at each time: a token that was revoked, on whichever host or by whichever command, is refused from then on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use reprise_model::{Message, MessageKey};
use subtle::ConstantTimeEq as _;

use super::jwt::JwtIssuer;
use super::principal::Principal;
use super::role::rights_of;
use super::token::{TokenText, is_ours};
use crate::activities::Signal;
use crate::host::Inner;
use crate::time::now_ms;
use crate::{Host, HostError};

/// How often it is kept when tokens were used. It waits for whoever is writing, so no request waits for it.
const KEEP_USES_AFTER: Duration = Duration::from_secs(10);
/// How many found principals are remembered. Beyond, all are looked up anew.
const REMEMBERED_MAX: usize = 10_000;

/// What is known of who asks.
#[derive(Default)]
pub(crate) struct Authentication {
    found: Mutex<Found>,
    /// When tokens were used, as far as that is not kept yet.
    uses: Mutex<HashMap<String, i64>>,
    /// Who vouches for whom, if somebody does.
    pub(crate) issuer: Option<JwtIssuer>,
}

#[derive(Default)]
struct Found {
    /// The change of principals, roles and tokens that all of it is in step with.
    sequence: u64,
    of_tokens: HashMap<String, FoundToken>,
    of_subjects: HashMap<String, Arc<Principal>>,
}

#[derive(Clone)]
struct FoundToken {
    digest: [u8; 32],
    expires_at_ms: Option<i64>,
    /// The name of its principal.
    name: String,
    /// Whom it stands for, or why for nobody.
    bearer: Result<Arc<Principal>, NotGood>,
}

/// Why a token that is one of ours is not good.
#[derive(Clone, Copy)]
enum NotGood {
    Revoked,
    Disabled,
    Expired,
}

impl NotGood {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Disabled => "of a disabled principal",
            Self::Expired => "expired",
        }
    }
}

/// What a request has proved itself with, for what goes on after its answer has begun. It is not printed.
#[derive(Clone)]
pub(crate) struct Session {
    bearer: Arc<str>,
}

impl Session {
    pub(crate) fn new(bearer: &str) -> Self {
        Self { bearer: bearer.into() }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Session")
    }
}

/// Why somebody is not known here, in words that help whoever means well and tell nothing to others.
fn refused(reason: &str) -> HostError {
    HostError::NotAuthenticated(Message::new(MessageKey::NotAuthenticated, [reason]))
}

const BAD_TOKEN: &str = "The token is not known here";

impl Authentication {
    /// Found out by tokens, and by what this issuer vouches for.
    pub(crate) fn new(issuer: Option<JwtIssuer>) -> Self {
        Self {
            issuer,
            ..Self::default()
        }
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is remembered as of this change.
    fn found_at(&self, sequence: u64) -> MutexGuard<'_, Found> {
        let mut found = self.found();
        // Another request may have seen a later change meanwhile. What it found stays; this one looks up its own.
        if found.sequence < sequence || found.of_tokens.len() + found.of_subjects.len() > REMEMBERED_MAX {
            *found = Found {
                sequence,
                ..Found::default()
            };
        }
        found
    }

    fn note_use(&self, token: &str) {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        uses.insert(token.to_owned(), now_ms());
    }
}

/// Keeps when tokens were used last, until the signal stops and once more then.
pub(crate) fn keep_token_uses(host: &Weak<Inner>, signal: &Signal) {
    let mut seen = 0;
    let mut kept = Instant::now();
    loop {
        let is_last = signal.is_stopped();
        if is_last || kept.elapsed() >= KEEP_USES_AFTER {
            kept = Instant::now();
            let Some(inner) = host.upgrade() else { return };
            if let Err(error) = (Host { inner }).keep_token_uses() {
                tracing::warn!(%error, "when tokens were used last cannot be kept now");
            }
        }
        if is_last {
            return;
        }
        signal.wait(&mut seen, KEEP_USES_AFTER);
    }
}

impl Host {
    /// Who the bearer of this text is. The error says why it is nobody, without a letter of the text.
    pub(crate) fn authenticate(&self, bearer: &str) -> Result<Arc<Principal>, HostError> {
        if is_ours(bearer) {
            return self.bearer_of(&TokenText::parse(bearer).ok_or_else(|| refused(BAD_TOKEN))?);
        }
        let Some(issuer) = &self.inner.authentication.issuer else {
            return Err(refused(
                "The token is none of ours, which begin with `reprise_`, and no issuer of others is set",
            ));
        };
        let subject = issuer.subject_of(bearer).map_err(|reason| refused(&reason))?;
        self.subject(&subject)
    }

    /// Whoever began something may go on with it: it is still known here, and holds this restriction. The error says why
    /// not.
    pub(crate) fn still(&self, session: &Session, restriction: &str) -> Result<(), HostError> {
        let principal = self.authenticate(&session.bearer)?;
        if principal.rights.hold(restriction) {
            return Ok(());
        }
        let message = Message::new(MessageKey::NotAllowed, [&principal.name, restriction]);
        Err(HostError::Forbidden(message))
    }

    fn bearer_of(&self, token: &TokenText) -> Result<Arc<Principal>, HostError> {
        let authentication = &self.inner.authentication;
        let sequence = self.inner.store.access_sequence()?;
        let remembered = authentication.found_at(sequence).of_tokens.get(&token.id).cloned();
        let found = match remembered {
            Some(found) => found,
            None => {
                let found = self.look_up_token(&token.id)?.ok_or_else(|| refused(BAD_TOKEN))?;
                let mut remembered = authentication.found_at(sequence);
                if remembered.sequence == sequence {
                    remembered.of_tokens.insert(token.id.clone(), found.clone());
                }
                found
            }
        };
        if !bool::from(found.digest.ct_eq(&token.digest)) {
            return Err(refused(BAD_TOKEN));
        }
        let has_expired = found.expires_at_ms.is_some_and(|expires| expires <= now_ms());
        let bearer = match found.bearer {
            Ok(_) if has_expired => Err(NotGood::Expired),
            bearer => bearer,
        };
        match bearer {
            Ok(principal) => {
                authentication.note_use(&token.id);
                Ok(principal)
            }
            // Who sends it has the secret, so it may be told what is wrong with it.
            Err(why) => {
                tracing::warn!(
                    principal = found.name,
                    token = token.id,
                    "refused: the token is {}",
                    why.as_str()
                );
                crate::metrics::token_refused(why.as_str());
                let sentence = format!("The token is {}", why.as_str());
                Err(refused(&sentence))
            }
        }
    }

    fn subject(&self, subject: &str) -> Result<Arc<Principal>, HostError> {
        let authentication = &self.inner.authentication;
        let sequence = self.inner.store.access_sequence()?;
        let remembered = authentication.found_at(sequence).of_subjects.get(subject).cloned();
        if let Some(principal) = remembered {
            return Ok(principal);
        }
        let unknown = || refused("The issuer vouches for a subject that is no principal here, or a disabled one");
        let stored = self.inner.store.principal_by_subject(subject)?.ok_or_else(unknown)?;
        let principal = self.with_rights(stored)?.ok_or_else(unknown)?;
        let mut remembered = authentication.found_at(sequence);
        if remembered.sequence == sequence {
            remembered
                .of_subjects
                .insert(subject.to_owned(), Arc::clone(&principal));
        }
        Ok(principal)
    }

    /// The token with this id, if there is one, good or not.
    fn look_up_token(&self, id: &str) -> Result<Option<FoundToken>, HostError> {
        let store = &self.inner.store;
        let Some(token) = store.token(id)? else {
            return Ok(None);
        };
        let Some(stored) = store.principal(token.principal)? else {
            return Ok(None);
        };
        let name = stored.name.clone();
        let bearer = match self.with_rights(stored)? {
            _ if token.revoked_at_ms.is_some() => Err(NotGood::Revoked),
            None => Err(NotGood::Disabled),
            Some(principal) => Ok(principal),
        };
        Ok(Some(FoundToken {
            digest: token.digest,
            expires_at_ms: token.expires_at_ms,
            name,
            bearer,
        }))
    }

    /// A principal with what its roles come to; none if it is disabled.
    pub(super) fn with_rights(&self, stored: reprise_store::Principal) -> Result<Option<Arc<Principal>>, HostError> {
        if stored.disabled_at_ms.is_some() {
            return Ok(None);
        }
        let made = match &stored.payer {
            Some(payer) => self.inner.store.roles(payer)?,
            None => Vec::new(),
        };
        let rights = rights_of(&stored.roles, stored.payer.as_deref(), &made);
        Ok(Some(Arc::new(Principal {
            id: stored.id,
            name: stored.name,
            payer: stored.payer,
            roles: stored.roles,
            rights,
        })))
    }

    /// Keep when tokens were used last. What cannot be kept now is kept the next time.
    fn keep_token_uses(&self) -> Result<(), HostError> {
        let authentication = &self.inner.authentication;
        let uses: Vec<(String, i64)> = {
            let mut uses = authentication.uses.lock().unwrap_or_else(PoisonError::into_inner);
            uses.drain().collect()
        };
        if uses.is_empty() {
            return Ok(());
        }
        let kept = self.inner.store.write(|transaction| transaction.note_token_use(&uses));
        if let Err(error) = kept {
            let mut again = authentication.uses.lock().unwrap_or_else(PoisonError::into_inner);
            for (token, at_ms) in uses {
                let last = again.entry(token).or_insert(at_ms);
                *last = at_ms.max(*last);
            }
            return Err(error.into());
        }
        Ok(())
    }
}
