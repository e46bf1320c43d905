//! The arguments of `reprise serve` about events that are sent to webhooks.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::WebhookSettings;

/// The longest time that can be set: a day.
const MILLISECONDS_MAX: u64 = 86_400_000;

#[derive(Debug, clap::Args)]
pub(super) struct WebhookArguments {
    /// How long the endpoint of a webhook may take to answer
    #[arg(
        long,
        value_name = "MILLISECONDS",
        default_value_t = milliseconds(WebhookSettings::default().request_time_max),
        value_parser = clap::value_parser!(u64).range(1..=MILLISECONDS_MAX)
    )]
    webhook_request_ms_max: u64,
    /// How long is waited before an event is sent again that the endpoint of a webhook has not taken
    #[arg(
        long,
        value_name = "MILLISECONDS",
        default_value_t = milliseconds(WebhookSettings::default().retry_wait),
        value_parser = clap::value_parser!(u64).range(1..=MILLISECONDS_MAX)
    )]
    webhook_retry_wait_ms: u64,
    /// How many times as long is waited after each further attempt
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = WebhookSettings::default().retry_factor.get(),
        value_parser = clap::value_parser!(u32).range(1..=100)
    )]
    webhook_retry_factor: u32,
    /// The longest that is waited
    #[arg(
        long,
        value_name = "MILLISECONDS",
        default_value_t = milliseconds(WebhookSettings::default().retry_wait_max),
        value_parser = clap::value_parser!(u64).range(1..=MILLISECONDS_MAX)
    )]
    webhook_retry_wait_ms_max: u64,
    /// How often an event is sent to a webhook before it is a dead letter
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = WebhookSettings::default().attempts_max.get(),
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    webhook_attempts_max: u32,
}

impl WebhookArguments {
    /// How long and how often is tried to send an event.
    pub(super) fn settings(&self) -> WebhookSettings {
        // INVARIANT: the ranges of the arguments begin at 1.
        let count = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        WebhookSettings {
            request_time_max: Duration::from_millis(self.webhook_request_ms_max),
            retry_wait: Duration::from_millis(self.webhook_retry_wait_ms),
            retry_factor: count(self.webhook_retry_factor),
            retry_wait_max: Duration::from_millis(self.webhook_retry_wait_ms_max),
            attempts_max: count(self.webhook_attempts_max),
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::WebhookArguments;
    use crate::WebhookSettings;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        webhook: WebhookArguments,
    }

    #[test]
    fn what_is_not_said_is_as_it_is_by_default() {
        let arguments = Arguments::parse_from(["serve"]);
        assert_eq!(arguments.webhook.settings(), WebhookSettings::default());
        let changed = Arguments::parse_from(["serve", "--webhook-attempts-max", "3"]);
        assert_eq!(changed.webhook.settings().attempts_max.get(), 3);
        for wrong in [
            "--webhook-attempts-max",
            "--webhook-retry-wait-ms",
            "--webhook-retry-factor",
        ] {
            assert!(Arguments::try_parse_from(["serve", wrong, "0"]).is_err(), "{wrong}");
        }
    }
}
