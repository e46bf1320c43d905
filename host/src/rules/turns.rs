//! Whose turn it is to have rules decide: a payer whose rules have failed a moment ago gets one turn at a time, so that
//! they cannot hold everything up for others while they fail again.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reprise_model::{Message, MessageKey};

use crate::HostError;

/// How long is waited for a turn before whoever asks is told to come back.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// How many requests of a payer wait at most; each holds a place that others may want.
const WAITING_MAX: usize = 16;

/// Turns by payer.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    payers: Mutex<HashMap<String, PayerTurns>>,
    given_back: Condvar,
}

#[derive(Debug, Default)]
struct PayerTurns {
    taken: usize,
    waiting: usize,
    /// Until when there is one at a time because of a component, by its digest.
    failing: HashMap<String, Instant>,
}

impl PayerTurns {
    /// Whether one of these components has failed a moment ago.
    fn is_one_by_one(&self, rules: &[&str], now: Instant) -> bool {
        rules
            .iter()
            .any(|digest| self.failing.get(*digest).is_some_and(|until| now < *until))
    }

    fn is_idle(&mut self, now: Instant) -> bool {
        self.failing.retain(|_, until| now < *until);
        self.taken == 0 && self.waiting == 0 && self.failing.is_empty()
    }
}

/// A turn that a payer has; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    shared: Arc<Shared>,
    payer: String,
    is_only: bool,
}

impl Turn {
    /// On how many threads at most its work may be done, out of so many.
    pub(crate) const fn threads(&self, wanted: usize) -> usize {
        if self.is_only { 1 } else { wanted }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut payers = lock(&self.shared.payers);
        if let Some(turns) = payers.get_mut(&self.payer) {
            turns.taken -= 1;
            if turns.is_idle(Instant::now()) {
                payers.remove(&self.payer);
            }
        }
        drop(payers);
        self.shared.given_back.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Turns {
    /// A turn for the payer, to decide by these components; waits for one while it gets one at a time.
    pub(crate) fn take(&self, payer: &str, rules: &[&str]) -> Result<Turn, HostError> {
        self.take_within(payer, rules, WAIT_MAX)
    }

    /// A turn for the payer, if there is one now.
    pub(crate) fn take_now(&self, payer: &str, rules: &[&str]) -> Option<Turn> {
        self.take_within(payer, rules, Duration::ZERO).ok()
    }

    fn take_within(&self, payer: &str, rules: &[&str], wait_max: Duration) -> Result<Turn, HostError> {
        let deadline = Instant::now() + wait_max;
        let mut payers = lock(&self.shared.payers);
        let mut waits = false;
        loop {
            let now = Instant::now();
            let turns = match payers.get_mut(payer) {
                Some(turns) => turns,
                None => payers.entry(payer.to_owned()).or_default(),
            };
            let is_only = turns.is_one_by_one(rules, now);
            let is_there = !is_only || turns.taken == 0;
            if is_there {
                turns.taken += 1;
            }
            if is_there || now >= deadline || (!waits && turns.waiting >= WAITING_MAX) {
                turns.waiting -= usize::from(waits);
                return if is_there {
                    Ok(Turn {
                        shared: Arc::clone(&self.shared),
                        payer: payer.to_owned(),
                        is_only,
                    })
                } else {
                    Err(no_turn())
                };
            }
            turns.waiting += usize::from(!waits);
            waits = true;
            let waited = self.shared.given_back.wait_timeout(payers, deadline - now);
            payers = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// A component has failed for the payer: for a while whoever decides by it gets one turn at a time.
    pub(crate) fn one_by_one(&self, payer: &str, digest: &str, duration: Duration) {
        let mut payers = lock(&self.shared.payers);
        let turns = payers.entry(payer.to_owned()).or_default();
        turns.failing.insert(digest.to_owned(), Instant::now() + duration);
    }
}

fn no_turn() -> HostError {
    HostError::NotYet(Message::new(
        MessageKey::NotYet,
        ["The payer's rules failed a moment ago and decide one request at a time; others come first"],
    ))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Turns;

    #[test]
    fn turns_are_unbounded_until_rules_fail() {
        let turns = Turns::default();
        let taken: Vec<_> = (0..100)
            .map(|_| turns.take("ACME", &["bad"]).expect("a turn"))
            .collect();
        assert!(taken.iter().all(|turn| turn.threads(8) == 8));
    }

    #[test]
    fn after_a_failure_there_is_one_turn_at_a_time_for_that_payer_and_component_alone() {
        let turns = Turns::default();
        let before = turns.take("ACME", &["bad"]).expect("a turn");
        turns.one_by_one("ACME", "bad", Duration::from_secs(600));
        assert!(
            turns.take_now("ACME", &["bad"]).is_none(),
            "the one before has not ended"
        );
        for (payer, rules) in [("OTHER", ["bad"]), ("ACME", ["good"])] {
            let taken = turns.take_now(payer, &rules).expect("a turn");
            assert_eq!(taken.threads(8), 8, "{payer}, {rules:?}");
        }
        drop(before);
        let only = turns.take_now("ACME", &["good", "bad"]).expect("a turn");
        assert_eq!(only.threads(8), 1);
        assert!(turns.take_now("ACME", &["bad"]).is_none(), "one at a time");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| turns.take("ACME", &["bad"]).map(|turn| turn.threads(8)));
            drop(only);
            assert_eq!(waiting.join().expect("a thread").expect("a turn"), 1);
        });
        turns.one_by_one("ACME", "bad", Duration::ZERO);
        let several = [turns.take("ACME", &["bad"]), turns.take("ACME", &["bad"])];
        assert!(several.iter().all(Result::is_ok));
    }
}
