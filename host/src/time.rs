//! Moments, as answers write them.

/// A moment, in milliseconds since 1970-01-01T00:00:00Z, as answers write it.
pub(crate) fn time_text(milliseconds: i64) -> Option<String> {
    jiff::Timestamp::from_millisecond(milliseconds)
        .map(|time| time.to_string())
        .ok()
}

/// The present moment, in milliseconds since 1970-01-01T00:00:00Z.
pub(crate) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
