//! The store's clock on SQLite, which is the clock of this machine: only processes on it share a file.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The moment so long ago.
pub(super) fn ago_ms(duration: Duration) -> i64 {
    now_ms().saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

/// When a lease ends that begins now. It is over when the clock shows that moment, so a lease of no time is over at
/// once.
pub(super) fn end_of_lease_ms(now_ms: i64, lease: Duration) -> i64 {
    now_ms.saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX))
}
