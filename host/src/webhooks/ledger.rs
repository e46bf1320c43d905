//! What turns have to write down, those of many webhooks at once, and until when each may go on.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reprise_store::{Store, StoreError, Webhook, WebhookProgress};

/// What turns have to write down, and until when each may go on.
///
/// There is one writer for everything that Reprise does, so a turn does not take it for each event; and where several turns
/// want it at the same moment, one writes for all.
#[derive(Default)]
pub(super) struct Ledger {
    /// What waits to be written, by webhook.
    waiting: Mutex<HashMap<i64, WebhookProgress>>,
    /// Held by whoever writes.
    writing: Mutex<()>,
    /// What has come of it, until whoever has asked for it looks.
    written: Mutex<HashMap<i64, Result<bool, StoreError>>>,
    /// When the leases of this host end, by webhook and this machine's clock. One ends here no later than in the database.
    leases: Mutex<HashMap<i64, Instant>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ledger {
    /// Leases webhooks, and answers which of them this host has now.
    pub(super) fn lease(
        &self,
        store: &dyn Store,
        webhooks: &[&Webhook],
        host: &str,
        lease: Duration,
    ) -> Result<Vec<i64>, StoreError> {
        let begun = Instant::now();
        let leased = store.write(|transaction| {
            let mut leased = Vec::new();
            for webhook in webhooks {
                if transaction.lease_webhook(webhook.id, webhook.replays, host, lease)? {
                    leased.push(webhook.id);
                }
            }
            Ok(leased)
        })?;
        lock(&self.leases).extend(leased.iter().map(|webhook| (*webhook, begun + lease)));
        Ok(leased)
    }

    /// Leases for longer what turns are at. What another host has taken meanwhile is not this host's any more.
    pub(super) fn renew(&self, store: &dyn Store, host: &str, lease: Duration) -> Result<(), StoreError> {
        let held: Vec<i64> = lock(&self.leases).keys().copied().collect();
        if held.is_empty() {
            return Ok(());
        }
        let begun = Instant::now();
        let renewed = store.write(|transaction| transaction.renew_webhooks(&held, host, lease))?;
        let mut leases = lock(&self.leases);
        for webhook in held {
            if !renewed.contains(&webhook) {
                leases.remove(&webhook);
            } else if let Some(end) = leases.get_mut(&webhook) {
                *end = begun + lease;
            }
        }
        Ok(())
    }

    /// Whether the lease of a webhook lasts for so long still.
    pub(super) fn lasts(&self, webhook: i64, time: Duration) -> bool {
        let end = lock(&self.leases).get(&webhook).copied();
        end.is_some_and(|end| end >= Instant::now() + time)
    }

    /// Forgets the lease of a webhook, whose turn has ended.
    pub(super) fn forget(&self, webhook: i64) {
        lock(&self.leases).remove(&webhook);
    }

    /// Writes down how far a turn is, and answers whether the turn still has its webhook.
    pub(super) fn record(&self, store: &dyn Store, progress: WebhookProgress) -> Result<bool, StoreError> {
        let webhook = progress.webhook;
        lock(&self.waiting).insert(webhook, progress);
        let writing = lock(&self.writing);
        // While this one waited, another may have written it.
        let batch = std::mem::take(&mut *lock(&self.waiting));
        if !batch.is_empty() {
            let outcome = store.write(|transaction| {
                batch
                    .iter()
                    .map(|(webhook, progress)| Ok((*webhook, transaction.record_webhook(progress)?)))
                    .collect::<Result<Vec<_>, StoreError>>()
            });
            let mut written = lock(&self.written);
            match outcome {
                Ok(outcomes) => written.extend(outcomes.into_iter().map(|(webhook, is_ours)| (webhook, Ok(is_ours)))),
                Err(error) => written.extend(batch.into_keys().map(|webhook| (webhook, Err(error.clone())))),
            }
        }
        drop(writing);
        // INVARIANT: there is one turn at a webhook, so nobody else has taken the answer.
        lock(&self.written).remove(&webhook).unwrap_or(Ok(false))
    }
}
