//! Looks for webhooks that have something to be sent, and begins a turn at each.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Weak, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use reprise_store::{ActiveWebhook, Webhook};

use super::turn::Turn;
use crate::activities::Signal;
use crate::host::Inner;
use crate::{Host, HostError};

/// How often is looked for what has happened.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How often is looked for what another host has left behind.
const LOOK_FOR_LEFT: Duration = Duration::from_secs(1);
/// How long is waited after a turn that the database or a fault of ours has ended.
const TROUBLE_WAIT: Duration = Duration::from_secs(1);
/// How many turns go on at once. An endpoint that hangs holds one up for as long as a request may take.
const TURNS_MAX: usize = 256;
/// How many events are looked at at once.
const PAGE_EVENTS: u32 = 256;
/// How many events that are not for an endpoint are looked at before that is written down.
const LOOKED_EVENTS_MAX: usize = 16 * 256;
/// Leases are renewed so many times before they would end.
const RENEWALS: u32 = 3;

/// Sends events to endpoints until the signal stops.
pub(crate) fn send_events(host: &Weak<Inner>, signal: &Signal) {
    let mut dispatch = Dispatch::new();
    let mut seen = 0;
    while !signal.is_stopped() {
        let Some(inner) = host.upgrade() else { break };
        let host = Host { inner };
        match dispatch.round(&host) {
            Ok(()) => dispatch.trouble = None,
            Err(error) => dispatch.say(&error),
        }
        drop(host);
        let pause = dispatch.look_at.saturating_duration_since(Instant::now());
        signal.wait(&mut seen, pause.min(LOOK_AGAIN));
    }
    for (_, thread) in dispatch.turns.drain() {
        // A turn that has panicked has said so already.
        let _ = thread.join();
    }
}

/// What is remembered between two looks.
struct Dispatch {
    /// The turns that go on, by webhook.
    turns: HashMap<i64, JoinHandle<()>>,
    /// By which turns say that they have ended.
    ended_sender: mpsc::Sender<TurnEnded>,
    ended: mpsc::Receiver<TurnEnded>,
    /// The end of the feed and the last change to webhooks as they were seen last.
    seen: Option<(u64, u64)>,
    /// When to look even if neither has changed.
    look_at: Instant,
    /// Up to where there is nothing for an endpoint, by webhook: how often it was set back when that was seen, and the
    /// position.
    looked: HashMap<i64, (u64, u64)>,
    /// When turns have ended, by webhook.
    last_turn: HashMap<i64, Instant>,
    /// Before when there is no use in another turn.
    not_before: HashMap<i64, Instant>,
    /// Those whose secret cannot be opened, as far as that was said.
    unopened: HashSet<i64>,
    renewed: Instant,
    /// Why it could not be looked the last time.
    trouble: Option<String>,
}

/// That a turn has ended.
struct TurnEnded {
    webhook: i64,
    /// Whether nothing of ours was in its way.
    well: bool,
}

/// A webhook that there is something to do for.
struct Candidate {
    webhook: Webhook,
    position: u64,
    feed: bool,
    resend: bool,
}

impl Dispatch {
    fn new() -> Self {
        let now = Instant::now();
        let (ended_sender, ended) = mpsc::channel();
        Self {
            turns: HashMap::new(),
            ended_sender,
            ended,
            seen: None,
            look_at: now,
            looked: HashMap::new(),
            last_turn: HashMap::new(),
            not_before: HashMap::new(),
            unopened: HashSet::new(),
            renewed: now,
            trouble: None,
        }
    }

    /// Says what keeps it from looking, once.
    fn say(&mut self, error: &HostError) {
        let sentence = error.to_string();
        if self.trouble.as_ref() != Some(&sentence) {
            tracing::warn!(error = sentence, "events cannot be sent to webhooks");
            self.trouble = Some(sentence);
        }
        self.look_at = Instant::now() + TROUBLE_WAIT;
    }

    fn round(&mut self, host: &Host) -> Result<(), HostError> {
        let now = Instant::now();
        let (store, ledger) = (host.inner.store.as_ref(), &host.inner.webhooks.ledger);
        let lease = lease_of(host);
        let one_has_ended = self.take_ended(now);
        if now.duration_since(self.renewed) >= lease / RENEWALS {
            self.renewed = now;
            ledger.renew(store, host.inner.scheduler.host_name(), lease)?;
        }
        // Read before webhooks are: what comes between the two is looked for once more.
        let found = (store.event_position()?, store.webhook_sequence()?);
        if self.seen == Some(found) && now < self.look_at && !one_has_ended {
            return Ok(());
        }
        self.look_at = now + LOOK_FOR_LEFT;
        let active = store.active_webhooks(host.inner.scheduler.host_name())?;
        let ids: Vec<i64> = active.iter().map(|active| active.webhook.id).collect();
        self.looked.retain(|webhook, _| ids.contains(webhook));
        self.last_turn.retain(|webhook, _| ids.contains(webhook));
        self.unopened.retain(|webhook| ids.contains(webhook));
        self.not_before
            .retain(|webhook, moment| ids.contains(webhook) && *moment > now);
        let mut candidates = Vec::new();
        for active in active {
            candidates.extend(self.candidate(host, active, now, found.0)?);
        }
        self.begin(host, candidates, found.1)?;
        self.seen = Some(found);
        Ok(())
    }

    /// Takes note of turns that have ended, and answers whether any has.
    fn take_ended(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Ok(TurnEnded { webhook, well }) = self.ended.try_recv() {
            any = true;
            self.last_turn.insert(webhook, now);
            if let Some(thread) = self.turns.remove(&webhook) {
                let _ = thread.join();
            }
            if !well {
                self.not_before.insert(webhook, now + TROUBLE_WAIT);
            }
        }
        any
    }

    /// What there is to do for a webhook, if anything; if not yet, it is noted when.
    fn candidate(
        &mut self,
        host: &Host,
        active: ActiveWebhook,
        now: Instant,
        end: u64,
    ) -> Result<Option<Candidate>, HostError> {
        let ActiveWebhook {
            webhook,
            leased_elsewhere,
            wait,
            resend_wait,
        } = active;
        if leased_elsewhere || self.turns.contains_key(&webhook.id) {
            return Ok(None);
        }
        // Nothing is sent unsigned, and nothing is tried in vain: it goes on when the key is there again.
        if let Err(reason) = host.open_webhook_secret(&webhook) {
            if self.unopened.insert(webhook.id) {
                let (payer, code) = (&webhook.payer, &webhook.code);
                tracing::warn!(payer, webhook = code, %reason, "nothing is sent to a webhook whose secret cannot be opened");
            }
            return Ok(None);
        }
        self.unopened.remove(&webhook.id);
        if let Some(moment) = self.not_before.get(&webhook.id) {
            self.look_at = self.look_at.min(*moment);
            return Ok(None);
        }
        for wait in [Some(wait), resend_wait].into_iter().flatten() {
            if !wait.is_zero() {
                self.look_at = self.look_at.min(now + wait);
            }
        }
        let resend = resend_wait.is_some_and(|wait| wait.is_zero());
        let mut position = webhook.position;
        let feed = wait.is_zero();
        let mut is_for_it = false;
        if feed {
            (position, is_for_it) = self.look(host, &webhook, end)?;
        }
        Ok((resend || is_for_it).then_some(Candidate {
            webhook,
            position,
            feed,
            resend,
        }))
    }

    /// Passes over what is not for the endpoint. Answers how far, and whether there is something to be written down: an
    /// event that is for it, or many that are not.
    fn look(&mut self, host: &Host, webhook: &Webhook, end: u64) -> Result<(u64, bool), HostError> {
        let looked = self
            .looked
            .get(&webhook.id)
            .filter(|(replays, _)| *replays == webhook.replays);
        let mut position = looked.map_or(webhook.position, |(_, looked)| (*looked).max(webhook.position));
        let mut passed_over = 0;
        let found = loop {
            if position >= end {
                break false;
            }
            let page = host.events(&webhook.payer, position, PAGE_EVENTS)?;
            let next = page.iter().position(|event| webhook.filter.passes(event));
            let until = next.unwrap_or(page.len());
            passed_over += until;
            if let Some(event) = page[..until].last() {
                position = event.position;
            }
            if next.is_some() || passed_over >= LOOKED_EVENTS_MAX {
                break true;
            }
            if page.len() < PAGE_EVENTS as usize {
                // There is nothing more up to the end as it was before this page was read, whoever's the last events are.
                position = position.max(end);
                break false;
            }
        };
        self.looked.insert(webhook.id, (webhook.replays, position));
        Ok((position, found))
    }

    /// Leases webhooks, all at once, and begins a turn at each that this host got.
    fn begin(&mut self, host: &Host, mut candidates: Vec<Candidate>, sequence: u64) -> Result<(), HostError> {
        let free = TURNS_MAX.saturating_sub(self.turns.len());
        // Who had no turn yet comes first, then whose last one is longest ago.
        candidates.sort_by_key(|candidate| self.last_turn.get(&candidate.webhook.id).copied());
        candidates.truncate(free);
        if candidates.is_empty() {
            return Ok(());
        }
        let webhooks: Vec<&Webhook> = candidates.iter().map(|candidate| &candidate.webhook).collect();
        let (store, scheduler) = (host.inner.store.as_ref(), &host.inner.scheduler);
        let ledger = &host.inner.webhooks.ledger;
        let leased = ledger.lease(store, &webhooks, scheduler.host_name(), lease_of(host))?;
        candidates.retain(|candidate| leased.contains(&candidate.webhook.id));
        for candidate in candidates {
            let id = candidate.webhook.id;
            let Candidate {
                webhook,
                position,
                feed,
                resend,
            } = candidate;
            let turn = Turn::new(host.clone(), webhook, sequence, position, feed, resend);
            let (host, ended) = (host.clone(), self.ended_sender.clone());
            let thread = std::thread::Builder::new().name(format!("webhook {id}"));
            let spawned = thread.spawn(move || {
                let well = run(turn);
                host.inner.webhooks.ledger.forget(id);
                // Nobody is there to be told if the server has ended.
                let _ = ended.send(TurnEnded { webhook: id, well });
                host.inner.scheduler.wake();
            });
            match spawned {
                Ok(thread) => _ = self.turns.insert(id, thread),
                Err(error) => {
                    ledger.forget(id);
                    return Err(HostError::Technical(format!("no thread for a webhook: {error}")));
                }
            }
        }
        Ok(())
    }
}

/// Has a turn done, and answers whether it has ended well.
fn run(turn: Turn) -> bool {
    let (payer, code) = (turn.webhook.payer.clone(), turn.webhook.code.clone());
    match catch_unwind(AssertUnwindSafe(|| turn.run())) {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(payer, webhook = code, %error, "events cannot be sent to a webhook for now");
            false
        }
        Err(_) => {
            tracing::error!(
                payer,
                webhook = code,
                "a turn at a webhook ended in a fault of Reprise itself"
            );
            false
        }
    }
}

/// How long a webhook is leased. A request that begins before a third of it is over ends before the lease does, so no
/// other host sends meanwhile.
fn lease_of(host: &Host) -> Duration {
    host.inner.scheduler.lease() + host.inner.webhooks.settings.request_time_max
}
