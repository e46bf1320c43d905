//! Faults of rule components: that one did not decide what it was to.

use std::time::Duration;

/// How long a fault is kept.
pub const FAULT_KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// That a component faulted while it was to decide for a payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFault {
    /// The host that it ran on.
    pub host: String,
    /// What happened.
    pub text: String,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub at_ms: i64,
}
