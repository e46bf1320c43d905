//! The arguments of `reprise serve` about how much is let in.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::http::DoorLimits;

#[derive(Debug, clap::Args)]
pub(super) struct LimitArguments {
    /// How many requests there may be at once that no answer has begun to; 503 beyond
    #[arg(long, value_name = "COUNT", default_value_t = 1_024, value_parser = clap::value_parser!(u32).range(1..))]
    requests_in_flight: u32,
    /// How many uploads, downloads and bulk validations may go on at once; 503 beyond
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    transfers: u32,
    /// How many feeds of events may be followed and audit logs exported at once; 503 beyond
    ///
    /// A principal may have a quarter of them, and half of the transfers.
    #[arg(long, value_name = "COUNT", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..))]
    streams: u32,
    /// How many requests a second each principal may send, and how many at once after a pause; 429 beyond, 0 for no limit
    #[arg(long, value_name = "COUNT", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    requests_per_second: u32,
    /// How long an upload may go on while less than 64 KiB of it come
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    upload_idle_seconds: u64,
}

impl LimitArguments {
    /// How much is let in.
    pub(super) fn limits(&self) -> DoorLimits {
        let count = |count| usize::try_from(count).unwrap_or(usize::MAX);
        DoorLimits {
            requests_in_flight: count(self.requests_in_flight),
            transfers: count(self.transfers),
            streams: count(self.streams),
            requests_per_second: NonZeroU32::new(self.requests_per_second),
            upload_idle_time_max: Duration::from_secs(self.upload_idle_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::LimitArguments;
    use crate::http::DoorLimits;

    #[derive(Debug, Parser)]
    struct Arguments {
        #[command(flatten)]
        limits: LimitArguments,
    }

    #[test]
    fn what_is_not_said_is_as_it_is_by_default() {
        assert_eq!(Arguments::parse_from(["serve"]).limits.limits(), DoorLimits::default());
        let unlimited = Arguments::parse_from(["serve", "--requests-per-second", "0"]);
        assert_eq!(unlimited.limits.limits().requests_per_second, None);
        for wrong in [
            "--requests-in-flight",
            "--transfers",
            "--streams",
            "--upload-idle-seconds",
        ] {
            assert!(Arguments::try_parse_from(["serve", wrong, "0"]).is_err(), "{wrong}");
        }
    }
}
