//! Webhooks: endpoints that are sent a payer's events, each at least once and in order.
//!
//! `dispatch` looks for webhooks that have something to be sent and begins a turn at each, on a thread of its own;
//! `turn` sends one event after the other until there are none or one is not taken; `ledger` writes down how far turns
//! are, those of many webhooks at once; `request` is what goes out, `destinations` where it may lead, and `sealing` keeps
//! what it is signed with. How far a webhook is, is in the database, so a turn
//! that ends in whichever way is gone on with, by this host or another.

mod destinations;
mod dispatch;
mod ledger;
mod request;
mod sealing;
mod settings;
mod turn;

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use reprise_model::{Message, MessageKey};
use reprise_request::WebhookRequest;
use reprise_store::{
    DeadLetter, NewWebhook, WEBHOOKS_MAX, WebhookCreation, WebhookFilter, WebhookSecret, WebhookStanding,
    WriteTransaction,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use destinations::{HostPattern, WebhookDestinations};
pub(crate) use dispatch::send_events;
pub use sealing::SealedSecrets;
pub use settings::WebhookSettings;

use self::ledger::Ledger;
use crate::access::audited;
use crate::secrets::SecretsKeys;
use crate::{Done, Host, HostError, Once};

/// How many random bytes a secret is made of.
const SECRET_BYTES: usize = 32;

/// What a host needs for its turns at webhooks.
pub(crate) struct Webhooks {
    settings: WebhookSettings,
    destinations: WebhookDestinations,
    /// What secrets are sealed with where they are kept.
    secrets: Option<SecretsKeys>,
    ledger: Ledger,
    /// Keeps connections for the next event.
    agent: ureq::Agent,
    /// Of which webhooks the metrics say something, by payer and code.
    measured: Mutex<HashSet<i64>>,
}

impl Webhooks {
    pub(crate) fn new(
        settings: WebhookSettings,
        destinations: WebhookDestinations,
        secrets: Option<SecretsKeys>,
    ) -> Self {
        Self {
            agent: request::agent(&settings, destinations.clone()),
            ledger: Ledger::default(),
            measured: Mutex::default(),
            settings,
            destinations,
            secrets,
        }
    }
}

/// A webhook that was created, as it is kept under an idempotency key: its secret is not kept twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedWebhook {
    /// Its number.
    pub id: i64,
    /// Its code.
    pub code: String,
}

/// What is wrong with the URL of an endpoint, if anything is.
pub fn check_webhook_url(url: &str) -> Result<(), String> {
    let is_web = |scheme: &str| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    if !is_web("http://") && !is_web("https://") {
        return Err("it has to begin with http:// or https:// and a host".to_owned());
    }
    let uri = url.parse::<ureq::http::Uri>().ok();
    let authority = uri.as_ref().and_then(|uri| uri.authority());
    let Some(authority) = authority.filter(|authority| !authority.host().is_empty()) else {
        return Err("it is no URL; write one such as https://events.example/reprise".to_owned());
    };
    if authority.as_str().contains('@') {
        return Err("it names a user or a password, which it cannot; requests are signed with the secret".to_owned());
    }
    let after_host = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
    if !after_host.is_empty() && authority.port_u16().is_none_or(|port| port == 0) {
        return Err("its port is none; a port is a number from 1 to 65535".to_owned());
    }
    if url.contains('#') {
        return Err("it has a fragment, which is never sent; leave out `#` and what follows".to_owned());
    }
    Ok(())
}

impl Host {
    /// What is wrong with the URL of an endpoint, if anything is: in itself, or since webhooks may not lead there.
    pub fn check_webhook_url(&self, url: &str) -> Result<(), String> {
        self.inner.webhooks.destinations.check_url(url)
    }

    /// Create a webhook of the payer. Its secret is made if none is given.
    pub fn create_webhook(
        &self,
        payer: &str,
        user: &str,
        request: &WebhookRequest,
        once: Option<&Once>,
    ) -> Result<Done<CreatedWebhook>, HostError> {
        let secret = match &request.secret {
            Some(secret) => secret.clone(),
            None => random_secret()?,
        };
        let webhook = self.sealed(NewWebhook {
            payer: payer.to_owned(),
            code: request.code.clone(),
            url: request.url.clone(),
            filter: WebhookFilter {
                types: request.types.clone(),
                members: request.members.clone(),
            },
            secret: WebhookSecret(secret),
            after: request.after,
        })?;
        let done = self.write_once(once, |transaction| {
            if let Some(after) = request.after {
                self.check_within_feed(after)?;
            }
            match transaction.create_webhook(&webhook)? {
                WebhookCreation::Created(id) => {
                    let details = json!({ "url": webhook.url, "types": webhook.filter.types });
                    note(transaction, payer, user, "create_webhook", &webhook.code, &details)?;
                    Ok(CreatedWebhook {
                        id,
                        code: webhook.code.clone(),
                    })
                }
                WebhookCreation::CodeTaken => {
                    let what = format!("Webhook {}", webhook.code);
                    Err(HostError::Conflict(Message::new(MessageKey::CodeTaken, [&what])))
                }
                WebhookCreation::TooMany => Err(HostError::conflict(&format!(
                    "There are {WEBHOOKS_MAX} webhooks, and a payer may have no more; delete one first"
                ))),
            }
        })?;
        self.inner.scheduler.wake();
        Ok(done)
    }

    /// The payer's webhook with this code.
    pub fn webhook(&self, payer: &str, code: &str) -> Result<WebhookStanding, HostError> {
        let found = self.inner.store.webhook(payer, code)?;
        found
            .map(|found| self.with_trouble(found))
            .ok_or_else(|| no_webhook(code))
    }

    /// The payer's webhook that was created just now, or was when the same request came first. It is not there any more
    /// if another one has its code by now.
    pub fn created_webhook(&self, payer: &str, created: &CreatedWebhook) -> Result<WebhookStanding, HostError> {
        let found = self.inner.store.webhook(payer, &created.code)?;
        found
            .filter(|found| found.webhook.id == created.id)
            .ok_or_else(|| no_webhook(&created.code))
    }

    /// The payer's webhooks, by code.
    pub fn webhooks(&self, payer: &str) -> Result<Vec<WebhookStanding>, HostError> {
        let found = self.inner.store.webhooks(Some(payer))?;
        Ok(found.into_iter().map(|found| self.with_trouble(found)).collect())
    }

    /// Delete the payer's webhook with its dead letters.
    pub fn delete_webhook(&self, payer: &str, user: &str, code: &str) -> Result<(), HostError> {
        let mut transaction = self.inner.store.begin_write()?;
        if !transaction.delete_webhook(payer, code)? {
            return Err(no_webhook(code));
        }
        note(transaction.as_mut(), payer, user, "delete_webhook", code, &json!({}))?;
        Ok(transaction.commit()?)
    }

    /// Send nothing more for the payer's webhook. What happens meanwhile is sent once it goes on.
    pub fn pause_webhook(
        &self,
        payer: &str,
        user: &str,
        code: &str,
        once: Option<&Once>,
    ) -> Result<Done<String>, HostError> {
        let reason = format!("{user} has asked for it");
        self.change_webhook(payer, user, "pause_webhook", code, once, |transaction| {
            transaction.pause_webhook(payer, code, &reason)
        })
    }

    /// Go on with the payer's webhook where it is, at once, also if it is not paused but waits to try again.
    pub fn resume_webhook(
        &self,
        payer: &str,
        user: &str,
        code: &str,
        once: Option<&Once>,
    ) -> Result<Done<String>, HostError> {
        self.change_webhook(payer, user, "resume_webhook", code, once, |transaction| {
            transaction.resume_webhook(payer, code)
        })
    }

    /// Send all events after this position again.
    pub fn replay_webhook(
        &self,
        payer: &str,
        user: &str,
        code: &str,
        after: u64,
        once: Option<&Once>,
    ) -> Result<Done<String>, HostError> {
        let done = self.write_once(once, |transaction| {
            let position = self.webhook(payer, code)?.webhook.position;
            if after > position {
                let reason = format!("it is {after}, and the events after {position} were not sent yet; ask for less");
                return Err(HostError::refused(MessageKey::BadValue, ["`after`", &reason]));
            }
            transaction.replay_webhook(payer, code, after)?;
            note(
                transaction,
                payer,
                user,
                "replay_webhook",
                code,
                &json!({ "after": after }),
            )?;
            Ok(code.to_owned())
        })?;
        self.inner.scheduler.wake();
        Ok(done)
    }

    /// The dead letters of the payer's webhook after this position, by position; at most so many.
    pub fn dead_letters(&self, payer: &str, code: &str, after: u64, limit: u32) -> Result<Vec<DeadLetter>, HostError> {
        self.webhook(payer, code)?;
        Ok(self.inner.store.dead_letters(payer, code, after, limit)?)
    }

    /// Send the dead letter at this position again, or all of the payer's webhook.
    pub fn resend_dead_letters(
        &self,
        payer: &str,
        user: &str,
        code: &str,
        position: Option<u64>,
        once: Option<&Once>,
    ) -> Result<Done<String>, HostError> {
        let done = self.write_once(once, |transaction| {
            let asked = transaction.resend_dead_letters(payer, code, position)?;
            match (asked, position) {
                (None, _) => Err(no_webhook(code)),
                (Some(0), Some(position)) => Err(HostError::not_found(&format!(
                    "dead letter at position {position} of webhook {code}"
                ))),
                (Some(count), _) => {
                    let details = json!({ "position": position, "count": count });
                    note(transaction, payer, user, "resend_dead_letters", code, &details)?;
                    Ok(code.to_owned())
                }
            }
        })?;
        self.inner.scheduler.wake();
        Ok(done)
    }

    /// Say in the metrics how far behind each webhook is.
    pub(crate) fn measure_webhooks(&self) -> Result<(), HostError> {
        let standings = self.inner.store.webhooks(None)?;
        let mut measured = self
            .inner
            .webhooks
            .measured
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // A figure stays until it is set again: one that was deleted is behind no more.
        for webhook in measured.drain() {
            crate::metrics::webhook_behind(webhook, 0);
        }
        for WebhookStanding { webhook, behind, .. } in standings {
            crate::metrics::webhook_behind(webhook.id, behind);
            measured.insert(webhook.id);
        }
        Ok(())
    }

    fn change_webhook(
        &self,
        payer: &str,
        user: &str,
        operation: &str,
        code: &str,
        once: Option<&Once>,
        change: impl FnOnce(&mut dyn WriteTransaction) -> Result<bool, reprise_store::StoreError>,
    ) -> Result<Done<String>, HostError> {
        let done = self.write_once(once, |transaction| {
            if !change(transaction)? {
                return Err(no_webhook(code));
            }
            note(transaction, payer, user, operation, code, &json!({}))?;
            Ok(code.to_owned())
        })?;
        self.inner.scheduler.wake();
        Ok(done)
    }

    /// Nobody begins behind the end of the feed: what is between would be missed without a word.
    fn check_within_feed(&self, after: u64) -> Result<(), HostError> {
        let end = self.inner.store.event_position()?;
        if after > end {
            let reason = format!("it is {after}, and the feed ends at {end}");
            return Err(HostError::refused(MessageKey::BadValue, ["`after`", &reason]));
        }
        Ok(())
    }
}

/// Keeps in the audit log that something is done to a webhook, in the transaction that does it.
fn note(
    transaction: &mut dyn WriteTransaction,
    payer: &str,
    user: &str,
    operation: &str,
    code: &str,
    details: &serde_json::Value,
) -> Result<(), HostError> {
    let entry = audited(Some(payer), user, operation, format!("webhook {code}"), details);
    Ok(transaction.append_audit(&[entry])?)
}

fn no_webhook(code: &str) -> HostError {
    HostError::not_found(&format!("webhook {code}"))
}

/// A secret that nobody can guess, in hexadecimal digits.
fn random_secret() -> Result<String, HostError> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|error| HostError::Technical(format!("no random bytes for a secret: {error}")))?;
    Ok(request::hexadecimal(&bytes))
}

#[cfg(test)]
mod tests {
    use super::{check_webhook_url, random_secret};

    #[test]
    fn a_url_names_a_host_on_the_web_and_no_user() {
        for url in [
            "http://127.0.0.1:9000/events",
            "https://events.example",
            "HTTPS://Events.Example/a?b=c%20d",
            "http://[::1]:80/",
        ] {
            assert_eq!(check_webhook_url(url), Ok(()), "{url}");
        }
        for (url, words) in [
            ("events", "has to begin with http"),
            ("/events", "has to begin with http"),
            ("ftp://events.example/", "has to begin with http"),
            ("http://", "no URL"),
            ("http:///events", "no URL"),
            ("http://:80/", "no URL"),
            ("file:///events", "has to begin with http"),
            ("http://a b/", "no URL"),
            ("http://jane:secret@a/", "names a user or a password"),
            ("http://a:0/", "its port is none"),
            ("http://a:65536/", "its port is none"),
            ("http://a:/", "its port is none"),
            ("http://a/#part", "has a fragment"),
        ] {
            let reason = check_webhook_url(url).expect_err(url);
            assert!(reason.contains(words), "{url}: {reason}");
            assert!(!reason.contains("secret@"), "{reason}");
        }
    }

    #[test]
    fn a_secret_is_another_each_time() {
        let secrets = [(); 2].map(|()| random_secret().expect("random bytes"));
        assert_ne!(secrets[0], secrets[1]);
        assert!(secrets.iter().all(|secret| secret.len() == 64));
    }
}
