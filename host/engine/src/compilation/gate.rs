//! Lets a few in at once; whoever comes then waits until one has gone, or until its own time is over.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

/// The places that there are, and those who wait for one.
#[derive(Clone)]
pub(crate) struct Gate {
    shared: Arc<Shared>,
}

struct Shared {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A place, given back when this is dropped.
pub(crate) struct Place {
    shared: Arc<Shared>,
}

impl Gate {
    pub(crate) fn new(places: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                free: Mutex::new(places),
                freed: Condvar::new(),
            }),
        }
    }

    /// A place, or none if there is none until the deadline.
    pub(crate) fn enter(&self, deadline: Instant) -> Option<Place> {
        let wait = deadline.saturating_duration_since(Instant::now());
        // A number is whole whatever happened to its last holder.
        let free = self.shared.free.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut free, _) = self
            .shared
            .freed
            .wait_timeout_while(free, wait, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        if *free == 0 {
            return None;
        }
        *free -= 1;
        Some(Place {
            shared: Arc::clone(&self.shared),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.shared.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.shared.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Gate;

    #[test]
    fn a_place_is_given_to_whoever_waits_when_it_is_given_back() {
        let gate = Gate::new(1);
        let now = Instant::now();
        let first = gate.enter(now).expect("a free place needs no time");
        assert!(gate.enter(now).is_none(), "there is one place");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| gate.enter(now + Duration::from_secs(60)).is_some());
            drop(first);
            assert!(waiting.join().expect("no panic"), "the place was given back");
        });
    }
}
