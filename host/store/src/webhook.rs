//! Webhooks: endpoints that are sent a payer's events, and how far each of them is.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Event;

/// How many webhooks a payer may have.
pub const WEBHOOKS_MAX: usize = 100;

/// Up to how many events are counted that a webhook is behind; it may be behind by more.
pub const BEHIND_MAX: u64 = 10_000;

/// Which events an endpoint is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookFilter {
    /// Those of these types; of every type if there is none.
    pub types: Vec<String>,
    /// Those whose data has, for each of these members, one of its values. Numbers and truths are compared as texts.
    pub members: BTreeMap<String, Vec<String>>,
}

impl WebhookFilter {
    /// Whether the endpoint is sent this event.
    pub fn passes(&self, event: &Event) -> bool {
        let of_type = self.types.is_empty() || self.types.contains(&event.kind);
        of_type
            && self.members.iter().all(|(name, wanted)| {
                let given = event.details.get(name).unwrap_or(&Value::Null);
                has_one_of(given, wanted)
            })
    }
}

/// Whether a value is one of these texts, or a list that has one of them.
fn has_one_of(given: &Value, wanted: &[String]) -> bool {
    match given {
        Value::String(text) => wanted.contains(text),
        Value::Number(number) => wanted.contains(&number.to_string()),
        Value::Bool(truth) => wanted.contains(&truth.to_string()),
        Value::Array(items) => items.iter().any(|item| has_one_of(item, wanted)),
        Value::Null | Value::Object(_) => false,
    }
}

/// What requests to an endpoint are signed with. It is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(pub String);

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("WebhookSecret")
    }
}

/// A webhook to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWebhook {
    /// Whose events it is sent.
    pub payer: String,
    /// Its code.
    pub code: String,
    /// Where events are sent.
    pub url: String,
    /// Which of them.
    pub filter: WebhookFilter,
    /// What requests are signed with.
    pub secret: WebhookSecret,
    /// After which position it begins; after the last event there is if absent.
    pub after: Option<u64>,
}

/// What became of a webhook to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookCreation {
    /// It is there, with this id.
    Created(i64),
    /// The payer has one with this code.
    CodeTaken,
    /// The payer has [`WEBHOOKS_MAX`] already.
    TooMany,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its number, which no other webhook gets.
    pub id: i64,
    /// Whose events it is sent.
    pub payer: String,
    /// Its code.
    pub code: String,
    /// Where events are sent.
    pub url: String,
    /// Which of them.
    pub filter: WebhookFilter,
    /// What requests are signed with.
    pub secret: WebhookSecret,
    /// Every event up to this position was taken, is not for this endpoint, or is a dead letter.
    pub position: u64,
    /// How often it was set back to an earlier position. What is recorded of a turn that began before is nothing.
    pub replays: u64,
    /// How often the next event was tried in vain.
    pub attempts: u32,
    /// When the next event is tried again, in milliseconds since 1970-01-01T00:00:00Z; a moment that is over if it was
    /// not tried in vain.
    pub next_attempt_at_ms: i64,
    /// Why the next event was not taken the last time.
    pub last_error: Option<String>,
    /// Why nothing is sent, if it is paused.
    pub paused_because: Option<String>,
    /// When it was created, in milliseconds since 1970-01-01T00:00:00Z.
    pub created_at_ms: i64,
}

/// A webhook, and what there is still to do for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookStanding {
    /// The webhook.
    pub webhook: Webhook,
    /// How many of the payer's events are still to be looked at; [`BEHIND_MAX`] stands for that many or more.
    pub behind: u64,
    /// How many dead letters it has.
    pub dead_letters: u64,
    /// How many of them are to be sent again.
    pub resending: u64,
}

/// A webhook that is not paused, and when somebody can do something for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// Whether another host is sending.
    pub leased_elsewhere: bool,
    /// How long is still to be waited before the next event is tried.
    pub wait: Duration,
    /// How long is still to be waited before dead letters are sent again; none if there are none to be.
    pub resend_wait: Option<Duration>,
}

/// An event that an endpoint did not take.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadLetter {
    /// The event.
    pub event: Event,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it was not taken the last time.
    pub error: String,
    /// When it was tried the last time, in milliseconds since 1970-01-01T00:00:00Z.
    pub at_ms: i64,
    /// How often it was tried since it was asked to be sent again; none if it was not.
    pub resend_attempts: Option<u32>,
}

/// How far a turn at a webhook has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookProgress {
    /// The webhook.
    pub webhook: i64,
    /// Who has leased it.
    pub host: String,
    /// [`Webhook::replays`] as the turn began.
    pub replays: u64,
    /// Every event up to this position was taken, or is not for this endpoint.
    pub position: u64,
    /// The next event that is, if it was tried in vain.
    pub failed: Option<FailedAttempt>,
    /// The dead letters that were sent again and taken.
    pub resent: Vec<u64>,
    /// The one that was sent again in vain.
    pub not_resent: Option<FailedAttempt>,
    /// Whether the turn ends, and with it the lease.
    pub ended: bool,
}

/// An event that was tried in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedAttempt {
    /// The event's position.
    pub position: u64,
    /// Why it was not taken.
    pub error: String,
    /// What comes of it.
    pub then: AfterFailure,
}

/// What comes of an event that was tried in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// It is tried again after so long.
    TryAgain(Duration),
    /// It is a dead letter, and the next event's turn comes.
    GiveUp,
    /// The endpoint is gone: nothing more is sent to it.
    Pause,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{WebhookFilter, WebhookSecret};
    use crate::Event;

    fn check(types: &[&str], members: &[(&str, &[&str])], passes: bool) {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let filter = WebhookFilter {
            types: texts(types),
            members: members
                .iter()
                .map(|(name, values)| ((*name).to_owned(), texts(values)))
                .collect(),
        };
        let event = Event {
            position: 1,
            kind: "claim.created".to_owned(),
            claim: 7,
            at_ms: 0,
            details: json!({
                "claimStatus": "W", "rank": 1, "held": true, "procedures": ["P1", 2], "reason": null, "of": {"a": "W"},
            }),
        };
        assert_eq!(filter.passes(&event), passes, "{filter:?}");
    }

    #[test]
    fn a_filter_passes_what_has_the_type_and_for_each_member_one_of_its_values() {
        check(&[], &[], true);
        check(&["claim.created"], &[], true);
        check(&["claim.changed", "claim.created"], &[], true);
        check(&["claim"], &[], false);
        check(&[], &[("claimStatus", &["W"])], true);
        check(&[], &[("claimStatus", &["U", "W"])], true);
        check(&[], &[("claimStatus", &["U"])], false);
        check(&[], &[("claimStatus", &["w"])], false);
        check(&[], &[("rank", &["1"])], true);
        check(&[], &[("rank", &["1.0"])], false);
        check(&[], &[("held", &["true"])], true);
        check(&[], &[("procedures", &["P1"])], true);
        check(&[], &[("procedures", &["2"])], true);
        check(&[], &[("procedures", &["P2"])], false);
        check(&[], &[("reason", &["null"])], false);
        check(&[], &[("absent", &[""])], false);
        check(&[], &[("of", &["W"])], false);
        check(&["claim.created"], &[("claimStatus", &["W"]), ("rank", &["1"])], true);
        check(&["claim.created"], &[("claimStatus", &["W"]), ("rank", &["2"])], false);
        check(&["claim.changed"], &[("claimStatus", &["W"])], false);
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", WebhookSecret("hush".to_owned())), "WebhookSecret");
    }
}
