//! What becomes of a run or a batch when processes are killed, others write at the same time, or the database fails:
//! real servers on real databases, and always the same question, whether it ends as if nothing had happened.
//!
//! With `REPRISE_SOAK=1` the same stories are played at the sizes that the product promises.

mod backups;
mod batches;
mod births;
mod creations;
mod database;
mod hosts;
mod images;
mod kills;
mod outcome;
mod races;
mod requests;
mod server;
mod trouble;
mod webhooks;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// One size for every day, another for a soak.
fn sized<T>(every_day: T, soak: T) -> T {
    if is_soak() { soak } else { every_day }
}

fn is_soak() -> bool {
    std::env::var_os("REPRISE_SOAK").is_some_and(|value| value == "1")
}

/// Looks again and again until there is something; fails the story when that takes so long that it will never be.
#[track_caller]
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let patience = Duration::from_secs(sized(180, 3600));
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {patience:?} until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Moments and choices that are others each time.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::from(since.subsec_nanos()) << 32 | u64::from(std::process::id()))
    }

    /// A number below this one, by SplitMix64.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }

    /// A time below this one.
    fn time_below(&mut self, bound: Duration) -> Duration {
        Duration::from_micros(self.below(u64::try_from(bound.as_micros()).unwrap_or(u64::MAX)))
    }
}

/// Says figures of a soak, which are what it is for.
#[expect(clippy::print_stderr, reason = "figures that a soak is run for")]
fn say(figures: &str) {
    eprintln!("{figures}");
}
