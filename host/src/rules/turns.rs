//! Whose turn it is to have rules decide: a payer whose rules have failed a moment ago gets one turn at a time, so that
//! they cannot hold everything up for others while they fail again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
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
    /// One for each payer that was ever decided for: nobody waits for another payer's.
    payers: RwLock<HashMap<String, Arc<PayerTurns>>>,
}

/// Nearly always nothing has failed, and a turn is a number counted up and down.
#[derive(Debug, Default)]
struct PayerTurns {
    taken: AtomicUsize,
    /// Whether a component has failed a moment ago; then `failing` says which.
    has_failing: AtomicBool,
    failing: Mutex<Failing>,
    given_back: Condvar,
}

#[derive(Debug, Default)]
struct Failing {
    waiting: usize,
    /// Until when there is one turn at a time because of a component, by its digest.
    until: HashMap<String, Instant>,
}

impl Failing {
    /// Whether one of these components has failed a moment ago.
    fn has_any(&self, rules: &[&str], now: Instant) -> bool {
        rules
            .iter()
            .any(|digest| self.until.get(*digest).is_some_and(|until| now < *until))
    }
}

/// A turn that a payer has; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Arc<PayerTurns>,
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
        self.turns.give_back();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PayerTurns {
    fn give_back(&self) {
        self.taken.fetch_sub(1, Ordering::SeqCst);
        if self.has_failing.load(Ordering::SeqCst) {
            // Whoever has seen it taken has begun to wait before this goes on.
            drop(lock(&self.failing));
            self.given_back.notify_all();
        }
    }

    fn take(self: &Arc<Self>, rules: &[&str], wait_max: Duration) -> Result<Turn, HostError> {
        let turn = |is_only| Turn {
            turns: Arc::clone(self),
            is_only,
        };
        // Counted before it is looked, so that whoever has one turn at a time from now on sees this one.
        self.taken.fetch_add(1, Ordering::SeqCst);
        if !self.has_failing.load(Ordering::SeqCst) {
            return Ok(turn(false));
        }
        self.give_back();
        let deadline = Instant::now() + wait_max;
        let mut failing = lock(&self.failing);
        let mut waits = false;
        loop {
            let now = Instant::now();
            failing.until.retain(|_, until| now < *until);
            self.has_failing.store(!failing.until.is_empty(), Ordering::SeqCst);
            let is_only = failing.has_any(rules, now);
            let is_there = if is_only {
                let first = self.taken.compare_exchange(0, 1, Ordering::SeqCst, Ordering::SeqCst);
                first.is_ok()
            } else {
                self.taken.fetch_add(1, Ordering::SeqCst);
                true
            };
            if is_there || now >= deadline || (!waits && failing.waiting >= WAITING_MAX) {
                failing.waiting -= usize::from(waits);
                return if is_there { Ok(turn(is_only)) } else { Err(no_turn()) };
            }
            failing.waiting += usize::from(!waits);
            waits = true;
            let waited = self.given_back.wait_timeout(failing, deadline - now);
            failing = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Turns {
    /// A turn for the payer, to decide by these components; waits for one while it gets one at a time.
    pub(crate) fn take(&self, payer: &str, rules: &[&str]) -> Result<Turn, HostError> {
        self.of(payer).take(rules, WAIT_MAX)
    }

    /// A turn for the payer, if there is one now.
    pub(crate) fn take_now(&self, payer: &str, rules: &[&str]) -> Option<Turn> {
        self.of(payer).take(rules, Duration::ZERO).ok()
    }

    /// A component has failed for the payer: for a while whoever decides by it gets one turn at a time.
    pub(crate) fn one_by_one(&self, payer: &str, digest: &str, duration: Duration) {
        let turns = self.of(payer);
        let mut failing = lock(&turns.failing);
        failing.until.insert(digest.to_owned(), Instant::now() + duration);
        turns.has_failing.store(true, Ordering::SeqCst);
    }

    fn of(&self, payer: &str) -> Arc<PayerTurns> {
        let payers = self.payers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = payers.get(payer) {
            return Arc::clone(turns);
        }
        drop(payers);
        let mut payers = self.payers.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(payers.entry(payer.to_owned()).or_default())
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
