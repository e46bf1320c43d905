//! Places that principals share: so many in all, and for each of them no more than a part, so that none takes all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Places for what holds something for as long as its caller sends or reads.
#[derive(Debug)]
pub(super) struct Shares {
    places: usize,
    each_max: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    places: usize,
    /// Only who has one is listed.
    by_principal: HashMap<i64, usize>,
}

/// A place that somebody has. It is given back when nothing holds it any more.
#[derive(Clone, Debug)]
pub(super) struct Share {
    _held: Arc<Held>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoPlace {
    /// All of them are taken.
    ForAnybody,
    /// This principal has as many as one may have.
    ForPrincipal,
}

impl Shares {
    /// So many places, and for each principal at most one of so many parts of them, at least one place.
    pub(super) fn new(places: usize, parts: usize) -> Self {
        Self {
            places,
            each_max: places.div_ceil(parts),
            taken: Arc::default(),
        }
    }

    /// A place for this principal.
    pub(super) fn take(&self, principal: i64) -> Result<Share, NoPlace> {
        let mut taken = lock(&self.taken);
        if taken.places >= self.places {
            return Err(NoPlace::ForAnybody);
        }
        let own = taken.by_principal.entry(principal).or_default();
        if *own >= self.each_max {
            return Err(NoPlace::ForPrincipal);
        }
        *own += 1;
        taken.places += 1;
        let held = Held {
            principal,
            taken: Arc::clone(&self.taken),
        };
        Ok(Share { _held: Arc::new(held) })
    }
}

/// A place that is counted as taken for as long as this is there.
#[derive(Debug)]
struct Held {
    principal: i64,
    taken: Arc<Mutex<Taken>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.places -= 1;
        if let Some(own) = taken.by_principal.get_mut(&self.principal) {
            *own -= 1;
            if *own == 0 {
                taken.by_principal.remove(&self.principal);
            }
        }
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{NoPlace, Shares, lock};

    #[test]
    fn nobody_has_more_than_a_part_and_all_together_no_more_than_there_is() {
        for (places, parts, each_max) in [(8, 4, 2), (9, 4, 3), (64, 2, 32), (1, 4, 1), (1, 2, 1)] {
            let shares = Shares::new(places, parts);
            let mut held = Vec::new();
            for principal in 0.. {
                let before = held.len();
                let refused = loop {
                    match shares.take(principal) {
                        Ok(share) => held.push(share),
                        Err(refused) => break refused,
                    }
                };
                assert!(held.len() - before <= each_max, "{places} in {parts}");
                if refused == NoPlace::ForAnybody {
                    break;
                }
                assert_eq!(held.len() - before, each_max, "{places} in {parts}");
            }
            assert_eq!(held.len(), places);
        }
        assert_eq!(Shares::new(0, 2).take(1).err(), Some(NoPlace::ForAnybody));
    }

    #[test]
    fn a_place_is_given_back_by_the_last_who_holds_it() {
        let shares = Shares::new(2, 2);
        let first = shares.take(1).expect("a place");
        let second = first.clone();
        drop(first);
        assert_eq!(shares.take(1).err(), Some(NoPlace::ForPrincipal));
        drop(second);
        drop(shares.take(1).expect("a place"));
        assert!(lock(&shares.taken).by_principal.is_empty(), "nobody is remembered");
    }
}
