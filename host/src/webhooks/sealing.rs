//! The secrets of webhooks: sealed where they are kept, opened where a request is signed.

use std::collections::BTreeMap;

use reprise_store::{NewWebhook, Webhook, WebhookSecret, WebhookStanding};

use crate::secrets::{OpenError, is_sealed, open};
use crate::{Host, HostError};

/// What became of the secrets that are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealedSecrets {
    /// How many were sealed with the first key just now.
    pub sealed: usize,
    /// How many are kept as they are, since there is no key.
    pub plain: usize,
    /// How many cannot be opened, by reason.
    pub unopened: BTreeMap<String, usize>,
}

/// What a sealed secret belongs to. Codes hold no line breaks, so no two webhooks are written the same.
fn owner(payer: &str, code: &str) -> String {
    format!("webhook\n{payer}\n{code}")
}

impl Host {
    /// Seal all secrets of webhooks with the first key that are not: those that an older key has sealed, and those that
    /// were kept before there was a key.
    pub fn seal_webhook_secrets(&self) -> Result<SealedSecrets, HostError> {
        let mut done = SealedSecrets::default();
        let mut replaced = Vec::new();
        for WebhookStanding { webhook, .. } in self.inner.store.webhooks(None)? {
            let kept = &webhook.secret.0;
            match (self.open_webhook_secret(&webhook), &self.inner.webhooks.secrets) {
                (Err(reason), _) => *done.unopened.entry(reason.to_string()).or_default() += 1,
                (Ok(_), None) => done.plain += usize::from(!is_sealed(kept)),
                (Ok(_), Some(keys)) if keys.is_current(kept) => {}
                (Ok(secret), Some(_)) => {
                    replaced.push((webhook.id, self.seal_secret(&webhook.payer, &webhook.code, &secret)?));
                }
            }
        }
        self.inner.store.write(|transaction| {
            for (webhook, secret) in &replaced {
                // One that was deleted meanwhile has none to be sealed.
                done.sealed += usize::from(transaction.replace_webhook_secret(*webhook, secret)?);
            }
            Ok(())
        })?;
        Ok(done)
    }

    /// What requests of this webhook are signed with.
    pub fn webhook_secret(&self, webhook: &Webhook) -> Result<String, HostError> {
        self.open_webhook_secret(webhook).map_err(|reason| {
            HostError::conflict(&format!(
                "The secret of webhook {} cannot be opened: {reason}",
                webhook.code
            ))
        })
    }

    pub(super) fn open_webhook_secret(&self, webhook: &Webhook) -> Result<String, OpenError> {
        let keys = self.inner.webhooks.secrets.as_ref();
        open(keys, &owner(&webhook.payer, &webhook.code), &webhook.secret.0)
    }

    /// The webhook with its secret sealed.
    pub(super) fn sealed(&self, webhook: NewWebhook) -> Result<NewWebhook, HostError> {
        let secret = self.seal_secret(&webhook.payer, &webhook.code, &webhook.secret.0)?;
        Ok(NewWebhook { secret, ..webhook })
    }

    fn seal_secret(&self, payer: &str, code: &str, secret: &str) -> Result<WebhookSecret, HostError> {
        let Some(keys) = &self.inner.webhooks.secrets else {
            return Err(HostError::conflict(
                "What webhooks are signed with is kept sealed, and this server has no key for that; start it with \
                 `--secrets-key-file FILE`, a file that `reprise secrets-key create FILE` makes",
            ));
        };
        let sealed = keys.seal(&owner(payer, code), secret);
        sealed
            .map(WebhookSecret)
            .map_err(|reason| HostError::Technical(format!("a secret cannot be sealed: {reason}")))
    }

    /// The standing of a webhook as it is shown: one whose secret cannot be opened is sent nothing, and says so.
    pub(super) fn with_trouble(&self, mut standing: WebhookStanding) -> WebhookStanding {
        if let Err(reason) = self.open_webhook_secret(&standing.webhook) {
            standing.webhook.last_error = Some(format!("nothing is sent, since its secret cannot be opened: {reason}"));
        }
        standing
    }
}
