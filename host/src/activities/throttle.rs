//! How many claims a second a payer may have processed by runs and batches.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

/// Claims a second, for each payer. Each host holds to it by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Throttle {
    /// For a payer that has no rate of its own; none is no limit.
    pub default: Option<NonZeroU32>,
    /// By payer.
    pub by_payer: HashMap<String, NonZeroU32>,
}

impl Throttle {
    /// The payer's rate, in claims a second.
    pub fn rate(&self, payer: &str) -> Option<NonZeroU32> {
        self.by_payer.get(payer).copied().or(self.default)
    }
}

/// When each payer may go on.
#[derive(Debug, Default)]
pub(super) struct Pace {
    free_at: HashMap<String, Instant>,
}

impl Pace {
    /// Whether the payer may go on.
    pub(super) fn may_go_on(&self, payer: &str, now: Instant) -> bool {
        self.free_at.get(payer).is_none_or(|free| *free <= now)
    }

    /// Notes that so many claims were handled.
    pub(super) fn handled(&mut self, throttle: &Throttle, payer: &str, claims: u64, now: Instant) {
        let Some(rate) = throttle.rate(payer) else { return };
        let free = self.free_at.get(payer).copied().unwrap_or(now).max(now);
        let claims = u32::try_from(claims).unwrap_or(u32::MAX);
        self.free_at
            .insert(payer.to_owned(), free + Duration::from_secs(1) * claims / rate.get());
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::{Duration, Instant};

    use super::{Pace, Throttle};

    #[test]
    fn a_payer_goes_on_when_its_claims_had_their_time() {
        let throttle = Throttle {
            default: NonZeroU32::new(100),
            by_payer: [("SLOW".to_owned(), NonZeroU32::MIN)].into(),
        };
        let mut pace = Pace::default();
        let start = Instant::now();
        for (payer, claims, free_after) in [("A", 50, 500), ("SLOW", 3, 3000), ("A", 50, 1000)] {
            pace.handled(&throttle, payer, claims, start);
            let at = |milliseconds| start + Duration::from_millis(milliseconds);
            assert!(!pace.may_go_on(payer, at(free_after - 1)), "{payer} {claims}");
            assert!(pace.may_go_on(payer, at(free_after)), "{payer} {claims}");
        }
        assert!(pace.may_go_on("OTHER", start));
    }

    #[test]
    fn without_a_rate_nobody_waits() {
        let mut pace = Pace::default();
        let start = Instant::now();
        pace.handled(&Throttle::default(), "A", u64::MAX, start);
        assert!(pace.may_go_on("A", start));
    }
}
