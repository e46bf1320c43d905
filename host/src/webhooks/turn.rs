//! A turn at a webhook: one event after the other, until there are none, one is not taken, or somebody else wants it.

use std::time::{Duration, Instant};

use reprise_store::{AfterFailure, DeadLetter, Event, FailedAttempt, Webhook, WebhookProgress};

use super::request::{Attempted, attempt};
use crate::{Host, HostError};

/// How many events go out before is written down that they were taken: so many may be sent again after a host has died.
const GROUP_EVENTS: usize = 64;
/// How long is waited at most before that is written down.
const GROUP_TIME_MAX: Duration = Duration::from_secs(1);
/// How long a turn waits for a next event before it ends. To begin and to end one takes the writer each time.
const LINGER: Duration = Duration::from_secs(1);
/// How often is looked for a next event meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// How many events a turn sends at most before others may have its thread.
const TURN_EVENTS_MAX: usize = 64 * GROUP_EVENTS;

/// A turn at a webhook that this host has leased.
pub(super) struct Turn {
    pub(super) host: Host,
    pub(super) webhook: Webhook,
    /// The number of the last change to webhooks that this turn knows of.
    pub(super) sequence: u64,
    /// Every event up to here is done with.
    pub(super) position: u64,
    /// Whether the feed is gone on with. If not, the next event is waited for until it is tried again.
    pub(super) feed: bool,
    /// Whether there may be dead letters to be sent again.
    pub(super) resend: bool,
    /// How often the next event was tried in vain.
    attempts: u32,
    /// How many events were taken that this is not written down of.
    unrecorded: usize,
    /// When something was written down last.
    recorded: Instant,
    sent: usize,
}

/// Whether a turn goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    GoesOn,
    /// What is to be written down is, and the lease is given back.
    Ended,
}

impl Turn {
    pub(super) fn new(host: Host, webhook: Webhook, sequence: u64, position: u64, feed: bool, resend: bool) -> Self {
        Self {
            host,
            attempts: webhook.attempts,
            webhook,
            sequence,
            position,
            feed,
            resend,
            unrecorded: 0,
            recorded: Instant::now(),
            sent: 0,
        }
    }

    /// Sends what there is to be sent. On an error nothing is lost: what was not written down is done again.
    pub(super) fn run(mut self) -> Result<(), HostError> {
        let mut looked_at = None;
        let mut idle_since = Instant::now();
        while self.may_send()? {
            let sent_before = self.sent;
            if self.resend && self.resend_some()? == Step::Ended {
                return Ok(());
            }
            // Read before the page is: what comes between the two is looked for once more.
            let end = self.host.inner.store.event_position()?;
            let mut is_end = true;
            if self.feed && looked_at != Some(end) {
                match self.send_some()? {
                    (Step::Ended, _) => return Ok(()),
                    (Step::GoesOn, page_is_last) => is_end = page_is_last,
                }
                if is_end {
                    looked_at = Some(end);
                }
            }
            if self.sent > sent_before {
                idle_since = Instant::now();
            }
            let has_nothing = is_end && !self.resend;
            let is_over = has_nothing && (!self.feed || idle_since.elapsed() >= LINGER);
            if is_over || self.sent >= TURN_EVENTS_MAX {
                break;
            }
            if has_nothing {
                std::thread::sleep(LOOK_AGAIN);
            }
        }
        self.end()
    }

    /// Sends a page of the feed, and answers whether it was the last there is.
    fn send_some(&mut self) -> Result<(Step, bool), HostError> {
        let limit = u32::try_from(GROUP_EVENTS).unwrap_or(u32::MAX);
        let page = self.host.events(&self.webhook.payer, self.position, limit)?;
        let is_last = page.len() < GROUP_EVENTS;
        for event in page {
            if !self.webhook.filter.passes(&event) {
                self.position = event.position;
                continue;
            }
            if !self.may_send()? {
                self.end()?;
                return Ok((Step::Ended, is_last));
            }
            if self.send(&event)? == Step::Ended {
                return Ok((Step::Ended, is_last));
            }
        }
        Ok((Step::GoesOn, is_last))
    }

    /// Whether the next request may go out: the server does not end, the lease lasts as long as the request may take, and
    /// nobody has paused, deleted or set back the webhook.
    fn may_send(&mut self) -> Result<bool, HostError> {
        let inner = &self.host.inner;
        let request_time_max = inner.webhooks.settings.request_time_max;
        if inner.scheduler.is_stopping() || !inner.webhooks.ledger.lasts(self.webhook.id, request_time_max) {
            return Ok(false);
        }
        let sequence = inner.store.webhook_sequence()?;
        if sequence == self.sequence {
            return Ok(true);
        }
        let active = inner.store.active_webhooks(inner.scheduler.host_name())?;
        let own = active.into_iter().find(|active| active.webhook.id == self.webhook.id);
        let Some(own) = own.filter(|own| own.webhook.replays == self.webhook.replays && !own.leased_elsewhere) else {
            return Ok(false);
        };
        self.sequence = sequence;
        self.resend |= own.resend_wait.is_some();
        Ok(true)
    }

    /// Tries to send an event of the feed.
    fn send(&mut self, event: &Event) -> Result<Step, HostError> {
        let attempted = self.attempt(event, self.attempts + 1, false);
        let (error, is_gone) = match attempted {
            Attempted::Taken => {
                self.position = event.position;
                self.attempts = 0;
                self.unrecorded += 1;
                if self.unrecorded >= GROUP_EVENTS || self.recorded.elapsed() >= GROUP_TIME_MAX {
                    return self.record(self.progress());
                }
                return Ok(Step::GoesOn);
            }
            Attempted::NotTaken(error) => (error, false),
            Attempted::Gone(error) => (error, true),
        };
        let failed = self.failed(event, error, self.attempts, is_gone);
        let is_given_up = failed.then == AfterFailure::GiveUp;
        let step = self.record(WebhookProgress {
            failed: Some(failed),
            ended: !is_given_up,
            ..self.progress()
        })?;
        if is_given_up {
            self.position = event.position;
            self.attempts = 0;
        }
        Ok(step)
    }

    /// Sends some of the dead letters again that are to be, if they are due.
    fn resend_some(&mut self) -> Result<Step, HostError> {
        let limit = u32::try_from(GROUP_EVENTS).unwrap_or(u32::MAX);
        let letters = self.host.inner.store.dead_letters_to_resend(self.webhook.id, limit)?;
        self.resend = false;
        if letters.is_empty() {
            return Ok(Step::GoesOn);
        }
        let begun = Instant::now();
        let mut resent = Vec::new();
        let mut not_resent = None;
        let mut ended = false;
        for DeadLetter {
            event, resend_attempts, ..
        } in letters
        {
            if !self.may_send()? {
                ended = true;
                break;
            }
            let attempts = resend_attempts.unwrap_or_default();
            let (error, is_gone) = match self.attempt(&event, attempts + 1, true) {
                Attempted::Taken => {
                    resent.push(event.position);
                    if begun.elapsed() >= GROUP_TIME_MAX {
                        break;
                    }
                    continue;
                }
                Attempted::NotTaken(error) => (error, false),
                Attempted::Gone(error) => (error, true),
            };
            not_resent = Some(self.failed(&event, error, attempts, is_gone));
            break;
        }
        let then = not_resent.as_ref().map(|failed: &FailedAttempt| failed.then);
        let step = self.record(WebhookProgress {
            resent,
            not_resent,
            ended: ended || then == Some(AfterFailure::Pause),
            ..self.progress()
        })?;
        // Unless the first of them waits to be tried again there may be more.
        self.resend |= !matches!(then, Some(AfterFailure::TryAgain(_)));
        Ok(step)
    }

    fn attempt(&mut self, event: &Event, number: u32, resent: bool) -> Attempted {
        self.sent += 1;
        let agent = &self.host.inner.webhooks.agent;
        let attempted = match self.host.open_webhook_secret(&self.webhook) {
            Ok(secret) => attempt(agent, &self.webhook, &secret, event, number, resent),
            // INVARIANT: no turn begins at a webhook whose secret cannot be opened.
            Err(reason) => Attempted::NotTaken(format!("it could not be signed: {reason}")),
        };
        let taken = attempted == Attempted::Taken;
        crate::metrics::webhook_attempted(self.webhook.id, taken);
        attempted
    }

    /// What comes of an event that was not taken after it was not so many times before.
    fn failed(&self, event: &Event, error: String, attempts_before: u32, is_gone: bool) -> FailedAttempt {
        let settings = &self.host.inner.webhooks.settings;
        let attempts = attempts_before.saturating_add(1);
        let (payer, code) = (&self.webhook.payer, &self.webhook.code);
        let then = if is_gone {
            tracing::warn!(
                payer,
                webhook = code,
                error,
                "the endpoint of a webhook is gone; it is paused"
            );
            AfterFailure::Pause
        } else if attempts >= settings.attempts_max.get() {
            tracing::warn!(
                payer,
                webhook = code,
                position = event.position,
                attempts,
                error,
                "an event was given up"
            );
            crate::metrics::webhook_gave_up(self.webhook.id);
            AfterFailure::GiveUp
        } else {
            tracing::info!(
                payer,
                webhook = code,
                position = event.position,
                attempts,
                error,
                "an event was not taken"
            );
            AfterFailure::TryAgain(settings.wait_after(attempts))
        };
        FailedAttempt {
            position: event.position,
            error,
            then,
        }
    }

    /// How far this turn is.
    fn progress(&self) -> WebhookProgress {
        WebhookProgress {
            webhook: self.webhook.id,
            host: self.host.inner.scheduler.host_name().to_owned(),
            replays: self.webhook.replays,
            position: self.position,
            failed: None,
            resent: Vec::new(),
            not_resent: None,
            ended: false,
        }
    }

    fn record(&mut self, progress: WebhookProgress) -> Result<Step, HostError> {
        let inner = &self.host.inner;
        let ended = progress.ended;
        let is_ours = inner.webhooks.ledger.record(inner.store.as_ref(), progress)?;
        self.unrecorded = 0;
        self.recorded = Instant::now();
        Ok(if is_ours && !ended { Step::GoesOn } else { Step::Ended })
    }

    /// Writes down how far it is, and gives the lease back.
    fn end(&mut self) -> Result<(), HostError> {
        let ended = WebhookProgress {
            ended: true,
            ..self.progress()
        };
        self.record(ended).map(|_| ())
    }
}
