//! The feed of what happened to a payer's claims, and the history of one claim.

use reprise_store::{Event, HistoryEntry};
use serde_json::{Value, json};

use crate::time::time_text;
use crate::{Host, HostError};

/// An event as the feed shows it and webhooks are sent it.
pub(crate) fn event_value(event: &Event) -> Value {
    json!({
        "position": event.position,
        "type": event.kind,
        "claim": event.claim,
        "time": time_text(event.at_ms),
        "data": event.details,
    })
}

impl Host {
    /// The payer's events after this position, by position; at most so many.
    pub fn events(&self, payer: &str, after: u64, limit: u32) -> Result<Vec<Event>, HostError> {
        Ok(self.inner.store.events(payer, after, limit)?)
    }

    /// The position of the last event of any payer; 0 if there was none. Cheap.
    pub fn event_position(&self) -> Result<u64, HostError> {
        Ok(self.inner.store.event_position()?)
    }

    /// What was done to the payer's claim after the entry with this id, in the order in which it was done; at most so
    /// many entries. `id_or_code` is read as [`Host::claim`] reads it.
    pub fn claim_history(
        &self,
        payer: &str,
        id_or_code: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<HistoryEntry>, HostError> {
        let claim = self.claim(payer, id_or_code)?;
        Ok(self
            .inner
            .store
            .claim_history(payer, claim.id.unwrap_or_default(), after, limit)?)
    }
}
