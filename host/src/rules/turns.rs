//! Whose turn it is to have rules decide: a payer whose rules have failed a moment ago gets one turn at a time, so that
//! they cannot hold everything up for others while they fail again.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reprise_model::{Message, MessageKey};

use crate::HostError;

/// How long is waited for a turn before whoever asks is told to come back.
const WAIT_MAX: Duration = Duration::from_secs(10);

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
    /// Until when there is one at a time.
    one_by_one_until: Option<Instant>,
}

impl PayerTurns {
    fn is_one_by_one(&self, now: Instant) -> bool {
        self.one_by_one_until.is_some_and(|until| now < until)
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
            if turns.taken == 0 && !turns.is_one_by_one(Instant::now()) {
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
    /// A turn for the payer; waits for one while it gets one at a time.
    pub(crate) fn take(&self, payer: &str) -> Result<Turn, HostError> {
        self.take_within(payer, WAIT_MAX)
    }

    fn take_within(&self, payer: &str, wait_max: Duration) -> Result<Turn, HostError> {
        let deadline = Instant::now() + wait_max;
        let mut payers = lock(&self.shared.payers);
        loop {
            let now = Instant::now();
            let turns = match payers.get_mut(payer) {
                Some(turns) => turns,
                None => payers.entry(payer.to_owned()).or_default(),
            };
            let is_only = turns.is_one_by_one(now);
            if !is_only || turns.taken == 0 {
                turns.taken += 1;
                return Ok(Turn {
                    shared: Arc::clone(&self.shared),
                    payer: payer.to_owned(),
                    is_only,
                });
            }
            if now >= deadline {
                return Err(HostError::NotYet(Message::new(
                    MessageKey::NotYet,
                    ["The payer's rules failed a moment ago and decide one request at a time; others come first"],
                )));
            }
            let waited = self.shared.given_back.wait_timeout(payers, deadline - now);
            payers = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// From now on and for so long the payer gets one turn at a time.
    pub(crate) fn one_by_one(&self, payer: &str, duration: Duration) {
        let mut payers = lock(&self.shared.payers);
        payers.entry(payer.to_owned()).or_default().one_by_one_until = Some(Instant::now() + duration);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Turns;

    #[test]
    fn turns_are_unbounded_until_rules_fail() {
        let turns = Turns::default();
        let taken: Vec<_> = (0..100).map(|_| turns.take("ACME").expect("a turn")).collect();
        assert!(taken.iter().all(|turn| turn.threads(8) == 8));
    }

    #[test]
    fn after_a_failure_there_is_one_turn_at_a_time_for_that_payer_alone() {
        let turns = Turns::default();
        let before = turns.take("ACME").expect("a turn");
        turns.one_by_one("ACME", Duration::from_secs(600));
        let moment = Duration::from_millis(10);
        turns
            .take_within("ACME", moment)
            .expect_err("the one before has not ended");
        assert_eq!(turns.take_within("OTHER", moment).expect("a turn").threads(8), 8);
        drop(before);
        let only = turns.take_within("ACME", moment).expect("a turn");
        assert_eq!(only.threads(8), 1);
        turns.take_within("ACME", moment).expect_err("one at a time");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| turns.take("ACME").map(|turn| turn.threads(8)));
            drop(only);
            assert_eq!(waiting.join().expect("a thread").expect("a turn"), 1);
        });
        turns.one_by_one("ACME", Duration::ZERO);
        let several = [turns.take("ACME"), turns.take("ACME")];
        assert!(several.iter().all(Result::is_ok));
    }
}
