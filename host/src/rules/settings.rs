//! How rules are handled beside deciding: what is kept at hand, for how long, and when a component is taken away.

use std::time::Duration;

/// How a host handles rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSettings {
    /// How many of an owner's last generations are kept at hand, to go back to one in a moment.
    pub kept_generations: u32,
    /// How long a component that decides no more may be at hand for what began with it.
    pub drain_time_max: Duration,
    /// After how many faults within [`Self::quarantine_window`] a component is quarantined for a payer; never if 0.
    pub quarantine_faults: u32,
    /// See [`Self::quarantine_faults`].
    pub quarantine_window: Duration,
}

impl Default for RuleSettings {
    fn default() -> Self {
        Self {
            kept_generations: 3,
            drain_time_max: Duration::from_secs(60 * 60),
            quarantine_faults: 10,
            quarantine_window: Duration::from_secs(10 * 60),
        }
    }
}
