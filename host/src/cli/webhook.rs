//! The arguments of `reprise serve` about events that are sent to webhooks.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::{HostPattern, WebhookDestinations, WebhookSettings};

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
    /// Have webhooks lead to this host only, or with `*.` to those below a domain; repeatable; to any host if absent
    #[arg(long, value_name = "HOST")]
    webhook_hosts: Vec<HostPattern>,
    /// Have no webhook lead to this machine or into a private network; so it is for a server that others than whoever is on
    /// its machine can ask
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    webhook_deny_private: Option<bool>,
}

impl WebhookArguments {
    /// Where webhooks may lead from a server that everybody can ask, or from one that is for its own machine.
    pub(super) fn destinations(&self, is_public: bool) -> WebhookDestinations {
        WebhookDestinations {
            hosts: self.webhook_hosts.clone(),
            deny_private: self.webhook_deny_private.unwrap_or(is_public),
        }
    }

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

    #[test]
    fn webhooks_of_a_public_server_lead_out_unless_it_says_otherwise() {
        for (given, is_public, deny_private) in [
            (None, false, false),
            (None, true, true),
            (Some("--webhook-deny-private"), false, true),
            (Some("--webhook-deny-private=true"), false, true),
            (Some("--webhook-deny-private=false"), true, false),
        ] {
            let arguments = Arguments::parse_from(["serve"].into_iter().chain(given));
            let found = arguments.webhook.destinations(is_public).deny_private;
            assert_eq!(found, deny_private, "{given:?} {is_public}");
        }
    }
}
