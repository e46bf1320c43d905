//! How long and how often is tried to send an event.

use std::num::NonZeroU32;
use std::time::Duration;

/// How long and how often is tried to send an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookSettings {
    /// How long a request may take, from the connection to the end of the answer.
    pub request_time_max: Duration,
    /// How long is waited after the first attempt that was not taken.
    pub retry_wait: Duration,
    /// How many times as long is waited after each further one.
    pub retry_factor: NonZeroU32,
    /// The longest that is waited.
    pub retry_wait_max: Duration,
    /// How often is tried before an event is a dead letter.
    pub attempts_max: NonZeroU32,
}

impl Default for WebhookSettings {
    /// An endpoint that does not answer is tried for about three and a half hours, more and more seldom.
    fn default() -> Self {
        Self {
            request_time_max: Duration::from_secs(10),
            retry_wait: Duration::from_secs(1),
            retry_factor: NonZeroU32::new(2).unwrap_or(NonZeroU32::MIN),
            retry_wait_max: Duration::from_secs(600),
            attempts_max: NonZeroU32::new(30).unwrap_or(NonZeroU32::MIN),
        }
    }
}

impl WebhookSettings {
    /// How long is waited after so many attempts in vain.
    pub(super) fn wait_after(&self, attempts: u32) -> Duration {
        let factor = self.retry_factor.get().saturating_pow(attempts.saturating_sub(1));
        self.retry_wait.saturating_mul(factor).min(self.retry_wait_max)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::WebhookSettings;

    #[test]
    fn waits_grow_up_to_the_longest() {
        let settings = WebhookSettings::default();
        for (attempts, seconds) in [(1, 1), (2, 2), (3, 4), (10, 512), (11, 600), (30, 600), (u32::MAX, 600)] {
            assert_eq!(
                settings.wait_after(attempts),
                Duration::from_secs(seconds),
                "{attempts}"
            );
        }
        let all: Duration = (1..settings.attempts_max.get())
            .map(|attempts| settings.wait_after(attempts))
            .sum();
        assert_eq!(all, Duration::from_secs(1023 + 19 * 600));
    }
}
